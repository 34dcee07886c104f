"""Any 32 KB of input are handled at once: no cost grows with the square of its size."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from examples import table, unescape
from ini_texts import edited
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import EMPTY, parse_document
from sync_profiles.config.line_changes import find_changed_lines
from sync_profiles.config.profiles import read_profiles
from sync_profiles.errors import EditRefused
from sync_profiles.explain.background import Background
from sync_profiles.explain.comments import ACCOUNT, Comments
from sync_profiles.explain.explanation import explain_source
from sync_profiles.lint.arn_checks import invalid_role_arns
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems
from sync_profiles.model import FileKind, Source
from sync_profiles.outcomes import Failure
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Request, judge
from sync_profiles.policy.matching import Context
from sync_profiles.redaction import mask_shown
from sync_profiles.secret_shapes import mask_words
from sync_profiles.team.block import find_blocks
from sync_profiles.team.checked_file import check_file
from sync_profiles.team.risks import find_risks, secret_problems
from sync_profiles.team.team_file import read_content, structure_problems
from sync_profiles.team.variables import variable_problems
from sync_profiles.trust_policy.checking import check_policy
from time_bounds import HAS_CPU_CLOCK, cpu_seconds
from trust_witness import arn

pytestmark = pytest.mark.skipif(not HAS_CPU_CLOCK, reason="there is no clock of CPU time")

SIZE = 32 * 1024
# of CPU time, whatever else the machine does; each of these takes less than one
SECONDS = 5
#: the rest of a statement that is about any call
MORE = '"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"'
MANY = 2_000  # profiles


def written_out(text: str) -> str:
    """Return the text of a row."""

    def repeated(found: re.Match[str]) -> str:
        unit, sign, number = found.groups()
        size = SIZE * int(number) if sign == "*" else SIZE // int(number or 1)
        times = range(size // len(unit))
        is_numbered = "{n}" in unit
        return "".join(unit.format(n=n, next=n + 1) if is_numbered else unit for n in times)

    return re.sub(r"<<(.+?)>>(?:([*/])(\d+))?", repeated, unescape(text), flags=re.DOTALL)


REQUEST = Request(
    action="sts:AssumeRole",
    resource="arn:aws:iam::222222222222:role/r",
    caller=arn("arn:aws:iam::111111111111:user/a"),
    context=Context.of({"sts:RoleSessionName": "a" * 64}),
)


at_once = partial(cpu_seconds, SECONDS)


def read_config(text: str) -> None:
    parsed = parse_document(text)
    find_problems(BothFiles(config=parsed, credentials=EMPTY))
    if parsed.problems:
        return
    profiles = read_profiles(config=parsed).by_name
    for profile in profiles.values():
        if profile.is_assume_role:
            resolve_chain(profiles, profile.name)
    names = dict.fromkeys(parsed.sections, "me")
    if any("\n" in (profile.session_name or "") for profile in profiles.values()):
        with pytest.raises(EditRefused, match="spans several lines"):
            edited(text, names)
        return
    assert unified_diff(text, edited(text, names), name="config") != ""


def read_team_file(text: str) -> None:
    content = read_content(text.encode())
    assert list(structure_problems(content)) == []
    assert find_blocks(text) == []
    assert find_risks(content) == []
    for find in (variable_problems, secret_problems):
        list(find(content))
    check_file(text.encode(), source="t")


def read_comments(text: str) -> None:
    comments = Comments({FileKind.CONFIG: text})
    for profile in read_profiles(config=parse_document(text)).by_name.values():
        assert len([*comments.of(profile, ACCOUNT)]) <= 1


def evaluate(policy: str) -> None:
    with suppress(PolicyInvalid):
        judge(parse_policy(policy.replace("MORE", MORE), kind=PolicyKind.TRUST), REQUEST)


def check(policy: str) -> None:
    assert check_policy(policy.replace("MORE", MORE)).admits


def mask_words_to_the_end(text: str) -> None:
    assert mask_words(text).endswith("…")


def find_in_config(text: str) -> None:
    assert find_problems(BothFiles(config=parse_document(text), credentials=EMPTY))


def read_answer(text: str) -> None:
    for code in ("AccessDenied", "ValidationError"):
        assert failure_of_answer("AssumeRole", code, text).code == code


READERS: dict[str, Callable[[str], object]] = {
    "config": read_config,
    "problems": find_in_config,
    "team": read_team_file,
    "comments": read_comments,
    "policy": evaluate,
    "checked": check,
    "shown": mask_shown,
    "words": mask_words_to_the_end,
    "answer": read_answer,
}


@pytest.mark.parametrize("row", table("large_inputs.txt"))
def test_a_large_text_is_read_quickly(row: str) -> None:
    reader, text, _ = row.split(" | ")
    text = written_out(text)
    with at_once():
        READERS[reader](text)


@pytest.mark.parametrize("role", ["x", "x{}"], ids=["of one role", "each of a role of its own"])
def test_profiles_that_all_get_a_new_name_are_compared_quickly(role: str) -> None:
    old, new = (
        "".join(f"[profile {team}{n}]\nrole_arn = {role.format(n)}\n\n" for n in range(2_500))
        for team in "ab"
    )
    with at_once():
        assert unified_diff(old, new, name="config").count("\n+[") == 2_500
        assert len(find_changed_lines(old, new)) == 5_000


def test_many_accounts_are_looked_up_quickly_for_one_without_a_digit() -> None:
    text = "".join(
        f"[profile {account_id}]\nrole_arn = arn:aws:iam::{account_id}:role/r\n"
        for n in range(MANY)
        for account_id in (10**11 + 7919 * n, 10**10 + 7717 * n)
    )
    files = BothFiles(config=parse_document(text), credentials=EMPTY)
    with at_once():
        assert len([*invalid_role_arns(files)]) == MANY


@pytest.mark.parametrize("cause", [Cause.NETWORK, Cause.CREDENTIALS_EXPIRED])
def test_many_sources_without_an_identity_are_explained_quickly(cause: Cause) -> None:
    text = "".join(f"[profile p{n}]\nregion = eu-west-1\n" for n in range(MANY))
    background = Background(profiles=read_profiles(config=parse_document(text)).by_name)
    with at_once():
        for name in background.profiles:
            message = f"no answer from https://portal.sso.us-east-1.amazonaws.com/?role_name={name}"
            failure = Failure(cause=cause, proves=False, message=message)
            assert explain_source(Source(profile=name), failure, background).message
