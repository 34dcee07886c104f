"""The team's profiles: fetched, filled in for one person, kept in a block of the config file."""
