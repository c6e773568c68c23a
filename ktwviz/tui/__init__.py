"""The terminal program. Nothing outside this package imports Textual."""
