"""One-line notes: what of the environment has no effect or another one, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from sync_profiles.causes import Cause, Fixer
from sync_profiles.explain.explanation import fixer_of
from sync_profiles.explain.overrides import offered_credentials
from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END
from sync_profiles.model import BrokenChain, FileKind, Profile, in_parentheses
from sync_profiles.outcomes import Failure, Outcome, Switch
from sync_profiles.planning.cli_settings import OUTPUT, OUTPUTS, OUTPUTS_OF_V1, UNREAD_BY_V2
from sync_profiles.planning.decision import Decision
from sync_profiles.text import first_of, quote, shell_word

#: AWS CLI v2 reads them in this order
_PROFILE_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
#: why a chain breaks where it has a profile in place of the keys in the environment
_WITHOUT_KEYS = frozenset(
    {
        Cause.SOURCE_MISSING,
        Cause.SOURCE_PROFILE_MISSING,
        Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
    }
)


def notes_on(
    decisions: Sequence[Decision],
    profiles: Mapping[str, Profile],
    outcomes: Mapping[Switch, Outcome],
    environ: Mapping[str, str],
    *,
    config_text: str,
) -> tuple[str, ...]:
    """Return the notes on a run; none of them changes a verdict."""
    notes = chain(
        _session_name_variable(environ),
        _profile_variable(profiles, environ),
        _unused_credentials(decisions, profiles, environ),
        _region_of_v2(decisions, environ),
        _output_of_v2(decisions, environ),
        _unread_by_v2(decisions, environ),
        note_spent_code(outcomes),
        _imported(decisions, config_text),
    )
    return tuple(notes)


def _session_name_variable(environ: Mapping[str, str]) -> Iterator[str]:
    if environ.get("AWS_ROLE_SESSION_NAME"):
        yield (
            "`AWS_ROLE_SESSION_NAME` has no effect on profiles with a source: the AWS CLI reads it "
            "for web identity only"
        )


def _profile_variable(profiles: Mapping[str, Profile], environ: Mapping[str, str]) -> Iterator[str]:
    """Yield what the AWS CLI does with the variable that names a profile."""
    variable = next((name for name in _PROFILE_VARIABLES if name in environ), None)
    if variable is None:
        return
    name = environ[variable]
    if not name:
        yield (
            f"{quote(variable)} is set but empty: `aws` stops unless `--profile` names a profile; "
            "unset the variable"
        )
    elif name not in profiles and name.strip() in profiles:
        yield (
            f"{quote(variable)} has white space next to {quote(name)}, so it names no profile: "
            "`aws` stops unless `--profile` names one; correct the variable"
        )
    elif name not in profiles:
        yield (
            f"{quote(variable)} names profile {quote(name)}, which does not exist: `aws` stops "
            "unless `--profile` names another; correct the variable or unset it"
        )
    elif _has_keys(environ):
        yield (
            f"the AWS CLI uses the access key in the environment, not {quote(variable)}: unset "
            f"`AWS_ACCESS_KEY_ID`, or pass {quote(f'--profile {shell_word(name)}')}"
        )


def _unused_credentials(
    decisions: Sequence[Decision], profiles: Mapping[str, Profile], environ: Mapping[str, str]
) -> Iterator[str]:
    """Yield how the first profile without a source can use the credentials of the environment."""
    offer = offered_credentials({name for name, value in environ.items() if value})
    if offer is None:
        return
    for decision in decisions:
        broken = decision.chain
        if isinstance(broken, BrokenChain) and broken.cause in _WITHOUT_KEYS:
            profile = profiles[broken.via[0]]
            source = profile.settings.get("source_profile")
            how = (
                f"add to {profile.header} the line"
                if source is None
                else f"in place of `source_profile` {in_parentheses(source.place)}, write"
            )
            yield (
                f"profile {quote(profile.name)} does not use the credentials of the environment; "
                f"to use them, {how} {offer}"
            )
            return


def _region_of_v2(decisions: Sequence[Decision], environ: Mapping[str, str]) -> Iterator[str]:
    if not environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION"):
        return
    names = [each.profile.name for each in decisions if not each.profile.text("region")]
    if names:
        yield (
            "AWS CLI v1 and boto3 do not read `AWS_REGION`: they find no region for "
            f"{_first_of(names)} without `AWS_DEFAULT_REGION`"
        )


def _output_of_v2(decisions: Sequence[Decision], environ: Mapping[str, str]) -> Iterator[str]:
    of_v2 = frozenset(OUTPUTS) - OUTPUTS_OF_V1
    variable = OUTPUT.variable or ""
    if variable in environ:
        if decisions and environ[variable] in of_v2:
            yield f"AWS CLI v1 stops at {quote(variable)} in the environment: only v2 knows it"
        return
    names = [each.profile.name for each in decisions if each.profile.text(OUTPUT.key) in of_v2]
    if names:
        yield f"AWS CLI v1 stops at the `output` of {_first_of(names)}: only v2 knows it"


def _unread_by_v2(decisions: Sequence[Decision], environ: Mapping[str, str]) -> Iterator[str]:
    for key, values in UNREAD_BY_V2.items():
        variable = f"AWS_{key.upper()}"
        if variable in environ:
            if decisions and environ[variable] not in values:
                yield f"AWS CLI v1 and boto3 stop at {quote(variable)} in the environment"
            continue
        names = [
            each.profile.name
            for each in decisions
            if key in each.profile.settings and each.profile.text(key) not in values
        ]
        if names:
            yield f"AWS CLI v1 and boto3 stop at the {quote(key)} of {_first_of(names)}"


def note_spent_code(outcomes: Mapping[Switch, Outcome]) -> Iterator[str]:
    """Yield a note if one of these calls used up the MFA code."""
    is_spent = any(
        switch.mfa_serial is not None
        and switch.parent is None
        and not (isinstance(outcome, Failure) and _keeps_the_code(outcome))
        for switch, outcome in outcomes.items()
    )
    if is_spent:
        yield "the MFA code is used up: the next `aws` command needs a fresh one"


def _keeps_the_code(failure: Failure) -> bool:
    """Return whether a call left its MFA code unused: no call was made, or no device took it."""
    return not failure.proves or failure.code is None or failure.cause is Cause.MFA_DEVICE_NOT_YOURS


def _imported(decisions: Sequence[Decision], config_text: str) -> Iterator[str]:
    """Yield what becomes of a fix in an imported block."""
    fixable = (each for each in decisions if fixer_of(each) in {Fixer.YOU, Fixer.EITHER})
    names = imported_names((each.profile for each in fixable), config_text)
    if names:
        is_or_are = "is" if len(names) == 1 else "are"
        yield (
            f"{_first_of(names)} {is_or_are} imported from your team: what you change there stays "
            "yours when you import again; if your whole team needs the change, ask for it in the "
            "team's file"
        )


def imported_names(profiles: Iterable[Profile], config_text: str) -> list[str]:
    """Return the names of the profiles that are in a block of the config file."""
    if BLOCK_BEGIN not in config_text:
        return []
    lines: set[int] = set()
    is_inside = False
    for number, line in enumerate(config_text.split("\n"), start=1):
        if line.startswith((BLOCK_BEGIN, BLOCK_END)):
            is_inside = line.startswith(BLOCK_BEGIN)
        elif is_inside:
            lines.add(number)
    places = ((each.name, each.place) for each in profiles)
    return [name for name, at in places if at.file is FileKind.CONFIG and at.line in lines]


def _has_keys(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("AWS_ACCESS_KEY_ID") and environ.get("AWS_SECRET_ACCESS_KEY"))


def _first_of(names: Sequence[str]) -> str:
    return f"profile {first_of(map(quote, names), 1)}"
