"""The checks of the two files: what is wrong in them, by line, found without a network."""
