"""Write your session name into every assume-role profile, and test each profile."""

__version__ = "1.0.0"

DOCUMENTATION = "https://sync-profiles.readthedocs.io"
