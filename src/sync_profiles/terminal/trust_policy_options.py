"""The options of `trust-policy` that no other command has."""

# without `from __future__ import annotations`: Typer takes the fields' annotations as they are

from dataclasses import dataclass
from typing import Annotated, Literal

import typer


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyOptions:
    """What to write or to check.

    Without `caller`, the caller and the role of what is written are those of a profile.
    """

    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE", help="The policy to check, as JSON; - for stdin."),
    ] = None
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Show who gets in by a policy, under which names, and what is wrong with it: "
            "of FILE, or of --role, read with --profile.",
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
            help="Write the policy for the callers: assume roles under their own names only.",
        ),
    ] = False
    role: Annotated[str | None, typer.Option(metavar="ARN", help="The role's ARN.")] = None
    as_: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="ARN",
            help="With --check: would this user be let in, under --session-name?",
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
