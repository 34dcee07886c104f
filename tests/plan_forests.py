"""Random forests of chains, random trust policies, and the truth about what is accepted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from plan_worlds import (
    USER,
    Sts,
    accepted,
    calling,
    profile,
    refused,
    role_name,
    settle,
    source_profile,
    untested,
)
from sync_profiles.causes import Cause
from sync_profiles.model import Profile, Setting, Source
from sync_profiles.outcomes import Caller, Failure, Outcome, Switch
from sync_profiles.planning.decision import Decision, SyncOptions, WriteMode
from sync_profiles.planning.plan import Plan

WANTED = "work_api"
COLLEAGUE = "colleague"
NAMES = (None, WANTED, COLLEAGUE)
#: the clients, and so the regions, from which the chains' ends call
PLACES = ("here", "there")
#: (session name, the calling session's name): what a trust policy can tell apart, by the place
PAIRS = tuple((name, called_by) for name in NAMES for called_by in NAMES)

Names = dict[str, str | None]
Trust = frozenset[tuple[str | None, str | None, str]]


def source(name: str) -> Source:
    return Source(profile=name)


CALLERS: dict[Source, Caller | Failure] = {
    source("me"): calling(USER, source("me")),
    # each one's wanted name is the other one's colleague's
    source("them"): calling(f"arn:aws:iam::111111111111:user/{COLLEAGUE}", source("them")),
    source("machine"): calling("arn:aws:sts::111111111111:assumed-role/ci/i-1", source("machine")),
    source("gone"): Failure(cause=Cause.NO_CREDENTIALS, proves=True),
    source("offline"): Failure(cause=Cause.NETWORK, proves=False),
}
SOURCES = tuple(str(each) for each in CALLERS)


@dataclass(frozen=True, kw_only=True)
class World:
    """Profiles in the file's order, what each role trusts, and what the command line asks."""

    profiles: dict[str, Profile]
    trusts: dict[str, Trust]
    untestable: frozenset[str]
    selected: frozenset[str]
    overwrite: bool
    session_name: str | None

    @property
    def names(self) -> Names:
        return {name: self.profiles[name].session_name for name in self.trusts}

    def hops(self, name: str) -> tuple[str, ...]:
        """Return the profiles of a chain, the one next to the source last."""
        above = self.profiles[name].settings["source_profile"].value
        return (name, *self.hops(above)) if above in self.trusts else (name,)

    def source(self, name: str) -> Source:
        return source(self.profiles[self.hops(name)[-1]].settings["source_profile"].value)

    def works(self, name: str, names: Names) -> bool:
        """Return whether the whole chain works with the names, whether or not it can be tested.

        As in the AWS CLI, all of its calls go to the place of its end.
        """
        called_by, place = None, self.profiles[name].client
        for hop in reversed(self.hops(name)):
            if (names[hop], called_by, place) not in self.trusts[hop]:
                return False
            called_by = names[hop]
        return self.source(name) != source("gone")

    def is_testable(self, name: str) -> bool:
        return self.source(name) != source("offline") and not self.untestable & {*self.hops(name)}

    def answer(self, switch: Switch) -> Outcome:
        hop = role_name(switch)
        if hop in self.untestable:
            return untested()
        called_by = switch.parent.session_name if switch.parent is not None else None
        trusted = (switch.session_name, called_by, switch.client) in self.trusts[hop]
        return accepted(switch) if trusted else refused()

    def plan(self, mode: WriteMode, sts: Sts | None = None) -> Plan:
        """Plan until no switch is needed any more."""
        return settle(
            self.profiles,
            sts or Sts(answer=self.answer),
            SyncOptions(mode=mode, overwrite=self.overwrite, session_name=self.session_name),
            callers=CALLERS,
            selected=self.selected,
        )

    def after(self, plan: Plan) -> World:
        return replace(self, profiles=self.profiles | dict(map(written, plan.changes)))


def written(change: Decision) -> tuple[str, Profile]:
    name = Setting(value=change.wanted_name or "", place=change.profile.place)
    settings = {**change.profile.settings, "role_session_name": name}
    return change.profile.name, replace(change.profile, settings=settings)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One profile, before it has its place in the forest; `above` picks what it hangs on."""

    above: int
    name: str | None
    distrusted: int
    distrusted_there: int | None
    place: str
    mark: str
    goes_first: bool

    def pick_above(self, names: tuple[str, ...]) -> str:
        """Return a source, or most often one of the profiles drawn before."""
        if names and self.above % 4 != 0:
            return names[-1 - self.above % len(names)]
        return SOURCES[self.above // 4 % len(SOURCES)]

    @property
    def trust(self) -> Trust:
        """What the role trusts: all pairs except those whose bits are set, usually everywhere."""
        there = self.distrusted if self.distrusted_there is None else self.distrusted_there
        return frozenset(
            (*pair, place)
            for place, distrusted in zip(PLACES, (self.distrusted, there), strict=True)
            for bit, pair in enumerate(PAIRS)
            if not distrusted & 1 << bit
        )


bits = st.integers(0, 2 ** len(PAIRS) - 1)
distrust = bits | st.builds(int.__and__, bits, bits) | st.just(0)
drafts = st.builds(
    Draft,
    above=st.integers(0, 39),
    name=st.sampled_from(NAMES),
    distrusted=distrust,
    distrusted_there=st.none() | distrust,
    place=st.sampled_from(PLACES),
    mark=st.sampled_from(["", "", "", "", "", "", "keep", "keep", "unselected", "untestable"]),
    goes_first=st.booleans(),
)


def grow(all_drafts: list[Draft], *, overwrite: bool, session_name: str | None) -> World:
    """Make a world of drafts, each hanging on a source or on an earlier one."""
    by_name = {f"p{number}": draft for number, draft in enumerate(all_drafts)}
    profiles: list[Profile] = [source_profile(name) for name in SOURCES]
    for number, (name, draft) in enumerate(by_name.items()):
        above = draft.pick_above(tuple(by_name)[:number])
        made = profile(
            name,
            draft.name,
            source=above,
            keep_name=draft.mark == "keep",
            client=draft.place,
        )
        profiles.insert(0 if draft.goes_first else len(profiles), made)
    return World(
        profiles={each.name: each for each in profiles},
        trusts={name: draft.trust for name, draft in by_name.items()},
        untestable=frozenset(name for name in by_name if by_name[name].mark == "untestable"),
        selected=frozenset(name for name in by_name if by_name[name].mark != "unselected"),
        overwrite=overwrite,
        session_name=session_name,
    )


worlds = st.builds(
    grow,
    st.lists(drafts, min_size=1, max_size=7),
    overwrite=st.booleans(),
    session_name=st.sampled_from([None, None, None, WANTED, "${aws:username}"]),
)
