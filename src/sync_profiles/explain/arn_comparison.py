"""Find reasons to doubt a refused profile's `role_arn`: its role's name, path and account."""

from __future__ import annotations

from collections.abc import Iterator

from sync_profiles.explain.findings import Basis, Finding, Topic, ruled_out
from sync_profiles.explain.results import PeerGroup, Result, Tallies
from sync_profiles.explain.spelling import (
    EXAMPLE_ACCOUNTS,
    account_in,
    common_to_most,
    common_word_for,
    form_of,
    is_example_name,
    is_made_by_aws,
    name_by_aws,
    name_words,
    one_digit_off,
    slip_of,
    without_full_stop,
)
from sync_profiles.explain.weights import Weight, differing, unlike
from sync_profiles.text import quote

#: evidence below this is weak
_TELLING = 1
_ACCOUNT = "the wrong account in"


def doubts_about_arn(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Yield what the names in the files say for a wrong `role_arn`, or against it."""
    alike = seen.accounts.works_for_same_scope(result.profile, result.role)
    if alike is None and seen.tally(PeerGroup.ROLE, result).accepted is not None:
        yield ruled_out(Topic.ROLE_NAME)
        return  # else its lines may be a copy of another's
    of_account = (_account, _account_of_word)
    finders = (_example, *of_account, _known_name, _named_as_profile, _common_word, _path, _style)
    found = [finding for find in finders for finding in find(result, seen)]
    yield from sorted(found, key=lambda finding: -finding.weight)  # the first is shown


def _doubt(
    result: Result, weight: float, what: str, why: str, basis: Basis = Basis.EVIDENCE
) -> Finding:
    """Return what is wrong in the setting, and why; weak evidence is counted and not worded."""
    if weight < _TELLING:
        return Finding(Topic.ROLE_NAME, weight)
    text = f"{what} " + result.profile.at("role_arn") + why
    return Finding(Topic.ROLE_NAME, weight, text, basis)


def _known_name(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Look for an accepted role with a similar name.

    Role names are unique in an account regardless of case and path, but an ARN must match both
    exactly: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    name = result.role.name
    same = seen.by_role_name.get((result.account, name.lower()))
    if same is not None and same.role.resource != result.role.resource:
        if seen.accounts.works_for_same_scope(result.profile, result.role) is not None:
            return  # the account is wrong
        step = "correct " + result.profile.at("role_arn")
        step += f" to end in {quote(same.role.resource)}, as in {same.name}, which works"
        yield Finding(Topic.ROLE_NAME, Weight.CERTAIN, step)
    near = next(seen.spellings[result.account].near(name), None)
    if near is not None:
        other = seen.by_role_name[result.account, near.lower()]
        yield _similar(result, other, Weight.ONE_SLIP)
    elif result.role.resource in seen.resources:
        yield Finding(Topic.ROLE_NAME, Weight.NAME_CONFIRMED)
    elif form_of(name) in seen.by_name:
        other = seen.by_name[form_of(name)]
        if other.role.name == name and seen.paths[result.account][result.path]:
            yield Finding(Topic.ROLE_NAME, Weight.NAME_CONFIRMED)  # the accounts differ in paths
            return
        yield _similar(result, other, Weight.OTHER_FORM)
    elif (near := next(seen.everywhere.near(name), None)) is not None:
        yield _similar(result, seen.by_name[form_of(near)], Weight.ONE_SLIP)
    else:
        for near in seen.variants.near(name):
            if (result.account, near.lower()) not in seen.by_role_name:  # it is not beside this one
                yield _similar(result, seen.by_name[form_of(near)], Weight.OTHER_WORD)
                return


def _similar(result: Result, other: Result, weight: float) -> Finding:
    why = f" ({other.name} works, and ends in {quote(other.role.resource)})"
    return _doubt(result, weight, "a typo in", why, Basis.FILES)


def _named_as_profile(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare the role's name with the profile's, which often ends in it: `prod-admin`."""
    if result.is_named_as_profile:  # an error in the account, the path or the case is possible
        return
    meant = slip_of(result.role.name, result.profile.name)
    if meant is not None:
        why = f" (it does not end in {quote(meant)}, as the profile's name does)"
        yield _doubt(result, Weight.SLIP_OF_PROFILE, "a typo in", why, Basis.FILES)
    else:
        # the share of the accepted profiles that are called as their role is
        share = (seen.alike[True] + 1) / (seen.alike.total() + 2)
        yield Finding(Topic.ROLE_NAME, unlike(share))


def _example(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Look for a placeholder of instructions: a name or an account with which no role works."""
    name, account_id = result.role.name, result.role.account_id
    caller = result.calling.caller
    if caller is not None and caller.arn.account_id in EXAMPLE_ACCOUNTS:
        return  # a simulated AWS has these accounts
    if account_id in EXAMPLE_ACCOUNTS and seen.tally(PeerGroup.ACCOUNT, result).accepted is None:
        yield _doubt(result, Weight.EXAMPLE, "a placeholder in", f" ({quote(account_id)})")
    elif is_example_name(name) and form_of(name) not in seen.by_name:
        yield _doubt(result, Weight.EXAMPLE, "a placeholder in", f" ({quote(name)})")


def _common_word(result: Result, seen: Tallies) -> Iterator[Finding]:
    by_aws = name_by_aws(result.role.name)
    if by_aws is not None and result.role.resource not in seen.resources:
        why = f" ({quote(result.role.name)}, which looks like {quote(by_aws)})"
        yield _doubt(result, Weight.NAME_OF_AWS, "a typo in", why, Basis.FILES)
        return
    bare = without_full_stop(result.role.name)
    typo = (result.role.name, bare) if bare is not None else common_word_for(result.role.name)
    if typo is not None and form_of(result.role.name) not in seen.by_name:
        word, meant = map(quote, typo)
        why = f" ({word}, which looks like {meant})"
        yield _doubt(result, Weight.LIKE_A_WORD, "a typo in", why, Basis.FILES)


def _path(result: Result, seen: Tallies) -> Iterator[Finding]:
    if is_made_by_aws(result.role.name):
        return
    paths = seen.paths[result.account]
    weight = differing(paths[result.path], paths.total())
    for path, _ in paths.most_common(1):
        others = f"begin with {quote(path)}" if path != "/" else "have none"
        why = f" (others in the account {others})"
        yield _doubt(result, weight, "a typo in the path of", why, Basis.FILES)


def _style(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare the case of the role's name with that of the same name elsewhere, or of others."""
    if is_made_by_aws(result.role.name):
        return
    spelled = seen.spelled[result.role_name]
    if spelled.total() > 1:
        weight = differing(spelled[result.role.name] - 1, spelled.total() - 1)
        written = (each for each, _ in spelled.most_common() if each != result.role.name)
        name = next(written, result.role.name)
        why = f" ({seen.by_spelling[name].name} has {quote(name)})"
        yield _doubt(result, weight, "a wrong case in", why, Basis.FILES)
        return
    has_capitals = not result.role.name.islower()
    same, others = seen.capitalized[has_capitals] - 1, seen.capitalized.total() - 1
    weight = differing(same, others)
    if others == 1:  # which may be the wrong one
        yield Finding(Topic.ROLE_NAME, weight)
    else:
        style = "in lower case" if has_capitals else "spelled with capital letters"
        why = f" (most other roles are {style})"
        yield _doubt(result, weight, "a typo or a wrong case in", why, Basis.FILES)


def _account(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare the account with those of accepted roles, and of a profile's `external_id`."""
    own, names = result.role.account_id, seen.accounts
    here = seen.tally(PeerGroup.ACCOUNT, result)
    of_name = account_in(result.profile.name)
    if of_name is not None and of_name != own:
        why = f" (the profile's name has {quote(of_name)})"
        yield _doubt(result, Weight.ACCOUNT_OF_NAME, _ACCOUNT, why, Basis.FILES)
    if here.accepted is None:
        for account_id, _ in names.one_digit_off(result.profile, result.role):
            if seen.has_role(result.role_arn.replace(own, account_id, 1)):
                continue  # it is that profile's, and no other spelling of this one
            there = seen.by_account_id[account_id]
            accepted = next((other for other in there if other.is_accepted), None)
            if accepted is not None or len(there) > here.count:  # most have the right one
                bits = Weight.ONE_DIGIT if accepted is None else Weight.ONE_DIGIT_OF_ACCEPTED
                yield _slip_of(account_id, (accepted or there[0]).name, result, bits)
        caller = result.calling.caller
        if caller is not None and caller.arn.account_id in one_digit_off(own):
            bits = Weight.ONE_DIGIT_OF_ACCEPTED
            yield _slip_of(caller.arn.account_id, "the caller's ARN", result, bits)
    sender = seen.of_one_account(result.profile.text("external_id"))
    if sender is not None and sender.account != result.account:
        # either is wrong, the account or the external ID
        other, account = sender.name, sender.role.account_id
        telling = set(name_words(result.profile.name)).difference(name_words(result.role.name))
        is_named = any(names.all_others_are_in(account, word) for word in telling)
        bits = Weight.IN_WRONG_ACCOUNT + (Weight.NAMED_AS_THERE if is_named else 0)
        why = f" ({other} has this `external_id`, in account {quote(account)})"
        yield _doubt(result, bits, _ACCOUNT, why)


def _slip_of(account_id: str, other: str, result: Result, weight: float) -> Finding:
    why = f" ({other} has {quote(account_id)})"
    return _doubt(result, weight, "a typo in the account ID of", why, Basis.FILES)


def _account_of_word(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare the account with those of other profiles that have a word of the name."""
    own, names = result.role.account_id, seen.accounts
    alike = names.works_for_same_scope(result.profile, result.role)
    if alike is not None:
        why = f" ({quote(alike[1].name)}, named alike, has {quote(alike[0])})"
        yield _doubt(result, Weight.NAMED_ALIKE, _ACCOUNT, why)
        return
    is_open = seen.tally(PeerGroup.ACCOUNT, result).accepted is not None
    for word in names.words_for_account(result.profile, result.role):
        accounts, account = names.counts[word], names.only_other_for(word, own)
        if accounts.keys() == {own}:
            continue
        is_for_others = account and names.is_for_others(account, result.profile, result.role)
        if account is not None and not (is_open or names.works_in_one or is_for_others):
            # those of the own account may share one reason, and say nothing
            why = f" ({quote(word)} profiles work in {quote(account)})"
            yield _doubt(result, differing(0, accounts[account]), _ACCOUNT, why)
            return
        weight = differing(accounts[own] - 1, accounts.total() - 1)
        # of two, either may be the wrong one; many teams have an account for each of their names
        usual = common_to_most(accounts)
        if usual and names.is_for_others(usual, result.profile, result.role):
            usual = None
        if usual not in {None, own} or weight < _TELLING:
            why = f": most {quote(word)} profiles have {quote(usual or own)}"
            yield _doubt(result, weight, _ACCOUNT, why)
            return
