"""The entry of `sync-profiles` and of `python -m sync_profiles`.

It imports nothing at first: an interrupt ends the run in the same way from the first moment on.
"""

import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        from sync_profiles import cli

        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
