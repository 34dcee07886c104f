"""Messages and hints for what the role's side refuses: MFA, durations, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.explain.explanation import SYNC_COMMAND, Explanation
from sync_profiles.explain.hints_setup import swallowed_line
from sync_profiles.outcomes import Reason
from sync_profiles.planning.session_name import user_name
from sync_profiles.text import quote

if TYPE_CHECKING:
    from sync_profiles.explain.case import Case

_SESSION_NAME_RULE = "2 to 64 of `A-Z a-z 0-9 _+=,.@-`"


def session_name(case: Case) -> Explanation:
    """Explain what a sync mends."""
    configured = case.profile.session_name if case.profile is not None else None
    return Explanation(
        message=f"refused as {quote(configured or 'botocore-session-…')}, "
        f"accepted as {quote(case.wanted_name or 'the wanted name')}",
        hint=f"run {quote(SYNC_COMMAND)}",
    )


def mfa_code_rejected(case: Case) -> Explanation:
    """Explain a code that was wrong, late, or used before."""
    return Explanation(
        message=f"AWS did not accept the MFA code for {_device(case)}",
        hint=f"wait for the next code of {_device(case)}, as each works once, and run again",
    )


def mfa_device_not_yours(case: Case) -> Explanation:
    """Explain an MFA serial that is not one of the caller's devices."""
    serial = case.setting("mfa_serial") or ""
    name = user_name(case.caller) if case.caller is not None else None
    partition = case.principal_arn.partition if case.principal_arn is not None else "aws"
    account = case.caller.account_id if case.caller is not None else "ACCOUNT"
    own_device = f"arn:{partition}:iam::{account}:mfa/{name or 'NAME'}"
    is_user = ":user/" in serial
    return Explanation(
        message=f"{_device(case)} is {'a user, no' if is_user else 'not an'} MFA device of "
        f"{quote(name) if name else 'the caller'}",
        hint=f"set {case.at('mfa_serial')} to your own device, such as {quote(own_device)}",
    )


def mfa_code_needed(case: Case) -> Explanation:
    """Explain a code that nobody gave."""
    if case.reason is Reason.MFA_PROCESS:
        return Explanation(
            message=case.saying("`mfa_process` gave no MFA code"),
            hint=f"correct {case.at('mfa_process')}, so that it prints the code alone",
        )
    message = f"not tested: {_device(case)} asks for an MFA code"
    match case.reason:
        case Reason.CODE_NOT_GIVEN:
            return Explanation(
                message=f"{message}, and none was given", hint="run again, and type the code"
            )
        case Reason.CODE_USED:
            return Explanation(
                message=f"{message} of its own: the one of `--mfa-code` went to another device",
                hint="run it on a terminal, which asks for each device's code, or once for each "
                "device, with `--profile` and `--mfa-code CODE`",
            )
        case _:
            return Explanation(
                message=message,
                hint="run it on a terminal, which asks for the code, or pass `--mfa-code CODE`",
            )


def session_credentials(case: Case) -> Explanation:
    """Explain that temporary credentials cannot present an MFA code."""
    return Explanation(
        message=f"the credentials of {case.source_words} are temporary, and only an IAM user's "
        "access key can present an MFA code",
        hint=f"give {case.source_words} an IAM user's access key, or remove "
        f"{case.at('mfa_serial')} where the credentials carry MFA already",
    )


def duration_too_long(case: Case) -> Explanation:
    """Explain a duration over the role's own limit."""
    return Explanation(
        message=f"{_duration(case)} is longer than {case.role} grants",
        hint=f"lower {case.at('duration_seconds')} to `3600`, which every role grants",
    )


def chained_duration_too_long(case: Case) -> Explanation:
    """Explain a duration over the limit of role chains."""
    return Explanation(
        message=f"{_duration(case)} is longer than the hour that a role chain is granted",
        hint=f"lower {case.at('duration_seconds')} to `3600`",
    )


def duration_out_of_range(case: Case) -> Explanation:
    """Explain a duration that no role grants."""
    return Explanation(
        message=f"{_duration(case)} is outside of 900 to 43200 seconds",
        hint=f"set {case.at('duration_seconds')} to `3600`, which every role grants",
    )


def session_name_invalid(case: Case) -> Explanation:
    """Explain a name that STS takes for no role."""
    if case.reason is Reason.SWALLOWED_LINE:
        return swallowed_line(case)
    configured = case.profile.session_name if case.profile is not None else None
    if configured is None or case.note is not None:
        wanted = quote(case.wanted_name) if case.wanted_name else "the wanted name"
        return Explanation(
            message=case.note or f"{wanted} cannot be a session name",
            hint=f"pass `--session-name NAME`, a name of {_SESSION_NAME_RULE}",
        )
    return Explanation(
        message=f"{quote(configured)} cannot be a session name",
        hint=f"correct {case.at('role_session_name')}: {_SESSION_NAME_RULE}",
    )


def role_arn_invalid(case: Case) -> Explanation:
    """Explain a role ARN that is none."""
    if case.reason is Reason.SWALLOWED_LINE:
        return swallowed_line(case)
    return Explanation(
        message=f"{case.role} is no ARN of a role",
        hint=f"correct {case.at('role_arn')}: {quote('arn:aws:iam::ACCOUNT:role/NAME')}, "
        "with the account's 12 digits",
    )


def root_caller(case: Case) -> Explanation:
    """Explain that root assumes nothing."""
    return Explanation(
        message=f"{case.source_words} has keys of the root user of {case.principal_account}, "
        "which may not assume roles",
        hint=f"give {case.source_words} the access key of an IAM user",
    )


def source_refused(case: Case) -> Explanation:
    """Explain a chain that stops before the profile's own switch."""
    return Explanation(
        message=f"the chain of {case.name} stops at a hop before it",
        hint=f"run `sync-profiles explain` on the hops of {case.name}",
    )


def no_wanted_name(case: Case) -> Explanation:
    """Explain a caller without a name of its own."""
    never = (
        ""
        if case.calls_as_user
        else "; a condition on `${aws:username}` can never hold for this caller"
    )
    return Explanation(
        message=case.note or f"{case.principal} has no user name to take as the session name",
        hint=f"pass `--session-name NAME` to set one{never}",
    )


def web_identity(case: Case) -> Explanation:
    """Explain a profile that is listed and left alone."""
    return Explanation(
        message="the role is assumed with a web identity token, which is not tested",
        hint=f"set {case.at('role_session_name')} by hand where the role demands a name",
    )


def not_tested(case: Case) -> Explanation:
    """Explain a profile that was not asked about."""
    return Explanation(
        message=case.saying("not tested"),
        hint="leave `--no-test` out to test it",
    )


def _device(case: Case) -> str:
    serial = case.setting("mfa_serial")
    return quote(serial) if serial else "the MFA device"


def _duration(case: Case) -> str:
    seconds = case.setting("duration_seconds")
    return f"`duration_seconds` {quote(seconds)}" if seconds else "the duration"


WRITERS = {
    Cause.SESSION_NAME: session_name,
    Cause.ROOT_CALLER: root_caller,
    Cause.MFA_CODE_REJECTED: mfa_code_rejected,
    Cause.MFA_DEVICE_NOT_YOURS: mfa_device_not_yours,
    Cause.MFA_CODE_NEEDED: mfa_code_needed,
    Cause.DURATION_TOO_LONG: duration_too_long,
    Cause.CHAINED_DURATION_TOO_LONG: chained_duration_too_long,
    Cause.DURATION_OUT_OF_RANGE: duration_out_of_range,
    Cause.SESSION_NAME_INVALID: session_name_invalid,
    Cause.ROLE_ARN_INVALID: role_arn_invalid,
    Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS: session_credentials,
    Cause.SOURCE_REFUSED: source_refused,
    Cause.NO_WANTED_NAME: no_wanted_name,
    Cause.WEB_IDENTITY: web_identity,
    Cause.NOT_TESTED: not_tested,
}
