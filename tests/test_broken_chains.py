"""A broken chain says which profile is at fault, on which line, and what to do."""

from __future__ import annotations

import pytest
from botocore.exceptions import BotoCoreError

from botocore_chains import walk
from sync_profiles.causes import Cause
from sync_profiles.config.chains import LONGEST_CHAIN, resolve_chain
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.model import BrokenChain, Chain

P = "[profile p]\nrole_arn = r\n"


# what follows `P`, the credentials file -> the cause, the message, and the chain as far as it goes
BROKEN = [
    pytest.param(
        "source_profile = q\n[profile q]\nrole_arn = s\n",
        "[q]\nsource_profile = o'brien\n",
        Cause.SOURCE_PROFILE_MISSING,
        "credentials, line 2: profile `q` names source_profile `o'brien`, which does not "
        "exist; run `aws configure --profile 'o'\"'\"'brien'` with your keys, or correct "
        "`source_profile`",
        "q p",
        id="a source profile further up that does not exist",
    ),
    pytest.param(
        "source_profile = abcde\n[profile abcxy]\n",
        "",
        Cause.SOURCE_PROFILE_MISSING,
        "config, line 3: profile `p` names source_profile `abcde`, which does not exist; run `aws "
        "configure --profile abcde` with your keys, or correct `source_profile`",
        "p",
        id="a source profile that does not exist, and one whose name differs in two letters",
    ),
    pytest.param(
        "source_profile = profile abcd\n[profile \u0430bcd]\n[profile abcd]\n",
        "",
        Cause.SOURCE_PROFILE_MISSING,
        "config, line 3: profile `p` names source_profile `profile abcd`, which does not exist; "
        "write `source_profile = abcd`",
        "p",
        id="a source profile as in its header, and another that looks the same",
    ),
    pytest.param(
        "source_profile = \u0430b\u0441d\n[profile abcd]\n",
        "",
        Cause.SOURCE_PROFILE_MISSING,
        "config, line 3: profile `p` names source_profile `\u0430b\u0441d`, which does not exist; "
        "write `source_profile = abcd`: there is a cyrillic small letter a (U+0430) in the line",
        "p",
        id="a source profile with two letters that look like others",
    ),
    pytest.param(
        "source_profile = ab\u200bcd\n[profile abcd]\n",
        "",
        Cause.SOURCE_PROFILE_MISSING,
        "config, line 3: profile `p` names source_profile `ab\\u200bcd`, which does not exist; "
        "write `source_profile = abcd`: there is a zero width space (U+200B) in the line",
        "p",
        id="a source profile that differs in what is not seen",
    ),
    pytest.param(
        "source_profile = abcd\n" + "".join(f"[profile abc{n}]\n" for n in range(200)),
        "",
        Cause.SOURCE_PROFILE_MISSING,
        "config, line 3: profile `p` names source_profile `abcd`, which does not exist; run `aws "
        "configure --profile abcd` with your keys, or correct `source_profile`",
        "p",
        id="a source profile that does not exist, among too many to look for a similar name",
    ),
    pytest.param(
        "credential_source = laptop\n",
        "",
        Cause.CREDENTIAL_SOURCE_INVALID,
        "config, line 3: profile `p` has credential_source `laptop`, which AWS does not know;"
        " write one of `Environment`, `Ec2InstanceMetadata`, `EcsContainer`",
        "p",
        id="an unknown credential_source",
    ),
    pytest.param(
        "source_profile = q\n[profile q]\naws_access_key_id = k\n",
        "[q]\naws_secret_access_key = s\n",
        Cause.PARTIAL_CREDENTIALS,
        "config, line 5: source profile `q` has no `aws_secret_access_key` in the same file; "
        "run `aws configure --profile q` and give both keys",
        "p",
        id="keys in two files, the secret one in the credentials file",
    ),
    pytest.param(
        "source_profile = q\n[profile q]\ncredential_process = x\n",
        "[q]\naws_access_key_id = s\n",
        Cause.PARTIAL_CREDENTIALS,
        "credentials, line 2: source profile `q` has no `aws_secret_access_key`; run `aws "
        "configure --profile q` and give both keys",
        "p",
        id="half a key in the credentials file overrides a credential_process",
    ),
    pytest.param(
        "source_profile = q\n[profile q]\naws_secret_access_key = s\n",
        "",
        Cause.PARTIAL_CREDENTIALS,
        "config, line 5: source profile `q` has no `aws_access_key_id`; run `aws configure "
        "--profile q` and give both keys",
        "p",
        id="a secret key alone",
    ),
    pytest.param(
        "sso_session = s\nsso_start_url = u\nsso_region = us-east-1\n",
        "",
        Cause.SOURCE_MISSING,
        "config, line 2: profile `p` has neither `source_profile` nor `credential_source`; add "
        "`source_profile = …` to `[profile p]`: the profile with your keys",
        "p",
        id="no source, and settings of Identity Center that make no credentials",
    ),
    pytest.param(
        "source_profile = q\n[profile q]\naws_account_id = 222222222222\nrole_name = x\n",
        "",
        Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
        "config, line 4: source profile `q` has no credentials: `aws_account_id` and `role_name` "
        "are settings of a browser extension; add `role_arn = arn:aws:iam::222222222222:role/x` "
        "and `source_profile = …` to `[profile q]`: the profile with your keys",
        "p",
        id="settings of a browser extension in place of credentials",
    ),
]


@pytest.mark.parametrize(("below", "credentials", "cause", "message", "via"), BROKEN)
def test_a_broken_chain(below: str, credentials: str, cause: Cause, message: str, via: str) -> None:
    config = P + below
    chain = resolve("p", config, credentials)
    assert isinstance(chain, BrokenChain)
    assert chain.cause is cause
    assert f"{chain.place}: {chain.message}; {chain.hint}" == message
    assert " ".join(chain.via) == via
    assert isinstance(walk(config, credentials, ["p"])["p"], BotoCoreError)


LONG = "".join(
    f"[profile p{n}]\nrole_arn = r\nsource_profile = p{n + 1}\n" for n in range(LONGEST_CHAIN)
)
LONG += f"[profile p{LONGEST_CHAIN}]\nrole_arn = r\ncredential_source = Environment\n"


def test_a_chain_that_is_too_long() -> None:
    chain = resolve("p0", LONG)
    assert isinstance(chain, BrokenChain)
    assert chain.cause is Cause.CHAIN_TOO_LONG
    assert f"{chain.place}: {chain.message}; {chain.hint}" == (
        f"config, line 3: the chain of profile `p0` has more than {LONGEST_CHAIN} roles, which the "
        "AWS CLI cannot follow; name a profile in `source_profile` that is nearer to the one with "
        "your keys"
    )
    assert chain.via == tuple(f"p{n}" for n in reversed(range(LONGEST_CHAIN)))
    assert isinstance(resolve("p1", LONG), Chain)


def test_botocore_cannot_follow_a_chain_that_is_too_long() -> None:
    with pytest.raises(RecursionError):
        walk(LONG, "", ["p0"])


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("source_profile", "names source_profile `…`, which does not exist"),
        ("credential_source", "has credential_source `…`, which AWS does not know"),
    ],
)
def test_a_nested_block_names_no_source(key: str, reason: str) -> None:
    chain = resolve("p", f"{P}{key} =\n  a = b\n[profile a]\naws_access_key_id = a\n")
    assert isinstance(chain, BrokenChain)
    assert f"{chain.place}: {chain.message}" == f"config, line 3: profile `p` {reason}"


def resolve(name: str, config: str, credentials: str = "") -> Chain | BrokenChain:
    profiles = read_profiles(config=parse_document(config), credentials=parse_document(credentials))
    return resolve_chain(profiles.by_name, name)
