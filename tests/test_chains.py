"""A chain is resolved as in botocore, and is broken exactly if botocore stops."""

from __future__ import annotations

from itertools import pairwise

import pytest
from botocore.configloader import build_profile_map
from botocore.exceptions import BotoCoreError
from hypothesis import given
from hypothesis import strategies as st

from botocore_chains import Walk, walk
from examples import answered_examples, answers_of
from plan_worlds import role
from sync_profiles.causes import Cause
from sync_profiles.config.chains import LONGEST_CHAIN, resolve_chain
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.config.section_names import header_at, header_for
from sync_profiles.config.source_hints import CREDENTIAL_SOURCES, UsualSource
from sync_profiles.model import BrokenChain, Chain, FileKind, Profile

NAMES = ["a", "b", "c", "d", "e"]

# what botocore says -> our cause
CAUSES = {
    "contains both source_profile and credential_source": Cause.SOURCE_CONFLICT,
    "missing: source_profile or credential_source": Cause.SOURCE_MISSING,
    "Partial credentials found in shared-credentials-file": Cause.PARTIAL_CREDENTIALS,
    "Partial credentials found in config-file": Cause.PARTIAL_CREDENTIALS,
    "does not exist": Cause.SOURCE_PROFILE_MISSING,
    "is not valid": Cause.CREDENTIAL_SOURCE_INVALID,
    "Infinite loop in credential configuration detected": Cause.SOURCE_LOOP,
    "must have credentials": Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
}
# our cause -> the settings on whose line it is shown
PLACES = {
    Cause.SOURCE_CONFLICT: {"credential_source"},
    Cause.SOURCE_MISSING: {"role_arn"},
    Cause.SOURCE_PROFILE_MISSING: {"source_profile"},
    Cause.CREDENTIAL_SOURCE_INVALID: {"credential_source"},
    Cause.SOURCE_LOOP: {"source_profile"},
    Cause.PARTIAL_CREDENTIALS: {"aws_access_key_id", "aws_secret_access_key"},
}


def read(config: str, credentials: str) -> dict[str, Profile]:
    files = {
        "config": parse_document(config),
        "credentials": parse_document(credentials, FileKind.CREDENTIALS),
    }
    assert [file.problems for file in files.values()] == [(), ()]
    return dict(read_profiles(**files).by_name)


def places(*choices: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from(choices)


NOWHERE: tuple[str, ...] = ()
CONFIG, CREDENTIALS, BOTH = ("config",), ("credentials",), ("config", "credentials")


@st.composite
def graphs(draw: st.DrawFn) -> tuple[str, str]:
    """Draw two files with up to five profiles, each of which may be a source, a role, or broken."""
    names = NAMES[: draw(st.integers(1, 5))]
    some_source = st.sampled_from([*names, *names, *names, "missing", ""])
    texts = {"config": "", "credentials": ""}
    for name in names:
        with_role = draw(st.integers(0, 3)) > 0
        settings = [
            ("role_arn", role(name), draw(places(CONFIG, CONFIG, CREDENTIALS)), with_role),
            ("source_profile", draw(some_source), draw(places(CONFIG, CREDENTIALS)), with_role),
        ]
        sources = [*CREDENTIAL_SOURCES, "environment", "Bogus", ""]
        rare = draw(st.integers(0, 7))
        if rare == 0:
            settings[1] = ("credential_source", draw(st.sampled_from(sources)), CONFIG, with_role)
        elif rare == 1:
            settings.append(
                ("credential_source", draw(st.sampled_from(sources)), CONFIG, with_role)
            )
        elif rare == 2:
            settings.pop()
        if draw(st.integers(0, 2)) == 0 or not with_role:
            anywhere = places(NOWHERE, CONFIG, CREDENTIALS, CREDENTIALS, BOTH)
            settings += [
                ("aws_access_key_id", name, draw(anywhere), True),
                ("aws_secret_access_key", "s", draw(anywhere), True),
                ("credential_process", f"p {name}", draw(places(NOWHERE, NOWHERE, CONFIG)), True),
            ]
        for kind, header in (("config", header_for(name)), ("credentials", f"[{name}]")):
            lines = [
                f"{key} = {value}" for key, value, files, on in settings if on & (kind in files)
            ]
            if lines or kind == "config":
                texts[kind] += "\n".join([header, *lines, "", ""])
    return texts["config"], texts["credentials"]


def cause_of(error: Exception) -> Cause:
    (cause,) = [cause for words, cause in CAUSES.items() if words in str(error)]
    return cause


def check_place(chain: BrokenChain, profiles: dict[str, Profile], texts: dict[str, str]) -> None:
    """Check that a broken chain points at a line of the profile that its message names."""
    lines = texts[chain.place.file].split("\n")
    line = lines[chain.place.line - 1]
    if chain.cause in PLACES:
        assert line.partition("=")[0].strip() in PLACES[chain.cause]
    above = [text for text in lines[: chain.place.line] if text.startswith("[")]
    owner = above[-1].strip("[]").removeprefix("profile ")
    if chain.cause is Cause.SOURCE_LOOP:
        way = chain.message.rpartition(": ")[2].split(" -> ")
        assert way[-2] == owner
        assert way[-1] in way[:-1]
        assert all(profiles[name].text("source_profile") == to for name, to in pairwise(way))
    else:
        assert f"profile `{owner}`" in chain.message


@given(graphs())
def test_a_chain_is_resolved_as_in_botocore(files: tuple[str, str]) -> None:
    profiles = read(*files)
    names = [name for name, profile in profiles.items() if profile.is_assume_role]
    for name, witness in walk(*files, names).items():
        chain = resolve_chain(profiles, name)
        match chain:
            case Chain():
                assert isinstance(witness, Walk)
                source = chain.source.credential_source or chain.source.profile
                assert (source, [role(hop) for hop in chain.hops]) == (
                    witness.source,
                    list(witness.roles),
                )
            case BrokenChain():
                assert isinstance(witness, BotoCoreError)
                expected = cause_of(witness)
                if chain.message.endswith("has no `aws_access_key_id`"):
                    # botocore takes a secret key alone for no credentials at all
                    assert expected is Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS
                    expected = Cause.PARTIAL_CREDENTIALS
                assert chain.cause is expected
                assert chain.via[-1] == name
                check_place(
                    chain, profiles, dict(zip(("config", "credentials"), files, strict=True))
                )


OTHERS = "".join(f"[profile x{n}]\nregion = r\n" for n in range(300))


def resolved(example: str) -> list[str]:
    """Return the chain of `p`; where it is whole, botocore goes along it to the source.

    A line `accepted from q` names the source that a test has proved, `OTHERS` stands for many.
    """
    lines = [line for line in example.splitlines() if not line.startswith("- ")]
    proved = [line.split()[-1] for line in lines if line.startswith("accepted from ")]
    usual = UsualSource(proved[0], "accepted by AWS", is_proved=True) if proved else None
    config = "".join(f"{line}\n" for line in lines[len(proved) :]).replace("OTHERS\n", OTHERS)
    chain = resolve_chain(read(config, ""), "p", usual=usual)
    if isinstance(chain, BrokenChain):
        return [f"{chain.place}: {chain.message}; {chain.hint}"]
    source = chain.source.credential_source or chain.source.profile or ""
    witness = walk(config, "", ["p"])["p"]
    if not isinstance(witness, Walk):
        assert "must have credentials" not in str(witness)
        return [" > ".join([source, *chain.hops]), "the provider of the source stops"]
    assert (witness.source, witness.roles) == (source, chain.hops)
    return [" > ".join([source, *chain.hops])]


@pytest.mark.parametrize("example", answered_examples("chains.txt", resolved))
def test_a_chain(example: str) -> None:
    """What else breaks a chain is in `data/lint`."""
    assert resolved(example) == answers_of(example)


def test_a_source_without_credentials_is_of_the_chain() -> None:
    files = "[profile p]\nrole_arn = r\nsource_profile = q\n[profile q]\nregion = r\n"
    assert resolve_chain(read(files, ""), "p").profiles == ("q", "p")


LONG = "".join(
    f"[profile p{n}]\nrole_arn = r\nsource_profile = p{n + 1}\n" for n in range(LONGEST_CHAIN)
)
LONG += f"[profile p{LONGEST_CHAIN}]\nrole_arn = r\ncredential_source = Environment\n"


def test_a_chain_that_is_too_long() -> None:
    chain = resolve_chain(read(LONG, ""), "p0")
    assert isinstance(chain, BrokenChain)
    assert chain.cause is Cause.CHAIN_TOO_LONG
    assert f"{chain.place}: {chain.message}; {chain.hint}" == (
        f"config, line 3: the chain of profile `p0` has more than {LONGEST_CHAIN} roles, which the "
        "AWS CLI cannot follow; name a profile in `source_profile` that is fewer roles away "
        "from your keys"
    )
    assert chain.via == tuple(f"p{n}" for n in reversed(range(LONGEST_CHAIN)))
    assert isinstance(resolve_chain(read(LONG, ""), "p1"), Chain)


def test_botocore_cannot_follow_a_chain_that_is_too_long() -> None:
    with pytest.raises(RecursionError):
        walk(LONG, "", ["p0"])


def test_the_header_that_is_named_with_a_line_is_that_of_the_lines_file() -> None:
    config, credentials = "[profile 'p']\nregion = r\n", "[p]\nexternal_id = e\n"
    name = "role_session_name = ann\n"
    for texts, in_config in (
        ({"config": config + name, "credentials": credentials}, "`[profile 'p']`"),
        ({"config": config, "credentials": credentials + name}, "`[profile p]`"),
    ):
        profile = read(**texts)["p"]
        headers = [header_at(profile, profile.place_of(key)) for key in ("region", "external_id")]
        assert headers == [in_config, "`[p]`"]


@given(st.text("ab \\\"'$#;]\t\u3000é", max_size=8) | st.just("default"))
def test_botocore_reads_the_header_for_a_name_as_this_name(name: str) -> None:
    header = header_for(name)
    (section,) = parse_document(header).sections
    assert list(build_profile_map({section: {}})["profiles"]) == [name]
