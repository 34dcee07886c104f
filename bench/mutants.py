"""Change the code in thousands of ways, and look which changes neither mypy nor a test notices.

`python -m bench.mutants` tries those of the functions that `[tool.mutmut]` in `pyproject.toml`
names; with patterns such as `config.edit.*`, theirs alone. It prints the changes that
`bench/mutants.txt` does not explain, and fails if there are any.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

MUTMUT = Path(sys.executable).with_name("mutmut")
EXPLAINED = Path(__file__).with_name("mutants.txt")
BY_MYPY, BY_TESTS = "caught by type check", frozenset({"killed", "timeout"})


class Mutant(NamedTuple):
    """A changed function, by its name such as `policy.judge.applies`; `key` is mutmut's name."""

    key: str
    path: Path
    function: str
    status: str

    def change(self) -> str:
        """Return the lines that are removed and added, without their indentation."""
        diff: str = get_diff_for_mutant(self.key, path=self.path)
        changed = (line for line in diff.splitlines() if line[:2] in {"- ", "+ "})
        return "\n".join(f"{line[0]} {line[1:].strip()}" for line in changed)


class Explanation(NamedTuple):
    """Why no test can notice such a change of such a function."""

    reason: str
    functions: str
    change: re.Pattern[str]


def main(patterns: Sequence[str]) -> int:
    """Try the changes; return 1 if one should have been noticed."""
    functions = set(_functions())
    for pattern in patterns:  # mutmut would change everything, to find out that nothing matches
        if not any(fnmatchcase(function, pattern) for function in functions):
            sys.exit(f"error: no function that is changed matches `{pattern}`")
    if not patterns:
        shutil.rmtree("mutants", ignore_errors=True)  # its answers may be of other tests
    names = [f"sync_profiles.{pattern}" for pattern in patterns]
    subprocess.run([MUTMUT, "run", *names], check=True)  # noqa: S603 - as pinned
    return report(patterns)


def report(patterns: Sequence[str]) -> int:
    """Print what became of the changes; return 1 if one should have been noticed."""
    counts = Counter[str]()
    unexplained = []
    explanations = list(_explanations())
    useful = set()
    for mutant in _mutants():
        if patterns and not any(fnmatchcase(mutant.function, pattern) for pattern in patterns):
            continue
        counts[mutant.status] += 1
        if mutant.status == BY_MYPY or mutant.status in BY_TESTS:
            continue
        change = mutant.change()
        fitting = [one for one in explanations if _explains(one, mutant.function, change)]
        useful.update(fitting)
        if not fitting:
            unexplained.append(f"{mutant.key}: {mutant.status}\n{change}")
    by_tests = sum(counts[status] for status in BY_TESTS)
    explained = counts.total() - counts[BY_MYPY] - by_tests - len(unexplained)
    stale = [] if patterns else [f"of no use: {one}" for one in explanations if one not in useful]
    print(  # noqa: T201 - a script
        f"{counts.total()} changes: {counts[BY_MYPY]} noticed by mypy, {by_tests} by a test, "
        f"{explained} explained, {len(unexplained)} not",
        *unexplained,
        *stale,
        sep="\n\n",
    )
    return 1 if unexplained or stale else 0


def _functions() -> Iterator[str]:
    """Yield the functions and methods of the files that are changed, as `Mutant.function`."""
    for path in walk_mutatable_files():
        module = ".".join(path.with_suffix("").parts[2:]).removesuffix(".__init__")
        for node in ast.parse(path.read_text("utf-8")).body:
            inner = node.body if isinstance(node, ast.ClassDef) else [node]
            outer = f"{module}.{node.name}" if isinstance(node, ast.ClassDef) else module
            for each in inner:
                if isinstance(each, ast.FunctionDef):
                    yield f"{outer}.{each.name}"


def _mutants() -> Iterator[Mutant]:
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for key, exit_code in data.exit_code_by_key.items():
            module, _, mangled = key.partition("__mutmut_")[0].rpartition(".")
            function = f"{module}.{mangled[2:].replace('ǁ', '.')}".removeprefix("sync_profiles.")
            yield Mutant(key, path, function, status_by_exit_code[exit_code])


def _explanations() -> Iterator[Explanation]:
    """Yield what the file has: a sentence, perhaps the functions, and how a change looks."""
    for block in EXPLAINED.read_text("utf-8").strip().split("\n\n"):
        lines = block.splitlines()
        reason = lines.pop(0).removeprefix("# ")
        functions = lines.pop(0)[3:] if lines[0].startswith("in ") else "*"
        change = "\n".join(lines or ["…"])
        is_pattern = change.startswith("/")
        change = change[1:] if is_pattern else ".*".join(map(re.escape, change.split("…")))
        yield Explanation(reason, functions, re.compile(change, re.DOTALL))


def _explains(one: Explanation, function: str, change: str) -> bool:
    return fnmatchcase(function, one.functions) and one.change.fullmatch(change) is not None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
