"""Carry out `trust-policy`: read its options, and create the parts that do the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sync_profiles.arn import Arn, is_account_id, is_role, parse_arn
from sync_profiles.disk.other_files import read_policy_file
from sync_profiles.errors import ExitCode, RunError, UsageError
from sync_profiles.planning.session_name import (
    SESSION_NAME_RULE,
    USER_NAME_VARIABLE,
    is_external_id,
    is_session_name,
)
from sync_profiles.terminal.boundary import Ended, print_note
from sync_profiles.terminal.command_options import TrustPolicyOptions
from sync_profiles.terminal.options import Options, given, refuse_ineffective
from sync_profiles.terminal.wiring import display_of, open_run
from sync_profiles.text import quote, shell_word
from sync_profiles.trust_policy.asking import CallAnswer, Question, ask
from sync_profiles.trust_policy.checking import CheckedPolicy, check_policy
from sync_profiles.trust_policy.formats import PRINTERS, resource_of
from sync_profiles.trust_policy.writing import (
    LONGEST_TRUST_POLICY,
    Json,
    NotAPrincipal,
    Requirements,
    length_of,
    literal,
    principal_of,
    write_identity_policy,
    write_trust_policy,
)
from sync_profiles.waiting import waiting_for


def run_trust_policy(options: Options, own: TrustPolicyOptions) -> Ended:
    """Do what the options ask for."""
    if own.check:
        _refuse_to_write(own)
    if own.check and own.as_ is not None:
        question = _question(options, own)
        return _asked(_read_policy(options, own), question, options)
    _refuse_without_as(options, own)
    if own.all_roles:
        return _audit(options, own)
    if own.check:
        checked = _checked(_read_policy(options, own), options)
        return Ended(
            result=checked,
            mode="--check",
            code=ExitCode.OK if checked.is_sound else ExitCode.NOT_ACCEPTED,
        )
    if own.file is not None:
        raise UsageError(
            f"`{own.file}` is a policy to check, and `--check` is missing",
            hint=f"run `sync-profiles trust-policy --check {shell_word(own.file)}`",
        )
    return Ended(result=_write(options, own), code=ExitCode.OK)


def _audit(options: Options, own: TrustPolicyOptions) -> Ended:
    """Test the profiles; the accounts are read while they are printed."""
    if not own.check or own.file is not None or own.role is not None or not options.profile:
        raise UsageError(
            "`--all-roles` audits the accounts of profiles",
            hint="use `--check --all-roles --profile GLOB`, without a file and without `--role`",
        )
    from sync_profiles.role_reading import prepare_audit

    with open_run(options, writes=False) as (files, request, access):
        audit = prepare_audit(files, request, access, asked_at=datetime.now(UTC))
    return Ended(result=audit, mode="--all-roles", code=None)


def _refuse_to_write(own: TrustPolicyOptions) -> None:
    """Refuse options that say what to write, which a check does not."""
    of_writing = given(own, "caller", "identity", "condition", "format_")
    if of_writing:
        named = " and ".join(map(quote, of_writing))
        raise UsageError("`--check` writes no policy", hint=f"leave out {named}")


def _refuse_without_as(options: Options, own: TrustPolicyOptions) -> None:
    refuse_ineffective(given(own, "as_"), hint="use it with `--check`")
    of_question = [*given(options, "session_name"), *given(own, "tag")]
    if own.check:  # else they are of the policy to write
        of_question += given(own, "mfa", "external_id")
    refuse_ineffective(of_question, hint="use it with `--check … --as ARN`")


def _question(options: Options, own: TrustPolicyOptions) -> Question:
    """Return the call that is asked about; raise `UsageError` if it cannot be made."""
    arn = parse_arn(own.as_ or "")
    callers = {"user", "role", "assumed-role", "root", "federated-user"}
    if arn is None or arn.kind not in callers or not is_account_id(arn.account_id):
        raise UsageError(
            f"`--as {own.as_}` is not the ARN of a caller",
            hint="write one such as `arn:aws:iam::111111111111:user/NAME`",
        )
    name = (options.session_name or "").replace(USER_NAME_VARIABLE, arn.name)
    if not is_session_name(name):
        raise UsageError(
            f"`--session-name {options.session_name}` is not a session name"
            if options.session_name
            else "`--as` needs the session name to ask about",
            hint=f"pass `--session-name NAME`: {SESSION_NAME_RULE}",
        )
    tags = [tag.partition("=") for tag in own.tag or ()]
    for text, (key, equals, _) in zip(own.tag or (), tags, strict=True):
        if not (key and equals):
            raise UsageError(f"`--tag {text}` is not a tag", hint="pass `--tag KEY=VALUE`")
    return Question(
        caller=arn,
        session_name=name,
        asked_at=datetime.now(UTC),
        role=parse_arn(own.role or ""),
        mfa=own.mfa,
        external_id=own.external_id,
        tags={key: value for key, _, value in tags},
    )


def _checked(text: str, options: Options) -> CheckedPolicy:
    with display_of(options), waiting_for("judging the policy"):  # many patterns take seconds
        return check_policy(text, datetime.now(UTC))


def _asked(text: str, question: Question, options: Options) -> Ended:
    checked = _checked(text, options)
    if checked.policy is None:
        found = CallAnswer(accepted=False, reason=checked.admits[0])
    else:
        found = ask(checked.policy, question)
    code = ExitCode.OK if found.accepted else ExitCode.NOT_ACCEPTED
    return Ended(result=found, mode="--as", code=code)


def _read_policy(options: Options, own: TrustPolicyOptions) -> str:
    if own.file is not None and own.role is not None:
        raise UsageError("a file and `--role` exclude each other", hint="check one of them")
    if own.file is not None and options.profile:
        raise UsageError(
            "a file and `--profile` exclude each other",
            hint="leave out one of them; `--profile` reads the policy of `--role ARN`",
        )
    if is_role(parse_arn(own.file or "")):
        raise UsageError(
            f"`{own.file}` is the ARN of a role, not a file",
            hint="read its policy with `--role ARN --profile PROFILE`",
        )
    if own.file is not None:
        with display_of(options):
            return read_policy_file(own.file)
    role = _role_of(own.role)
    if role is None or not options.profile:
        raise UsageError(
            "there is no policy to check",
            hint="name a file, `-` for stdin, or `--role ARN` with the `--profile` to read it with",
        )
    from sync_profiles.role_reading import read_role

    # the name belongs to the question
    nameless = replace(options, session_name=None)
    with open_run(nameless, writes=False) as (files, request, access):
        return read_role(files, request, access, role)


def _write(options: Options, own: TrustPolicyOptions) -> tuple[Json, str]:
    """Write the policy for callers and a role, given or a profile's: as JSON and as text."""
    if own.external_id is not None and not is_external_id(own.external_id):
        raise UsageError(
            "`--external-id` cannot be an external ID",
            hint="use 2 to 1224 characters of `A-Z a-z 0-9 _+=,.@:/-`",
        )
    role = _role_of(own.role)
    if options.profile:
        caller_arn, role_arn = _of_profile(options, own)
        role = role or parse_arn(role_arn)
        principals = _principals([caller_arn], role, RunError)
    else:
        principals = _principals(own.caller or [], role, UsageError)
    requirements = Requirements(operator=own.condition, external_id=own.external_id, mfa=own.mfa)
    if own.identity:
        policy = write_identity_policy([literal(str(role)) if role else "*"], requirements)
        if role is None:
            print_note(
                "its first statement allows every role that trusts the account: name one with "
                "`--role`, or leave that statement out if users may assume their roles already"
            )
    elif principals:
        policy = write_trust_policy(principals, requirements)
        length = length_of(policy)
        if length > LONGEST_TRUST_POLICY:
            print_note(
                f"the policy has {length} characters; IAM takes {LONGEST_TRUST_POLICY}, unless "
                "the account's quota is higher: name the account in place of its users"
            )
    else:
        raise UsageError(
            "no caller is named that the policy could let in",
            hint="name a user's ARN or an account with `--caller`, or a profile with `--profile`",
        )
    resource = resource_of(role, is_identity=own.identity)
    return policy, PRINTERS[own.format_](policy, resource)


def _role_of(text: str | None) -> Arn | None:
    if text is None:
        return None
    arn = parse_arn(text)
    if not is_role(arn):
        raise UsageError(
            f"`--role {text}` is not the ARN of a role",
            hint="write one such as `arn:aws:iam::222222222222:role/NAME`",
        )
    return arn


def _of_profile(options: Options, own: TrustPolicyOptions) -> tuple[str, str]:
    from sync_profiles.role_reading import identify_profile

    if own.caller:
        raise UsageError(
            "`--caller` and `--profile` exclude each other",
            hint="with `--profile`, AWS is asked who the caller is",
        )
    name, *more = options.profile or [""]
    if more:
        raise UsageError(
            "a policy can be written for one `--profile` only", hint="name one of them"
        )
    with open_run(options, writes=False) as (files, _, access):
        return identify_profile(files, name, access)


def _principals(texts: Sequence[str], role: Arn | None, error: type[RunError]) -> list[str]:
    partition = role.partition if role is not None else "aws"
    found: dict[str, None] = {}
    for text in texts:
        principal = principal_of(text, partition=partition)
        if isinstance(principal, NotAPrincipal):
            raise error(
                f"`{text}` {principal.reason}",
                hint="name a user, as `arn:aws:iam::111111111111:user/NAME`, or an account",
            )
        found[principal] = None
    partitions = {principal.split(":")[1] for principal in found}
    if role is not None and found:
        partitions.add(role.partition)
    if len(partitions) > 1:
        raise error(
            "no role is assumed across partitions: " + ", ".join(sorted(partitions)),
            hint="write one policy for each partition",
        )
    return list(found)
