"""The screen on which a learner mends the function under study."""
