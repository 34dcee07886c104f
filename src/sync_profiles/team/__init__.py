"""The team's profiles: fetched, filled in for one person, and kept in a block of the config file."""
