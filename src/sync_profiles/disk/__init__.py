"""The two files on the disk: read, locked, replaced in one step, backed up."""
