"""The entry of `sync-profiles` and of `python -m sync_profiles`.

It imports nothing at first: an interrupt ends the run in the same way from the first moment on.
"""

import sys


def main() -> None:
    """Run the command line and exit."""
    try:
        import atexit
        import gc

        # A run keeps nearly all that it makes until it ends, so that looking for garbage again
        # and again would take most of the time of a large file, and find nothing. At the end
        # Python would look once more: atexit's functions are called before that.
        gc.disable()
        atexit.register(gc.freeze)
        from sync_profiles import cli

        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
