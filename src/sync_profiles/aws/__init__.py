"""AWS: callers and test switches, and what they need."""
