"""Determine whose values a team's variables get: for each section, the caller of its chain."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sync_profiles.arn import gives_codes
from sync_profiles.aws.questions import devices_question, object_question
from sync_profiles.aws.switching import Switcher
from sync_profiles.config.chains import leads_to_no_credentials, only_source, resolve_chain
from sync_profiles.config.profiles import ParsedTexts
from sync_profiles.disk.backups import read_import
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.errors import RunError
from sync_profiles.explain.background import Background
from sync_profiles.explain.explanation import explain_source
from sync_profiles.explain.overrides import Overrides
from sync_profiles.model import BrokenChain, ClientName, FileKind, Profile, Source
from sync_profiles.outcomes import Caller
from sync_profiles.planning.session_name import user_name
from sync_profiles.survey import AwsAccess
from sync_profiles.team.consent import Consent
from sync_profiles.team.merging import MergedFile
from sync_profiles.team.sources import TeamSource
from sync_profiles.team.variables import ACCOUNT, MFA_SERIAL, USER_NAME, Person
from sync_profiles.text import quote, shell_word, with_profile


def read_s3_object(source: TeamSource, local: LocalState, size: int, *, reader: str) -> bytes:
    """Return up to size bytes of an object in S3, read with a profile's own credentials."""
    question = object_question(source.place, source.path, size)
    found = local.switcher.ask_own(Source(profile=reader), question, client=reader)
    if isinstance(found, bytes):
        return found
    again = quote(f"sync-profiles import {shell_word(source.text)}")
    mine = only_source(local.texts.profiles.by_name)
    raise RunError(
        f"`{source}` cannot be read as profile `{reader}`: {found.message or found.cause.value}",
        hint="check the address, and that this profile's own credentials may read it, or set "
        f"`AWS_PROFILE` to another one and run {again}"
        if mine in {None, reader}
        else f"set `AWS_PROFILE` to {quote(str(mine))}, your only profile with credentials, and "
        f"run {again}",
    )


@dataclass(frozen=True, kw_only=True)  # without slots: what asks AWS is made once
class LocalState:
    """What is here before the import, and who is asked.

    `texts` are the `files` as they are on disk, whose profiles can make calls now. The `user` is
    asked to agree. `placed` are the teams' parts of the blocks that this run has made, by hash.
    """

    files: ConfigFiles
    texts: ParsedTexts
    access: AwsAccess
    user: Consent
    placed: dict[str, str] = field(default_factory=dict)

    @cached_property
    def switcher(self) -> Switcher:
        """What asks AWS about the user."""
        return self.access.switcher(self.texts)

    def saved_import(self, digest: str) -> str | None:
        """Return what was imported under a hash; None if it is not known."""
        return self.placed.get(digest) or read_import(self.files.paths[FileKind.CONFIG], digest)


def how_to_get_credentials(
    name: str, mine: str | None, teams: Collection[str] = (), *, is_only: bool = True
) -> str:
    """Return the next step for a user without a source profile of this name.

    `mine` is the user's only source, None if there is none or another one. `teams` are the team's
    source profiles that it would replace; with none, or one that `is_only`, its name is enough.
    """
    if mine is not None and mine != name:
        given = [f"{team}={mine}" for team in teams] if teams and not is_only else [mine]
        options = " ".join(f"--source-profile {shell_word(each)}" for each in given)
        return f"your own source here is {quote(mine)}: run again with {quote(options)}"
    # the name is the team's: a shell must not take more from it than a name
    profile = None if name == "default" else name
    return (
        f"run {with_profile('aws configure', profile)} with your access key, "
        f"{with_profile('aws login', profile)}, or {with_profile('aws configure sso', profile)}; "
        "then run this again"
    )


def missing_sources(
    needed: Mapping[str, str],
    own: Mapping[str, Profile],
    left: Mapping[str, Profile],
    *,
    is_only: bool,
) -> dict[str, str]:
    """Return the source profiles that the person lacks, each with the next step.

    `needed` are the local profiles for the team's source profiles, by the team's names; `is_only`
    is whether the run has no others.
    """
    mine = only_source(own) if needed else None
    missing = {
        team: name
        for team, name in needed.items()
        if name not in left
        or (mine not in {None, name} and leads_to_no_credentials(left[name]))  # the keys are there
    }
    return {
        name: how_to_get_credentials(name, mine, missing, is_only=is_only)
        for name in missing.values()
    }


def removed_sources(
    removed: Sequence[str], own: Mapping[str, Profile], left: Mapping[str, Profile]
) -> dict[str, str]:
    """Return the profiles that are gone and that the person's own need, each with the next step."""
    users = {
        name: user.header
        for user in own.values()
        if user.is_assume_role and (name := user.text("source_profile")) in removed
    }
    return {
        name: f"the team removed it: write another `source_profile` in {header}"
        for name, header in users.items()
        if name is not None and name not in left
    }


def find_people(
    needed: Mapping[str, set[str]], merged: MergedFile, local: LocalState, *, is_only: bool
) -> dict[str, Person]:
    """Return whose values the variables of each section get, by its header.

    `needed` are the variables of each section; `is_only` is whether the run has only one source
    profile to replace.
    """
    if not needed:
        return {}
    on_disk, names = local.texts.profiles.by_name, merged.profiles
    find = _Starts(
        names=names.values(),
        after=merged.profiles_after_import(),
        mine=only_source(merged.own.profiles.by_name),
        is_only=is_only,
    )
    starts = {header: find.start_of(names.get(header)) for header in needed}
    clients: dict[Source, list[ClientName]] = {}
    for header, start in starts.items():
        if isinstance(start, Source):
            # any profile has the same `credential_source`, but not the settings of its calls
            callers_names = (
                [start.profile] if start.profile else [names.get(header, "default"), "default"]
            )
            client = next((on_disk[name] for name in callers_names if name in on_disk), None)
            if client is not None:
                clients[start] = [client.client]
    callers = local.switcher.identify(clients) if clients else {}
    people = {}
    for header, start in starts.items():
        if isinstance(start, Person):
            people[header] = start
            continue
        caller = callers.get(start)
        if isinstance(caller, Caller):
            people[header] = _person(caller, clients[start], needed[header], local.switcher)
        elif caller is None:
            message = f"source `{start}` has no credentials"
            hint = find.how_to_get(str(start))
            if start.profile is None:
                message, hint = f"no profile here has used `{start}` before", "run this again"
            people[header] = _unknown_person(message, hint)
        else:
            overrides = Overrides.of(local.access.environ, local.texts.profiles)
            background = Background(profiles=on_disk, overrides=overrides)
            why = explain_source(start, caller, background)
            people[header] = _unknown_person(why.message, why.hint or find.how_to_get(str(start)))
    return people


@dataclass(kw_only=True)  # without slots: the usual start is found once
class _Starts:
    """Where the chains of a file's profiles start; `after` are all profiles after the import."""

    names: Collection[str]
    after: Mapping[str, Profile]
    mine: str | None
    is_only: bool

    def start_of(self, name: str | None) -> Source | Person:
        """Return the source of a section's chain, or an unknown person if the chain is broken.

        What has no role belongs to the only source of the file's roles, or the user's.
        """
        profile = self.after.get(name or "")
        if profile is None or not profile.is_assume_role:
            return self._usual
        chain = resolve_chain(self.after, profile.name)
        if isinstance(chain, BrokenChain):
            last = self.after[chain.via[0]] if chain.via else profile
            source = last.text("source_profile") or "default"
            return _unknown_person(chain.message, self.how_to_get(source))
        return chain.source

    @cached_property
    def _usual(self) -> Source | Person:
        roles = [name for name in self.names if self.after[name].is_assume_role]
        starts = {
            start if isinstance(start, Source) else start.hint: start
            for start in map(self.start_of, roles)
        }
        return (
            next(iter(starts.values()))
            if len(starts) == 1
            else Source(profile=self.mine or "default")
        )

    def how_to_get(self, source: str) -> str:
        """Return the next step for a user without this source."""
        return how_to_get_credentials(source, self.mine, [source], is_only=self.is_only)


def _person(
    caller: Caller, clients: Sequence[ClientName], needed: Collection[str], aws: Switcher
) -> Person:
    variables = {ACCOUNT: caller.arn.account_id}
    user, wants_device = user_name(caller), MFA_SERIAL in needed
    if user is None:
        ask = "to write the value into its file"
        if wants_device:  # no call of another caller shows one
            ask = "for a file without this line"
        return Person(
            variables=variables,
            reason=f"`{caller.arn}` is not an IAM user",
            hint=f"ask the team {ask}, or use an IAM user as the source",
        )
    variables[USER_NAME] = user
    if wants_device:
        usual = caller.arn.in_iam(f"mfa/{user}")
        found = aws.ask_own(caller.source, devices_question(), client=clients[0])
        serials = found if isinstance(found, tuple) else ()  # they may not be listed
        if usual in serials or not serials:
            variables[MFA_SERIAL] = usual
        else:
            variables[MFA_SERIAL] = next(filter(gives_codes, serials), serials[0])
    return Person(variables=variables)


def _unknown_person(reason: str, hint: str) -> Person:
    return Person(variables={}, reason=reason, hint=hint, is_known=False)
