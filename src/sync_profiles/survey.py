"""Survey the profiles: find their chains, identify their callers, and test them.

The sync, `check`, `explain` and the import share this part; it writes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from sync_profiles.aws.cli_stops import plugin_problem
from sync_profiles.aws.switching import Switcher
from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chains
from sync_profiles.config.profiles import Profiles
from sync_profiles.explain.notes import notes_on
from sync_profiles.explain.overrides import NO_OVERRIDES, Overrides
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.header_checks import ignored_profiles
from sync_profiles.model import BrokenChain, Chain, ClientName, FileKind
from sync_profiles.outcomes import Accepted, Failure
from sync_profiles.planning.cli_settings import find_stops
from sync_profiles.planning.known_outcomes import Testing, calls_by_route, routes_along
from sync_profiles.planning.plan import Plan, SyncOptions, build_plan
from sync_profiles.selection import select, with_hops
from sync_profiles.text import shared

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet

    from sync_profiles.aws.calls import Sts
    from sync_profiles.aws.mfa_codes import MfaCodes
    from sync_profiles.config.profiles import ParsedTexts
    from sync_profiles.model import Problem, Profile, Source
    from sync_profiles.outcomes import Caller, Outcome, Switch
    from sync_profiles.planning.verdict import WriteMode

    #: returns which profiles must not be tested, once the chains and the callers are known
    Withhold = Callable[
        [Profiles, Mapping[str, Chain | BrokenChain], Mapping[Source, Caller | Failure]],
        AbstractSet[str],
    ]


#: how many accepted roles of an account are tried as readers of what IAM has there
READERS = 10
#: names of roles that may often read what IAM has
_READING = re.compile(r"(admin|audit|iam|read|secur|view)[^/]*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyRequest:
    """Which profiles to survey, and how: all with a role, those that match, or just `names`.

    `sync_command` is the command that syncs these profiles. Profiles that `withhold` names are not
    tested, `helpers` only if the answers leave something to explain. `shows_lines` is True if the
    output names the lines of accepted profiles, too.
    """

    options: SyncOptions = field(default_factory=SyncOptions)
    patterns: tuple[str, ...] = ()
    names: frozenset[str] | None = None
    helpers: frozenset[str] = frozenset()
    jobs: int = 16
    sync_command: str = "sync-profiles"
    withhold: Withhold | None = None
    shows_lines: bool = True

    def only(self, names: frozenset[str], *, withhold: Withhold | None = None) -> SurveyRequest:
        """Return the same request for these profiles only."""
        return replace(self, names=names, withhold=withhold)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """The adapters that a survey uses: STS for the two texts, and MFA codes.

    `environ` is the environment of the AWS CLI.
    """

    sts: Callable[[ParsedTexts], Sts]
    codes: Callable[[Profiles], MfaCodes]
    environ: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The results, in file order; `outcomes` has every switch that was sent, with its answer.

    `switcher` still has the sessions and can send more switches; it is None if no calls were made.
    `overrides` are the settings that override the profiles' own, `notes` are about the environment.
    `decide_again` takes the same files with other session names, and whether the run writes; it
    decides from the same answers, with the lines of these files. `plugin_problem` stops every
    command of the AWS CLI.
    """

    request: SurveyRequest = SurveyRequest()
    profiles: Profiles = field(default_factory=Profiles)
    callers: Mapping[Source, Caller | Failure] = field(default_factory=dict)
    outcomes: Mapping[Switch, Outcome] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    overrides: Overrides = NO_OVERRIDES
    notes: tuple[str, ...] = ()
    decide_again: Callable[[ParsedTexts, WriteMode], Survey] = field(
        default=lambda *_: NOTHING_SURVEYED, repr=False
    )
    switcher: Switcher | None = None
    plugin_problem: Problem | None = None

    @property
    def further_calls(self) -> Switcher:
        """What sends further calls, where a switch was sent."""
        assert self.switcher is not None  # noqa: S101 - it sent the first switch
        return self.switcher


#: for files that cannot be read, or profiles that are not asked about
NOTHING_SURVEYED: Survey = Survey()


def survey(texts: ParsedTexts, request: SurveyRequest, adapters: Adapters) -> Survey:
    """Identify the callers, send the tests that are needed, and decide; write nothing.

    Raises `ConfigUnreadable` if botocore cannot read the files.
    """
    profiles, chains = texts.profiles, _resolve_chains_of(texts)
    asked = with_hops(request.names or select(texts, request.patterns), chains)
    selected = asked | with_hops(request.helpers, chains)
    sources = clients_by_source(profiles.by_name, chains, selected)
    options = request.options
    switcher = None
    callers: dict[Source, Caller | Failure] = {}
    stops: Mapping[str, Failure] = {}
    problem: Problem | None = None
    if sources and options.testing is not Testing.OFFLINE:
        sts = adapters.sts(texts)
        switcher = Switcher(
            sts=sts,
            codes=adapters.codes(profiles),
            children=_children(profiles.by_name, chains),
            jobs=request.jobs,
        )
        # the sources and endpoints of helpers are not asked before they are needed
        callers |= switcher.identify(clients_by_source(profiles.by_name, chains, asked))
        if options.testing is Testing.ON:
            problem = plugin_problem(texts, adapters.environ)
            environ, by_name = adapters.environ, profiles.by_name
            stops = find_stops(by_name, selected, sts=sts, environ=environ, plugin_problem=problem)
            if request.withhold is not None:
                options = replace(options, withheld=request.withhold(profiles, chains, callers))
    outcomes: dict[Switch, Outcome] = {}

    def decide(now: ParsedTexts, mode: WriteMode) -> Survey:
        profiles_now = now.profiles.with_names_of(profiles)
        chains_now = chains if now is texts else _resolve_chains_of(now)

        def complete(names: frozenset[str]) -> Plan:
            while True:
                plan = build_plan(
                    profiles_now.by_name,
                    chains_now,
                    selected=names,
                    callers={each: callers.get(each, _NOT_ASKED) for each in sources},
                    failures_by_client=switcher.failures_by_client if switcher is not None else {},
                    outcomes=outcomes,
                    options=replace(options, mode=mode),
                    stops=stops,
                )
                if switcher is None or not plan.needed:
                    return plan
                outcomes.update(switcher.run(plan.needed, spends_codes=names is asked))

        plan = complete(asked)
        if selected != asked and any(each.is_to_explain for each in plan.decisions):
            new = {each: sources[each] for each in sources if each not in callers}
            callers.update(switcher.identify(new) if switcher is not None else {})
            plan = complete(selected)
        own = [each for each in plan.decisions if each.profile.name in asked]
        text = now.files[FileKind.CONFIG].text
        return Survey(
            request=request,
            profiles=profiles_now,
            callers=callers,
            outcomes=outcomes,
            plan=plan,
            overrides=Overrides.of(adapters.environ, profiles_now),
            notes=notes_on(own, profiles_now.by_name, outcomes, adapters.environ, config_text=text),
            switcher=switcher,
            decide_again=decide,
            plugin_problem=problem,
        )

    return decide(texts, options.mode)


_NOT_ASKED = Failure(cause=Cause.NOT_TESTED, proves=False, message="AWS was not asked")


def accepted_calls(found: Survey) -> dict[str, Switch]:
    """Return the profiles whose calls AWS accepts, each with its call, in file order.

    Of several names this is the one that the file has, or that a sync writes, if that is accepted.
    """
    by_route = calls_by_route(
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
        calls = by_route.get(route, {})
        if calls:
            accepted[profile.name] = max(calls, key=lambda switch: switch.session_name == name)
    return accepted


def accepted_roles(found: Survey) -> dict[str, list[tuple[str, Switch]]]:
    """Return the accepted roles by `Arn.account`, each with the first profile that assumes it.

    Those whose names say that they may read what IAM has come first.
    """
    roles: dict[str, dict[str, tuple[str, Switch]]] = {}
    for name, switch in accepted_calls(found).items():
        role = found.profiles.by_name[name].role
        if role is not None:
            roles.setdefault(role.account, {}).setdefault(str(role), (name, switch))
    return {
        account: sorted(each.values(), key=lambda found: not _READING.search(found[1].role_arn))
        for account, each in roles.items()
    }


def _resolve_chains_of(texts: ParsedTexts) -> dict[str, Chain | BrokenChain]:
    """Return the chains; one whose source has a header that is ignored names the header."""
    profiles = texts.profiles.by_name
    chains = resolve_chains(profiles)
    for cause in (Cause.SOURCE_PROFILE_MISSING, Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS):
        missing = {
            name: chain
            for name, chain in chains.items()
            if isinstance(chain, BrokenChain) and chain.cause is cause
        }
        if not missing:
            continue
        has_keys = cause is Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS
        ignored = ignored_profiles(BothFiles.of(texts), with_credentials=has_keys)
        for name, chain in missing.items():
            header = ignored.get(profiles[chain.via[0]].text("source_profile") or "")
            if header is not None:
                line, file = header.place.line, header.place.file
                hint = f"in line {line} of the {file} file, {shared(header.hint)}"
                chains[name] = replace(chain, hint=hint)
    return chains


def clients_by_source(
    profiles: Mapping[str, Profile],
    chains: Mapping[str, Chain | BrokenChain],
    selected: frozenset[str],
) -> dict[Source, list[ClientName]]:
    """Return the sources of the selected profiles, each with the clients that use it.

    The client of most profiles comes first, that of the source itself last.
    """
    clients: dict[Source, Counter[ClientName]] = {}
    for name, chain in chains.items():
        if name in selected and isinstance(chain, Chain):
            clients.setdefault(chain.source, Counter())[profiles[name].client] += 1
    own = {
        source: [profiles[source.profile].client] if source.profile is not None else []
        for source in clients
    }
    return {
        source: list(dict.fromkeys([client for client, _ in found.most_common()] + own[source]))
        for source, found in clients.items()
    }


def _children(
    profiles: Mapping[str, Profile], chains: Mapping[str, Chain | BrokenChain]
) -> dict[str, list[str]]:
    """Return the roles that are assumed from the sessions of each role."""
    children: dict[str, list[str]] = {}
    for chain in chains.values():
        for parent, child in pairwise(chain.hops if isinstance(chain, Chain) else ()):
            children.setdefault(profiles[parent].role_arn, []).append(profiles[child].role_arn)
    return children
