"""The matrix: every race on every version of the code, as a table to walk through."""
