"""Names and keys that look like others: by letters of another script, or by what is not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import is_normalized

from sync_profiles.config.values import as_it_looks, first_invisible, quote_key
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import check
from sync_profiles.lint.misreading import Misreading
from sync_profiles.lint.written_setting import WrittenSetting
from sync_profiles.model import STATIC_KEYS, Place, Problem, in_parentheses
from sync_profiles.text import listed, name_character, quote

_TYPE_ANEW = "remove it, or type what should be in its place"
#: of how many settings a hint has the lines
_MOST_PLACES = 3


@check("similar-names", "a profile's name looks like another's")
def similar_names(files: BothFiles) -> Iterator[Problem]:
    """Yield the profiles whose names look like another profile's, where they are not ASCII."""
    names = files.profiles
    if all(map(str.isascii, names)):
        return
    named: dict[str, list[WrittenSetting]] = {}
    for setting in files.settings.get("source_profile", ()):
        named.setdefault(setting.value, []).append(setting)
    first: dict[str, str] = {}
    # of two, the one that is easier to type is meant
    for name in sorted(
        names, key=lambda name: (not name.isascii(), not is_normalized("NFC", name))
    ):
        other = first.setdefault(as_it_looks(name), name)
        strange = next((c for c in name if not c.isascii() and c not in other), None)
        if other != name and strange is not None:
            yield Problem(
                place=names[name].place,
                profile=name,
                message=f"the name looks like that of profile {quote(other)}, but contains "
                f"{name_character(strange)}",
                hint=_rename(named.get(name, ())),
            )


def _rename(sources: Sequence[WrittenSetting]) -> str:
    if not sources:
        return "rename this profile, or remove it"
    where = f"the {len(sources)} `source_profile` that name it"
    if len(sources) <= _MOST_PLACES:
        where = "`source_profile` " + listed(in_parentheses(each.place) for each in sources)
    return f"rename this profile here and in {where}, or remove it"


def default_in_capitals(files: BothFiles, profile: str, source: Place) -> Problem | None:
    """Return what is wrong if the default profile is missing, as its keys are in `[DEFAULT]`.

    `source` is where `profile` names it. Each section of a file has the settings of `[DEFAULT]`.
    """
    for kind, file in files.by_kind.items():
        keys = file.defaults.options.keys()
        if files.profiles[profile].text("source_profile") != "default" or not keys & {*STATIC_KEYS}:
            continue
        is_alone = all(keys <= section.options.keys() for section in file.sections.values())
        return Problem(
            place=Place(kind, file.defaults.line),
            value_at=source,
            profile=profile,
            message="`[DEFAULT]` is not a profile: all profiles in the file have its settings",
            hint="write `[default]`"
            if is_alone
            else "add `[default]` at the end of the file: that profile then has them too",
        )
    return None


@check("invisible-character", "a value, a key or a profile's name has a character that is not seen")
def _invisible_characters(files: BothFiles) -> Iterator[Problem]:
    for setting in files.misread_as(Misreading.INVISIBLE):
        value = setting.value
        yield setting.problem(
            f"there is {name_character(first_invisible(value) or '')} in the value of "
            f"{quote_key(setting.key)}",
            _TYPE_ANEW,
        )
    for name, profile in files.profiles.items():
        if (character := first_invisible(name)) is not None:
            yield Problem(
                place=profile.place,
                profile=name,
                message=f"there is {name_character(character)} in the profile's name",
                hint="retype the name, here and where a setting names the profile",
            )
    for key, settings in files.settings.items():
        if (character := first_invisible(key)) is not None:
            for setting in settings:
                if setting.place in files.misspelled:
                    continue
                yield setting.problem(
                    f"there is {name_character(character)} in the key {quote_key(key)}",
                    _TYPE_ANEW,
                )
