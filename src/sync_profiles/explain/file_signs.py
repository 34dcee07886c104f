"""Find what the files show of a refusal without a reason: what is written there and not used.

`check` lists a key that is misspelled, or part of the value above it, as a problem of the file; if
the profile is refused, that is the most likely reason. What other programs inherit is not sent
either, and a role that keys hide is not assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sync_profiles.config.section_names import header_at
from sync_profiles.config.values import meant_value
from sync_profiles.explain.case import Case
from sync_profiles.explain.comments import ACCOUNT, ROLE_NAME
from sync_profiles.explain.findings import TOPICS, Basis, Finding, Topic
from sync_profiles.explain.weights import Weight
from sync_profiles.known_keys import SOURCE_KEYS
from sync_profiles.lint.misreading import meant_key, settings_below
from sync_profiles.lint.overridden_values import KEY_OVERRIDES
from sync_profiles.lint.written_setting import SETTING_WAITS
from sync_profiles.model import (
    SESSION_NAME_KEY,
    STATIC_KEYS,
    Place,
    Problem,
    Profile,
    in_parentheses,
    own_place,
)
from sync_profiles.text import quote

#: what a refused profile has in place of each, as the AWS CLI stops at one with both
OTHER_SOURCE = dict(zip(SOURCE_KEYS, reversed(SOURCE_KEYS), strict=True))


class UnreadLine(NamedTuple):
    """A line that looks like a setting, but is not read as one.

    Its key is misspelled as `written`, or it `is_below` that setting and so part of its value.
    """

    key: str
    value: str
    written: str
    is_below: bool


def unread_lines(profile: Profile, *, beside: bool = False) -> Iterator[UnreadLine]:
    """Yield the lines of a profile that look like a setting which it does not have.

    With `beside`, also those with the misspelled key of a setting that it has.
    """
    settings = profile.settings
    for written, setting in settings.items():
        meant = meant_key(written, setting.value, present=() if beside else settings)
        if meant is not None:
            yield UnreadLine(meant, setting.value, written, is_below=False)
        for key, value in settings_below(setting.value.split("\n")).items():
            if key not in settings:
                yield UnreadLine(key, value, written, is_below=True)


def signs_in_files(case: Case) -> Iterator[Finding]:
    """Yield what the files show by themselves, before anything is compared."""
    yield from signs_of_unread_lines(case)
    yield from _problems(case)
    yield from _waiting(case)
    yield from _overridden(case)
    yield from _overridden_region(case)
    yield from _commented(case)
    yield from _not_inherited(case)
    yield from _keys_for_role(case)


def signs_of_unread_lines(case: Case) -> Iterator[Finding]:
    """Yield the unread lines that look like a setting the role may require."""
    for line in unread_lines(case.profile) if case.profile is not None else ():
        if not _may_matter(case, line.key, line.value):
            continue
        key, written, other = quote(line.key), case.at(line.written), OTHER_SOURCE.get(line.key)
        text = written + f" should be {key}" + (f", in place of {quote(other)}" if other else "")
        if line.is_below:
            text = f"{key} is indented below " + written
            text += ", so it is part of the value of that setting"
        yield Finding(TOPICS[line.key], Weight.SETTING_IGNORED, text, Basis.FILES)


def _problems(case: Case) -> Iterator[Finding]:
    for key in ("role_arn", "external_id", "mfa_serial", SESSION_NAME_KEY):
        value = case.setting(key)
        problem = case.problem_with(key) if value is not None else None
        meant = meant_value(value or "")
        is_tried = key == SESSION_NAME_KEY and meant in {value, case.wanted_name}
        if problem is not None and not is_tried:
            weight = Weight.CERTAIN if key == "role_arn" else Weight.SETTING_IGNORED
            yield problem_in_file(problem, key, weight)


def _waiting(case: Case) -> Iterator[Finding]:
    """Yield what an import has not written yet, without which the profile is not complete."""
    for problem in case.problems:
        (key,) = problem.unread if problem.code == SETTING_WAITS else ("",)
        if key in TOPICS and key != SESSION_NAME_KEY:
            yield problem_in_file(problem, key, Weight.CERTAIN)


def _overridden(case: Case) -> Iterator[Finding]:
    """Yield the settings with another value in the config file, which may be the one meant."""
    settings = case.profile.settings if case.profile is not None else {}
    for key, setting in settings.items():
        if setting.overridden is None or not _may_matter(case, key, setting.overridden.value):
            continue
        for problem in case.problems:
            if problem.code == KEY_OVERRIDES and problem.place == setting.place:
                text = _overrides(case.at(key), own_place(setting.overridden.place))
                yield Finding(TOPICS[key], Weight.SETTING_IGNORED, text, Basis.FILES)


def _overridden_region(case: Case) -> Iterator[Finding]:
    """Yield that a variable of the environment sets another region than the profile has.

    It does so for all calls: a policy of the caller that denies the region denies each of them.
    """
    owner, used = case.explained_profile, case.used("region")
    own = owner.text("region") if owner is not None else None
    works = case.source in case.background.sources_that_work
    is_allowed = works and case.failure.may_name_roles
    if used is not None and own and used.value != own and not is_allowed:
        text = _overrides(used.words, " of " + case.at("region"))
        yield Finding(Topic.REGION, Weight.OTHER_REGIONS, text, Basis.FILES)


def _overrides(setting: str, other: str) -> str:
    return setting + " overrides another value" + other + ", which may be the right one"


def problem_in_file(problem: Problem, key: str, weight: float) -> Finding:
    """Return a problem of the files as the reason."""
    text = problem.message + own_place(problem.place) + ": " + problem.hint
    return Finding(TOPICS[key], weight, text, Basis.PROBLEM)


def _may_matter(case: Case, key: str, value: str) -> bool:
    """Return whether this setting would have changed the refused call."""
    match key:
        case "mfa_serial":
            refused = case.background.refused_devices.get(case.source, ())
            is_possible = may_have_mfa(case.source_profile, is_user=case.calling.is_user)
            return bool(value) and is_possible and value not in refused
        case "role_session_name":  # the wanted name was refused as well
            return bool(value) and (value != case.wanted_name or case.note is not None)
        case "source_profile":
            return value in case.background.profiles
        case _:
            return bool(value) and key in TOPICS


def may_have_mfa(source: Profile | None, *, is_user: bool) -> bool:
    """Return whether a caller's own key may make a call from a source, if it is an IAM user's.

    No session can present a code.
    """
    return is_user and (source is None or source.sent_token is None)


def _commented(case: Case) -> Iterator[Finding]:
    """Yield the settings of which a comment of the profile has another value."""
    profile, role = case.profile, case.role_arn
    if profile is None:
        return
    own = {key: profile.text(key) for key in ("role_arn", "external_id", "mfa_serial")}
    of_role = {ACCOUNT: role and role.account_id, ROLE_NAME: role and role.name}
    for key, value in (own | of_role).items():
        found = {each.value: each.place for each in case.background.comments.of(profile, key)}
        setting = "role_arn" if key in of_role else key
        is_list = key == ACCOUNT and len(found) > 1  # of which none is meant more than another
        for other, place in found.items() if value not in found and not is_list else ():
            if _may_matter(case, setting, other):
                text = case.at(setting) + f" should be as in the comment {in_parentheses(place)}"
                if key == ACCOUNT:
                    text = "the wrong account in " + case.at(setting)
                    text += f": the comment {in_parentheses(place)} has another one"
                yield Finding(TOPICS[setting], Weight.COMMENTED, text, Basis.FILES)
                break


def _not_inherited(case: Case) -> Iterator[Finding]:
    """Yield what only the source profile or an included one has: other programs inherit it.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html#cli-configure-role-mfa
    """
    source, profile = case.source_profile, case.profile
    if profile is None:
        return
    owners = [*case.included]
    if source is not None and not case.is_chained and source.name != profile.name:
        owners += [] if has_keys_for_role(source) else [source]
    for key in ("mfa_serial", "external_id"):
        owner = next((each for each in owners if each.text(key)), None)
        if owner is None or profile.text(key) is not None:
            continue
        if _may_matter(case, key, owner.text(key) or ""):
            place = owner.place_of(key)
            text = f"{quote(key)} of {header_at(owner, place)} {in_parentheses(place)} is not "
            text += "inherited: add it to " + case.header
            yield Finding(TOPICS[key], Weight.NOT_INHERITED, text, Basis.FILES)


def _keys_for_role(case: Case) -> Iterator[Finding]:
    """Yield that a source's keys are in use, though it has a role that may be meant.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
    """
    source = case.source_profile
    if source is not None and not case.is_chained and has_keys_for_role(source):
        text = "the role trusts the role of " + source.header + ", but the keys in that section "
        text += f"{in_parentheses(keys_place(source))} make the call: copy its role's lines to a "
        text += "section with another name, and write that name in " + case.at("source_profile")
        if case.setting("mfa_serial"):  # the session of a role can present no code
            text += ", and " + without_device(case)
        yield Finding(Topic.TRUST, Weight.KEYS_FOR_ROLE, text, Basis.PROBLEM)


def without_device(case: Case) -> str:
    """Return how to remove the MFA device, as the start of a sentence."""
    at = case.at("mfa_serial")
    return "remove " + at if case.profile is None else remove("mfa_serial", case.profile, at)


def remove(key: str, profile: Profile, at: str | None = None) -> str:
    """Return how to remove a setting from both files; `at` is what names it with its line."""
    setting, step = profile.settings.get(key), "remove " + (at or profile.at(key))
    if setting is None or setting.overridden is None:
        return step
    return step + " and the value that it overrides" + own_place(setting.overridden.place)


def add_to_section(line: str, profile: Profile) -> str:
    """Return how to add a line to a profile's section."""
    return f"add {line} to " + profile.header + own_place(profile.place)


def set_to(key: str, value: str | None, profile: Profile) -> str:
    """Return how to give a setting a value; None for one that was named before."""
    if key in profile.settings:
        return "set " + profile.at(key) + f" to {'that' if value is None else quote(value)}"
    return add_to_section("that line" if value is None else quote(f"{key} = {value}"), profile)


def without_other_source(key: str, profile: Profile) -> str:
    """Return what a step to a source goes on with: the AWS CLI stops at a profile with both."""
    other = OTHER_SOURCE.get(key, "")
    return ", and " + remove(other, profile) if other in profile.settings else ""


def hides_role(profile: Profile) -> bool:
    """Return whether a profile has keys with which those below it call in place of its role."""
    return profile.is_assume_role and profile.has_static_credentials


def has_keys_for_role(profile: Profile) -> bool:
    """Return whether a profile's keys do not assume its own role: it is for those below it."""
    return hides_role(profile) and profile.text("source_profile") != profile.name


def keys_place(profile: Profile) -> Place:
    """Return the place of a profile's keys."""
    return profile.place_of(next(key for key in STATIC_KEYS if key in profile.settings))
