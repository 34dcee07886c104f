"""Names and keys that look like others: by letters of another script, or by what is not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import is_normalized, normalize

from sync_profiles.config.values import first_invisible, name_character, spaced
from sync_profiles.lint.misreading import Misreading
from sync_profiles.model import Problem
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.lint.both_files import BothFiles

# letters of Cyrillic, Greek and others, and hyphens, that look like ASCII in most fonts:
# https://www.unicode.org/Public/security/latest/confusables.txt
_SAME_LOOK = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d"
    "\u0445\u0443"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406"
    "\u0408\u0405\u050c"
    "\u03b1\u03b9\u03bd\u03bf\u03c1\u03c5"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5"
    "\u03a7"
    "\u0131\u0251\u0261\u0578\u0585\u057d\u0581"
    "\u2010\u2011\u2012\u2013\u2212",
    "acdehijlopqswxyABEKMHOPCTYXIJSGaivopuABEZHIKMNOPTYXiagnoug-----",
)


def similar_names(files: BothFiles) -> Iterator[Problem]:
    """Yield the profiles whose names look like another profile's, where they are not ASCII."""
    names = files.profiles
    if all(map(str.isascii, names)):
        return
    first: dict[str, str] = {}
    # of two, the one that is easier to type is meant
    for name in sorted(
        names, key=lambda name: (not name.isascii(), not is_normalized("NFC", name))
    ):
        other = first.setdefault(_look(name), name)
        strange = next((c for c in name if not c.isascii() and c not in other), None)
        if other != name and strange is not None:
            yield Problem(
                place=names[name].place,
                profile=name,
                message=f"the name looks like that of profile {quote(other)}, with "
                f"{name_character(strange)}",
                hint="rename this profile, or remove it",
            )


def invisible_characters(files: BothFiles) -> Iterator[Problem]:
    """Yield the values, names and keys with a character that is not seen, or looks like a space."""
    for setting in files.misread_as(Misreading.INVISIBLE):
        value = setting.value
        yield setting.problem(
            f"there is a {name_character(first_invisible(value) or '')} in the value of "
            f"{quote(setting.key)}",
            "remove it, or type what should be in its place",
        )
    for name, profile in files.profiles.items():
        if (character := first_invisible(name)) is not None:
            yield Problem(
                place=profile.place,
                profile=name,
                message=f"there is a {name_character(character)} in the profile's name",
                hint="type the name anew, here and where a setting names the profile",
            )
    for key, settings in files.settings.items():
        if (character := first_invisible(key)) is not None:
            for setting in settings:
                if setting.place in files.misspelt:
                    continue
                yield setting.problem(
                    f"there is a {name_character(character)} in the key {quote(key)}",
                    "remove it, or type what should be in its place",
                )


def _look(name: str) -> str:
    """Return what a name looks like, in ASCII where it looks like that."""
    shown = spaced(normalize("NFKC", name)).replace(" ", "")
    return shown.translate(_SAME_LOOK)
