"""What stands between a person and the use cases: options, tables, errors."""
