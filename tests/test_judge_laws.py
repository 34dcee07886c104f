"""What holds for every policy and every request, whatever only AWS knows."""

from __future__ import annotations

from collections import ChainMap
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.arn import Arn
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import Condition, Quantifier, parse_operator
from sync_profiles.policy.exclusion import excluding, holds
from sync_profiles.policy.grammar import Effect, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, CannotTell, ExplicitDeny, ImplicitDeny, Request, judge
from sync_profiles.policy.key_values import may_be
from sync_profiles.policy.matching import Context
from trust_witness import (
    CONDITIONS,
    EVERYWHERE,
    KEYS,
    PRINCIPALS,
    VERSIONS,
    Json,
    arn,
    conditions,
    statement,
    statements,
)

USERS = "111111111111"
CALLERS = [
    arn(text)
    for text in (
        f"arn:aws:iam::{USERS}:user/team/work_api",
        f"arn:aws:iam::{USERS}:root",
        f"arn:aws:sts::{USERS}:assumed-role/runner/i-0abc",
    )
]
#: a value, None for a key that is absent, and UNKNOWN for one that only AWS knows
UNKNOWN = object()
CONTEXTS = st.fixed_dictionaries(
    {key: st.sampled_from([*values, None, UNKNOWN]) for key, values in KEYS.items()}
)


def judged_statements(
    *effects: str, condition: st.SearchStrategy[Json] = CONDITIONS
) -> st.SearchStrategy[Json]:
    return statements(
        *effects,
        condition=st.just(EVERYWHERE) | condition,
        principals=[*PRINCIPALS, ["*", USERS]],
        actions=["sts:AssumeRole", "sts:*", "sts:TagSession"],
    )


POLICIES = st.lists(judged_statements("Allow", "Deny"), min_size=1, max_size=4)


def request(caller: Arn, keys: dict[str, object]) -> Request:
    known = {
        key: value if isinstance(value, tuple) else str(value)
        for key, value in keys.items()
        if value not in (None, UNKNOWN)
    }
    absent = frozenset(key.lower() for key, value in keys.items() if value is None)
    return Request(
        action="sts:AssumeRole",
        resource="arn:aws:iam::222222222222:role/target",
        caller=caller,
        context=Context.of(known, absent=absent),
    )


REQUESTS = st.builds(request, st.sampled_from(CALLERS), CONTEXTS)


def answer(listed: list[Json], asked: Request, version: str) -> str:
    policy = parse_policy({"Version": version, "Statement": listed}, kind=PolicyKind.TRUST)
    found = judge(policy, asked)
    match found:
        case Allow():
            assert found.statement.effect is Effect.ALLOW
            return "yes"
        case ExplicitDeny():
            assert found.statement.effect is Effect.DENY
            return "no"
        case ImplicitDeny():
            allows = [each for each in policy.statements if each.effect is Effect.ALLOW]
            assert [miss.statement for miss in found.misses] == allows
            return "no"
        case CannotTell():
            assert found.keys
            return "unknown"


#: from what lets fewer in to what lets more in
RANK = ["no", "unknown", "yes"]


@given(listed=POLICIES, more=judged_statements("Allow", "Deny"), asked=REQUESTS, version=VERSIONS)
def test_an_allow_shuts_no_one_out_and_a_deny_admits_no_one(
    listed: list[Json], more: Json, asked: Request, version: str
) -> None:
    before, after = (RANK.index(answer(each, asked, version)) for each in (listed, [*listed, more]))
    assert after >= before if more["Effect"] == "Allow" else after <= before


@given(data=st.data(), listed=POLICIES, asked=REQUESTS, version=VERSIONS)
def test_the_order_of_statements_does_not_matter(
    data: st.DataObject, listed: list[Json], asked: Request, version: str
) -> None:
    other = data.draw(st.permutations(listed))
    assert answer(other, asked, version) == answer(listed, asked, version)


@given(
    key=st.sampled_from(list(KEYS)),
    data=st.data(),
    asked=REQUESTS,
    version=VERSIONS,
    suffix=st.sampled_from(["", "IfExists"]),
    prefix=st.sampled_from(["", "ForAnyValue:", "ForAllValues:"]),
)
def test_each_operator_admits_what_a_stricter_one_admits(
    *, key: str, data: st.DataObject, asked: Request, version: str, suffix: str, prefix: str
) -> None:
    (block,) = data.draw(conditions(key)).values()

    def under(name: str) -> str:
        condition = {f"{prefix}{name}{suffix}": block}
        return answer([statement(condition, principal="*", action="*")], asked, version)

    strict = under("StringEquals")
    # a star in a value that is compared as text is a star, and a pattern matches itself
    assert RANK.index(under("StringLike")) >= RANK.index(strict)
    assert RANK.index(under("StringEqualsIgnoreCase")) >= RANK.index(strict)
    opposite = {"yes": "no", "no": "yes", "unknown": "unknown"}
    if asked.context.values(key) and not prefix:  # not documented without a variable's value
        assert under("StringNotEquals") in {opposite[strict], "unknown"}
        assert under("StringNotLike") in {opposite[under("StringLike")], "unknown"}


#: what a request may have of each key; several values of one that may have them
POSSIBLE: dict[str, list[object]] = {
    key: [None, *(value for value in values if may_be(key, value))] for key, values in KEYS.items()
}
POSSIBLE["aws:PrincipalOrgPaths"].append(tuple(KEYS["aws:PrincipalOrgPaths"]))
POSSIBLE["aws:PrincipalTag/team"] += ["", "Blue", "o-1/", "127.0.0.1", "work_api"]


@given(data=st.data(), caller=st.sampled_from(CALLERS), keys=CONTEXTS, version=VERSIONS)
def test_what_is_told_holds_whatever_the_unknown_values_are(
    *, data: st.DataObject, caller: Arn, keys: dict[str, object], version: str
) -> None:
    few = data.draw(st.lists(st.sampled_from(list(KEYS)), min_size=1, max_size=3))
    condition = st.builds(lambda *blocks: dict(ChainMap(*blocks)), *[conditions(*few)] * 3)
    drawn = judged_statements("Allow", "Deny", condition=condition)
    listed = data.draw(st.lists(drawn, min_size=1, max_size=4))
    keys |= dict.fromkeys(few, UNKNOWN)
    told = answer(listed, request(caller, keys), version)
    for _ in range(5 if told != "unknown" else 0):
        known = {
            key: data.draw(st.sampled_from(POSSIBLE[key])) if value is UNKNOWN else value
            for key, value in keys.items()
        }
        assert answer(listed, request(caller, known), version) == told


#: by the kind of an operator: what its conditions compare with, and values of each part between
UNIVERSES = {
    "IpAddress": (
        ["10.0.0.0/31", "10.0.0.1/31", "10.0.0.2/31", "10.0.0.0/30", "10.0.0.1", "::/0", "::2/128"],
        ["0.0.0.0", *(f"10.0.0.{last}" for last in range(5)), "::", "::1", "::2", "::3"],  # noqa: S104 - no socket is bound
    ),
    "Bool": (["true", "false", "True"], ["true", "false"]),
    "StringEquals": (["a", "b", "?"], ["a", "b", "?", "c"]),
    "ArnLike": (
        [
            f"arn:aws:iam::{account}:role/{name}"
            for account in "1*"
            for name in ("a", "a*", "?", "*")
        ],
        [f"arn:aws:iam::{account}:role/{name}" for account in "12" for name in ("a", "ab", "b")],
    ),
    "StringLike": (["a", "a*", "*", "*b", "?"], ["", "a", "ab", "b", "bc", "abb"]),
    # of a key whose values are whole numbers
    "NumericLessThan": (["3", "4", "4.5", "5", "8"], [str(number) for number in range(10)]),
}
#: what a kind is the opposite of, where no `Not` says so
OPPOSITES = {"Bool": "Bool", "NumericLessThan": "NumericGreaterThanEquals"}


@st.composite
def conditions_of_one_key(draw: st.DrawFn) -> tuple[list[Condition], list[str]]:
    """Return conditions on one key, and values of it."""
    kind = draw(st.sampled_from(list(UNIVERSES)))
    texts, universe = UNIVERSES[kind]
    before = "" if kind == "IpAddress" else "Arn" if kind == "ArnLike" else "String"
    negated = OPPOSITES.get(kind, f"{before}Not{kind.removeprefix(before)}")
    key = "sts:DurationSeconds" if kind.startswith("Numeric") else "k"
    names = [f"{name}{suffix}" for name in (kind, negated) for suffix in ("", "IfExists")]
    found = []
    for name in draw(st.lists(st.sampled_from([*names, "Null"]), min_size=2, max_size=4)):
        compared = ["True", "false"] if name == "Null" else texts
        values = draw(st.lists(st.sampled_from(compared), min_size=1, max_size=3, unique=True))
        operator = parse_operator(name)
        assert operator is not None
        found.append(Condition(operator=operator, key=key, values=tuple(values)))
    return found, universe


def answer_for(condition: Condition, value: str | None) -> Answer:
    context = Context.of({} if value is None else {condition.key: value})
    return holds(condition, context)


def meets(condition: Condition, value: str | None) -> bool:
    return answer_for(condition, value) is Answer.YES


@given(conditions_of_one_key())
def test_conditions_exclude_each_other_if_no_value_meets_all(
    drawn: tuple[list[Condition], list[str]],
) -> None:
    made, universe = drawn
    is_met = any(all(meets(one, value) for one in made) for value in (None, *universe))
    if excluding(made):
        assert not is_met
    elif not is_met:  # found, unless a pattern may admit more than is tried
        assert any("*" in "".join(one.values) or "?" in "".join(one.values) for one in made)


@given(
    drawn=conditions_of_one_key(),
    is_given=st.booleans(),
    quantifier=st.sampled_from(list(Quantifier)),
)
def test_a_condition_cannot_be_told_only_if_two_values_differ(
    *, drawn: tuple[list[Condition], list[str]], is_given: bool, quantifier: Quantifier
) -> None:
    made, universe = drawn
    given = {made[0].key.lower(): ("*",)} if is_given else {}
    context = Context.of({}, absent=frozenset(), given=given)
    for one in made:
        is_null = one.operator.name == "Null"  # not documented of an empty text, or quantified
        quantified = replace(one, operator=replace(one.operator, quantifier=quantifier))
        asked = one if is_null else quantified
        other = [] if one.key == "sts:DurationSeconds" else ["other text"]
        tried = [value for value in universe if value or not is_null]
        values = [*tried, *other, *([] if is_given else [None])]
        answers = {answer_for(asked, value) for value in values}
        assert holds(asked, context) is (Answer.UNKNOWN if len(answers) > 1 else answers.pop())
