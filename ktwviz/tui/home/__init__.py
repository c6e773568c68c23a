"""The home screen: the lessons, and how far the learner is."""
