"""Plans: the decision table of a sync, in both tenses, and plans of every other kind.

`data/plans.txt` has them, and how they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

import pytest

from examples import answered_examples, answers_of, unescape
from plan_worlds import (
    DEFAULT,
    USER,
    Sts,
    accepted,
    calling,
    profile,
    refused,
    role,
    role_name,
    settle,
    untested,
)
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.model import BrokenChain, Profile
from sync_profiles.outcomes import Accepted, Failure, Outcome, Switch
from sync_profiles.planning import decision as decisions
from sync_profiles.planning import known_outcomes
from sync_profiles.planning.decision import (
    Decision,
    SyncOptions,
    WriteMode,
)

ME = "work_api"
FACTS = {"trusts", "too", "denied", "invalid", "untested", "with"}
NAMES = {"me": ME, "-": None, "''": ""}


def short(name: str | None) -> str:
    return "-" if name is None else "me" if name == ME else name


TOO_LONG = failure_of_answer(
    "AssumeRole",
    "ValidationError",
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
)
DENIED = failure_of_answer("AssumeRole", "AccessDenied", "... with an explicit deny in a policy")
INVALID = failure_of_answer(
    "AssumeRole",
    "ValidationError",
    "1 validation error detected: Value 'robot' at 'roleSessionName' failed to satisfy constraint",
)
CALLERS = {
    "no-credentials": Failure(cause=Cause.NO_CREDENTIALS, proves=True),
    "network": Failure(cause=Cause.NETWORK, proves=False, message="Could not connect"),
}
NO_REGION = Failure(cause=Cause.REGION_MISSING, proves=True, message="no region is set")


@dataclass
class Example:
    """A world and a run, as `data/plans.txt` writes them."""

    facts: dict[str, list[str]] = field(default_factory=dict)
    profiles: list[list[str]] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> Example:
        made = cls()
        for line in text.splitlines():
            fact, is_fact, words = line.partition(":")
            if is_fact and fact.partition(" ")[0] in FACTS:
                made.facts[fact] = words.split()
            elif line and not line.startswith("- "):
                made.profiles.append(line.split())
        return made

    def given(self, word: str) -> list[str]:
        """Return the values that the run is given for an option."""
        pairs = (each.partition("=") for each in self.facts.get("with", []))
        return [value for name, _, value in pairs if name == word]

    def answer(self, switch: Switch) -> Outcome:
        hop, name = role_name(switch), short(switch.session_name)
        if {hop, f"{hop}/{name}"} & {*self.facts.get("untested", [])}:
            return untested()
        if name in self.facts.get("too long", []):
            return TOO_LONG
        if name in self.facts.get("denied", []):
            return DENIED
        if name in self.facts.get("invalid", []):
            return INVALID
        above = short(switch.parent.session_name) if switch.parent is not None else ""
        trusted = self.facts.get(f"trusts {hop}", self.facts.get("trusts", []))
        asked = {"/": f"{above}/{name}", "": name}
        is_in = any(fnmatchcase(asked["/" if "/" in each else ""], each) for each in trusted)
        return accepted(switch) if is_in else refused()

    def made(self) -> dict[str, Profile]:
        """Return the profiles as they are read from a config file, each with its client."""
        config = "[default]\naws_access_key_id = k\naws_secret_access_key = s\n"
        clients = {}
        for name, *words in self.profiles:
            source = words[words.index("<") + 1] if "<" in words else "default"
            own = next((word for word in words[:1] if word[0] != "<" and "=" not in word), "-")
            more = dict(unescape(word).split("=", 1) for word in words if "=" in word)
            named = {"source_profile": source, "role_session_name": own}
            settings = {key: NAMES.get(value, value) for key, value in named.items()}
            settings |= {"role_arn": more.pop("role", role(name))} | more
            clients[name] = settings.pop("client", None) or "default"
            kept = " # sync-profiles: keep" if settings.pop("keep", None) else ""
            lines = [f"{key} ={value}" for key, value in settings.items() if value is not None]
            config += "\n".join([f"[profile {name}]{kept}", *lines, ""])
        found = read_profiles(config=parse_document(config)).by_name
        return {name: replace(found[name], client=clients.get(name, "default")) for name in found}

    def plan(self, mode: WriteMode) -> list[str]:
        """Return the decisions and what was asked, a line each."""
        sts = Sts(answer=self.answer)
        options = SyncOptions(
            mode=mode,
            testing=decisions.Testing("off" if self.given("no-test") else "on"),
            overwrite=bool(self.given("overwrite")),
            session_name=next(iter(self.given("name")), None),
        )
        [who] = self.given("caller") or [USER]
        plan = settle(
            self.made(),
            sts,
            options,
            callers={DEFAULT: CALLERS.get(who) or calling(who)},
            selected=self.given("select") or None,
            stops=dict.fromkeys(self.given("stop"), NO_REGION),
            withheld=self.given("withhold"),
        )
        asked = ", ".join(f"{role_name(each)} {short(each.session_name)}" for each in sts.asked)
        return [*map(shown, plan.decisions), f"asked: {asked or 'nothing'}"]


def shown(decision: Decision) -> str:
    """Return a decision in one line: what a report says of it, and what that rests on."""
    wanted = "" if decision.wanted_name == ME else f" [{short(decision.wanted_name)}]"
    words = [f"{decision.profile.name}: {decision.verdict}", f"{decision.change}{wanted}"]
    if decision.cause is not None:
        words.append(decision.cause)
    match decision.outcome:
        case Accepted(assumed_role_arn=arn):
            words.append(f"as {short(arn.rpartition('/')[2])}")
        case Failure(cause=cause) if cause is not decision.cause:
            words.append(f"for {cause}")
    if isinstance(decision.outcome, Failure) and decision.outcome.operation is None:
        local = decision.outcome
        variant = (
            local.variant.name.lower().replace("_", " ") if local.variant is not None else None
        )
        caller = str(local.caller_arn or "")
        said = " ".join(filter(None, (variant, local.setting, local.message, caller)))
        words += [f"({said})"] if said else []
    if isinstance(decision.chain, BrokenChain):
        words.append(f"({decision.chain.message})")
    if decision.untested_duration is not None:
        words.append(f"not for {decision.untested_duration} s")
    if decision.blocked_by is not None:
        words.append(f"at {decision.blocked_by}")
    return ", ".join(words) + (f"; {decision.note}" if decision.note else "")


def plans(text: str) -> list[str]:
    """Return what a check and a sync say, with the mode where they differ."""
    example = Example.read(text)
    check, sync = example.plan(WriteMode.PREVIEW), example.plan(WriteMode.WRITE)
    lines: list[str] = []
    for one, other in zip(check, sync, strict=True):
        lines += [one] if one == other else [f"check: {one}", f"sync: {other}"]
    return lines


@pytest.mark.parametrize("example", answered_examples("plans.txt", plans))
def test_a_plan(example: str) -> None:
    assert plans(example) == answers_of(example)


def test_a_switch_is_the_last_of_a_chain_under_any_names() -> None:
    hop = profile("hop", external_id="e", mfa_serial="m", duration_seconds="7200")
    hops = (hop, profile("child", source="hop"))
    step = None
    for hop, name in zip(hops, ("x", None), strict=True):
        step = known_outcomes.switch_of(
            hop, source=DEFAULT, parent=step, session_name=name, client="c"
        )
    assert step is not None
    assert step.parent == Switch(
        source=DEFAULT,
        parent=None,
        role_arn=hops[0].role_arn,
        session_name="x",
        external_id="e",
        mfa_serial="m",
        duration_seconds=7200,
        client="c",
    )

    def is_along(*of_chain: Profile, client: str = "c") -> bool:
        *_, route = known_outcomes.routes_along(of_chain, source=DEFAULT, client=client)
        return step in known_outcomes.group_by_route({step: answer}).get(route, {})

    answer = Accepted(assumed_role_arn="arn")
    assert is_along(*hops)
    assert not is_along(hops[1])
    assert not is_along(*hops, client="d")
    assert not is_along(profile("hop"), hops[1])
    assert not is_along(profile("above"), *hops)
