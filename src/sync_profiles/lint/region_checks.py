"""Checks of the regions."""

from __future__ import annotations

import re
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

from sync_profiles.similarity import is_one_slip
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.lint.both_files import BothFiles
    from sync_profiles.model import Problem

#: so many regions are named in one hint
_FEW = 2
_DASHES = re.compile(r"[\s_\-\u2010-\u2015\u2212]+")
_ZONE = re.compile(r"((?:[a-z]+-)+\d+)[a-z]")
_LIKE_A_REGION = re.compile(
    r"(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us|us-gov|us-isob?|us-isof|eu-isoe)"
    r"(?:-[a-z]{2})?-(?:north|south|east|west|central|(?:north|south)(?:east|west))-\d{1,2}"
)
_REGIONS = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
]
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
