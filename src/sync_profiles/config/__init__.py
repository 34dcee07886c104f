"""The text of the two files: read as botocore reads it, edited without losing a byte; no I/O."""
