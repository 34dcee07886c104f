"""Give every assume-role profile its owner's session name, and prove each switch."""

__version__ = "0.1.0"
