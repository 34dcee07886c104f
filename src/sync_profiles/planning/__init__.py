"""Profiles, callers and outcomes -> what to do; no I/O."""
