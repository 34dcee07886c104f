"""Findings about a refusal from a profile's own settings and its caller."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of
from hint_cases import CALLER, NOT_AUTHORIZED, ROLE
from plan_worlds import calling
from sync_profiles.arn import Arn
from sync_profiles.causes import Cause
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.background import Background
from sync_profiles.explain.case import Case
from sync_profiles.explain.file_signs import signs_in_files, signs_of_unread_lines
from sync_profiles.explain.ranking import findings_of_profile, rank
from sync_profiles.explain.texts_denied import describe
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems
from sync_profiles.model import Chain, FileKind, Problem, Source
from sync_profiles.outcomes import Caller

DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
KEYS = "[default]\naws_access_key_id = A\naws_secret_access_key = b\n"
SETTINGS = f"[profile admin]\nrole_arn = {ROLE}\nsource_profile = default\n"
PARTS = ("arn", "aws", "aws-cn", "iam", "sts", "", "222222222222", "root", "role", "role/a/b")
ARNS = st.text() | st.lists(
    st.sampled_from([*PARTS, "assumed-role", "assumed-role/", "assumed-role/x", "user/x"]),
    max_size=8,
).map(":".join)
CALLERS = st.builds(
    Arn,
    **dict.fromkeys(("partition", "service", "region", "account_id"), st.sampled_from(PARTS)),
    resource=st.text()
    | st.sampled_from(["assumed-role", "assumed-role/", "assumed-role/x", "user/x"]),
)


def case(config: str = SETTINGS) -> Case:
    """Return the refusal of the last profile of a config file."""
    profiles = read_profiles(config=parse_document(config)).by_name
    *_, last = profiles.values()
    source = Source(profile=last.text("source_profile"))
    return Case(
        cause=Cause.NOT_AUTHORIZED,
        failure=dataclasses.replace(NOT_AUTHORIZED, message="", caller_arn=None),
        source=source,
        profile=last,
        chain=Chain(source=source, hops=("admin",)),
        wanted_name="work_api",
        background=Background(profiles=profiles, callers={source: CALLER}),
    )


def called_by(caller: Caller, of: Case) -> Case:
    """Return the refusal of another caller."""
    background = dataclasses.replace(of.background, callers={of.source: caller})
    return dataclasses.replace(of, background=background)


def problems_of(config: str) -> tuple[Problem, ...]:
    """Return what `check` lists of a config file, with the keys of its source."""
    files = BothFiles(
        config=parse_document(config), credentials=parse_document(KEYS, FileKind.CREDENTIALS)
    )
    return find_problems(files)


def findings(example: str) -> list[str]:
    """Return what is found in the profile of an example and in who calls, ranked."""
    above, header, rest = example.partition("[")
    config = "\n".join(line for line in rest.splitlines() if not line.startswith("- "))
    of = case(f"{header}{config}")
    for line in above.splitlines():
        fact, _, value = line.partition(": ")
        match fact:
            case "caller":
                of = called_by(calling(value), of)
            case "hop":
                of = dataclasses.replace(of, chain=Chain(source=of.source, hops=("hop", "admin")))
            case "problems":
                of = dataclasses.replace(of, problems=problems_of(f"{header}{config}"))
            case "note":
                of = dataclasses.replace(of, note=value)
            case _:
                assert line == "wanted name: none"
                of = dataclasses.replace(of, wanted_name=None)
    signs = [*signs_of_unread_lines(of), *signs_in_files(of), *findings_of_profile(of)]
    return [found.text for found in rank(signs)]


@pytest.mark.parametrize("example", answered_examples("profile_findings.txt", findings))
def test_what_a_profile_and_its_caller_make_likely(example: str) -> None:
    assert findings(example) == answers_of(example)


@given(caller=CALLERS, role=ARNS)
def test_any_arns_give_a_hint(caller: Arn, role: str) -> None:
    of = case()
    assert of.profile is not None
    arn = of.profile.settings["role_arn"]._replace(value=role)
    profile = dataclasses.replace(of.profile, settings={**of.profile.settings, "role_arn": arn})
    who = dataclasses.replace(CALLER, arn=caller)

    of = called_by(who, dataclasses.replace(of, profile=profile))
    assert describe(rank(findings_of_profile(of)))
