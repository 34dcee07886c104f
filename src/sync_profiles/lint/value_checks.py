"""Checks of single values: names, numbers, regions, and commands, which no shell runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher, get_close_matches
from typing import NamedTuple
from unicodedata import normalize

from sync_profiles.config.values import in_ascii
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import check
from sync_profiles.lint.written_setting import WrittenSetting
from sync_profiles.model import Problem
from sync_profiles.outcomes import LONGEST_DURATION, SHORTEST_DURATION
from sync_profiles.planning.cli_settings import OUTPUTS
from sync_profiles.planning.session_name import SESSION_NAME_RULE, is_external_id, is_session_name
from sync_profiles.text import is_one_slip, quote

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
_SHELLS = re.compile(
    r"""^["']?(?:\S*[/\\])?(?:(?:ba|da|k|z|fi)?sh|cmd|powershell|pwsh)(?:\.exe)?["']?\s""",
    re.IGNORECASE,
)
#: the patterns would take quadratic time in the quotes of a longer one
_LONGEST_COMMAND = 4000
_QUOTED = re.compile(r"'[^']*'")
_ALL_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*\"""")
_HOME = re.compile(r"""(?:^|\s)~[\w.-]*(?=/|\s|$)""")
_QUOTED_HOME = re.compile(r"""["']~/""")
_VARIABLE = re.compile(r"(?<!\w)\$(?:[A-Z_][A-Z0-9_]*(?!\w)|\{\w+\}|\()|%[A-Z_]{4,}%|`")
#: what is so of words that a shell would replace
NOT_REPLACED = "not replaced"
#: what begins a word for a shell, and what ends one
_OPERATOR = re.compile(r"(?:^|\s)(?P<first>\|\|?|&&|\d?>>?|<(?=[\s/]))|(?P<last>;|\|)(?=\s|$)")
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=\S*\s")
_COMMENT = re.compile(r"(?:^|\s)#.*")


@check("session-name-invalid", "`role_session_name` is not a name that STS accepts")
def _invalid_session_names(files: BothFiles) -> Iterator[Problem]:
    for setting in files.in_effect("role_session_name"):
        if setting.is_of_any_role and setting.value and not is_session_name(setting.value):
            yield setting.problem(
                f"{quote(setting.value)} cannot be a session name: STS accepts {SESSION_NAME_RULE}",
                "run `sync-profiles`, which writes your name if AWS accepts it, or correct "
                "`role_session_name`"
                if setting.is_of_role
                else "correct `role_session_name`",
            )


@check("external-id-invalid", "`external_id` is not one that STS accepts")
def _invalid_external_ids(files: BothFiles) -> Iterator[Problem]:
    for setting in files.in_effect("external_id"):
        if setting.is_of_role and not is_external_id(setting.value):
            value, meant = quote(setting.value), in_ascii(setting.value)
            yield setting.problem(
                f"{value} cannot be an external ID: STS accepts 2 to 1224 characters of "
                "`A-Z a-z 0-9 _+=,.@:/-`"
                if setting.value
                else "`external_id` is empty",
                f"write {quote(f'external_id = {meant}')}"
                if is_external_id(meant)
                else "write the external ID that the role's owner gives you, or remove the line if "
                "the role requires none",
            )


@check("duration-ignored", "`duration_seconds` is not an integer, so it is ignored")
def _ignored_durations(files: BothFiles) -> Iterator[Problem]:
    for setting, seconds in _durations(files):
        if seconds is None:
            yield setting.problem(
                f"`duration_seconds` {quote(setting.value)} is not an integer, so it is ignored",
                "write it in seconds, such as `duration_seconds = 3600`",
            )


@check("duration-out-of-range", "`duration_seconds` is not between 900 and 43200")
def _durations_out_of_range(files: BothFiles) -> Iterator[Problem]:
    for setting, seconds in _durations(files):
        if seconds is not None and not SHORTEST_DURATION <= seconds <= LONGEST_DURATION:
            yield setting.problem(
                f"`duration_seconds` {quote(setting.value)} is not between {SHORTEST_DURATION} "
                f"and {LONGEST_DURATION}",
                "write `duration_seconds = 3600`, which every role allows",
            )


def _durations(files: BothFiles) -> Iterator[tuple[WrittenSetting, int | None]]:
    for setting in files.in_effect("duration_seconds"):
        if setting.is_of_role and setting.value:
            try:
                yield setting, int(setting.value)
            except ValueError:
                yield setting, None


@check("output-unknown", "`output` is not an output format of the AWS CLI")
def _unknown_outputs(files: BothFiles) -> Iterator[Problem]:
    for setting in files.in_effect("output"):
        if setting.value not in OUTPUTS:
            yield setting.problem(
                f"`output` {quote(setting.value)} is not an output format of the AWS CLI"
                if setting.value
                else "`output` is empty",
                f"write one of {', '.join(quote(output) for output in OUTPUTS)}",
            )


@check("region-unknown", "`region` or `sso_region` is a typo of a region, or the name of its place")
def _misspelled_regions(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that look like a misspelled region; other unknown ones may be right."""
    for key in ("region", "sso_region"):
        for setting in files.in_effect(key):
            own_endpoint = {"endpoint_url", "services"} & set(setting.siblings)
            meant = [] if own_endpoint else _meant_regions(setting.value)
            if meant:
                lines = [quote(f"{key} = {region}") for region in meant]
                yield setting.problem(
                    f"{quote(setting.value)} is not a region",
                    f"write {' or '.join(lines)}"
                    if len(lines) <= _FEW
                    else f"write the full name, such as {lines[0]}",
                )


def _meant_regions(value: str) -> list[str]:
    """Return the regions that a name may mean, all of them equally well; none if it is right."""
    if value in _REGIONS or value in _PSEUDO_REGIONS or _LIKE_A_REGION.fullmatch(value):
        return []
    zone = _ZONE.fullmatch(value)
    if zone is not None and (zone[1] in _REGIONS or _LIKE_A_REGION.fullmatch(zone[1])):
        return [zone[1]]
    inside = {word for word in value.lower().split() if word in _REGIONS}
    if len(inside) == 1:  # as the console shows it: `Europe (Ireland) eu-west-1`
        return [*inside]
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


@check("process-needs-shell", "`credential_process` is written for a shell, and none runs it")
def _process_shells(files: BothFiles) -> Iterator[Problem]:
    for setting in files.in_effect("credential_process"):
        found = words_of_a_shell(setting.value)
        if found is not None:
            yield setting.problem(
                f"no shell runs `credential_process`, so {quote(found.words)} is {found.instead}",
                found.repair,
            )


class ShellWords(NamedTuple):
    """Words of a command that only a shell understands, what they are without, and the repair."""

    words: str
    instead: str
    repair: str


def words_of_a_shell(command: str) -> ShellWords | None:
    """Return the first words of a command that only a shell understands, None if there are none."""
    if len(command) > _LONGEST_COMMAND or _SHELLS.match(command) is not None:
        return None
    bare = _COMMENT.sub("", _ALL_QUOTED.sub("''", command))
    home = _HOME.search(bare) or _QUOTED_HOME.match(command)  # no shell replaces that one, either
    variable = _VARIABLE.search(_QUOTED.sub("''", _COMMENT.sub("", command)))
    unreplaced = "~" if home is not None else variable and variable[0]
    operator = _OPERATOR.search(bare)
    script = "put the command into a script, and write the full path of the script"
    if unreplaced is not None:
        repair = "write the full path" if operator is None else script
        return ShellWords(unreplaced, NOT_REPLACED, repair)
    if operator is not None:
        words = operator["first"] or operator["last"]
        return ShellWords(words, "an argument like any other", script)
    assignment = _ASSIGNMENT.match(command)
    if assignment is not None:
        name = f"{assignment['name']}=…"
        return ShellWords(name, "taken for the program", "write `env` in front of it")
    return None
