"""Collect other spellings of a refused role's ARN: the name, its case, and its path.

Role names are unique in an account regardless of case and path, but an ARN must match both exactly:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from itertools import islice, pairwise, product

from sync_profiles.arn import Arn, is_role, parse_arn
from sync_profiles.explain.account_names import scope_of
from sync_profiles.explain.candidates import (
    WITHOUT_FULL_STOP,
    Candidate,
    Origin,
    Refusal,
    of_own_lines,
)
from sync_profiles.explain.lookups import Holders, is_typo
from sync_profiles.explain.spelling import (
    LONGEST,
    SHORTEST,
    account_in,
    common_word_for,
    form_of,
    is_example_name,
    is_named_as,
    is_short_for,
    name_by_aws,
    name_words,
    one_digit_off,
    spelled_like,
    version_of,
    with_capitals,
    with_word,
    without_full_stop,
)
from sync_profiles.explain.weights import Likelihood
from sync_profiles.model import Profile, in_parentheses
from sync_profiles.text import is_one_slip, quote

_WORD_BREAK = re.compile(r"[-_./@:+ ]")


def role_arns(refused: Refusal) -> Iterator[Candidate]:
    """Yield other spellings of the role's ARN, in accounts that may be called."""
    for found in _role_arns(refused):
        arn = parse_arn(found.value or "")
        if arn is not None and refused.known.may_call(arn.account_id, refused.profile):
            yield found


def _role_arns(refused: Refusal) -> Iterator[Candidate]:
    role = refused.profile.role
    if not is_role(role):
        return
    own_lines = of_own_lines(refused, "role_arn")
    yield from (each for each in own_lines if is_role(parse_arn(each.value or "")))
    start = f"arn:{role.partition}:iam::"
    ways = [
        (f"{start}{role.account_id}:{resource}", likelihood, origin)
        for resource, likelihood, origin in _resources(role, refused)
    ]
    for each in refused.known.background.comments.roles(refused.profile, role):
        origin = Origin(f"with the {each.key} in the comment {in_parentheses(each.place)}")
        ways.append((each.value, Likelihood.SPELLING, origin))
    ways += (
        (f"{start}{account_id}:{role.resource}", likelihood, origin)
        for account_id, likelihood, origin in _accounts(role, refused)
    )
    for value, likelihood, origin in ways:
        arn, owner = parse_arn(value), refused.known.by_role_arn.get(value)
        found = Candidate("role_arn", value, likelihood, origin)
        if is_role(arn) and owner is None:
            yield found
        elif is_role(arn) and owner is not None:
            yield from _of_owner(found, arn, owner, refused)


def _of_owner(found: Candidate, arn: Arn, owner: Profile, refused: Refusal) -> Iterator[Candidate]:
    """Yield the role of another profile: it may be that one's alone, and is tried last then.

    It is not tried for a role of another account if the profiles are named for different things, as
    `dev-admin` and `prod-admin` are; `dev-admin` and `dev-admin-long` may have the same role.
    """
    own = refused.profile
    role = own.role or arn
    if arn.account != role.account and _is_beside(own, owner):
        return
    if is_same_role(arn, role):
        is_taken = refused.known.accounts.of_same_scope(own, role) is not None
        most = Likelihood.TAKEN if is_taken else found.likelihood
        yield found._replace(is_taken=is_taken, likelihood=min(found.likelihood, most))
    else:
        of_owner = Origin.of(owner, "role_arn")
        yield found._replace(likelihood=Likelihood.OTHER_ROLE, origin=of_owner)


def _is_beside(own: Profile, other: Profile) -> bool:
    """Return whether two profiles are named for different things, besides their roles."""
    mine, its = (set(scope_of(each, each.role)) if each.role else set() for each in (own, other))
    return not (mine <= its or its <= mine)


def is_same_role(left: Arn, right: Arn) -> bool:
    """Return whether two ARNs can only mean the same role: they differ in case and path at most."""
    return left.account == right.account and left.name.lower() == right.name.lower()


def _accounts(role: Arn, refused: Refusal) -> Iterator[tuple[str, int, Origin]]:
    """Yield the accounts of names, slips, profiles named alike, and the external ID."""
    profile, known = refused.profile, refused.known
    accounts, named = known.accounts, account_in(profile.name)
    of_other = partial(Origin.of, key="role_arn", words="in the account of {}")
    if named is not None and named != role.account_id:
        yield named, Likelihood.SPELLING, Origin("in the account that the profile is named after")
    callers = refused.caller.arn.account_id
    if callers in one_digit_off(role.account_id) and not accounts.works_in(role.account_id):
        yield callers, Likelihood.SPELLING, Origin("in the caller's own account")
    sender = known.accepted_values["external_id"].only_one(profile.text("external_id"))
    if sender is not None and sender.role is not None and sender.role.account != role.account:
        yield sender.role.account_id, Likelihood.SPELLING, of_other(sender)
    if (of_same_scope := accounts.of_same_scope(profile, role)) is not None:
        account_id, other = of_same_scope
        is_copied = _is_beside(profile, known.by_role_arn[profile.role_arn])
        likelihood = Likelihood.OTHER_ACCOUNT
        if accounts.works_in(account_id):
            likelihood = Likelihood.ROLE_OF_COPY if is_copied else Likelihood.SPELLING
        yield account_id, likelihood, of_other(other)
    named_alike = enumerate(accounts.named_alike(profile, role))
    found = [(*each, Likelihood.OTHER_ACCOUNT - number) for number, each in named_alike]
    found += ((*each, Likelihood.SPELLING) for each in accounts.one_digit_off(profile, role))
    for account_id, other, likelihood in found:
        # a role that another profile has in full is no other spelling of this one
        if f"arn:{role.partition}:iam::{account_id}:{role.resource}" not in known.by_role_arn:
            yield account_id, likelihood, of_other(other)


def _resources(role: Arn, refused: Refusal) -> Iterator[tuple[str, int, Origin]]:
    """Yield resources, such as `role/team/admin`."""
    start, known = role.resource.removesuffix(role.name), refused.known
    near = known.role_names.near(role.name)
    # short ones, too, if they work, unless they are roles beside this one: `dev`, `dex`
    work = known.role_names_that_work.near(role.name)
    far = (name for name in work if not known.resources[form_of(name)].here(refused.profile))
    # in place of `YOUR_ROLE`, any may be meant
    meant = islice(known.resources, 4) if is_example_name(role.name) else ()
    forms = dict.fromkeys((*map(form_of, (role.name, *near, *far)), *meant), 0)
    for name, less in _further_names(role, refused):
        if not known.resources.get(form_of(name), Holders(())).here(refused.profile):
            forms.setdefault(form_of(name), less)  # else it is a role beside this one
    for form, less in forms.items():
        same = known.resources.get(form, Holders(()))
        for resource, other in same.here(refused.profile):
            yield resource, Likelihood.SAME_NAME - less, Origin.of(other, "role_arn")
        for resource, other in same.elsewhere(refused.profile):
            origin = Origin.of(other, "role_arn")
            yield start + resource.rpartition("/")[2], Likelihood.SPELLING - less, origin
            yield resource, Likelihood.OTHER_PATH - less, origin
    is_lower = role.name.islower()
    is_alone_in_style = known.in_lower_case[is_lower] == 1 and known.in_lower_case[not is_lower]
    style = Likelihood.OTHER_STYLE if is_alone_in_style else Likelihood.UNLIKELY_SPELLING
    for name, origin in _as_profile_is_named(role.name, refused.profile):
        is_same = name.lower().replace("-", "") == role.name.lower().replace("-", "")
        yield start + name, style if is_same else Likelihood.SPELLING, origin
    yield from _without_typo(role, start)
    yield from _of_own_account(role, start, refused)
    yield from _as_others_are_named(role, start, refused)
    if not role.name.islower():
        yield start + role.name.lower(), style, Origin("in lower case")
    if (usual := with_capitals(role.name)) is not None:
        origin = Origin("as such roles are mostly called")
        yield start + usual, max(style, Likelihood.LIKELY_CAPITALS), origin
    yield from _newer(role, start, refused)
    for number, (path, other) in enumerate(known.paths.everywhere(refused.profile).items()):
        origin = Origin.of(other, "role_arn", "with the path of {}")
        yield path + role.name, Likelihood.OTHER_PATH - number, origin
    yield f"role/{role.name}", Likelihood.UNLIKELY_SPELLING, Origin("without a path")


def _further_names(role: Arn, refused: Refusal) -> Iterator[tuple[str, int]]:
    """Yield names in the files that the profile's name ends with, or that are like the role's.

    The latter differ from it by a word or a short part. Each comes with how much less likely it is.
    A name that others have as well is most likely right.
    """
    known, form = refused.known, form_of(role.name)
    is_used = any(known.resources[form].everywhere(refused.profile))
    words = name_words(refused.profile.name)
    own, less = set(name_words(role.name)), Likelihood.LESS_IF_FAR if is_used else 1
    found = [(name, less) for name in known.role_name_variants.near(role.name)]
    found.append((role.name.rstrip("-_0123456789"), less))
    if not is_named_as(role.name, refused.profile.name):
        owner = known.by_role_arn[refused.profile.role_arn]
        is_copied = owner is not refused.profile and is_named_as(role.name, owner.name)
        ends = ("-".join(words[-count:]) for count in range(min(len(words), LONGEST), 0, -1))
        found += ((end, Likelihood.LESS_IF_COPIED if is_copied else less) for end in ends)
    for name, less in found:
        written = name_words(name)
        new = set(written)
        # what several profiles are named for is theirs, or this one's
        is_of_others = known.accounts.are_of_several(new.difference(own, words))
        its = {each for each in own.intersection(words) - new if not is_short_for(each, written)}
        if not (is_of_others or known.accounts.are_of_several(its)):
            yield name, less
    if not is_used:
        # one letter tells roles apart as a number does: `team-a`, `team-b`
        is_near = partial(is_typo, shortest=2)
        for name in known.role_names.near(role.name, is_near=is_near):
            yield name, Likelihood.LESS_IF_FAR


def _of_own_account(role: Arn, start: str, refused: Refusal) -> Iterator[tuple[str, int, Origin]]:
    """Yield the role with the word of its account, in place of that of a copied profile's."""
    if is_named_as(role.name, refused.profile.name):
        return
    of_role, of_profile = name_words(role.name), name_words(refused.profile.name)
    own, counts = role.account_id, refused.known.accounts.counts

    def accounts_of(word: str) -> set[str]:
        return set(counts.get(word, ())) if word.isalpha() else set()

    mine = [each for each in of_profile if accounts_of(each) == {own} and each not in of_role]
    others = [each for each in of_role if own not in accounts_of(each) and accounts_of(each)]
    for word, other in product(mine, others):
        words = f"with {quote(word)} in place of {quote(other)}, as in the profile's name"
        yield start + with_word(role.name, other, word), Likelihood.SPELLING, Origin(words)


def _as_others_are_named(
    role: Arn, start: str, refused: Refusal
) -> Iterator[tuple[str, int, Origin]]:
    """Yield the role named as others' are: as theirs, or with the profile's name or number."""
    profile = refused.profile
    if (elsewhere := refused.known.accounts.role_elsewhere(profile, role)) is not None:
        name, other = elsewhere
        yield start + name, Likelihood.OTHER_STYLE, Origin.of(other, "role_arn")
    if refused.known.are_named_as_roles:
        origin = Origin("as in the profile's name, like those that work", profile.name)
        yield start + profile.name, Likelihood.ROLE_OF_COPY, origin
    numbers = dict(pairwise(name_words(profile.name)))
    for word, number in pairwise(name_words(role.name)):
        own = numbers.get(word, "")
        if number.isdigit() and own.isdigit() and own != number:
            name = re.sub(rf"(?i)({word}[-_.]?){number}(?!\d)", rf"\g<1>{own}", role.name)
            words = f"with {quote(own)} in place of {quote(number)}, as in the profile's name"
            yield start + name, Likelihood.ROLE_OF_COPY, Origin(words)


def _newer(role: Arn, start: str, refused: Refusal) -> Iterator[tuple[str, int, Origin]]:
    """Yield the role with the version that all others of its account have."""
    version, other = refused.known.versions.get(role.account, ("", refused.profile))
    if not version or role.name.endswith(version):
        return
    origin = Origin.of(other, "role_arn", "with the version in {}")
    bare = role.name.removesuffix(version_of(role.name))
    yield start + bare + version, Likelihood.OTHER_STYLE, origin


def _without_typo(role: Arn, start: str) -> Iterator[tuple[str, int, Origin]]:
    """Yield what the name looks like by itself; `start` is the resource without it."""
    by_aws = name_by_aws(role.name)
    if by_aws is not None:
        yield f"role/{by_aws}", Likelihood.SAME_NAME, Origin("as AWS calls the role that it makes")
    bare = without_full_stop(role.name)
    if bare is not None:
        yield start + bare, Likelihood.SPELLING, WITHOUT_FULL_STOP
    typo = common_word_for(role.name)
    if typo is not None:
        word, meant = typo
        name = role.name.replace(word, meant).replace(word.capitalize(), meant.capitalize())
        yield start + name, Likelihood.SPELLING, Origin(f"with the common word {quote(meant)}")


def _as_profile_is_named(name: str, profile: Profile) -> Iterator[tuple[str, Origin]]:
    """Yield the end of the profile's name if the role's differs by one slip, or by its case.

    If a word of the role's is one slip away from one of the profile's, that one is in its place.
    """
    bare = "".join(_WORD_BREAK.split(name.lower()))
    origin = Origin("as in the profile's name", profile.name, profile.place)
    end: list[str] = []
    for word in reversed(_WORD_BREAK.split(profile.name.lower())[-LONGEST:]):
        end.insert(0, word)
        joined = "".join(end)
        if len(joined) >= SHORTEST and (joined == bare or is_one_slip(bare, joined)):
            styles = ["-".join(end), "".join(part.capitalize() for part in end)]
            styles = styles if name.islower() else styles[::-1]
            for style in styles if joined == bare else (spelled_like(name, joined), *styles):
                yield style, origin
    words, own = name_words(name), dict.fromkeys(name_words(profile.name))
    is_whole = len(words) == 1 or is_named_as(name, profile.name)
    for word, meant in product(words if not is_whole else (), own):
        if word not in own and len(meant) >= SHORTEST and is_one_slip(word, meant):
            yield with_word(name, word, meant), origin
