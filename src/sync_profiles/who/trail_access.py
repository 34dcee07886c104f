"""Find out where the events of a profile's role are, and who may read them.

The role's account is asked with a session of the role that may do nothing else; where AWS denies
that, with those of other profiles of the account. The caller's account, which alone knows the
caller's user name, is asked with the caller's own credentials; it may refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from threading import Lock
from typing import TypeVar

from sync_profiles.arn import Arn
from sync_profiles.aws.event_history import LOOK_UP, EventHistory, Reader
from sync_profiles.aws.switching import Switcher
from sync_profiles.config.chains import resolve_chains
from sync_profiles.config.profiles import ParsedTexts, parse_texts
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.errors import RunError
from sync_profiles.model import Chain, Profile, Source
from sync_profiles.outcomes import Caller, Switch
from sync_profiles.planning.session_name import NoName, user_name, wanted_name
from sync_profiles.report import Report
from sync_profiles.selection import find_helpers, select_one
from sync_profiles.survey import (
    READERS,
    AwsAccess,
    SurveyRequest,
    accepted_roles,
    accepted_switches,
    survey,
)
from sync_profiles.text import quote
from sync_profiles.waiting import waiting_for
from sync_profiles.who.trail_reading import RoleTrail

Found = TypeVar("Found")

#: where each partition records what has no region, as calls of the global endpoint of STS
#: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events
GLOBAL_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-us-gov": "us-gov-west-1",
}


def prepare_trail(
    files: ConfigFiles,
    name: str,
    request: SurveyRequest,
    access: AwsAccess,
    *,
    regions: Sequence[str],
) -> RoleTrail:
    """Test a profile, and find out where its role's events are; raise `RunError` if it is refused.

    `regions` are looked up besides the profile's own and that of the global endpoints.
    """
    texts = parse_texts(files.read())
    profile = select_one(texts, name)
    found = survey(texts, request.only(frozenset({name})), access)
    report = Report(command="check", paths=files.paths, survey=found)
    row = next(row for row in report.rows if row.decision.profile.name == name)
    switch, role = accepted_switches(found).get(name), profile.role
    if switch is None or role is None or found.switcher is None:
        why = row.explanation.fact
        raise RunError(f"profile `{name}` cannot be used: {why}", hint=row.explanation.hint)
    switcher, chain = found.switcher, row.decision.chain
    everywhere = _regions_of(role, switcher.aws.clients.region(profile.client), regions)
    caller = report.caller_of(row.decision)
    name_of_caller = wanted_name(caller if isinstance(caller, Caller) else None)
    direct = caller if isinstance(caller, Caller) and switch.parent is None else None
    own = chain.source if isinstance(chain, Chain) else Source()
    source = Reader(
        name=quote(own.profile)
        if own.profile is not None
        else f"your own credentials (`credential_source = {own.credential_source}`)",
        profile=own.profile,
        open=_once(partial(switcher.credentials, switch)),
    )
    is_own = direct is not None and direct.arn.account_id == role.account_id

    def find_others() -> tuple[Reader, ...]:
        own = [source] if is_own else []
        others = _other_readers(texts, profile, request, access)
        return (*own, *islice(others, READERS - len(own)))

    make = partial(
        EventHistory, aws=switcher.aws, patience=switcher.patience, client=profile.client
    )
    of_role = partial(
        make,
        account_id=role.account_id,
        reader=_reader(name, switch, switcher),
        others=_once(find_others),
    )
    histories = [of_role(region=each) for each in everywhere]
    if direct is not None and not is_own:
        of_caller = partial(
            make, account_id=direct.arn.account_id, is_callers=True, reader=source, others=tuple
        )
        histories += [of_caller(region=each) for each in everywhere]
    return RoleTrail(
        profile=name,
        role_arn=profile.role_arn,
        account_id=role.account_id,
        regions=everywhere,
        user_id=(direct.user_id or None) if direct is not None else None,
        user_name=user_name(direct),
        own_name=switch.session_name if isinstance(name_of_caller, NoName) else name_of_caller,
        histories=histories,
    )


def _regions_of(role: Arn, own: str | None, others: Sequence[str]) -> tuple[str, ...]:
    """Return where a role's switches are recorded, the region of the profile first."""
    found = (own, GLOBAL_REGIONS.get(role.partition, GLOBAL_REGIONS["aws"]), *others)
    return tuple(dict.fromkeys(region for region in found if region))


def _reader(profile: str, switch: Switch, switcher: Switcher) -> Reader:
    opening = partial(switcher.open_session, switch, LOOK_UP)
    return Reader(name=quote(profile), profile=profile, open=_once(opening))


def _other_readers(
    texts: ParsedTexts, profile: Profile, request: SurveyRequest, access: AwsAccess
) -> Iterator[Reader]:
    """Test other profiles of the account of a profile's role, and yield those with another role."""
    profiles, role = texts.profiles.by_name, profile.role
    chains = resolve_chains(profiles)
    names = find_helpers({profile.name}, [role.account_id], profiles, chains) if role else ()
    if not names or role is None:
        return
    with waiting_for(f"testing other profiles of account {role.account_id}"):
        found = survey(texts, request.only(names), access)
    for other, switch in accepted_roles(found).get(role.account, ()):
        if found.switcher is not None and switch.role_arn != str(role):
            yield _reader(other, switch, found.switcher)


def _once(find: Callable[[], Found]) -> Callable[[], Found]:
    """Return a function that finds something when it is called first, and returns it each time."""
    lock = Lock()
    found: list[Found] = []

    def first() -> Found:
        with lock:
            if not found:
                found.append(find())
            return found[0]

    return first
