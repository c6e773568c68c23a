"""The explorer: all interleavings of a scenario as a tree, what breaks in them, and where."""
