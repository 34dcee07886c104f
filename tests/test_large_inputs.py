"""Any 32 KB of input are handled at once: no cost grows with the square of its size."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest

from ini_texts import edited
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
from sync_profiles.model import BrokenChain, FileKind, Source
from sync_profiles.outcomes import Failure
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Request, judge
from sync_profiles.policy.matching import Context
from sync_profiles.redaction import mask_shown
from sync_profiles.sandbox.story import trust
from sync_profiles.shapes import mask_words
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
P = "[profile p]\n"
MANY = 2_000  # profiles


def of(unit: str, size: int = SIZE) -> str:
    return unit * (size // len(unit))


def numbered(text: str, size: int = SIZE) -> str:
    """Return sections or settings with numbers in them, all different."""
    return "".join(text.format(n=n, next=n + 1) for n in range(size // len(text)))


CONFIG_FILES = [
    pytest.param(P + "a b" + of(" ") + "c = v\n", id="blanks in a key"),
    pytest.param(P + "a" + of(" ") + "b\n", id="blanks and no delimiter"),
    pytest.param(
        numbered("[profile p{n}]\nrole_arn=r\nsource_profile=p{next}\n"), id="one long chain"
    ),
    pytest.param(
        "[DEFAULT]\n" + numbered("k{n}=\n", SIZE // 8) + numbered("[profile p{n}]\n", SIZE // 8),
        id="many keys that leak into many profiles",
    ),
    pytest.param(P + numbered("k{n} = v\n"), id="many keys"),
    pytest.param(P + of("k = v\n"), id="one key over and over"),
    pytest.param(of("[p]\n"), id="one section over and over"),
    pytest.param(P + "role_session_name = x\n" + of("  y\n"), id="a name with a continuation line"),
    pytest.param(P + "role_session_name = x\n" + of("\n") + "  y\n", id="a name in two parts"),
    pytest.param(P + "k = v" + of("\r"), id="carriage returns"),
    pytest.param(P + "k = v\n#" + of("secret "), id="almost secret keys"),
    pytest.param(P + "secret_key" + of(" ") + "= v", id="a secret's key and blanks"),
    pytest.param("[profile " + of("'") + "]\n", id="quotes"),
    pytest.param(P + of("x\n"), id="lines without delimiter"),
    pytest.param(
        P + numbered("k{n}=\n", SIZE // 4) + numbered("k{n}=\nx{n}=\n", SIZE // 2),
        id="keys that are there twice, each between others",
    ),
    pytest.param(
        P + numbered("# [profile p{n}]\nregion = x\n", SIZE * 4), id="headers that are comments"
    ),
    pytest.param(P + "region = " + of("= "), id="delimiters in a value"),
    pytest.param(P + of("k \uff1d // \"'` \n"), id="delimiters of other languages"),
]

TEAM_FILES = [
    pytest.param(P + "# " + of("secret"), id="one long word"),
    pytest.param(P + "k =\n  " + of("passw.") + " x = y", id="a long key in a block"),
    pytest.param(P + "k =\n" + of("  a = b\n"), id="a long block"),
    pytest.param(P + "k = " + of("${"), id="variables without an end"),
    pytest.param(P + "k = " + of("AKIA"), id="almost access keys"),
    pytest.param(of("# c\n") + P, id="comments above a section"),
]


def like(pattern: object) -> str:
    condition: dict[str, object] = {"StringLike": {"sts:RoleSessionName": pattern}}
    return json.dumps(trust(principal="*", condition=condition))


POLICIES = [
    pytest.param(like("${a" + of(" ")), id="blanks in a variable"),
    pytest.param(like(of("*a")), id="stars"),
    pytest.param(like(of("${")), id="variables without an end"),
    pytest.param(like(["a*b*c"] * 4500), id="many values"),
    pytest.param("{" + '"a":1,' * 4500 + '"b":2}', id="a key over and over"),
    pytest.param(
        json.dumps(dict.fromkeys(map(str, range(4500))))[:-1] + ', "4499": 1}', id="a key twice"
    ),
]

REQUEST = Request(
    action="sts:AssumeRole",
    resource="arn:aws:iam::222222222222:role/r",
    caller=arn("arn:aws:iam::111111111111:user/a"),
    context=Context.of({"sts:RoleSessionName": "a" * 64}),
)


at_once = partial(cpu_seconds, SECONDS)


@pytest.mark.parametrize("text", CONFIG_FILES)
def test_a_hostile_config_file_is_processed_quickly(text: str) -> None:
    with at_once():
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
        new = edited(text, names)
        assert unified_diff(text, new, name="config") != ""


@pytest.mark.parametrize(
    ("source", "more"),
    [
        pytest.param(lambda n: n + 1, "", id="in one chain, whose end is missing"),
        pytest.param(lambda n: (n + 1) % MANY, "", id="in one circle"),
        pytest.param(lambda n: n ^ 1, "", id="in circles of two"),
        pytest.param(lambda _: MANY, "", id="below one missing source"),
        pytest.param(lambda _: MANY, f"[sso-session p{MANY}]\n", id="below one login"),
    ],
)
def test_the_problems_of_many_broken_chains_are_found_quickly(
    source: Callable[[int], int], more: str
) -> None:
    text = more + "".join(
        f"[profile p{n}]\nrole_arn=r\nsource_profile=p{source(n)}\n" for n in range(MANY)
    )
    with at_once():
        assert find_problems(BothFiles(config=parse_document(text), credentials=EMPTY))


@pytest.mark.parametrize("text", TEAM_FILES)
def test_a_hostile_team_file_is_read_quickly(text: str) -> None:
    with at_once():
        content = read_content(text.encode())
        assert list(structure_problems(content)) == []
        assert find_blocks(text) == []
        assert find_risks(content) == []
        for find in (variable_problems, secret_problems):
            list(find(content))
        check_file(text.encode(), source="t")


@pytest.mark.parametrize("role", ["x", "x{}"], ids=["of one role", "each of a role of its own"])
def test_profiles_that_all_get_a_new_name_are_compared_quickly(role: str) -> None:
    old, new = (
        "".join(f"[profile {team}{n}]\nrole_arn = {role.format(n)}\n\n" for n in range(2_500))
        for team in "ab"
    )
    with at_once():
        assert unified_diff(old, new, name="config").count("\n+[") == 2_500
        assert len(find_changed_lines(old, new)) == 5_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"# prod: 111111111111\n\n[profile {of('prod-')}]\n", id="a long name"),
        pytest.param(
            "".join(f"# acme {n}x: 111111111111\n\n[profile acme-w{n}]\n" for n in range(7 * MANY)),
            id="a comment for each profile",
        ),
    ],
)
def test_the_comments_about_profiles_are_found_quickly(text: str) -> None:
    with at_once():
        role = "role_arn = arn:aws:iam::222222222222:role/admin\n"
        text = text.replace("]\n", f"]\n{role}")
        comments = Comments({FileKind.CONFIG: text})
        for profile in read_profiles(config=parse_document(text)).by_name.values():
            assert len([*comments.of(profile, ACCOUNT)]) <= 1


@pytest.mark.parametrize(
    "unit",
    [
        *("?", "?key", "&sig=", "://", "://a", ";", "#token", "key"),
        *("eyJ", "eyJabcdefgh.", "-eyJabcdefgh-", "ghp_", "a/", " aB1"),
    ],
)
def test_a_text_full_of_addresses_or_tokens_is_masked_quickly(unit: str) -> None:
    with at_once():
        assert mask_shown(of(unit))


@pytest.mark.parametrize("unit", ["'", "Host '"])
def test_a_message_full_of_quotes_is_masked_quickly(unit: str) -> None:
    with at_once():
        assert mask_words(of(unit, 2 * SIZE)).endswith("…")


@pytest.mark.parametrize("text", POLICIES)
def test_a_large_policy_is_evaluated_quickly(text: str) -> None:
    with at_once(), suppress(PolicyInvalid):
        judge(parse_policy(text, kind=PolicyKind.TRUST), REQUEST)


def test_a_policy_with_stars_in_a_row_is_checked_quickly() -> None:
    with at_once():
        assert check_policy(like(8_000 * "*" + "a")).admits


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


@pytest.mark.parametrize("written", ["Main", "miain", "mian", "man", "maim"])
def test_a_misspelled_source_is_found_among_many_profiles(written: str) -> None:
    keys = "[profile main]\naws_access_key_id = k\naws_secret_access_key = s\n"
    others = "".join(f"[profile x{n}]\nregion = r\n" for n in range(300))
    config = f"[profile p]\nrole_arn = r\nsource_profile = {written}\n{others}{keys}"
    chain = resolve_chain(read_profiles(config=parse_document(config)).by_name, "p")
    assert isinstance(chain, BrokenChain)
    assert chain.hint.endswith("write `source_profile = main`")
