"""Lessons: parsed, built into scenarios, played."""
