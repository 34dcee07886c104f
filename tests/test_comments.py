"""What comments in a profile's section hold for its settings; other words are not read."""

from __future__ import annotations

import pytest

from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.explain.comments import ACCOUNT, Comments
from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END
from sync_profiles.model import FileKind

KEYS = ("role_arn", "source_profile", "external_id", "mfa_serial", "role_session_name", ACCOUNT)


def held(text: str, name: str = "p") -> dict[str, str]:
    """Return what the comments of a profile hold, by setting, with their lines."""
    profile = read_profiles(config=parse_document(text)).by_name[name]
    comments = Comments({FileKind.CONFIG: text})
    return {
        key: f"{each.value} {each.place.line}" for key in KEYS for each in comments.of(profile, key)
    }


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("# external_id = acme-42", {"external_id": "acme-42 3"}),
        (";external-id: acme-42 # by Ann", {"external_id": "acme-42 3"}),
        ("  ## Ext ID: acme-42", {"external_id": "acme-42 3"}),
        ("# role_session_name=ci", {"role_session_name": "ci 3"}),
        ("# source_profile = keys", {"source_profile": "keys 3"}),
        (
            "# was arn:aws:iam::222222222222:role/a/b.",
            {"role_arn": "arn:aws:iam::222222222222:role/a/b 3"},
        ),
        (
            "# arn:aws:iam::111111111111:mfa/ann",
            {"mfa_serial": "arn:aws:iam::111111111111:mfa/ann 3"},
        ),
        ("# production: 222222222222", {ACCOUNT: "222222222222 3"}),
        ("# external_id: ask Ann for it", {}),
        ("# mfa_serial = your phone's", {}),
        ("# mfa_serial = arn:aws:iam::111111111111:u2f/ann", {}),
        ("# role_arn = ${ROLE}", {}),
        ("# role_session_name = your name", {}),
        ("# aws_secret_access_key = s", {}),
        (f"# external_id = {'wJalrXUtnFEMI/K7MDENG/' + 'bPxRfiCYEXAMPLEKEY'}", {}),
        ("# call Ann: +491701234567", {}),
        ("# password of Ann: hunter2, ask 2222222222223", {}),
        ("external_id = acme-42", {}),
    ],
)
def test_a_comment(comment: str, expected: dict[str, str]) -> None:
    assert held(f"[profile p]\nrole_arn = r\n{comment}\n") == expected


def test_a_comment_is_of_the_section_that_it_stands_in_or_directly_above() -> None:
    text = """# 111111111111 of the file

# 222222222222
[profile p]
role_arn = r

# external_id = between
region = r
# mfa_serial = below-this
# [profile gone]
# source_profile = gone
[profile q]
role_arn = r
# role_session_name = of-q

# 333333333333
# external_id = of-s
[profile s]
role_arn = r

# 444444444444
# [profile gone]
# source_profile = gone
[profile t]
role_arn = r
"""
    assert held(text) == {
        ACCOUNT: "222222222222 3",
        "external_id": "between 7",
        "mfa_serial": "below-this 9",
    }
    assert held(text, "q") == {"role_session_name": "of-q 14"}
    assert held(text, "s") == {ACCOUNT: "333333333333 16", "external_id": "of-s 17"}
    assert held(text, "t") == {}


def test_a_comment_of_an_imported_block_is_of_no_profile_beside_it() -> None:
    text = """[profile p]
role_arn = r
# external_id = of-p
# >>> sync-profiles import: x
# 111111111111
[profile t]
role_arn = r

# 222222222222
# <<< sync-profiles import: x
# external_id = of-q
[profile q]
role_arn = r
"""
    assert held(text) == {"external_id": "of-p 3"}
    assert held(text, "t") == {ACCOUNT: "111111111111 5"}
    assert held(text, "q") == {"external_id": "of-q 11"}


def test_an_account_is_of_the_profiles_that_the_comment_is_about_wherever_it_is() -> None:
    text = f"""# acme test: 111111111111
# acme prod: 222222222222
# acme prod, not 333333333333 but 444444444444
{BLOCK_BEGIN} team
# acme test prod: 555555555555
{BLOCK_END} team
[profile other]
region = r
[profile acme-prod-admin]
role_arn = arn:aws:iam::222222222222:role/admin
[profile acme-admin]
role_arn = arn:aws:iam::222222222222:role/admin
"""
    assert held(text, "acme-prod-admin") == {ACCOUNT: "222222222222 2"}
    assert held(text, "acme-admin")[ACCOUNT].startswith("222222222222")
    assert held(text, "other") == {}
