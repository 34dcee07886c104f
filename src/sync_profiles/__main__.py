"""`python -m sync_profiles`."""

from sync_profiles.cli import main

if __name__ == "__main__":
    main()
