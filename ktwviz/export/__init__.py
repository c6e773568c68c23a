"""Runs and lessons as text and data, one file a format."""
