"""A broken chain says which profile is at fault, on which line, and what to do."""

from __future__ import annotations

import pytest
from botocore.exceptions import BotoCoreError

from botocore_chains import walk
from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.model import BrokenChain, FileKind, Place

P = "[profile p]\nrole_arn = r\n"


@pytest.mark.parametrize(
    ("config", "credentials", "expected"),
    [
        pytest.param(
            P + "source_profile = q\ncredential_source = Environment\n",
            "",
            BrokenChain(
                cause=Cause.SOURCE_CONFLICT,
                message="profile `p` has both `source_profile` and `credential_source`",
                hint="remove one of them from `[profile p]`",
                place=Place(file=FileKind.CONFIG, line=4),
                via=("p",),
            ),
            id="both sources",
        ),
        pytest.param(
            P,
            "",
            BrokenChain(
                cause=Cause.SOURCE_MISSING,
                message="profile `p` has neither `source_profile` nor `credential_source`",
                hint="add `source_profile = …` to `[profile p]`: the profile with your keys",
                place=Place(file=FileKind.CONFIG, line=2),
                via=("p",),
            ),
            id="no source",
        ),
        pytest.param(
            P + "source_profile = q\n[profile q]\nrole_arn = s\n",
            "[q]\nsource_profile = o'brien\n",
            BrokenChain(
                cause=Cause.SOURCE_PROFILE_MISSING,
                message="profile `q` names source_profile `o'brien`, which does not exist",
                hint='add `[profile "o\'brien"]`, or correct `source_profile`',
                place=Place(file=FileKind.CREDENTIALS, line=2),
                via=("q", "p"),
            ),
            id="a source profile further up that does not exist",
        ),
        pytest.param(
            P + "source_profile = default # my keys\n",
            "[default]\naws_access_key_id = x\naws_secret_access_key = x\n",
            BrokenChain(
                cause=Cause.SOURCE_PROFILE_MISSING,
                message="profile `p` names source_profile `default # my keys`, which does not "
                "exist",
                hint="write `source_profile = default`, and put the comment on its own line",
                place=Place(file=FileKind.CONFIG, line=3),
                via=("p",),
            ),
            id="a source profile with a comment after it",
        ),
        pytest.param(
            P + 'source_profile = "q"\n',
            "[q]\naws_access_key_id = x\naws_secret_access_key = x\n",
            BrokenChain(
                cause=Cause.SOURCE_PROFILE_MISSING,
                message='profile `p` names source_profile `"q"`, which does not exist',
                hint="write `source_profile = q`, without quotes",
                place=Place(file=FileKind.CONFIG, line=3),
                via=("p",),
            ),
            id="a source profile in quotes",
        ),
        pytest.param(
            P + "credential_source = ecscontainer\n",
            "",
            BrokenChain(
                cause=Cause.CREDENTIAL_SOURCE_INVALID,
                message="profile `p` has credential_source `ecscontainer`, which AWS does not know",
                hint="write `EcsContainer`, in this case",
                place=Place(file=FileKind.CONFIG, line=3),
                via=("p",),
            ),
            id="a credential_source in another case",
        ),
        pytest.param(
            P + "credential_source = laptop\n",
            "",
            BrokenChain(
                cause=Cause.CREDENTIAL_SOURCE_INVALID,
                message="profile `p` has credential_source `laptop`, which AWS does not know",
                hint="write one of `Environment`, `Ec2InstanceMetadata`, `EcsContainer`",
                place=Place(file=FileKind.CONFIG, line=3),
                via=("p",),
            ),
            id="an unknown credential_source",
        ),
        pytest.param(
            P + "source_profile = q\n[profile q]\nrole_arn = s\nsource_profile = p\n",
            "",
            BrokenChain(
                cause=Cause.SOURCE_LOOP,
                message="the source profiles run in a circle: p -> q -> p",
                hint="let one of them name a profile that has credentials of its own",
                place=Place(file=FileKind.CONFIG, line=6),
                via=("q", "p"),
            ),
            id="a loop",
        ),
        pytest.param(
            P + "source_profile = q\n\n[profile q]\nregion = r\n",
            "",
            BrokenChain(
                cause=Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
                message="source profile `q` has no credentials",
                hint="run `aws configure --profile q`, or name another profile in "
                "`source_profile` of `[profile p]`",
                place=Place(file=FileKind.CONFIG, line=5),
                via=("p",),
            ),
            id="a source without credentials",
        ),
        pytest.param(
            P + "source_profile = q\n[profile q]\naws_access_key_id = k\n",
            "[q]\naws_secret_access_key = s\n",
            BrokenChain(
                cause=Cause.PARTIAL_CREDENTIALS,
                message="source profile `q` has no `aws_secret_access_key` in the same file",
                hint="run `aws configure --profile q` and give both keys",
                place=Place(file=FileKind.CONFIG, line=5),
                via=("p",),
            ),
            id="keys in two files, the secret one in the credentials file",
        ),
        pytest.param(
            P + "source_profile = q\n[profile q]\naws_secret_access_key = k\n",
            "[q]\naws_access_key_id = s\n",
            BrokenChain(
                cause=Cause.PARTIAL_CREDENTIALS,
                message="source profile `q` has no `aws_secret_access_key` in the same file",
                hint="run `aws configure --profile q` and give both keys",
                place=Place(file=FileKind.CREDENTIALS, line=2),
                via=("p",),
            ),
            id="keys in two files, the key ID in the credentials file",
        ),
        pytest.param(
            P + "source_profile = q\n[profile q]\ncredential_process = x\n",
            "[q]\naws_access_key_id = s\n",
            BrokenChain(
                cause=Cause.PARTIAL_CREDENTIALS,
                message="source profile `q` has no `aws_secret_access_key`",
                hint="run `aws configure --profile q` and give both keys",
                place=Place(file=FileKind.CREDENTIALS, line=2),
                via=("p",),
            ),
            id="half a key in the credentials file goes before a credential_process",
        ),
        pytest.param(
            P + "source_profile = q\n[profile q]\naws_secret_access_key = s\n",
            "",
            BrokenChain(
                cause=Cause.PARTIAL_CREDENTIALS,
                message="source profile `q` has no `aws_access_key_id`",
                hint="run `aws configure --profile q` and give both keys",
                place=Place(file=FileKind.CONFIG, line=5),
                via=("p",),
            ),
            id="a secret key alone",
        ),
    ],
)
def test_a_broken_chain(config: str, credentials: str, expected: BrokenChain) -> None:
    profiles = read_profiles(config=parse_document(config), credentials=parse_document(credentials))
    assert resolve_chain(profiles.by_name, "p") == expected
    assert isinstance(walk(config, credentials, ["p"])["p"], BotoCoreError)


@pytest.mark.parametrize("key", ["source_profile", "credential_source"])
def test_a_nested_block_names_no_source(key: str) -> None:
    config = f"{P}{key} =\n  a = b\n[profile a]\naws_access_key_id = a\n"
    chain = resolve_chain(read_profiles(config=parse_document(config)).by_name, "p")
    assert isinstance(chain, BrokenChain)
    assert chain.place == Place(file=FileKind.CONFIG, line=3)
