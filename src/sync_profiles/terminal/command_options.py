"""The options that one command alone has."""

# without `from __future__ import annotations`: Typer takes the fields' annotations as they are.
# The dataclasses are neither frozen nor compared: each method that Python generates makes the start
# longer.

from dataclasses import MISSING, dataclass
from typing import Literal

from sync_profiles.terminal.options import argument, complete_profiles, flag, option


@dataclass(kw_only=True, eq=False, repr=False)
class ExplainOptions:
    """Which profiles to explain, and how much of it to print."""

    profiles: list[str] | None = argument(
        metavar="PROFILE",
        help="A profile's name or a glob. Without any, every profile is explained that is "
        "rejected or could not be tested; those that only lack your name are counted.",
        autocompletion=complete_profiles,
    )
    letter: bool = flag(help="Print only the letters to administrators, ready to paste.")


@dataclass(kw_only=True, eq=False, repr=False)
class UndoOptions:
    """Which write to undo, and how."""

    number: int | None = argument(
        metavar="N",
        min=1,
        help="The write to undo, by its number in `undo --list`. Without it, the newest.",
    )
    list_: bool = flag(help="Show what can be undone; change nothing.")
    force: bool = flag(help="Undo even if the lines that it wrote have been changed since.")


@dataclass(kw_only=True, eq=False, repr=False)
class DemoOptions:
    """What to run of the demo."""

    shell: bool = flag(help="Open a shell in the demo's home, to try commands yourself.")


@dataclass(kw_only=True, eq=False, repr=False)
class ImportOptions:
    """What to import, and how; or what to check."""

    source: list[str] | None = argument(
        metavar="SOURCE",
        help="A file, - for stdin, https://, s3://bucket/key, or git+https://…#path. "
        "Without any, every imported block is updated.",
    )
    check: bool = flag(
        help="Check team files without importing them; needs no keys and makes no calls."
    )
    source_profile: list[str] | None = option(
        metavar="NAME",
        help="Your profile with credentials, for the team's; TEAM=NAME if there are several.",
    )
    # the values of `OnConflict`
    on_conflict: Literal["keep", "replace", "prefix"] | None = option(
        help="What to do with a profile of the team whose name you already use.",
    )
    trust: bool = flag(
        help="Accept settings that run programs, load files, redirect requests, record "
        "calls, say where you log in or apply to commands that name no profile, and test "
        "roles in accounts that are new to you.",
    )
    force: bool = flag(help="Overwrite edits made by hand inside a block.")
    no_sync: bool = flag(help="Do not sync the imported profiles.")


@dataclass(kw_only=True, eq=False, repr=False)
class TrustPolicyOptions:
    """What to write or to check.

    Without `caller`, the caller and the role come from a profile.
    """

    file: str | None = argument(metavar="FILE", help="The policy to check, as JSON; - for stdin.")
    check: bool = flag(
        help="Check the policy in FILE, or that of --role, read with --profile: show who gets "
        "in, under which names, and what is wrong.",
    )

    caller: list[str] | None = option(
        metavar="ARN|ACCOUNT",
        help="Who may assume the role: a user's ARN, or an account; repeatable.",
    )
    mfa: bool = flag(help="Require MFA; with --as, the caller uses it.")
    external_id: str | None = option(
        metavar="TEXT", help="Require this external ID; with --as, the caller sends it."
    )
    condition: Literal["StringLike", "StringEquals"] = option(
        default="StringLike",
        help="The operator that compares the names; both mean the same here.",
    )
    # the keys of `PRINTERS`
    format_: Literal["json", "terraform", "cloudformation", "cdk"] = option(
        default="json",
        help="The language to write the policy in.",
    )
    identity: bool = flag(
        help="Write a policy for the callers: they assume roles under their own names only."
    )
    role: str | None = option(metavar="ARN", help="The role's ARN.")
    as_: str | None = option(
        metavar="ARN",
        help="With --check: show whether this user gets in under --session-name.",
    )
    tag: list[str] | None = option(
        metavar="KEY=VALUE", help="With --as: a tag of the caller; repeatable."
    )
    all_roles: bool = flag(
        help="With --check: audit all roles of the accounts of --profile; globs are accepted.",
    )


@dataclass(kw_only=True, eq=False, repr=False)
class WhoOptions:
    """Whose events to look up, where, and since when."""

    profile: str = argument(
        default=MISSING,
        metavar="PROFILE",
        help="The profile of the role, whose session looks up the events.",
        autocompletion=complete_profiles,
    )
    since: str = option(
        default="7d",
        metavar="TIME",
        help="Since when: 24h, 7d, or a date such as 2026-11-01, in UTC; at most 90 days ago.",
    )
    region: list[str] | None = option(
        metavar="REGION",
        help="Look here too, besides the profile's region and that of global endpoints, "
        "us-east-1; repeatable.",
    )
    name: str | None = option(
        metavar="SESSION_NAME", help="Show what the sessions of this name did."
    )
    key: str | None = option(
        metavar="ASIA…",
        help="Show who is behind this temporary access key ID, and its calls.",
    )
    me: bool = flag(help="Show only your own switches.")
    wait: bool = flag(
        help="With --me: look again until one has your name; events take about 5 minutes."
    )
