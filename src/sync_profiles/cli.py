"""The command line: each command takes options, does its work, and exits with a code.

boto3, botocore, rich and configupdater are imported only by the commands that need them: `--help`,
`--version` and completion load none of them.
"""

from __future__ import annotations

import sys
from typing import NoReturn

from sync_profiles.errors import ExitCode, RunError
from sync_profiles.terminal.boundary import Ended
from sync_profiles.terminal.command_options import (
    DemoOptions,
    ExplainOptions,
    ImportOptions,
    TrustPolicyOptions,
    UndoOptions,
    WhoOptions,
)
from sync_profiles.terminal.commands import app, command, ended_of
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.streams import prepare_streams


@command("sync", *Options.__dataclass_fields__)
def sync_command(options: Options) -> Ended:
    """Write your own session name into every assume-role profile of ~/.aws/config.

    Asks STS who you are, writes role_session_name into every profile that assumes a role, and
    tests each profile with a real AssumeRole.
    """
    from sync_profiles.sync import sync
    from sync_profiles.terminal.wiring import agreement_of, open_run

    with open_run(options) as (files, request, access):
        report = sync(files, request, access, agrees=agreement_of(options))
    return ended_of(report)


@command(
    "check",
    *("profile", "session_name", "no_test", "mfa_code", "config_file", "credentials_file"),
    *("output", "jobs", "quiet", "verbose"),
    short_help="Show which profiles will be rejected, and why; change nothing.",
    no_test="Answer from the files alone, without a network.",
)
def check_command(options: Options) -> Ended:
    """Show which profiles will be rejected, why, and what to do; change nothing."""
    import os

    from sync_profiles.check import check
    from sync_profiles.disk.other_files import read_kubeconfigs
    from sync_profiles.planning.decision import Testing
    from sync_profiles.terminal.wiring import open_run

    with open_run(options, writes=False, untested=Testing.OFFLINE) as (files, request, access):
        report = check(files, request, access, tuple(read_kubeconfigs(os.environ)))
    return ended_of(report)


@command(
    "explain",
    *("profile", "session_name", "mfa_code", "config_file", "credentials_file", "output", "jobs"),
    short_help="Explain profiles: what is sent, what AWS says, who can fix it.",
    own=ExplainOptions,
    profile="The same as PROFILE, as other commands have it.",
)
def explain_command(options: Options, own: ExplainOptions) -> Ended:
    """Explain profiles: their chains, what is sent, what AWS answers, and who can fix it.

    Other profiles of the same accounts are tested too: their results show what is likely.
    """
    from dataclasses import replace
    from datetime import UTC, datetime

    from sync_profiles.inquiry.inquire import inquire
    from sync_profiles.planning.decision import Verdict
    from sync_profiles.terminal.wiring import open_run

    with open_run(options, writes=False) as (files, request, access):
        asked = replace(request, patterns=(*(own.profiles or ()), *request.patterns))
        inquiry = inquire(files, asked, access, asked_at=datetime.now(UTC))
    is_accepted = all(each.verdict is Verdict.ACCEPTED for each in inquiry.selected)
    return Ended(
        result=inquiry,
        mode="--letter" if own.letter else "",
        code=ExitCode.OK if is_accepted else ExitCode.NOT_ACCEPTED,
        notes=inquiry.report.survey.notes,
    )


@command(
    "undo",
    *("dry_run", "config_file", "credentials_file", "output", "verbose"),
    short_help="Undo the last write; an undo can itself be undone.",
    own=UndoOptions,
    verbose="On a terminal, show a long diff in full.",
)
def undo_command(options: Options, own: UndoOptions) -> Ended:
    """Undo the last write of sync-profiles, or write N; an undo can itself be undone.

    Later changes are kept: only the write's own lines are reverted. If these have been changed
    since, nothing is written; --force then restores the whole backup of the config file.
    """
    from sync_profiles.terminal.options import given, refuse_ineffective
    from sync_profiles.terminal.wiring import display_of, files_of, write_mode_of
    from sync_profiles.undo import list_writes, undo

    files = files_of(options)
    if own.list_:
        of_undo = given(own, "number", "force")
        refuse_ineffective(of_undo, where="with `--list`", hint="leave out one of them")
        return Ended(result=list_writes(files), mode="--list", code=ExitCode.OK)
    with display_of(options):
        undone = undo(files, mode=write_mode_of(options), force=own.force, number=own.number)
    return Ended(result=undone, code=ExitCode.OK)


@command(
    "import",
    *("dry_run", "session_name", "no_test", "mfa_code", "config_file", "credentials_file"),
    *("output", "jobs", "quiet", "verbose"),
    short_help="Import the team's profiles under your own name, and test them.",
    own=ImportOptions,
)
def import_command(options: Options, own: ImportOptions) -> Ended:
    """Import the team's profiles under your own name, and test them.

    They are written into a separate block of the config file; the rest of the file is not changed.
    """
    if own.check:
        from sync_profiles.terminal.team_check import run_check

        return run_check(options, own)
    from sync_profiles.terminal.import_wiring import run_import

    return run_import(options, own)


@command(
    "trust-policy",
    *("profile", "session_name", "mfa_code", "config_file", "credentials_file", "output", "jobs"),
    short_help="Write or check trust policies that require the caller's name.",
    own=TrustPolicyOptions,
    session_name="With --as: the session name to ask about.",
    profile="Write for the caller and role of this profile; with --check, read --role with it; "
    "repeatable.",
)
def trust_policy_command(options: Options, own: TrustPolicyOptions) -> Ended:
    """Write a trust policy that lets callers in only under their own user names, or check one."""
    from sync_profiles.terminal.trust_policy_wiring import run_trust_policy

    return run_trust_policy(options, own)


@command(
    "who",
    *("mfa_code", "config_file", "credentials_file", "output", "quiet", "verbose"),
    short_help="Show who used the role of a profile, from CloudTrail.",
    own=WhoOptions,
    quiet="Print no notes, and show no progress.",
    verbose="Also print the commands of the AWS CLI that look up the same.",
)
def who_command(options: Options, own: WhoOptions) -> Ended:
    """Show who used the role of a profile, from the CloudTrail events of the role's account."""
    from sync_profiles.terminal.who_wiring import run_who

    return run_who(options, own)


@command(
    "demo", short_help="Run a demo on a simulated AWS; your files are not touched.", own=DemoOptions
)
def demo_command(_: Options, own: DemoOptions) -> None:
    """Run a demo on a simulated AWS on this machine; your own files are not touched."""
    from sync_profiles.terminal.screen import Screen

    try:
        from sync_profiles.demo import prepared_demo

        with prepared_demo(Screen()) as demo:
            if own.shell:
                demo.open_shell()
            else:
                demo.play()
    except ModuleNotFoundError as error:
        from sync_profiles.installation import steps_with, this_installation

        steps = steps_with("demo", "demo", here=this_installation())
        raise RunError(f"the demo needs `{error.name}`", hint=f"run {steps}") from None


def main() -> NoReturn:
    """Run the command line and exit."""
    prepare_streams()
    app(prog_name="sync-profiles")
    sys.exit(ExitCode.OK)
