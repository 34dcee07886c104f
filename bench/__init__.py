"""Benchmarks: each of our figures next to a yardstick measured in the same run."""
