"""The entry of `sync-profiles` and of `python -m sync_profiles`.

It imports nothing at first, so that an interrupt is handled from the first moment on.
"""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit."""
    try:
        import atexit
        import gc

        # A run keeps nearly all objects until it ends: collecting garbage would take most of the
        # time of a large file, and find nothing. `freeze` prevents the collection at the end.
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
    """End an interrupted run at once; what was printed is flushed.

    Threads may still be reading certificates. A normal exit tears down OpenSSL while they run: that
    often is a segmentation fault, and the exit code is lost.
    """
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # there is none, or its reader has left
            continue
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
