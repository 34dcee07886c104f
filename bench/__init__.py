"""Benchmarks: each figure of ours beside a yardstick that was measured in the same run."""
