"""AWS: who calls, the tests, and what both need."""
