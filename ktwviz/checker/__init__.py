"""Goes through every interleaving."""
