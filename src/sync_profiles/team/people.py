"""Who a team's variables stand for: for each section, the caller where its chain starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sync_profiles.arn import parse_arn
from sync_profiles.config.chains import resolve_chain
from sync_profiles.explain.hints import explain_source
from sync_profiles.model import BrokenChain, Source
from sync_profiles.outcomes import Caller
from sync_profiles.planning.session_name import user_name
from sync_profiles.team.variables import ACCOUNT, MFA_SERIAL, USER_NAME, Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.config.profiles import Profiles
    from sync_profiles.explain.overrides import Overrides
    from sync_profiles.outcomes import NoCaller


class AsksPeople(Protocol):
    """What the import asks AWS; `aws.people.People` is the real one."""

    def identify(
        self, sources: Mapping[Source, str], profiles: Profiles
    ) -> Mapping[Source, Caller | NoCaller]:
        """Ask who the sources are; the values are the clients that ask."""
        ...

    def mfa_serials(self, source: Source, *, client: str) -> tuple[str, ...]:
        """Return the devices of a source's user; none where they may not be listed."""
        ...

    def read_object(self, bucket: str, key: str, size: int) -> bytes:
        """Return up to size bytes of an object in S3; raise `RunError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The profiles outside of the block, those on the disk now, and those that there will be.

    Of the ones outside, those that the team's replace do not count.  `overrides` is what overrides
    those on the disk in a call.
    """

    own: Profiles
    disk: Profiles
    after: Profiles
    overrides: Overrides

    def only_source(self) -> str | None:
        """Return the person's one profile that needs no other, if there is just one."""
        names = [n for n, profile in self.own.by_name.items() if not profile.is_assume_role]
        return names[0] if len(names) == 1 else None

    def how_to_get_in(self, name: str) -> str:
        """Return the next step for somebody without a source profile."""
        own = self.only_source()
        if own is not None and own != name:
            return f"your own source here is `{own}`: run again with `--source-profile {own}`"
        option = "" if name == "default" else f" --profile {name}"
        return (
            f"to get in, run `aws configure{option}` with your access key, `aws login{option}`, "
            f"or `aws configure sso{option}`; then run this again"
        )


def find_people(
    needed: Mapping[str, set[str]], names: Mapping[str, str], here: Here, asks: AsksPeople
) -> dict[str, Person]:
    """Return who stands for the variables of each section, by its header.

    `needed` are the variables of each section, `names` its profile's name on this laptop.
    """
    starts = {header: _start(names.get(header), here) for header in needed}
    clients = {
        start: here.disk.by_name[start.profile].client
        for start in starts.values()
        if isinstance(start, Source)
        and start.profile is not None
        and start.profile in here.disk.by_name
    }
    callers = asks.identify(clients, here.disk) if clients else {}
    people = {}
    for header, start in starts.items():
        if isinstance(start, Person):
            people[header] = start
            continue
        caller = callers.get(start)
        if isinstance(caller, Caller):
            wants_device = MFA_SERIAL in needed[header]
            people[header] = _person(caller, clients[start], asks, wants_device=wants_device)
        elif caller is None:
            people[header] = _stranger(
                f"nobody is known for source `{start}`", here.how_to_get_in(str(start))
            )
        else:
            why = explain_source(caller, profiles=here.disk.by_name, overrides=here.overrides)
            hint = why.hint or here.how_to_get_in(str(start))
            people[header] = _stranger(why.message, hint)
    return people


def _start(name: str | None, here: Here) -> Source | Person:
    """Return where a section's chain starts, or who nobody is."""
    profile = here.after.by_name.get(name or "")
    if profile is None or not profile.is_assume_role:
        return Source(profile=here.only_source() or "default")
    chain = resolve_chain(here.after.by_name, profile.name)
    if isinstance(chain, BrokenChain):
        last = here.after.by_name[chain.via[0]] if chain.via else profile
        source = last.text("source_profile") or "default"
        return _stranger(chain.message, here.how_to_get_in(source))
    return chain.source


def _person(caller: Caller, client: str, asks: AsksPeople, *, wants_device: bool) -> Person:
    variables = {ACCOUNT: caller.account_id}
    user = user_name(caller)
    if user is None:
        return Person(
            variables=variables,
            reason=f"`{caller.arn}` is no IAM user",
            hint="let the team put the value into its file, or use a source that is an IAM user",
        )
    variables[USER_NAME] = user
    if wants_device:
        arn = parse_arn(caller.arn)
        partition = arn.partition if arn is not None else "aws"
        usual = f"arn:{partition}:iam::{caller.account_id}:mfa/{user}"
        serials = asks.mfa_serials(caller.source, client=client)
        variables[MFA_SERIAL] = serials[0] if serials and usual not in serials else usual
    return Person(variables=variables, reason="", hint="")


def _stranger(reason: str, hint: str) -> Person:
    return Person(variables={}, reason=reason, hint=hint, is_known=False)
