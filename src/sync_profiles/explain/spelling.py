"""What the names of roles, profiles and accounts say: their words, and typos in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from sync_profiles.text import difference, is_one_slip

if TYPE_CHECKING:
    from collections import Counter

T = TypeVar("T")
#: shorter words are not treated as typos: `dev`, `dex`
SHORTEST = 4
#: how many letters a short form of a word has at least: `dev`
START = 3
#: how many characters, and so words, the name of a role has at most
LONGEST = 64
_WORD = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|[0-9]+")
_ACCOUNT_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")
#: behind a separator, or with its capital: `dev2` is another environment than `dev1`
_VERSION = re.compile(r"(?:[-_.][vV]|(?<=[a-z0-9])V)[0-9]+$")
#: what instructions have in place of a role's name, and as its account
_EXAMPLE_NAME = re.compile(
    r"(?:your|the|some)[-_]?(?:iam[-_]?)?role(?:[-_]?(?:name|here|to[-_]?assume))?"
    r"|(?:my[-_]?)?(?:iam[-_]?)?role[-_]?(?:name|here|to[-_]?assume)",
    re.IGNORECASE,
)
EXAMPLE_ACCOUNTS = frozenset({"123456789012", "111122223333", "444455556666"})
#: what roles are commonly called
_COMMON = frozenset(
    """
    access account admin administrator analyst api app application audit auditor backup billing
    build cicd client cloud compliance console database deploy deployer deployment developer
    development devops editor emergency engineer engineering external federated finance full group
    guest incident infra infrastructure lambda logging manager master member monitor monitoring
    network observer only operations operator organization owner pipeline platform power prod
    production read reader readonly release remote research role root sandbox security service
    shared staging storage super support team terraform test tester testing user view viewer vendor
    workload write writer
    """.split()  # noqa: SIM905 - a list of one word a line is hard to read
)
#: from what others are assumed
_OF_HUBS = frozenset({"bastion", "broker", "entry", "gateway", "hub", "jump", "landing", "transit"})
#: what accounts are for
_ENVIRONMENTS = frozenset(
    """
    dev develop development int integration live nonprod preprod prod production qa sandbox stage
    staging test testing uat
    """.split()  # noqa: SIM905 - a list of one word a line is hard to read
)
#: further words of roles' names, which are one slip away from those and are no typos
_NO_TYPOS = frozenset(
    """
    analyse audio bead beam best boot bread built bull caster cole dead deployed dest developed
    downer dread easter ember faster federate fell fill filling foot fuel fully guess guild gust
    head header hole hull intra jest killing lead leader lodging lower manage managed manages manger
    matter milling mole moot mower nest null observe observed operation organisation owned pest plod
    poker pole powder prob proc prof prog proj prom prop pros prov pull quest raster ready real
    reaper rear reed reid released remove render rest riot road robe robot rode roll rome roof rook
    room roost rope rose rout rule shaded shaped shard sharded share sole spared stating staying
    steam supper taster teal tear tent term tested text tower tram trod uber used uses usher vest
    viewed waiter west white willing wrote zest
    """.split()  # noqa: SIM905 - a list of one word a line is hard to read
)
#: what roles are commonly called in two words, whose capitals a name without them does not show
_OF_TWO_WORDS = {
    name.lower(): name
    for name in (
        *("BreakGlass", "CloudAdmin", "DatabaseAdmin", "DataEngineer", "DevOps", "FullAccess"),
        *("NetworkAdmin", "PowerUser", "ReadOnly", "ReadWrite", "SecurityAudit", "SuperAdmin"),
        *("SuperUser", "SystemAdmin", "ViewOnly"),
    )
}
#: the roles that AWS makes in each account of an organization, with the path `/`:
#: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
#: https://docs.aws.amazon.com/controltower/latest/userguide/roles-how.html
#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html
_MADE_BY_AWS = (
    *("OrganizationAccountAccessRole", "AWSControlTowerExecution"),
    "AWSCloudFormationStackSetExecutionRole",
)
#: words in the names of roles that programs assume, under a name of their own
_OF_PROGRAMS = frozenset(
    {"automation", "bot", "build", "ci", "cicd", "deploy", "deployer", "deployment", "github"}
    | {"gitlab", "jenkins", "pipeline", "release", "robot", "runner", "terraform"}
)


def name_words(name: str) -> list[str]:
    """Return the words of a name, in lower case: of `ProdAdmin`, or `prod-admin`."""
    return [word.lower() for word in _WORD.findall(name)]


def account_words(name: str) -> list[str]:
    """Return the words of a name, in which an environment is one with its number: `dev2`."""
    words: list[str] = []
    for word in name_words(name):
        if is_number(word) and words and words[-1] in _ENVIRONMENTS:
            words[-1] += word
        else:
            words.append(word)
    return words


def is_number(word: str) -> bool:
    """Return whether a word of a name is a number, not an account ID."""
    return word.isdigit() and len(word) < SHORTEST


def environment_of(profile_name: str) -> tuple[str, ...]:
    """Return the words of a profile's name for an environment, such as `prod` or `dev2`."""
    return tuple(
        word for word in account_words(profile_name) if word.rstrip("0123456789") in _ENVIRONMENTS
    )


def without_environment(profile_name: str) -> tuple[str, ...]:
    """Return the words of a profile's name but for an environment and numbers."""
    words = name_words(profile_name)
    return tuple(each for each in words if each not in _ENVIRONMENTS and not each.isdigit())


def is_short_for(word: str, words: list[str]) -> bool:
    """Return whether a word is short for a name's: `admin` for `AdministratorAccess`, or `ro`."""
    initials = "".join(each[0] for each in words)
    return (len(word) > 1 and initials.startswith(word)) or (
        len(word) >= START and any(each.startswith(word) for each in words)
    )


def with_word(name: str, old: str, new: str) -> str:
    """Return a name with a word in place of another; both are in lower case."""

    def replaced(found: re.Match[str]) -> str:
        written = new if found[0].islower() else new.capitalize()
        return written if found[0].lower() == old else found[0]

    return _WORD.sub(replaced, name)


def account_in(profile_name: str) -> str | None:
    """Return the only account ID in a profile's name, as in `222222222222_admin`."""
    found = _ACCOUNT_ID.findall(profile_name)
    return found[0] if len(found) == 1 else None


def is_of_program(name: str) -> bool:
    """Return whether a role or a session is named like a program's, not like a person's."""
    return not _OF_PROGRAMS.isdisjoint(name_words(name))


def is_of_hub(name: str) -> bool:
    """Return whether a profile or a role is named like one from which others are assumed."""
    return not _OF_HUBS.isdisjoint(name_words(name))


def is_like(left: str, right: str) -> bool:
    """Return whether values differ in case, by a typo, or in what is behind the shorter one."""
    left, right = sorted((left.casefold(), right.casefold()), key=len)
    return is_one_slip(left, right) or (len(left) >= SHORTEST and right.startswith(left))


def common_to_most(values: Counter[T]) -> T | None:
    """Return the value that more than half have, and at least two; None if there is none."""
    for value, count in values.most_common(1):
        if 1 < count > values.total() / 2:
            return value
    return None


def is_made_by_aws(role_name: str) -> bool:
    """Return whether AWS gave a role its name and path, which say nothing about others."""
    return role_name in _MADE_BY_AWS


def name_by_aws(role_name: str) -> str | None:
    """Return the name of a role that AWS makes, if this one differs by one letter or its case."""
    for name in _MADE_BY_AWS:
        if name.lower() == role_name.lower() or is_one_slip(role_name, name):
            return name if name != role_name else None
    return None


def is_example_name(role_name: str) -> bool:
    """Return whether a role's name is a placeholder of instructions, such as `YOUR_ROLE_NAME`."""
    return _EXAMPLE_NAME.fullmatch(role_name) is not None


def form_of(role_name: str) -> str:
    """Return what `AdminRole` and `admin-role-v2` have in common: letters, and whole numbers."""
    words = name_words(_VERSION.sub("", role_name))
    return "".join(f"{word}-" if word.isdigit() else word for word in words)


def version_of(role_name: str) -> str:
    """Return the end of a name that a role has which replaced another: `-v2`; empty for none."""
    version = _VERSION.search(role_name)
    return version[0] if version is not None else ""


def is_named_as(role_name: str, profile_name: str) -> bool:
    """Return whether a role has the name at the end of a profile's name: `prod-admin`."""
    return "".join(name_words(role_name)) in _ends(profile_name)


def slip_of(role_name: str, profile_name: str) -> str | None:
    """Return the end of a profile's name that a role's differs from by one letter, if it does."""
    name = "".join(name_words(role_name))
    for end, meant in _ends(profile_name).items():
        if end.isascii() and len(end) >= SHORTEST and is_one_slip(name, end):
            return meant
    return None


def ends_of(words: list[str]) -> dict[str, int]:
    """Return where the ends of a name begin that a role's name may be, by their letters."""
    starts = range(max(0, len(words) - LONGEST), len(words))
    return {"".join(words[start:]): start for start in starts}


def _ends(profile_name: str) -> dict[str, str]:
    """Return the ends of a profile's name, by their letters."""
    words = name_words(profile_name)
    return {end: "-".join(words[start:]) for end, start in ends_of(words).items()}


def without_full_stop(value: str) -> str | None:
    """Return a value without the mark that it had in a sentence or a list; None if it has none."""
    bare = value.rstrip(",.")
    return bare if bare not in {value, ""} else None


def common_word_for(name: str) -> tuple[str, str] | None:
    """Return a word of a role's name that looks like a typo, and the common word for it.

    The word is all of the name if that is like two common words: `ReadOly`.
    """
    words = name_words(name)
    bare = "".join(words)
    if bare.removesuffix("s") not in _OF_TWO_WORDS:
        for each, usual in _OF_TWO_WORDS.items():
            if is_one_slip(bare, each):
                spelled = spelled_like(name, each)
                return name, usual if spelled == each.capitalize() else spelled
    return next(((word, meant) for word in words if (meant := _meant(word))), None)


def with_capitals(name: str) -> str | None:
    """Return a common name of two words as most spell it, `ReadOnly`; None if it is another one."""
    return _OF_TWO_WORDS.get(name.lower())


def spelled_like(name: str, meant: str) -> str:
    """Return a word in lower case with the capitals and the separators of a name one slip away."""
    letters = [place for place, letter in enumerate(name) if letter.isalnum()]
    start, old, new = difference("".join(name[place] for place in letters).lower(), meant)
    first = [*letters, len(name)][start]
    last = letters[start + len(old) - 1] + 1 if old else first
    own = name[first:last]
    is_capital = own.isupper() or name.isupper() or (not own and not first and not name.islower())
    middle = (each.upper() if is_capital or each.upper() in own else each for each in new)
    return name[:first] + "".join(middle) + name[last:]


@cache
def _meant(word: str) -> str | None:
    if not {word, word.removesuffix("s")}.isdisjoint(_COMMON | _NO_TYPOS) or len(word) < SHORTEST:
        return None
    return next((each for each in sorted(_COMMON) if is_one_slip(word, each)), None)


def one_digit_off(account_id: str) -> Iterator[str]:
    """Yield the account IDs that differ by one digit, or by two neighbors that are swapped."""
    for at, own in enumerate(account_id):
        before, after = account_id[:at], account_id[at + 1 :]
        yield from (f"{before}{digit}{after}" for digit in "0123456789" if digit != own)
        if after and after[0] != own:
            yield f"{before}{after[0]}{own}{after[1:]}"
