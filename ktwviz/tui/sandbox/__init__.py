"""The screen on which a scenario of one's own is built, checked while it is written, and played."""
