"""Play the scheduler of a small computer that runs the kernel's kthread-worker code."""

__version__ = "0.1.0"
