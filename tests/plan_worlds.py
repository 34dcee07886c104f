"""The inputs of a plan: profiles, callers, and an STS that is a function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chain
from sync_profiles.model import BrokenChain, Chain, FileKind, Place, Profile, Setting, Source
from sync_profiles.outcomes import Accepted, Caller, Failure, Outcome, Switch
from sync_profiles.planning.decision import SyncOptions
from sync_profiles.planning.known_outcomes import KnownOutcomes
from sync_profiles.planning.plan import Plan, build_plan

USER = "arn:aws:iam::111111111111:user/division/work_api"
PLACE = Place(file=FileKind.CONFIG, line=1)
DEFAULT = Source(profile="default")
#: the client that all profiles share unless they are given another
HERE = "default"
#: more rounds than a chain of the tests can have hops, and worlds
ROUNDS = 40


def role(name: str) -> str:
    return f"arn:aws:iam::222222222222:role/{name}"


def session(name: str, session_name: str | None) -> str:
    """Return the ARN of a role's session; a made-up name is any name."""
    return f"arn:aws:sts::222222222222:assumed-role/{name}/{session_name or 'botocore-session-1'}"


def profile(
    name: str,
    session_name: str | None = None,
    *,
    source: str | None = "default",
    keep_name: bool = False,
    client: str = HERE,
    **settings: str,
) -> Profile:
    """Return an assume-role profile; its role has its name unless `role_arn` says otherwise."""
    texts = {"role_arn": role(name)} | settings
    if source is not None:
        texts["source_profile"] = source
    if session_name is not None:
        texts["role_session_name"] = session_name
    return of_settings(name, texts, keep_name=keep_name, client=client)


def source_profile(name: str = "default") -> Profile:
    return of_settings(name, {"aws_access_key_id": "AKIA", "aws_secret_access_key": "secret"})


def of_settings(
    name: str, texts: Mapping[str, str], *, keep_name: bool = False, client: str = HERE
) -> Profile:
    return Profile(
        name=name,
        settings={key: Setting(value=value, place=PLACE) for key, value in texts.items()},
        section=f"profile {name}",
        place=PLACE,
        client=client,
        keep_name=keep_name,
    )


def parsed(text: str) -> Arn:
    arn = parse_arn(text)
    assert arn is not None
    return arn


def calling(arn: str = USER, source: Source = DEFAULT) -> Caller:
    return Caller(source=source, arn=parsed(arn))


def accepted(switch: Switch) -> Accepted:
    return Accepted(assumed_role_arn=session(role_name(switch), switch.session_name))


def refused() -> Failure:
    return failure_of_answer("AssumeRole", "AccessDenied", "no")


def untested() -> Failure:
    return Failure(
        cause=Cause.MFA_CODE_NEEDED,
        proves=False,
        operation="GetSessionToken",
        code="AccessDenied",
        message="no",
    )


def role_name(switch: Switch) -> str:
    return switch.role_arn.rpartition("/")[2]


@dataclass(kw_only=True)
class Sts:
    """Answers every switch by `answer`, and remembers which it was asked."""

    answer: Callable[[Switch], Outcome]
    asked: list[Switch] = field(default_factory=list)

    def send(self, switch: Switch) -> Outcome:
        """Answer one switch, which must be new and called from a session that was given."""
        assert switch not in self.asked, "asked twice"
        if switch.parent is not None:
            assert switch.parent in self.asked, "called from a session that nobody opened"
            assert isinstance(self.answer(switch.parent), Accepted), "called without a session"
        self.asked.append(switch)
        return self.answer(switch)


def chains_of(profiles: Mapping[str, Profile]) -> dict[str, Chain | BrokenChain]:
    return {
        profile.name: resolve_chain(profiles, profile.name)
        for profile in profiles.values()
        if profile.is_assume_role
    }


def settle(
    profiles: Mapping[str, Profile],
    sts: Sts,
    options: SyncOptions,
    *,
    callers: Mapping[Source, Caller | Failure] | None = None,
    selected: Collection[str] | None = None,
    stops: Mapping[str, Failure] = MappingProxyType({}),
    withheld: Collection[str] = (),
) -> Plan:
    """Plan, ask STS what the plan needs, and plan again until it needs no more."""
    with_role = frozenset(name for name in profiles if "role_arn" in profiles[name].settings)
    outcomes: dict[Switch, Outcome] = {}
    for _ in range(ROUNDS):
        plan = build_plan(
            KnownOutcomes(
                profiles=profiles,
                chains=chains_of(profiles),
                callers=callers if callers is not None else {DEFAULT: calling()},
                outcomes=outcomes,
                stops=stops,
                withheld=frozenset(withheld),
                options=options,
            ),
            with_role if selected is None else frozenset(selected),
        )
        if not plan.needed:
            return plan
        outcomes |= {switch: sts.send(switch) for switch in plan.needed}
    raise AssertionError(outcomes)
