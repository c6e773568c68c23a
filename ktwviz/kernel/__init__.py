"""The code under study, one module a kernel file, and the pictures that are drawn of its objects."""
