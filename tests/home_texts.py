"""Files in `data`, with profiles of one line each, and the commands that are typed there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace

from e2e import Ended, Home, finish, section
from examples import unescape
from import_fixtures import OTHER, ROOT, TEAM, THIRD
from screen_world import ADMINISTRATOR, MACHINE
from sync_profiles.sandbox import story as s
from teams import PERSON
from used_role import AUDIT, READER

USERS = {
    user.name: user.credentials
    for user in (s.WORK_API, s.MFA_USER, OTHER, THIRD, PERSON, ADMINISTRATOR, READER)
}
USERS |= {"root": ROOT.credentials, MACHINE.session_name: MACHINE.credentials}
_STALE = {"aws_access_key_id": "AKIASTALESTALESTALE1", "aws_secret_access_key": "x"}
_WORDS = {"TEAM": TEAM, "TWO KEYS": f"[keys]\nKEYS of work_api\n{section('stale', _STALE)}"}
_MANY = re.compile(r"^(.*)\{(\d+)\.\.(\d+)\}(.*)\n", re.MULTILINE)
_SHORT = re.compile(r"^(\[.+\]) (\w+) of (\S+)(?: as (\S+))?$", re.MULTILINE)
_WHOLE = re.compile(
    r"^([-+]?)(\[.+\])\n\1role_arn = \S+/(\w+)_role\n(?:\1role_session_name = (.+)\n)?"
    r"\1source_profile = (\S+)\n\1region = us-east-1$",
    re.MULTILINE,
)


def written_out(text: str) -> str:
    """Return the text of a file that is written short.

    `TEAM` is the team's file of the tests, `KEYS of NAME` are a user's, `TWO KEYS` those of `keys`
    and `stale`, `[profile p] admin of base as me` is a whole profile, and a line with `{0..9}` is
    ten. Characters are escaped as in Python.
    """
    text = unescape(text)
    for word, meaning in _WORDS.items():
        text = text.replace(f"{word}\n", meaning)
    for user, credentials in USERS.items():
        settings = section("", credentials.settings()).removeprefix("[]\n").rstrip("\n")
        text = text.replace(f"KEYS of {user}", settings)
    return _SHORT.sub(_profile, _MANY.sub(_lines, text))


def in_short(text: str) -> str:
    """Return lines of files, and of diffs, with each whole profile in one line."""

    def line(profile: re.Match[str]) -> str:
        sign, header, role, name, source = profile.groups()
        return f"{sign}{header} {role} of {source}{f' as {name}' if name else ''}"

    return _WHOLE.sub(line, text)


def run_line(home: Home, line: str, *, together: bool = False) -> Ended:
    """Run a command line: perhaps variables, a program, its arguments, and `<` a file."""
    program, *words = shlex.split(line.partition(" # ")[0])
    while "=" in program:
        home = home.with_environment(**dict([program.split("=", 1)]))
        program, *words = words
    if program == "aws":
        return home.run_aws(*words)
    if program != "sync-profiles":
        return home.run_command([program, *words], together=together)
    text = None
    if "<" in words:
        *words, _, name = words
        text = (home.path / name).read_text("utf-8")
    return home.run(*words, input_text=text, together=together)


def run_on_terminal(home: Home, line: str, answers: Iterable[str], *, columns: int) -> Ended:
    """Run a command line on a terminal, where a person gives these answers, `^C` or `^D`."""
    _, *words = shlex.split(line.partition(" # ")[0])
    child = home.start_on_terminal(*words, columns=columns)
    shown = ""
    for answer in answers:
        child.expect(r"\[y/N\]: |MFA code for .*?: ")
        shown += f"{child.before}{child.after}"
        if "MFA" in str(child.after):
            child.waitnoecho()
        match answer:
            case "^C":
                child.sendintr()
            case "^D":
                child.sendeof()
            case _:
                child.sendline(answer)
    ended = finish(child)
    return replace(ended, stdout=(shown + ended.stdout).replace("\r\n", "\n"))


def _lines(of: re.Match[str]) -> str:
    before, first, last, after = of.groups()
    numbers = range(int(first), int(last) + 1)
    return "".join(f"{before}{number:0{len(first)}}{after}\n" for number in numbers)


def _profile(of: re.Match[str]) -> str:
    header, role, source, name = of.groups()
    arn = AUDIT.arn if role == AUDIT.name else f"arn:aws:iam::222222222222:role/{role}_role"
    named = "" if name is None else f"role_session_name = {name}\n"
    return f"{header}\nrole_arn = {arn}\n{named}source_profile = {source}\nregion = us-east-1"
