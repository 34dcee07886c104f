"""The entry point of `sync-profiles` and of `python -m sync_profiles`.

Imports come late, so that even an early interrupt is handled.
"""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit."""
    try:
        import atexit
        import gc

        # A run keeps nearly all objects until it ends: with large files, garbage collection would
        # take most of the time and find nothing. `freeze` prevents the collection at exit.
        gc.disable()
        atexit.register(gc.freeze)
        from sync_profiles import cli

        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        _exit_at_once()
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _exit_at_once()
        raise


def _exit_at_once() -> None:
    """Flush the output and end an interrupted run at once.

    Threads may still be reading certificates. A normal exit tears down OpenSSL while they run,
    which often ends in a segmentation fault and loses the exit code.
    """
    import os

    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (
            AttributeError,
            OSError,
            ValueError,
        ):  # no stream, or a closed one
            continue
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
