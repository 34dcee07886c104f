"""`explain` with other profiles for the same role: it shows the profile's own switch."""

from __future__ import annotations

import pytest

from e2e import Home, keys, role_profile
from readers import READS_ROLES
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, MfaDevice, Role, User

PHONE = MfaDevice(serial="arn:aws:iam::111111111111:mfa/phone", codes=("314159",))
KEYRING = MfaDevice(serial="arn:aws:iam::111111111111:mfa/keyring", codes=("161803",))
PERSON = User(name="person", policies=(ALLOW_ASSUME_ROLE,), mfa_devices=(PHONE, KEYRING))
READER = Role(
    name="reader_role",
    trust=s.trust(condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    policies=(READS_ROLES,),
)


WORLD = World(users=(PERSON,), roles=(*s.STORY.roles, READER))


@pytest.fixture
def siblings_home(empty_home: Home) -> Home:
    return empty_home.with_environment(COLUMNS="1000")


def test_another_profiles_switch_to_the_role_is_not_shown(siblings_home: Home) -> None:
    role = s.EXTERNAL_ID_ROLE.arn
    siblings_home.write(
        role_profile("with", role, "keys", external_id=s.EXTERNAL_ID, role_session_name="person")
        + role_profile("without", role, "keys", role_session_name="person"),
        keys("keys", PERSON.credentials),
    )
    report = siblings_home.run_json("explain", "without").report
    assert [(x["external_id"], x["code"]) for x in report["switches"]] == [(None, "AccessDenied")]
    report = siblings_home.run_json("explain", "with").report
    assert [(x["external_id"], x["code"]) for x in report["switches"]] == [(s.EXTERNAL_ID, None)]


def test_a_code_is_sent_for_the_profiles_own_device(siblings_home: Home, sandbox: Sandbox) -> None:
    siblings_home.write(
        role_profile("other", READER.arn, "keys", mfa_serial=PHONE.serial)
        + role_profile("mine", s.DEPLOY_ROLE.arn, "keys", mfa_serial=KEYRING.serial)
        + role_profile("reader", READER.arn, "keys", mfa_serial=KEYRING.serial),
        keys("keys", PERSON.credentials),
    )
    report = siblings_home.run_json("explain", "--mfa-code", KEYRING.codes[0], "mine").report
    assert report["profile"]["cause"] == "not-authorized"
    assert report["trust_policy"]["read_with_profile"] == "reader"
    asked = [call.parameters for call in sandbox.calls if call.action == "sts:GetSessionToken"]
    assert [parameters["SerialNumber"] for parameters in asked] == [KEYRING.serial]
    # no policy can limit this session: it is as short as STS allows
    assert [parameters["DurationSeconds"] for parameters in asked] == ["900"]
