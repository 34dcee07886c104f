"""Find out through profiles what `trust-policy` needs to know: who assumes which role."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.accepted_calls import READERS, accepted_roles
from sync_profiles.aws.iam_questions import found_role
from sync_profiles.aws.switching import Switcher
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.profiles import parse_texts
from sync_profiles.errors import RunError
from sync_profiles.explain.explanation import explain_source
from sync_profiles.model import BrokenChain, Source
from sync_profiles.outcomes import Caller, Failure, FoundRole
from sync_profiles.selection import nothing_selected
from sync_profiles.survey import survey
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.arn import Arn
    from sync_profiles.aws.calls import Sts
    from sync_profiles.aws.credentials import Credentials
    from sync_profiles.config.profiles import ParsedTexts
    from sync_profiles.disk.files import ConfigFiles
    from sync_profiles.survey import Adapters, SurveyRequest


def identify_profile(files: ConfigFiles, name: str, adapters: Adapters) -> tuple[str, str]:
    """Return the ARNs of who assumes the role of a profile, and of the role.

    The caller at the start of its chain is asked.

    Raises `RunError` if there is no such profile, or if its caller is not known.
    """
    texts = parse_texts(files.read(), files.paths)
    profiles = texts.profiles
    profile = profiles.by_name.get(name)
    if profile is None or not profile.is_assume_role:
        raise nothing_selected(texts, name)
    chain = resolve_chain(profiles.by_name, name)
    if isinstance(chain, BrokenChain):
        raise RunError(
            f"the chain of profile `{name}` is broken: {chain.message}",
            hint=chain.hint,
        )
    if chain.above is not None:
        return profiles.by_name[chain.above].role_arn, profile.role_arn
    switcher = Switcher(
        sts=adapters.sts(texts), codes=adapters.codes(profiles), children={}, jobs=1
    )
    source = chain.source
    own = profiles.by_name[source.profile].client if source.profile is not None else None
    clients = dict.fromkeys([profile.client, *([own] if own is not None else [])])
    caller = switcher.identify({source: tuple(clients)})[source]
    if not isinstance(caller, Caller):
        why = explain_source(source, caller, profiles=profiles.by_name)
        raise RunError(f"profile `{name}` has no caller: {why.message}", hint=why.hint)
    return caller.arn, profile.role_arn


def read_role(files: ConfigFiles, request: SurveyRequest, adapters: Adapters, role: Arn) -> str:
    """Read a role's trust policy with the selected profiles; return it as text in lines.

    A profile with a role reads with that role's session, another one with its own credentials.
    Raises `RunError` if none of them may, or if there is no such role.
    """
    texts = parse_texts(files.read(), files.paths)
    failure = None
    for answer in _readings(texts, request, adapters, role):
        if isinstance(answer, FoundRole):
            if answer.arn != str(role):
                raise RunError(
                    f"the role `{role}` does not exist, but `{answer.arn}` does",
                    hint="correct its path, or its case",
                )
            return json.dumps(json.loads(answer.trust_policy), indent=2)
        if answer.code == "NoSuchEntity":
            raise RunError(
                f"the role `{role}` does not exist",
                hint=f"list the roles of account {role.account_id} with "
                + quote(f"aws iam list-roles{_profile_option(texts, request)}"),
            )
        failure = answer
    said = f": {failure.message}" if failure is not None and failure.message else ""
    raise RunError(
        f"none of the selected profiles can read the role `{role}`{said}",
        hint=f"name a profile of account {role.account_id} that may `iam:GetRole`: "
        "`sync-profiles check` shows which are accepted",
    )


def divide_patterns(
    texts: ParsedTexts, request: SurveyRequest
) -> tuple[list[str], tuple[str, ...]]:
    """Return the selected names of profiles without a role, and the patterns of all others."""
    profiles = texts.profiles.by_name
    plain = [n for n in request.patterns if n in profiles and not profiles[n].is_assume_role]
    return plain, tuple(pattern for pattern in request.patterns if pattern not in plain)


def identify_own(sts: Sts, name: str) -> tuple[Credentials, Caller] | Failure:
    """Return a profile's own credentials, and who they are of."""
    source = Source(profile=name)
    credentials = sts.credentials(source, client=name)
    if isinstance(credentials, Failure):
        return credentials
    caller = sts.identify(source, credentials, client=name)
    return caller if isinstance(caller, Failure) else (credentials, caller)


def _profile_option(texts: ParsedTexts, request: SurveyRequest) -> str:
    """Return the option of the AWS CLI for the profile that is selected, if it is one."""
    names = [name for name in request.patterns if name in texts.profiles.by_name]
    return f" --profile {shlex.quote(names[0])}" if len(names) == 1 else ""


def _readings(
    texts: ParsedTexts, request: SurveyRequest, adapters: Adapters, role: Arn
) -> Iterator[FoundRole | Failure]:
    """Yield the answers of the selected profiles of the role's account."""
    plain, others = divide_patterns(texts, request)
    sts = adapters.sts(texts)
    for name in plain:
        found = identify_own(sts, name)
        if isinstance(found, Failure):
            yield found
            continue
        credentials, caller = found
        if caller.account_id == role.account_id:
            yield sts.ask_iam(credentials, found_role(str(role)), client=name)
    if not others:
        return
    surveyed = survey(texts, replace(request, patterns=others), adapters)
    for _, switch in accepted_roles(surveyed).get(role.account, ())[:READERS]:
        if surveyed.switcher is not None:
            yield surveyed.switcher.ask_iam(switch, found_role(str(role)), role=switch)
