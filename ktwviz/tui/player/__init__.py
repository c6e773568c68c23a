"""The player: a lesson, stepped by its learner."""
