"""The results of switches, with the current session names and with others further up.

A profile's switch depends on its whole chain, because a role may trust a session by its name. It
also depends on the connection settings (region, endpoint …), which are those of the profile at the
chain's end. `KnownOutcomes` answers from the outcomes known so far; if one is missing, it notes the
switch as needed and raises `Pending`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from sync_profiles.arn import is_role, parse_arn
from sync_profiles.causes import Cause
from sync_profiles.known_keys import source_of
from sync_profiles.model import BrokenChain, Chain, ClientName, Profile, Source
from sync_profiles.outcomes import Caller, Failure, Outcome, Switch, Variant
from sync_profiles.planning.decision import Evidence, SyncOptions, Testing


class Pending(Exception):
    """An outcome is not known yet; its switch has been noted as needed."""


@dataclass(slots=True, kw_only=True)
class KnownOutcomes:
    """Looks up the results of the profiles' switches, as far as outcomes are known.

    `failures_by_client` has the failures of sources under the settings of a client, where they
    differ from `callers`. `stops` says, by profile, why the AWS CLI makes no call with it, even if
    STS accepts the switch. Profiles that are `withheld` are not tested.
    """

    profiles: Mapping[str, Profile]
    chains: Mapping[str, Chain | BrokenChain]
    callers: Mapping[Source, Caller | Failure]
    outcomes: Mapping[Switch, Outcome]
    options: SyncOptions
    failures_by_client: Mapping[tuple[Source, ClientName], Failure] = field(default_factory=dict)
    stops: Mapping[str, Failure] = field(default_factory=dict)
    withheld: AbstractSet[str] = frozenset()
    needed: dict[Switch, None] = field(default_factory=dict)
    _now: dict[tuple[str, ClientName], Evidence] = field(default_factory=dict)

    def chain(self, name: str) -> Chain:
        """Return the chain of a profile."""
        chain = self.chains[name]
        assert isinstance(chain, Chain)  # noqa: S101 - a broken one has no outcomes
        return chain

    def parents(self, name: str) -> tuple[str, ...]:
        """Return the hops above a profile, the source's first."""
        return self.chain(name).hops[:-1]

    def now(self, name: str, client: ClientName | None = None) -> Evidence:
        """Return a profile's evidence with the names in the files along its whole chain.

        The AWS CLI makes every call of a chain with the settings of its end, whose `client` that
        is; by default, the profile is the end. A role may accept sessions from one region only,
        and a session of one region may be invalid in another, so an answer counts only for the
        settings that it was given for.
        """
        profile = self.profiles[name]
        client = client or profile.client
        if (name, client) not in self._now:
            parent = self.chain(name).above
            above = self.now(parent, client) if parent is not None else None
            found = self.called_from(above, name, profile.session_name, client=client)
            self._now[name, client] = found
        return self._now[name, client]

    def called_from(
        self,
        above: Evidence | None,
        name: str,
        session_name: str | None,
        *,
        client: ClientName | None = None,
    ) -> Evidence:
        """Return a profile's evidence under a session name, called from the session of `above`.

        `above` is None if the chain's source makes the call; `client` is the profile's own by
        default.
        """
        profile = self.profiles[name]
        client = client or profile.client
        source = source_of(self.chain(name).source, client, self.profiles)
        if above is None:
            place = source, client
            caller = self.failures_by_client.get(place, self.callers[source])
            if isinstance(caller, Failure) and self.options.testing is Testing.ON:
                return Evidence(outcome=caller)
        elif not (above.is_accepted or above.is_not_tested):
            return replace(above, blocked_by=above.blocked_by or self.parents(name)[-1])
        unsendable = _unsendable(profile)
        if unsendable is not None:
            return Evidence(outcome=unsendable)
        if self.options.testing is not Testing.ON:
            return Evidence(outcome=_NOT_TESTED)
        if name in self.withheld:
            return Evidence(outcome=_WITHHELD)
        start = self.callers[source]
        caller_arn = None if isinstance(start, Failure) else start.arn
        if above is not None and above.switch is not None:
            caller_arn = parse_arn(above.switch.role_arn)
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
        role = profile.role
        if is_role(role) and caller_arn is not None and role.partition != caller_arn.partition:
            return Evidence(outcome=replace(_OTHER_PARTITION, caller_arn=caller_arn))
        switch = switch_of(
            profile,
            source=source,
            parent=above.switch if above is not None else None,
            session_name=session_name,
            client=client,
        )
        outcome = self.outcomes.get(switch)
        if outcome is None:
            self.needed[switch] = None
            raise Pending
        return Evidence(outcome=outcome, switch=switch)


_CAUSES_OF_CONTINUED = {
    "role_session_name": Cause.SESSION_NAME_INVALID,
    "role_arn": Cause.ROLE_ARN_INVALID,
    "external_id": Cause.SETTING_INVALID,
    "mfa_serial": Cause.SETTING_INVALID,
}


def _unsendable(profile: Profile) -> Failure | None:
    """Return why a profile's call must not be sent: a value has another line or setting in it.

    STS would refuse such a value, and is not asked: what follows may be any setting, even a secret
    key, and STS quotes what it refuses. With a block as a duration, botocore itself stops.
    """
    for key, cause in _CAUSES_OF_CONTINUED.items():
        if profile.is_continued(key):
            setting = profile.settings[key]
            # without a blank, it may be a value that STS accepts
            may_be_accepted = setting.glued and {" ", "["}.isdisjoint(setting.value)
            return _with_another_line(key, cause, proves=not may_be_accepted)
    duration = profile.settings.get("duration_seconds")
    if duration is not None and duration.nested:  # text that is not a number has no effect
        return _with_another_line("duration_seconds", Cause.SETTING_INVALID)
    return None


def _with_another_line(key: str, cause: Cause, *, proves: bool = True) -> Failure:
    return Failure(
        cause=cause,
        proves=proves,
        variant=Variant.SWALLOWED_LINE,
        message=f"the value of {key} has another line or setting in it",
        setting=key,
    )


_OTHER_PARTITION = Failure(
    cause=Cause.PARTITION_MISMATCH,
    proves=True,
    message="the role is in another partition than the caller",
)
_WITHHELD = Failure(cause=Cause.NOT_TESTED, proves=False, variant=Variant.NEW_ACCOUNT)
_NOT_TESTED = Failure(cause=Cause.NOT_TESTED, proves=False, message="no test was asked for")


def switch_of(
    profile: Profile,
    *,
    source: Source,
    parent: Switch | None,
    session_name: str | None,
    client: ClientName,
) -> Switch:
    """Return a profile's switch under a session name, with the settings of a client.

    `parent` is the switch whose session makes the call, None if the source itself does.
    """
    return Switch(
        source=source,
        parent=parent,
        role_arn=profile.role_arn,
        session_name=session_name,
        external_id=profile.text("external_id"),
        mfa_serial=profile.text("mfa_serial"),
        duration_seconds=profile.duration_seconds,
        client=client,
    )


def group_by_route(outcomes: Mapping[Switch, Outcome]) -> Mapping[Switch, Mapping[Switch, Outcome]]:
    """Return switches with their outcomes, by what they have in common under any names."""
    found: defaultdict[Switch, dict[Switch, Outcome]] = defaultdict(dict)
    for switch, outcome in outcomes.items():
        found[_without_names(switch)][switch] = outcome
    return found


def _without_names(switch: Switch) -> Switch:
    parent = _without_names(switch.parent) if switch.parent is not None else None
    return replace(switch, parent=parent, session_name=None)


def routes_along(
    hops: Iterable[Profile], *, source: Source, client: ClientName
) -> Iterator[Switch]:
    """Yield the switches of a chain's profiles, the source's first, without session names.

    `client` is that of the chain's end, which may be further down. Another profile's call of the
    same role may send other parameters.
    """
    route: Switch | None = None
    for hop in hops:
        route = switch_of(hop, source=source, parent=route, session_name=None, client=client)
        yield route
