"""Plan what to do, or which switches to test next, from profiles, callers and outcomes so far.

`build_plan` is pure. It is called repeatedly with more outcomes until it needs no more. So the
order of the tests (parents first), their number (one if one is enough) and the decisions are all in
one place.

Two states are compared. *Now* is every chain with the names in the files; *then* is every chain
with the names after the sync. A change is judged as if the changes further up were already made,
and a change that would break a profile further down is not made.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from sync_profiles.causes import Cause
from sync_profiles.model import Chain, ClientName, Profile
from sync_profiles.outcomes import Caller, Switch
from sync_profiles.planning.decision import (
    NAME_IS_KEPT,
    Change,
    Choice,
    Decision,
    Evidence,
    WriteMode,
    decide,
)
from sync_profiles.planning.known_outcomes import KnownOutcomes, Pending
from sync_profiles.planning.session_name import NoName, wanted_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The decisions in file order; complete once `needed` is empty."""

    decisions: tuple[Decision, ...] = ()
    needed: tuple[Switch, ...] = ()

    @property
    def changes(self) -> tuple[Decision, ...]:
        """The decisions that write a name."""
        return tuple(decision for decision in self.decisions if decision.change.writes)


def build_plan(known: KnownOutcomes, selected: AbstractSet[str]) -> Plan:
    """Decide about every selected profile, and list the switches that must be tested first.

    What is known has the chain of every assume-role profile, selected or not: the others keep their
    names, but may be further down the chain of one that changes.
    """
    vetoes: dict[str, str] = {}
    while True:
        known.needed.clear()
        chooser = _Chooser(known=known, selected=selected, vetoes=vetoes)
        try:
            choices = chooser.choose_all()
        except _Veto as veto:
            # vetoes further down were judged with this change made, so they are judged again
            below = [name for name in vetoes if veto.changed in known.parents(name)]
            for name in below:
                del vetoes[name]
            vetoes[veto.changed] = veto.broken
            continue
        decisions = (
            decide(
                profile,
                known.chains.get(name),
                choices.get(name),
                known.options,
                stop=known.stops.get(name),
            )
            for name, profile in known.profiles.items()
            if name in selected
        )
        return Plan(
            decisions=tuple(decision for decision in decisions if decision is not None),
            needed=tuple(known.needed),
        )


class _Veto(Exception):
    """A change that must not be made: it would break a profile that works."""

    def __init__(self, *, changed: str, broken: str) -> None:
        self.changed = changed
        self.broken = broken


@dataclass(slots=True, kw_only=True)
class _Chooser:
    """One pass over the profiles, with the vetoes known so far."""

    known: KnownOutcomes
    selected: AbstractSet[str]
    vetoes: Mapping[str, str]
    _choices: dict[str, Choice | None] = field(default_factory=dict)
    _hops: dict[tuple[str, ClientName], Evidence] = field(default_factory=dict)

    def choose_all(self) -> Mapping[str, Choice | None]:
        """Choose for every profile that may matter, or raise the first veto in order.

        A choice that depends on a switch not yet tested is None. While one is open, a veto is not
        raised: the result must not depend on which switch happens to be tested first.
        """
        whole = [name for name, chain in self.known.chains.items() if isinstance(chain, Chain)]
        # parents first, unselected profiles last: they change only because of others
        whole.sort(key=lambda name: (name not in self.selected, len(self.known.parents(name))))
        is_open = False
        for name in whole:
            if name in self.selected or self._changes_above(name):
                try:
                    self._choice(name)
                except Pending:
                    is_open = True
                except _Veto:
                    if not is_open:
                        raise
        return self._choices

    def _choice(self, name: str) -> Choice:
        if name not in self._choices:
            self._choices[name] = None
            self._choices[name] = self._choose(name)
        choice = self._choices[name]
        if choice is None:
            raise Pending
        return choice

    def _above(self, name: str) -> Evidence | None:
        """Return the switch that a profile's own is called from, after the sync."""
        parent = self.known.chain(name).above
        return self._hop(parent, self.known.profiles[name].client) if parent is not None else None

    def _then(self, profile: Profile, session_name: str | None) -> Evidence:
        """Return a profile's switch under a session name, after the sync."""
        return self.known.called_from(self._above(profile.name), profile.name, session_name)

    def _hop(self, name: str, client: ClientName) -> Evidence:
        """Return a hop's switch after the sync, in a chain that ends with this client."""
        choice, profile = self._choice(name), self.known.profiles[name]
        if client == profile.client:
            return choice.then
        if (name, client) not in self._hops:
            parent = self.known.chain(name).above
            above = self._hop(parent, client) if parent is not None else None
            session_name = choice.wanted if choice.change.writes else profile.session_name
            found = self.known.called_from(above, name, session_name, client=client)
            self._hops[name, client] = found
        return self._hops[name, client]

    def _changes_above(self, name: str) -> bool:
        """Return whether a name further up changes, so that *then* differs from *now*."""
        return any(
            choice is not None and choice.change.writes
            for choice in map(self._choices.get, self.known.parents(name))
        )

    def _choose(self, name: str) -> Choice:
        profile = self.known.profiles[name]
        self._above(name)  # what is above is chosen first
        if name not in self.selected:
            return self._stay(profile, Change.KEEP)
        caller = self.known.callers[self.known.chain(name).source]
        wanted = wanted_name(
            caller if isinstance(caller, Caller) else None, override=self.known.options.session_name
        )
        if isinstance(wanted, NoName):
            return self._stay(profile, Change.SKIP, cause=wanted.cause, note=wanted.reason)
        if profile.session_name == wanted:
            return self._stay(profile, Change.NONE, wanted=wanted)
        if profile.is_continued("role_session_name"):  # changing the name would remove those lines
            return self._stay(profile, Change.LEAVE, wanted=wanted)
        if profile.keep_name:
            return self._stay(profile, Change.KEEP, wanted=wanted, note=NAME_IS_KEPT)
        if name in self.vetoes:
            note = f"as `{wanted}` it would break profile `{self.vetoes[name]}` down the chain"
            return self._stay(profile, Change.LEAVE, wanted=wanted, note=note)
        if profile.session_name is None:
            return self._choose_for_unnamed(profile, wanted)
        return self._choose_for_named(profile, wanted)

    def _choose_for_unnamed(self, profile: Profile, wanted: str) -> Choice:
        then = self._then(profile, wanted)
        if then.is_refused:
            unnamed = self._stay(profile, Change.LEAVE, wanted=wanted)
            is_let_in = unnamed.then.is_let_in and not then.is_let_in
            if unnamed.change is not Change.LEAVE or not unnamed.then.is_refused or is_let_in:
                return unnamed
            # refused for another cause: with the name written, no second sync is needed after the
            # fix
        return self._change(profile, Change.FILL, wanted, then)

    def _choose_for_named(self, profile: Profile, wanted: str) -> Choice:
        note = None
        if self.known.options.overwrite:
            then = self._then(profile, wanted)
            if then.is_accepted:
                return self._change(profile, Change.FIX, wanted, then)
            note = f"`{wanted}` was refused" if then.is_refused else None
        if not self.known.now(profile.name).is_refused:
            return self._stay(profile, Change.KEEP, wanted=wanted, note=note)
        then = self._then(profile, wanted)
        if then.is_accepted:
            return self._change(profile, Change.FIX, wanted, then)
        return self._stay(profile, Change.LEAVE, wanted=wanted, as_wanted=then)

    def _change(self, profile: Profile, change: Change, wanted: str, then: Evidence) -> Choice:
        now = self.known.now(profile.name) if self.known.options.mode is WriteMode.PREVIEW else None
        return Choice(change=change, now=now, then=then, wanted=wanted)

    def _stay(
        self,
        profile: Profile,
        change: Change,
        *,
        wanted: str | None = None,
        as_wanted: Evidence | None = None,
        cause: Cause | None = None,
        note: str | None = None,
    ) -> Choice:
        """Keep the name in the files, unless a change further up would break the profile."""
        now: Evidence | None
        if not self._changes_above(profile.name):
            now = then = self.known.now(profile.name)
            if then.blocked_by is not None:  # for the reason that is given for that hop
                then = self._then(profile, profile.session_name)
        else:
            then = self._then(profile, profile.session_name)
            needs_now = then.is_refused or self.known.options.mode is WriteMode.PREVIEW
            now = self.known.now(profile.name) if needs_now else None
            if then.is_refused and now is not None and now.is_accepted:
                return self._follow(profile, wanted, now)
        if then.is_refused and as_wanted is not None and not then.got_further_than(as_wanted):
            then = as_wanted
        return Choice(change=change, now=now, then=then, wanted=wanted, cause=cause, note=note)

    def _follow(self, profile: Profile, wanted: str | None, now: Evidence) -> Choice:
        """Give the wanted name to a profile that a change further up breaks, or veto the change."""
        may_change = profile.name not in self.vetoes and not profile.keep_name
        if may_change and wanted not in {None, profile.session_name}:
            then = self._then(profile, wanted)
            if then.is_accepted:
                return Choice(change=Change.FIX, now=now, then=then, wanted=wanted)
        changed = next(
            hop
            for hop in reversed(self.known.parents(profile.name))
            if self._choice(hop).change.writes
        )
        raise _Veto(changed=changed, broken=profile.name)
