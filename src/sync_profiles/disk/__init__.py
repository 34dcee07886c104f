"""Read, lock, atomically replace and back up the two files on disk."""
