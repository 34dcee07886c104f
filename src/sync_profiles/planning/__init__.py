"""Decide what to do from profiles, callers and outcomes; no I/O."""
