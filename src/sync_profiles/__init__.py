"""Write your session name into every assume-role profile, and test each profile."""

__version__ = "0.1.0"

DOCUMENTATION = "https://sync-profiles.readthedocs.io"
