"""The options that one command alone has."""

# without `from __future__ import annotations`: Typer takes the fields' annotations as they are.
# The dataclasses are neither frozen nor compared: each method that Python generates makes the start
# longer.

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from sync_profiles.terminal.options import complete_profiles


@dataclass(kw_only=True, eq=False, repr=False)
class ExplainOptions:
    """Which profiles to explain, and how much of it to print."""

    profiles: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PROFILE",
            help="A profile's name or a glob. Without any, every profile is explained that is "
            "rejected or could not be tested; those that only lack your name are counted.",
            autocompletion=complete_profiles,
        ),
    ] = None
    letter: Annotated[
        bool,
        typer.Option("--letter", help="Print only the letters to administrators, ready to paste."),
    ] = False


@dataclass(kw_only=True, eq=False, repr=False)
class UndoOptions:
    """Which write to undo, and how."""

    number: Annotated[
        int | None,
        typer.Argument(
            metavar="N",
            min=1,
            help="The write to undo, by its number in `undo --list`. Without it, the newest.",
        ),
    ] = None
    list_: Annotated[
        bool, typer.Option("--list", help="Show what can be undone; change nothing.")
    ] = False
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Undo even if the lines that it wrote have been changed since."
        ),
    ] = False


@dataclass(kw_only=True, eq=False, repr=False)
class DemoOptions:
    """What to run of the demo."""

    shell: Annotated[
        bool,
        typer.Option("--shell", help="Open a shell in the demo's home, to try commands yourself."),
    ] = False


@dataclass(kw_only=True, eq=False, repr=False)
class ImportOptions:
    """What to import, and how; or what to check."""

    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="A file, - for stdin, https://, s3://bucket/key, or git+https://…#path. "
            "Without any, every imported block is updated.",
        ),
    ] = None
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check team files without importing them; needs no keys and makes no calls.",
        ),
    ] = False
    source_profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Your profile with credentials, for the team's; TEAM=NAME if there are several.",
        ),
    ] = None
    on_conflict: Annotated[
        Literal["keep", "replace", "prefix"] | None,  # those of `OnConflict`
        typer.Option(
            metavar="keep|replace|prefix",
            help="What to do with a profile of the team whose name you already use.",
        ),
    ] = None
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Accept settings that run programs, load files, redirect requests, record "
            "calls, say where you log in or apply to commands that name no profile, and test "
            "roles in accounts that are new to you.",
        ),
    ] = False
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite edits made by hand inside a block.")
    ] = False
    no_sync: Annotated[
        bool, typer.Option("--no-sync", help="Do not sync the imported profiles.")
    ] = False


@dataclass(kw_only=True, eq=False, repr=False)
class TrustPolicyOptions:
    """What to write or to check.

    Without `caller`, the caller and the role come from a profile.
    """

    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="The policy to check, as JSON; - for stdin."),
    ] = None
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check the policy in FILE, or that of --role, read with --profile: show who gets "
            "in, under which names, and what is wrong.",
        ),
    ] = False

    caller: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARN|ACCOUNT",
            help="Who may assume the role: a user's ARN, or an account; repeatable.",
        ),
    ] = None
    mfa: Annotated[
        bool, typer.Option("--mfa", help="Require MFA; with --as, the caller uses it.")
    ] = False
    external_id: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Require this external ID; with --as, the caller sends it."
        ),
    ] = None
    condition: Annotated[
        Literal["StringLike", "StringEquals"],
        typer.Option(
            metavar="StringLike|StringEquals",
            help="The operator that compares the names; both mean the same here.",
        ),
    ] = "StringLike"
    format_: Annotated[
        Literal["json", "terraform", "cloudformation", "cdk"],  # those of `Format`
        typer.Option(
            "--format",
            metavar="json|terraform|cloudformation|cdk",
            help="The language to write the policy in.",
        ),
    ] = "json"
    identity: Annotated[
        bool,
        typer.Option(
            "--identity",
            help="Write a policy for the callers: they assume roles under their own names only.",
        ),
    ] = False
    role: Annotated[str | None, typer.Option(metavar="ARN", help="The role's ARN.")] = None
    as_: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="ARN",
            help="With --check: show whether this user gets in under --session-name.",
        ),
    ] = None
    tag: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="With --as: a tag of the caller; repeatable."),
    ] = None
    all_roles: Annotated[
        bool,
        typer.Option(
            "--all-roles",
            help="With --check: audit all roles of the accounts of --profile; globs are accepted.",
        ),
    ] = False


@dataclass(kw_only=True, eq=False, repr=False)
class WhoOptions:
    """Whose events to look up, where, and since when."""

    profile: Annotated[
        str,
        typer.Argument(
            metavar="PROFILE",
            help="The profile of the role, whose session looks up the events.",
            autocompletion=complete_profiles,
        ),
    ]
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="Since when: 24h, 7d, or a date such as 2026-11-01, in UTC; at most 90 days ago.",
        ),
    ] = "7d"
    region: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGION",
            help="Look here too, besides the profile's region and that of global endpoints, "
            "us-east-1; repeatable.",
        ),
    ] = None
    name: Annotated[
        str | None,
        typer.Option(metavar="SESSION_NAME", help="Show what the sessions of this name did."),
    ] = None
    key: Annotated[
        str | None,
        typer.Option(
            metavar="ASIA…", help="Show who is behind this temporary access key ID, and its calls."
        ),
    ] = None
    me: Annotated[bool, typer.Option("--me", help="Show only your own switches.")] = False
    wait: Annotated[
        bool,
        typer.Option(
            "--wait",
            help="With --me: look again until one has your name; events take about 5 minutes.",
        ),
    ] = False
