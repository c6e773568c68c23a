"""What the learner has done: as data (`model`), as text (`text`), in a file that remembers it (`store`)."""
