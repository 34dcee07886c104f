"""Survey the profiles: find their chains, identify their callers, and test them.

The sync, `check`, `explain` and the import share this part; it writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from types import MappingProxyType

from sync_profiles.aws.cli_stops import plugin_problem, stop_of_all
from sync_profiles.aws.mfa_codes import MfaCodes
from sync_profiles.aws.renewals import SourceAnswers
from sync_profiles.aws.switching import Switcher
from sync_profiles.causes import Cause
from sync_profiles.config.profiles import ParsedTexts, Profiles
from sync_profiles.explain.comments import NO_COMMENTS, Comments
from sync_profiles.explain.notes import notes_on
from sync_profiles.explain.overrides import NO_OVERRIDES, Overrides
from sync_profiles.model import BrokenChain, Chain, ClientName, FileKind, Problem, Profile, Source
from sync_profiles.outcomes import Accepted, Caller, Failure, Outcome, Switch
from sync_profiles.planning.cli_settings import find_stops
from sync_profiles.planning.decision import SyncOptions, Testing, WriteMode
from sync_profiles.planning.known_outcomes import KnownOutcomes, group_by_route, routes_along
from sync_profiles.planning.plan import Plan, build_plan
from sync_profiles.selection import clients_by_source, find_chains, roles_below, select, with_hops

#: how many accepted roles of an account are tried as readers of what IAM has there
READERS = 10
#: names of roles that may often read what IAM has
_READING = re.compile(r"(admin|audit|iam|read|secur|view)[^/]*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRequest:
    """Which profiles to survey, and how: all with a role, those that match, or just `names`.

    `helpers` are tested only if the answers leave something to explain. `sync_command` is the
    command that syncs these profiles. `shows_lines` is True if the output names the lines of
    accepted profiles, too.
    """

    options: SyncOptions = field(default_factory=SyncOptions)
    patterns: tuple[str, ...] = ()
    names: frozenset[str] | None = None
    helpers: frozenset[str] = frozenset()
    sync_command: str = "sync-profiles"
    shows_lines: bool = True

    def only(self, names: frozenset[str]) -> SurveyRequest:
        """Return the same request for these profiles only."""
        return replace(self, names=names)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAccess:
    """How a run calls AWS, and what it has found out about its sources: none is asked twice.

    `environ` is the environment of the AWS CLI, `jobs` how many calls are made at once. `mfa_code`
    is the code of the command line; `ask_code` asks a person for one, None without a terminal.
    """

    environ: Mapping[str, str]
    jobs: int
    mfa_code: str | None = field(default=None, repr=False)
    ask_code: Callable[[str, int], str | None] | None = None
    answers: SourceAnswers = field(default_factory=SourceAnswers)

    def codes(self, profiles: Profiles) -> MfaCodes:
        """Return where the codes for the MFA devices of these profiles come from."""
        processes = profiles.mfa_processes()
        return MfaCodes(given=self.mfa_code, processes=processes, ask=self.ask_code)

    def switcher(
        self, texts: ParsedTexts, chains: Mapping[str, Chain | BrokenChain] = MappingProxyType({})
    ) -> Switcher:
        """Return what asks AWS for the profiles of two texts, with the roles along the chains."""
        from sync_profiles.aws.calls import AwsCalls  # loads boto3, as a run without calls need not

        return Switcher(
            aws=AwsCalls(texts, environ=self.environ, connections=self.jobs, answers=self.answers),
            codes=self.codes(texts.profiles),
            children=roles_below(texts.profiles.by_name, chains),
            jobs=self.jobs,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The results, in file order; `outcomes` has every switch that was sent, with its answer.

    `switcher` still has the sessions and can send more switches; it is None if no calls were made.
    `overrides` are the settings that override the profiles' own, `comments` those of both files;
    `notes` are about the environment. `plugin_problem` stops every command of the AWS CLI.
    """

    request: SurveyRequest = SurveyRequest()
    profiles: Profiles = field(default_factory=Profiles)
    callers: Mapping[Source, Caller | Failure] = field(default_factory=dict)
    outcomes: Mapping[Switch, Outcome] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    overrides: Overrides = NO_OVERRIDES
    comments: Comments = NO_COMMENTS
    notes: tuple[str, ...] = ()
    switcher: Switcher | None = None
    plugin_problem: Problem | None = None

    @property
    def further_calls(self) -> Switcher:
        """What sends further calls, where a switch was sent."""
        assert self.switcher is not None  # noqa: S101 - it sent the first switch
        return self.switcher


def survey(texts: ParsedTexts, request: SurveyRequest, access: AwsAccess) -> Survey:
    """Identify the callers, send the tests that are needed, and decide; write nothing.

    Raises `ConfigUnreadable` if botocore cannot read the files.
    """
    return surveyor_for(texts, request, access).test_and_decide(texts, request.options.mode)


def surveyor_for(texts: ParsedTexts, request: SurveyRequest, access: AwsAccess) -> Surveyor:
    """Identify the callers, and return what sends the tests and decides.

    Raises `ConfigUnreadable` if botocore cannot read the files.
    """
    chains = find_chains(texts)
    selected = with_hops(request.names or select(texts, request.patterns), chains)
    surveyor = Surveyor(
        texts=texts,
        chains=chains,
        selected=selected,
        with_helpers=selected | with_hops(request.helpers, chains),
        request=request,
        access=access,
    )
    if surveyor.sources and request.options.testing is not Testing.OFFLINE:
        surveyor.identify()
    return surveyor


@dataclass(kw_only=True)  # without slots: the sources are collected once
class Surveyor:
    """Asks AWS about some profiles, and decides from all that it has answered so far.

    `selected` are the profiles of the request, `with_helpers` also those that may help to explain
    them; both have the hops above them. `switcher` is None as long as no calls are made. Those that
    are `withheld` are not tested.
    """

    texts: ParsedTexts
    chains: Mapping[str, Chain | BrokenChain]
    selected: frozenset[str]
    with_helpers: frozenset[str]
    request: SurveyRequest
    access: AwsAccess
    switcher: Switcher | None = None
    outcomes: dict[Switch, Outcome] = field(default_factory=dict)
    stops: Mapping[str, Failure] = field(default_factory=dict)
    withheld: AbstractSet[str] = frozenset()
    plugin_problem: Problem | None = None

    @cached_property
    def sources(self) -> dict[Source, list[ClientName]]:
        """The sources of all these profiles, each with the clients that use it."""
        return clients_by_source(self.texts.profiles.by_name, self.chains, self.with_helpers)

    @property
    def callers(self) -> Mapping[Source, Caller | Failure]:
        """Who the sources are, as far as they were asked."""
        return self.switcher.callers if self.switcher is not None else {}

    def identify(self) -> None:
        """Ask who the callers are, and find what keeps the AWS CLI or the user from calling.

        The sources and the endpoints of helpers are not asked before they are needed.
        """
        texts, environ, profiles = self.texts, self.access.environ, self.texts.profiles
        self.switcher = self.access.switcher(texts, self.chains)
        self.switcher.identify(clients_by_source(profiles.by_name, self.chains, self.selected))
        if self.request.options.testing is not Testing.ON:
            return
        self.plugin_problem = plugin_problem(texts, environ)
        self.stops = find_stops(
            profiles.by_name,
            self.with_helpers,
            clients=self.switcher.aws.clients,
            environ=environ,
            of_all=stop_of_all(self.plugin_problem),
        )

    def test_and_decide(self, texts: ParsedTexts, mode: WriteMode) -> Survey:
        """Send the tests that are needed, and decide about the files as they are in `texts`.

        These are the surveyed ones, or the same with other session names and lines: from the same
        answers then, as far as they go. `mode` is whether the run writes.
        """
        profiles = texts.profiles.with_names_of(self.texts.profiles)
        chains = self.chains if texts is self.texts else find_chains(texts)
        options = replace(self.request.options, mode=mode)
        plan_for = partial(self._plan, profiles.by_name, chains, options)
        plan = plan_for(self.selected)
        is_to_explain = any(each.is_to_explain for each in plan.decisions)
        if self.with_helpers != self.selected and is_to_explain:
            if self.switcher is not None:
                self.switcher.identify(self.sources)
            plan = plan_for(self.with_helpers)
        own = [each for each in plan.decisions if each.profile.name in self.selected]
        environ, text = self.access.environ, texts.files[FileKind.CONFIG].text
        return Survey(
            request=self.request,
            profiles=profiles,
            callers=dict(self.callers),  # without those that are asked later
            outcomes=self.outcomes,
            plan=plan,
            overrides=Overrides.of(environ, profiles),
            comments=Comments({kind: file.text for kind, file in texts.files.items()}),
            notes=notes_on(own, profiles.by_name, self.outcomes, environ, config_text=text),
            switcher=self.switcher,
            plugin_problem=self.plugin_problem,
        )

    def _plan(
        self,
        profiles: Mapping[str, Profile],
        chains: Mapping[str, Chain | BrokenChain],
        options: SyncOptions,
        selected: frozenset[str],
    ) -> Plan:
        """Plan, send the tests that the plan needs, and plan again until it needs no more."""
        while True:
            known = KnownOutcomes(
                profiles=profiles,
                chains=chains,
                callers={each: self.callers.get(each, _NOT_ASKED) for each in self.sources},
                outcomes=self.outcomes,
                failures_by_client=self.switcher.failures_by_client if self.switcher else {},
                stops=self.stops,
                withheld=self.withheld,
                options=options,
            )
            plan = build_plan(known, selected)
            if self.switcher is None or not plan.needed:
                return plan
            # a helper spends no code
            spends_codes = selected is self.selected
            self.outcomes.update(self.switcher.run(plan.needed, spends_codes=spends_codes))


_NOT_ASKED = Failure(cause=Cause.NOT_TESTED, proves=False, message="AWS was not asked")


def accepted_switches(found: Survey) -> dict[str, Switch]:
    """Return the profiles whose switches AWS accepts, each with its switch, in file order.

    Of several names this is the one that the file has, or that a sync writes, if that is accepted.
    """
    by_route = group_by_route(
        {
            switch: outcome
            for switch, outcome in found.outcomes.items()
            if isinstance(outcome, Accepted)
        }
    )
    accepted: dict[str, Switch] = {}
    for decision in found.plan.decisions:
        profile, chain = decision.profile, decision.chain
        if not isinstance(chain, Chain):
            continue
        hops = [found.profiles.by_name[hop] for hop in chain.hops]
        *_, route = routes_along(hops, source=chain.source, client=profile.client)
        name = decision.wanted_name if decision.change.writes else profile.session_name
        switches = by_route.get(route, {})
        if switches:
            accepted[profile.name] = max(switches, key=lambda each: each.session_name == name)
    return accepted


def accepted_roles(found: Survey) -> dict[str, list[tuple[str, Switch]]]:
    """Return the accepted roles by `Arn.account`, each with the first profile that assumes it.

    Those whose names say that they may read what IAM has come first.
    """
    roles: dict[str, dict[str, tuple[str, Switch]]] = {}
    for name, switch in accepted_switches(found).items():
        role = found.profiles.by_name[name].role
        if role is not None:
            roles.setdefault(role.account, {}).setdefault(str(role), (name, switch))
    return {
        account: sorted(each.values(), key=lambda found: not _READING.search(found[1].role_arn))
        for account, each in roles.items()
    }
