"""Find what stops the AWS CLI though AWS accepts its call: its plugins, files and settings.

Only the Python of the AWS CLI itself can tell of plugins: version 1 imports every module of
`[plugins]`, version 2 only with `cli_legacy_plugin_path`, and each has modules of its own. It loads
them and its aliases at every command, and writes a role's session to a cache before it uses it.
These files are not among those of the profiles: a test neither reads nor writes them.
"""

from __future__ import annotations

import locale
import os
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.config.document import Document, Section, parse_document
from sync_profiles.config.profiles import ParsedTexts
from sync_profiles.config.syntax import NESTED_BLOCK_INVALID
from sync_profiles.masked_lines import is_shown
from sync_profiles.model import STATIC_KEYS, TOKEN_KEYS, FileKind, Place, Problem
from sync_profiles.outcomes import Failure, Variant
from sync_profiles.programs import Program, find_program
from sync_profiles.redaction import HIDDEN
from sync_profiles.secret_shapes import mask_words
from sync_profiles.text import one_line, quote, shell_word

if TYPE_CHECKING:
    import botocore.session

PATIENCE = 20.0
_PROFILES = frozenset({"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})
_OWN = ".aws"
_WRITABLE = stat.S_IWUSR | stat.S_IXUSR
_CREDENTIALS = frozenset({*STATIC_KEYS, *TOKEN_KEYS})
_SET_HOME = "set `HOME` to a directory of your own"
_ALIASES, _CACHE = Path(_OWN, "cli", "alias"), Path(_OWN, "cli", "cache")


def plugin_problem(texts: ParsedTexts, environ: Mapping[str, str]) -> Problem | None:
    """Return the problem of `[plugins]` at which every `aws` command stops, if there is one.

    Without the command `aws`, nothing is known.
    """
    section = texts.config.sections.get("plugins")
    aws = find_program("aws") if section is not None and section.options else None
    if aws is None or section is None:
        return None
    said = _error_of_plugins(aws, environ, texts.config)
    if said is None or _error_of(aws, environ, os.devnull) is not None:
        return None
    line = _line_of(section, said)
    return Problem(
        code="plugin-unusable",
        place=Place(file=FileKind.CONFIG, line=line),
        message=f"every `aws` command stops at `[plugins]`: {quote(said)}",
        hint="remove the plugin, or install its module where the AWS CLI finds it",
    )


def _error_of_plugins(aws: str, environ: Mapping[str, str], config: Document) -> str | None:
    """Return the error of `aws` with the plugins of a config file, which may not be written yet."""
    sections = (config.defaults, config.sections["plugins"])  # each has the settings of `[DEFAULT]`
    lines = (
        line.rstrip("\r\n")
        for section in sections
        for line in (
            f"[{section.name}]",
            *_lines_without_secrets(section, is_of_all=section is config.defaults),
        )
    )
    try:
        with tempfile.TemporaryDirectory(prefix="sync-profiles-") as place:
            path = Path(place, "config")
            encoding = locale.getpreferredencoding(do_setlocale=False)
            path.write_text("\n".join(lines), encoding=encoding)
            return _error_of(aws, environ, str(path))
    except (OSError, UnicodeEncodeError):  # no place for temporary files
        return None


def _lines_without_secrets(section: Section, *, is_of_all: bool) -> Iterator[str]:
    """Yield the lines of settings; instead of a value that may be a secret, one that no module has.

    In a section of all others that is any value that is not known to be harmless.
    """
    for option in section.options.values():
        if option.key in _CREDENTIALS or (is_of_all and not is_shown(option.key)):
            yield f"{option.key} = {HIDDEN}"
        else:
            yield from option.block.lines


def _error_of(aws: str, environ: Mapping[str, str], config_file: str) -> str | None:
    """Return the last line that `aws --version` prints if it fails with this config file."""
    own = {name: value for name, value in environ.items() if name not in _PROFILES}
    try:
        program = Program(
            [aws, "--version"],
            seconds=PATIENCE,
            env=own | {"AWS_CONFIG_FILE": config_file},
            stdin=subprocess.DEVNULL,
        )
        _, stderr = program.communicate()
    except (OSError, subprocess.TimeoutExpired):
        return None
    if program.returncode == 0:
        return None
    lines = stderr.decode("utf-8", "replace").split("\n")
    return mask_words(one_line(next((line for line in reversed(lines) if line.strip()), "")))


def _line_of(section: Section, said: str) -> int:
    """Return the line of the module that is named, or else of the section's header."""
    return next(
        (
            option.line
            for option in section.options.values()
            if option.value and f"'{option.value.partition('.')[0]}" in said
        ),
        section.line,
    )


def stop_of_all(problem: Problem | None) -> Failure | None:
    """Return what stops the AWS CLI with any role: its plugins' problem, or a file of its own.

    Without the command `aws`, nothing is known of the files.
    """
    if problem is not None:
        return _stop(problem.message, problem.hint, "plugins")  # its line moves with the names
    if find_program("aws") is None:
        return None
    # without a home directory, the AWS CLI goes on with `~`
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home raises there
    return _stop_at_aliases(home / _ALIASES) or _stop_at_cache(home / _CACHE, home / _OWN)


def _stop(message: str, hint: str, setting: str) -> Failure:
    return Failure(
        cause=Cause.SETTING_INVALID,
        proves=True,
        variant=Variant.EVERY_COMMAND,
        message=message,
        hint=hint,
        setting=setting,
    )


def _stop_at_aliases(path: Path) -> Failure | None:
    """Return why the AWS CLI cannot read its aliases; one that it may not open it ignores."""
    stops = f"every `aws` command stops at its aliases in {quote(str(path))}, "
    if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file may raise
        is_there = os.path.exists(path)  # noqa: PTH110 - Path.exists may raise, too
        return _stop(stops + "which is not a file", "rename it", path.name) if is_there else None
    encoding = locale.getpreferredencoding(do_setlocale=False)
    try:
        text = path.read_bytes().decode(encoding)
    except OSError:
        return None
    except UnicodeDecodeError as error:
        wrong = f"byte {error.start + 1} is not {error.encoding.upper()}"
    else:
        found = (
            each for each in parse_document(text).problems if each.code != NESTED_BLOCK_INVALID
        )
        problem = next(found, None)
        if problem is None:
            return None
        wrong = f"line {problem.place.line}: {problem.message}"
    return _stop(
        stops + wrong,
        "correct the file (each further line of an alias is indented), or rename it",
        path.name,
    )


def _stop_at_cache(cache: Path, own: Path) -> Failure | None:
    """Return why the AWS CLI cannot write a role's session to its cache, which it has to."""
    there = next(each for each in (cache, *cache.parents) if os.path.lexists(each))
    shown = quote(str(there))
    if not os.path.isdir(there):  # noqa: PTH112 - Path.is_dir may raise
        what, hint = "is not a directory", f"rename {shown}"
    elif os.access(there, os.W_OK | os.X_OK):
        return None
    elif not there.is_relative_to(own):
        what, hint = "cannot be written", _SET_HOME
    elif _is_of_another_user(there):
        what, hint = "belongs to another user", _SET_HOME
        if not _is_of_another_user(own.parent):
            hint = f'run `sudo chown -R "$(id -un)" {shell_word(os.path.realpath(there))}`'
    elif there.stat().st_mode & _WRITABLE == _WRITABLE:
        what = "is read-only by its file system or its attributes (`lsattr -d`)"
        hint = "mount it writable, or remove the attribute"
    else:
        what, hint = "cannot be written", f"run `chmod u+wx {shell_word(str(there))}`"
    where = ", which" if there == cache else f": {shown}"
    return _stop(
        f"the AWS CLI stops at every role: it cannot write sessions to {quote(str(cache))}{where} "
        f"{what}",
        hint,
        cache.name,
    )


def _is_of_another_user(path: Path) -> bool:
    return hasattr(os, "geteuid") and path.stat().st_uid != os.geteuid()


def unusable_setting(session: botocore.session.Session) -> str | None:
    """Return the first setting that the AWS CLI's botocore cannot use, None where it can use all.

    A test overrides them. Each is used here as botocore uses it, so that botocore decides.
    """
    from botocore.config import Config  # imported here because most runs have none of them
    from botocore.utils import InstanceMetadataFetcher, resolve_imds_endpoint_mode

    value = session.get_config_variable
    timeout, attempts = "metadata_service_timeout", "metadata_service_num_attempts"
    mode, endpoint = "ec2_metadata_service_endpoint_mode", "ec2_metadata_service_endpoint"

    def use_max_attempts() -> None:
        most = value("max_attempts")
        if most is not None:
            Config(retries={"total_max_attempts": most})

    # in the order in which the AWS CLI meets them
    uses: Mapping[str, Callable[[], object]] = {
        timeout: lambda: value(timeout),
        attempts: lambda: value(attempts),
        mode: lambda: resolve_imds_endpoint_mode(session),
        endpoint: lambda: InstanceMetadataFetcher(config={endpoint: value(endpoint)}),
        "max_attempts": use_max_attempts,
    }
    for key, use in uses.items():
        try:
            use()
        except Exception:  # noqa: BLE001 - whatever it raises ends the AWS CLI
            return key
    return None
