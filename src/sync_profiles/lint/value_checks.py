"""Checks of values: commands that no shell runs, regions, and what another setting overrides."""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from sync_profiles.model import (
    STATIC_KEYS,
    TOKEN_KEYS,
    FileKind,
    Place,
    Problem,
    in_parentheses,
)
from sync_profiles.text import is_one_slip, quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.lint.both_files import BothFiles
    from sync_profiles.model import Profile

_SHELLS = re.compile(
    r"""^["']?(?:\S*[/\\])?(?:(?:ba|da|k|z|fi)?sh|cmd|powershell|pwsh)(?:\.exe)?["']?\s""",
    re.IGNORECASE,
)
#: the patterns would take quadratic time in the quotes of a longer one
_LONGEST_COMMAND = 4000
_QUOTED = re.compile(r"'[^']*'")
_ALL_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""")
_HOME = re.compile(r"""(?:^|\s)~[\w.-]*(?=/|\s|$)""")
_VARIABLE = re.compile(r"(?<!\w)\$(?:[A-Z_][A-Z0-9_]*(?!\w)|\{\w+\}|\()|%[A-Z_]{4,}%")
#: what begins a word for a shell, and what ends one
_OPERATOR = re.compile(r"(?:^|\s)(?P<first>\|\|?|&&|\d?>>?|<(?=[\s/]))|(?P<last>;|\|)(?=\s|$)")
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=\S*\s")
_COMMENT = re.compile(r"(?:^|\s)#.*")


def process_shells(files: BothFiles) -> Iterator[Problem]:
    """Yield the commands that only a shell would run as they are written."""
    for setting in files.values_of("credential_process"):
        found = words_of_a_shell(setting.value)
        if found is not None:
            yield setting.problem(
                f"no shell runs `credential_process`, so {quote(found.words)} is {found.instead}",
                found.repair,
            )


class ForAShell(NamedTuple):
    """Words of a command that only a shell understands, what they are without, and the repair."""

    words: str
    instead: str
    repair: str


def words_of_a_shell(command: str) -> ForAShell | None:
    """Return the first words of a command that only a shell understands, None if there are none."""
    if len(command) > _LONGEST_COMMAND or _SHELLS.match(command) is not None:
        return None
    bare = _COMMENT.sub("", _ALL_QUOTED.sub("''", command))
    home = _HOME.search(bare)
    variable = _VARIABLE.search(_QUOTED.sub("''", _COMMENT.sub("", command)))
    unreplaced = "~" if home is not None else variable and variable[0]
    operator = _OPERATOR.search(bare)
    script = "put the command into a script, and write the full path of the script"
    if unreplaced is not None:
        repair = "write the full path" if operator is None else script
        return ForAShell(unreplaced, "not replaced", repair)
    if operator is not None:
        words = operator["first"] or operator["last"]
        return ForAShell(words, "an argument like any other", script)
    assignment = _ASSIGNMENT.match(command)
    if assignment is not None:
        name = f"{assignment['name']}=…"
        return ForAShell(name, "taken for the program", "write `env` in front of it")
    return None


def overridden_processes(files: BothFiles) -> Iterator[Problem]:
    """Yield the keys of the credentials file that override a `credential_process`."""
    for profile in files.profiles.values():
        keys = keys_before_process(profile)
        if not keys:
            continue
        names = ", ".join(map(quote, keys))
        yield Problem(
            place=profile.place_of(keys[0]),
            profile=profile.name,
            message=f"the access key in the credentials file overrides `credential_process` "
            f"({profile.place_of('credential_process')})",
            hint=f"remove {names}, or remove `credential_process`",
        )


def keys_before_process(profile: Profile) -> list[str]:
    """Return the keys for which botocore does not run a profile's `credential_process`, if any."""
    if "credential_process" not in profile.settings:
        return []
    keys = [
        key
        for key in (*STATIC_KEYS, *TOKEN_KEYS)
        if key in profile.settings and profile.settings[key].place.file is FileKind.CREDENTIALS
    ]
    return keys if "aws_access_key_id" in keys else []


#: so many regions are named in one hint
_FEW = 2
_DASHES = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
_ZONE = re.compile(r"((?:[a-z]+-)+\d+)[a-z]")
_LIKE_A_REGION = re.compile(
    r"(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-isob?|us-isof|eu-isoe)"
    r"(?:-[a-z]{2})?-(?:north|south|east|west|central|(?:north|south)(?:east|west))-\d{1,2}"
)
#: each region, and where it is: in AWS's name of it, mostly in parentheses, as in `Europe (Milan)`
_REGIONS = {
    "af-south-1": "Cape Town",
    "ap-east-1": "Hong Kong",
    "ap-east-2": "Taipei",
    "ap-northeast-1": "Tokyo",
    "ap-northeast-2": "Seoul",
    "ap-northeast-3": "Osaka",
    "ap-south-1": "Mumbai",
    "ap-south-2": "Hyderabad",
    "ap-southeast-1": "Singapore",
    "ap-southeast-2": "Sydney",
    "ap-southeast-3": "Jakarta",
    "ap-southeast-4": "Melbourne",
    "ap-southeast-5": "Malaysia",
    "ap-southeast-6": "New Zealand",
    "ap-southeast-7": "Thailand",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Calgary",
    "cn-north-1": "Beijing",
    "cn-northwest-1": "Ningxia",
    "eu-central-1": "Frankfurt",
    "eu-central-2": "Zurich",
    "eu-north-1": "Stockholm",
    "eu-south-1": "Milan",
    "eu-south-2": "Spain",
    "eu-west-1": "Ireland",
    "eu-west-2": "London",
    "eu-west-3": "Paris",
    "eusc-de-east-1": "AWS European Sovereign Cloud (Germany)",
    "il-central-1": "Tel Aviv",
    "me-central-1": "UAE",
    "me-south-1": "Bahrain",
    "mx-central-1": "Mexico (Central)",
    "sa-east-1": "Sao Paulo",
    "us-east-1": "N. Virginia",
    "us-east-2": "Ohio",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-west-1": "N. California",
    "us-west-2": "Oregon",
}
#: names that are not regions, but that the AWS CLI accepts as one
_PSEUDO_REGIONS = frozenset({"aws-global", "aws-cn-global", "aws-us-gov-global"})


def unknown_regions(files: BothFiles) -> Iterator[Problem]:
    """Yield the names that are nearly a region; others may be those of another service."""
    for key in ("region", "sso_region"):
        for setting in files.values_of(key):
            own_endpoint = {"endpoint_url", "services"} & set(setting.siblings)
            meant = [] if own_endpoint else _meant_regions(setting.value)
            if meant:
                lines = [quote(f"{key} = {region}") for region in meant]
                yield setting.problem(
                    f"{quote(setting.value)} is not a region",
                    f"write {' or '.join(lines)}"
                    if len(lines) <= _FEW
                    else f"write the whole name, such as {lines[0]}",
                )


def _meant_regions(value: str) -> list[str]:
    """Return the regions that a name may mean, all of them equally well; none if it is right."""
    if value in _REGIONS or value in _PSEUDO_REGIONS or _LIKE_A_REGION.fullmatch(value):
        return []
    zone = _ZONE.fullmatch(value)
    if zone is not None and (zone[1] in _REGIONS or _LIKE_A_REGION.fullmatch(zone[1])):
        return [zone[1]]
    places = {_letters(value), _letters(value.rpartition("(")[2])}
    named = [region for region, place in _REGIONS.items() if _letters(place) in places]
    if named:
        return named
    plain = _DASHES.sub("-", value.strip().lower())
    if _LIKE_A_REGION.fullmatch(plain):
        return [plain]
    without_number = [region for region in _REGIONS if region.rpartition("-")[0] == plain]
    if without_number:
        return without_number
    ratios = {
        region: SequenceMatcher(None, region, plain).ratio()
        for region in get_close_matches(plain, _REGIONS, n=len(_REGIONS), cutoff=0.85)
    }
    best = sorted(region for region, ratio in ratios.items() if ratio == max(ratios.values()))
    return [region for region in best if is_one_slip(region, plain)] or best


def _letters(place: str) -> str:
    """Return the letters of the name of a place, without accents and north."""
    ascii_only = normalize("NFKD", place.lower()).encode("ascii", "ignore").decode("ascii")
    words = re.findall(r"[^\W_]+", ascii_only)
    return "".join(words[1:] if words[:1] in (["n"], ["northern"]) else words)


#: what botocore takes from the file of the access key
_OF_ACCESS_KEY = frozenset({*STATIC_KEYS, *TOKEN_KEYS})


def overridden_sources(files: BothFiles) -> Iterator[Problem]:
    """Yield the sources of profiles that assume their role with a token from a file instead."""
    for key in ("source_profile", "credential_source"):
        for setting in files.values_of(key):
            profile = setting.profile
            if profile is not None and profile.is_web_identity:
                token = profile.place_of("web_identity_token_file")
                yield setting.problem(
                    f"`web_identity_token_file` overrides {quote(key)}",
                    f"remove the line, or remove `web_identity_token_file` {in_parentheses(token)}",
                )


def overridden_keys(files: BothFiles) -> Iterator[Problem]:
    """Yield the keys of the credentials file that override a different value in the config file.

    Values that the config file's profile gets from `[DEFAULT]` do not count, and neither do those
    that botocore misreads: corrected, they may be the same. A secret key or a token overrides none
    that botocore takes from the config file with its access key.
    """
    found: set[Place] = set()
    for name, section in files.config_sections.items():
        for key, setting in files.profiles[name].settings.items():
            other = section.options.get(key) if setting.overridden is not None else None
            if other is None or other.value == setting.value or setting.place in found:
                continue
            if (
                key in _OF_ACCESS_KEY
                and files.profiles[name].beside_access_key(key) is setting.overridden
            ):
                continue
            place = Place(FileKind.CONFIG, other.line)
            if not files.misread.keys().isdisjoint({place, setting.place}):
                continue
            found.add(setting.place)
            yield Problem(
                place=setting.place,
                profile=name,
                message=f"{quote(key)} in the credentials file overrides a different value "
                f"{in_parentheses(place)}",
                hint="remove one of the two lines",
            )
