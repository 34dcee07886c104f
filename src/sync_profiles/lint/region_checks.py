"""Names that are nearly those of a region."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher, get_close_matches
from unicodedata import normalize

from sync_profiles.lint.both_files import BothFiles
from sync_profiles.model import Problem
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


def misspelt_regions(files: BothFiles) -> Iterator[Problem]:
    """Yield the values that look like a misspelt region; other unknown ones may be right."""
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
                    else f"write the whole name, such as {lines[0]}",
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
