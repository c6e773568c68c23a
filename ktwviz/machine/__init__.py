"""The simulated computer: it knows no kthread, no lesson, no checker and no screen."""
