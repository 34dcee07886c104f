"""The entry of `sync-profiles` and of `python -m sync_profiles`.

It imports nothing at first: an interrupt ends the run in the same way from the first moment on.
"""

import sys

_INTERRUPTED = 130


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
        _leave()
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _leave()
        raise


def _leave() -> None:
    """End an interrupted run as it stands, with all that is printed out.

    It leaves threads behind, and they may be reading certificates. The usual end takes OpenSSL
    apart under them: often enough that is a segmentation fault, and the exit code is lost.
    """
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # there is none, or nobody reads it
            continue
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
