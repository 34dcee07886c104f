"""Check the commands of `credential_process`: no shell runs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from sync_profiles.lint.both_files import BothFiles
from sync_profiles.model import Problem
from sync_profiles.text import quote

_SHELLS = re.compile(
    r"""^["']?(?:\S*[/\\])?(?:(?:ba|da|k|z|fi)?sh|cmd|powershell|pwsh)(?:\.exe)?["']?\s""",
    re.IGNORECASE,
)
#: the patterns would take quadratic time in the quotes of a longer one
_LONGEST_COMMAND = 4000
_QUOTED = re.compile(r"'[^']*'")
_ALL_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""")
_HOME = re.compile(r"""(?:^|\s)~[\w.-]*(?=/|\s|$)""")
_QUOTED_HOME = re.compile(r"""["']~/""")
_VARIABLE = re.compile(r"(?<!\w)\$(?:[A-Z_][A-Z0-9_]*(?!\w)|\{\w+\}|\()|%[A-Z_]{4,}%|`")
#: what is so of words that a shell would replace
NOT_REPLACED = "not replaced"
#: what begins a word for a shell, and what ends one
_OPERATOR = re.compile(r"(?:^|\s)(?P<first>\|\|?|&&|\d?>>?|<(?=[\s/]))|(?P<last>;|\|)(?=\s|$)")
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=\S*\s")
_COMMENT = re.compile(r"(?:^|\s)#.*")


def process_shells(files: BothFiles) -> Iterator[Problem]:
    """Yield the commands that only a shell would run as they are written."""
    for setting in files.in_effect("credential_process"):
        found = words_of_a_shell(setting.value)
        if found is not None:
            yield setting.problem(
                f"no shell runs `credential_process`, so {quote(found.words)} is {found.instead}",
                found.repair,
            )


class ShellWords(NamedTuple):
    """Words of a command that only a shell understands, what they are without, and the repair."""

    words: str
    instead: str
    repair: str


def words_of_a_shell(command: str) -> ShellWords | None:
    """Return the first words of a command that only a shell understands, None if there are none."""
    if len(command) > _LONGEST_COMMAND or _SHELLS.match(command) is not None:
        return None
    bare = _COMMENT.sub("", _ALL_QUOTED.sub("''", command))
    home = _HOME.search(bare) or _QUOTED_HOME.match(command)  # no shell replaces that one, either
    variable = _VARIABLE.search(_QUOTED.sub("''", _COMMENT.sub("", command)))
    unreplaced = "~" if home is not None else variable and variable[0]
    operator = _OPERATOR.search(bare)
    script = "put the command into a script, and write the full path of the script"
    if unreplaced is not None:
        repair = "write the full path" if operator is None else script
        return ShellWords(unreplaced, NOT_REPLACED, repair)
    if operator is not None:
        words = operator["first"] or operator["last"]
        return ShellWords(words, "an argument like any other", script)
    assignment = _ASSIGNMENT.match(command)
    if assignment is not None:
        name = f"{assignment['name']}=…"
        return ShellWords(name, "taken for the program", "write `env` in front of it")
    return None
