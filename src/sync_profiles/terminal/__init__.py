"""The command line's side of the program: options, tables, JSON, errors."""
