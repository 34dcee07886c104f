"""Which other roles `explain` tries in place of the one that a profile has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hint_cases import keys, knowing, profile, refused_beside
from sync_profiles.explain.account_names import AccountNames
from sync_profiles.explain.candidate_roles import role_arns
from sync_profiles.explain.candidates import Candidate
from sync_profiles.model import Profile
from time_bounds import HAS_CPU_CLOCK, cpu_seconds

ADMIN = "arn:aws:iam::222222222222:role/admin"


def of_account(name: str, role: str, account_id: str = "222222222222") -> Profile:
    role_arn = f"arn:aws:iam::{account_id}:role/{role}"
    return profile(name, role_arn=role_arn, source_profile="default")


def candidates(refused: Profile, *others: Profile) -> list[Candidate]:
    """Return the roles that are tried for a profile beside others, which are accepted."""
    names = [each.name for each in others]
    of = refused_beside(keys("default"), *others, accepted=names, source_profile="default")
    profiles = {each.name: each for each in (keys("default"), refused, *others)}
    of = replace(
        of,
        call=replace(of.call, profile=refused),
        known=replace(of.known, background=knowing(profiles)),
    )
    return [*role_arns(of)]


def tried(refused: Profile, *others: Profile) -> dict[str | None, bool]:
    """Return the roles that are tried, each with whether another profile has it for itself."""
    return {each.value: each.is_taken for each in candidates(refused, *others)}


def likeliest(refused: Profile, *others: Profile) -> str | None:
    return max(candidates(refused, *others), key=lambda each: each.likelihood).value


@pytest.mark.parametrize(
    ("name", "role"),
    [
        pytest.param("acme-test-ro", "ReadOnlyAccess", id="its first letters"),
        pytest.param("acme-test-admin", "AdministratorAccess", id="the start of a word"),
        pytest.param("acme-test-auditor", "acme-auditor", id="what follows the company's name"),
        pytest.param("acme-test-test", "Tester", id="the word for the environment again"),
    ],
)
def test_a_short_form_of_the_role_is_no_part_of_the_account_s_name(name: str, role: str) -> None:
    refused = of_account(name, role, "333333333333")
    others = (of_account("acme-test-ops", "ops"), of_account("beta-ops", "ops", "333333333333"))
    assert likeliest(refused, *others) == f"arn:aws:iam::222222222222:role/{role}"


def test_a_word_that_is_short_for_one_of_the_role_is_no_other_role_s() -> None:
    other = of_account("acme-test-admin", "AdministratorAccess", "333333333333")
    refused = of_account("acme-prod-admin", "AdminAccess")
    assert "arn:aws:iam::222222222222:role/AdministratorAccess" in tried(refused, other)


@pytest.mark.parametrize(
    ("owner", "is_tried"),
    [
        pytest.param("prod-admin", False, id="of another account"),
        pytest.param("dev-admin-long", True, id="twice, for different settings"),
    ],
)
def test_the_role_of_another_profile_is_tried_if_both_are_named_for_it(
    owner: str, *, is_tried: bool
) -> None:
    other = of_account(owner, "admin", "333333333333")
    refused = of_account("dev-admin", "admin")
    more = (of_account("dev-ops", "ops", "333333333333"), of_account("prod-ops", "ops", "4" * 12))
    assert (other.role_arn in tried(refused, other, *more)) is is_tried


@pytest.mark.parametrize(("account_id", "is_taken"), [("222222222222", False), ("3" * 12, True)])
def test_another_spelling_is_in_doubt_where_profiles_named_alike_have_another_account(
    account_id: str, *, is_taken: bool
) -> None:
    owner = of_account("prod-admin", "team/admin")
    refused, beside = of_account("dev-admin", "admin"), of_account("dev-ops", "ops", account_id)
    assert tried(refused, owner, beside)[owner.role_arn] is is_taken


@pytest.mark.parametrize(
    ("name", "is_tried"),
    [("dev-ops", True), ("ops", True), ("prod-ops", False), ("dev2-ops", False)],
)
def test_an_account_one_digit_off_is_tried_unless_it_is_of_another_environment(
    name: str, *, is_tried: bool
) -> None:
    refused = of_account("dev-admin", "admin")
    there = of_account(name, "ops", "222222222223")
    assert (ADMIN.replace("2:role", "3:role") in tried(refused, there)) is is_tried
    names = AccountNames()
    for each in (refused, there):
        assert each.role is not None
        names.add(each, each.role, works=each is there)
    assert refused.role is not None
    assert bool([*names.one_digit_off(refused, refused.role)]) is is_tried


@pytest.mark.parametrize(
    ("other", "is_tried"), [("admin-role", True), ("ops-admin", True), ("admin-2", False)]
)
def test_a_role_with_another_word_is_tried_unless_it_is_a_role_beside(
    other: str, *, is_tried: bool
) -> None:
    refused, far = of_account("it", "admin"), of_account("far", other, "333333333333")
    assert (ADMIN.replace("admin", other) in tried(refused, far)) is is_tried
    beside = of_account("beside", other)
    assert ADMIN.replace("admin", other) not in tried(refused, far, beside)


@pytest.mark.parametrize(("other", "is_tried"), [("ops-v2", True), ("ops-v3", False)])
def test_a_version_is_tried_if_all_roles_of_the_account_that_work_end_in_it(
    other: str, *, is_tried: bool
) -> None:
    works = of_account("reader", "reader-v2"), of_account("ops", other)
    assert (f"{ADMIN}-v2" in tried(of_account("it", "admin"), *works)) is is_tried


@pytest.mark.parametrize(("other", "is_tried"), [("team-qa-admin", True), ("team-b-admin", False)])
def test_a_part_of_one_letter_tells_roles_apart_as_a_number_does(
    other: str, *, is_tried: bool
) -> None:
    there = of_account("there", other, "333333333333")
    here = of_account("it", other[:5] + "a" + other[6:])
    assert (ADMIN.replace("admin", other) in tried(here, there)) == is_tried


@pytest.mark.parametrize(("account_id", "is_tried"), [("222222222222", False), ("3" * 12, True)])
def test_a_short_name_that_works_is_tried_unless_it_is_a_role_beside(
    account_id: str, *, is_tried: bool
) -> None:
    dex = profile("dex", role_arn=f"arn:aws:iam::{account_id}:role/dex", source_profile="default")
    start = "arn:aws:iam::222222222222:role/"
    of = refused_beside(
        *(keys("default"), dex),
        accepted=["dex"],
        role_arn=f"{start}dev",
        source_profile="default",
    )
    assert (f"{start}dex" in {each.value for each in role_arns(of)}) is is_tried


@pytest.mark.parametrize(("name", "is_tried"), [("role-admin", False), ("admin-role", True)])
def test_a_word_of_the_role_s_name_means_another_account_only_in_front(
    name: str, *, is_tried: bool
) -> None:
    far = profile("a.admin", role_arn="arn:aws:iam::333333333333:role/a", source_profile="default")
    of = refused_beside(keys("default"), far, accepted=["a.admin"], source_profile="default")
    of = replace(of, call=replace(of.call, profile=replace(of.profile, name=name)))
    assert any("333333333333" in (each.value or "") for each in role_arns(of)) is is_tried


def test_the_account_of_profiles_for_the_same_environment_is_tried_though_roles_name_it() -> None:
    refused = of_account("prod.data", "prod-data")
    others = (
        of_account("prod.ml", "prod-ml", "333333333333"),
        of_account("prod2.ml", "prod2-ml", "444444444444"),
        of_account("dev.ml", "dev-ml", "555555555555"),
    )
    found = {value for value in tried(refused, *others) if value and value.endswith("prod-data")}
    assert found == {refused.role_arn, "arn:aws:iam::333333333333:role/prod-data"}


def test_a_role_s_words_may_be_joined_in_the_profile_s_name() -> None:
    others = [of_account("prod-ops", "Ops", "333333333333"), of_account("dev-ops", "Ops", "4" * 12)]
    refused = of_account("prod-readonly", "ReadOnly")
    assert "arn:aws:iam::333333333333:role/ReadOnly" in tried(refused, *others)


def test_a_copied_profile_s_account_is_that_of_its_own_beside_it() -> None:
    """Another source, or another external ID, with which the role works is the other one's."""
    refused = of_account("dev-admin", "admin")
    others = (of_account("prod-admin", "admin"), of_account("dev-ops", "ops", "333333333333"))
    assert likeliest(refused, *others) == "arn:aws:iam::333333333333:role/admin"


def test_a_role_has_the_number_that_its_profile_has() -> None:
    refused, far = of_account("team2-deploy", "Team3Deploy"), of_account("far", "far")
    assert likeliest(refused, far) == "arn:aws:iam::222222222222:role/Team2Deploy"


def test_a_role_is_called_as_its_profile_where_others_are() -> None:
    others = (
        of_account("prod-ops", "prod-ops", "3" * 12),
        of_account("qa-ops", "qa-ops", "4" * 12),
    )
    refused = of_account("dev-ops", "prod-ops")
    assert likeliest(refused, *others) == "arn:aws:iam::222222222222:role/dev-ops"


@pytest.mark.parametrize(
    ("name", "is_tried"), [("acme-dev-admin", True), ("globex-dev-admin", False)]
)
def test_an_account_that_most_profiles_of_another_team_have_is_not_tried(
    name: str, *, is_tried: bool
) -> None:
    of_acme = [of_account(f"acme-dev-{each}", each, "3" * 12) for each in ("ops", "reader", "web")]
    misplaced = of_account("globex-prod-ops", "globex-ops", "3" * 12)
    of_globex = of_account("globex-prod-reader", "reader", "4" * 12)
    refused = of_account(name, "admin")
    found = tried(refused, *of_acme, misplaced, of_globex)
    assert (ADMIN.replace("2" * 12, "3" * 12) in found) is is_tried


@pytest.mark.parametrize(
    ("name", "role", "other", "is_tried"),
    [
        pytest.param("it", "admin", "ops-admin", True, id="a word that no other profile has"),
        pytest.param("it", "admin", "shared-admin", False, id="a word of other profiles"),
        pytest.param("shared-admin", "admin", "shared-admin", True, id="its own word"),
        pytest.param("shared-x-admin", "shared-admin", "admin", False, id="without its own word"),
    ],
)
def test_a_role_with_a_word_that_several_profiles_are_named_for_is_theirs(
    name: str, role: str, other: str, *, is_tried: bool
) -> None:
    refused, far = of_account(name, role), of_account("far", other, "3" * 12)
    named = [of_account(f"shared-{each}", each, "4" * 12) for each in ("web", "db")]
    assert (ADMIN.replace("admin", other) in tried(refused, far, *named)) is is_tried


@pytest.mark.parametrize(
    ("name", "role", "meant"),
    [
        pytest.param("prod.acme.deploy", "pro-deploy", "prod-deploy", id="a word of the profile"),
        pytest.param("it", "Powerser", "PowerUser", id="a name of two words, without a capital"),
    ],
)
def test_a_word_is_corrected_as_the_profile_or_most_roles_have_it(
    name: str, role: str, meant: str
) -> None:
    assert ADMIN.replace("admin", meant) in tried(of_account(name, role))


@pytest.mark.skipif(not HAS_CPU_CLOCK, reason="the bound is on CPU time")
def test_a_long_name_is_compared_quickly() -> None:
    with cpu_seconds(5):  # each end of it, with all of it, takes minutes
        assert tried(of_account("aB" * 16_000, "Ab" * 30))
