"""The entry point of `sync-profiles` and of `python -m sync_profiles`.

Imports come late, so that even an early interrupt is handled.
"""

import sys

_CANNOT_RUN = 3
_INTERRUPTED = 130
#: seconds until the callback has ended that an interrupt came into
_SOON = 0.02


def main() -> None:
    """Run the command line and exit."""
    try:
        import atexit
        import gc

        _clean_up_when_ended()
        # A run keeps nearly all objects until it ends: with large files, garbage collection would
        # take most of the time and find nothing. `freeze` prevents the collection at exit.
        gc.disable()
        atexit.register(gc.freeze)
        try:
            from sync_profiles import cli
        except Exception as error:  # noqa: BLE001 - a package may fail in any way
            part = ascii(getattr(error, "name", None) or type(error).__name__)[1:-1]
            sys.stderr.write(
                f"error: the installation is broken: `{part}` cannot be imported\n"
                "hint: install sync-profiles again\n"
            )
            sys.exit(_CANNOT_RUN)
        cli.main()
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted\n")
        _exit_at_once()
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _exit_at_once()
        raise


def _clean_up_when_ended() -> None:
    """Make the signals that end a process clean up as Ctrl-C does; none ends the cleaning up.

    What is raised in a callback of the interpreter is dropped: an interrupt is then raised again.
    """
    import _thread
    import signal
    import threading

    handled = [
        number
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
        if (number := getattr(signal, name, None)) is not None
        and signal.getsignal(number) is not signal.SIG_IGN  # as under `nohup`
    ]

    def interrupt(*_: object) -> None:
        for number in handled:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    def handle() -> None:
        for number in handled:
            signal.signal(number, interrupt)

    def interrupt_again(dropped: "sys.UnraisableHookArgs") -> None:
        if dropped.exc_type is not KeyboardInterrupt:
            sys.__unraisablehook__(dropped)
            return
        handle()
        threading.Timer(_SOON, _thread.interrupt_main, handled[:1]).start()

    handle()
    sys.unraisablehook = interrupt_again


def _exit_at_once() -> None:
    """End what an interrupted run started, flush the output, and end the run at once.

    Threads may still be reading certificates. A normal exit tears down OpenSSL while they run,
    which often ends in a segmentation fault and loses the exit code.
    """
    import os

    if (programs := sys.modules.get("sync_profiles.programs")) is not None:
        programs.end_programs()
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
