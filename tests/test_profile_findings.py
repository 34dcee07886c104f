"""Findings about a refusal from a profile's own settings and its caller."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of
from hint_cases import CALLER, NOT_AUTHORIZED, ROLE, decision, knowing, with_basis
from plan_worlds import calling
from sync_profiles.arn import Arn
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.background import Background
from sync_profiles.explain.comments import Comments
from sync_profiles.explain.explanation import explain
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems
from sync_profiles.model import Chain, FileKind, Problem, Source

KEYS = "[default]\naws_access_key_id = A\naws_secret_access_key = b\n"
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
#: AWS gives no reason, and does not say who called
REFUSED = dataclasses.replace(NOT_AUTHORIZED, message="", caller_arn=None)


def problems_of(config: str) -> tuple[Problem, ...]:
    """Return what `check` lists of a config file, with the keys of its source."""
    files = BothFiles(
        config=parse_document(config), credentials=parse_document(KEYS, FileKind.CREDENTIALS)
    )
    return find_problems(files)


def findings(example: str) -> list[str]:
    """Return what is found in the last profile of an example and in who calls, ranked."""
    above, header, rest = example.partition("[")
    facts = dict(line.split(": ", 1) for line in above.splitlines() if ": " in line)
    config = header + "\n".join(line for line in rest.splitlines() if not line.startswith("- "))
    profiles = read_profiles(config=parse_document(config)).by_name
    *_, last = profiles.values()
    source = Source(profile=last.text("source_profile"))
    hops = ("hop", "admin") if "hop" in facts else ("admin",)
    arn = calling(facts["called by"]).arn if "called by" in facts else None
    of = dataclasses.replace(
        decision(
            dataclasses.replace(REFUSED, caller_arn=arn), subject=last, note=facts.get("note")
        ),
        chain=Chain(source=source, hops=hops),
        wanted_name=None if "wanted name" in facts else "work_api",
    )
    caller = calling(facts["caller"]) if "caller" in facts else CALLER
    background = Background(
        profiles=profiles,
        callers={source: caller},
        comments=Comments({FileKind.CONFIG: config}),
        problems=problems_of(config) if "problems" in facts else (),
    )
    return list(map(with_basis, explain(of, background).reasons))


@pytest.mark.parametrize("example", answered_examples("profile_findings.txt", findings))
def test_what_a_profile_and_its_caller_make_likely(example: str) -> None:
    assert findings(example) == answers_of(example)


@given(caller=CALLERS, role=ARNS)
def test_any_arns_give_a_hint(caller: Arn, role: str) -> None:
    (subject,) = read_profiles(
        config=parse_document(f"[profile p]\nrole_arn = {ROLE}\n")
    ).by_name.values()
    arn = subject.settings["role_arn"]._replace(value=role)
    odd = dataclasses.replace(subject, settings={"role_arn": arn})
    of = decision(REFUSED, subject=odd)
    assert explain(of, knowing({}, dataclasses.replace(CALLER, arn=caller))).hint
