"""On any network, every profile gets a correct verdict or a cause in bounded time."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter

import pytest

from e2e import Home, role_profile, section
from examples import table
from rough_sts import (
    Asked,
    Behave,
    RoughSts,
    close,
    drip,
    good_answer,
    half,
    hang,
    hang_after_the_headers,
    page,
    refusing,
    reset,
    well,
)
from rounds import ALL_ROUNDS
from survey_runs import check_at, role, run_check
from sync_profiles.aws import client, connections, patience

#: timeouts for these tests: the code is the same, only faster
QUICK = 0.2
ACTIONS = ["GetCallerIdentity", "AssumeRole"]
SECRETS = ["ASIAIOSFODNN7EXAMPLE", "<SecretAccessKey>", "<SessionToken>"]
#: profiles at an endpoint that may stay silent; enough for a silence to show
MANY = 300 if ALL_ROUNDS else 60
LONG = pytest.mark.skipif(not ALL_ROUNDS, reason="it takes minutes: `SYNC_PROFILES_ROUNDS=all`")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "CONNECT_TIMEOUT", QUICK)
    monkeypatch.setattr(client, "READ_TIMEOUT", QUICK)
    monkeypatch.setattr(patience, "LONGEST_CALL", 20 * QUICK)
    monkeypatch.setattr(patience, "SILENT_SECONDS", QUICK)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("behave", "tries"),
    [
        # on a busy machine a try may be over before its call has arrived
        pytest.param(hang, {4, 5}, id="no answer"),
        pytest.param(hang_after_the_headers, {4, 5}, id="headers, and no answer"),
        pytest.param(drip, {1, 2}, id="an answer without an end"),
    ],
)
@pytest.mark.parametrize("action", ACTIONS)
def test_programs_that_keep_us_waiting_are_abandoned_in_the_end(
    behave: Behave, tries: set[int], action: str, home_with_keys: Home
) -> None:
    with RoughSts(behave, actions=frozenset({action})) as rough:
        checked = check_at(rough.url, home_with_keys, count=1)
        assert [name for name, _ in rough.calls].count(action) in tries
    assert checked.found == {("unknown", "network")}


def behave_of(words: str) -> Behave:
    """Return the behavior that a row of `data/bad_answers.txt` names."""
    match words.split(" ", maxsplit=2):
        case "page", status, text:
            return page(int(status), text)
        case "error", status, code:
            return refusing(code, "Oops", status=int(status))
        case _:
            return {"reset": reset, "close": close, "half": half}[words]


@pytest.mark.parametrize("row", table("bad_answers.txt"))
@pytest.mark.parametrize("action", ACTIONS)
def test_an_invalid_answer_is_retried_if_that_helps_and_proves_nothing(
    row: str, action: str, home_with_keys: Home
) -> None:
    words, cause, tries, _ = row.split(" | ")
    with RoughSts(behave_of(words), actions=frozenset({action})) as rough:
        checked = check_at(rough.url, home_with_keys, count=2)
        called = Counter(rough.calls)
    assert checked.found == {("unknown", cause)}
    asked = [call for call in called if call[0] == action]
    assert [called[call] for call in asked] == [int(tries)] * (2 if action == "AssumeRole" else 1)
    told = [row.explanation for row in checked.rows.values()]
    assert all(explanation.message and explanation.hint for explanation in told)
    assert not [secret for secret in SECRETS if secret in str(told)]


def test_a_network_that_loses_most_answers_costs_no_profile_its_verdict(
    home_with_keys: Home,
) -> None:
    lost: Counter[str] = Counter()

    def lose_four(asked: Asked) -> None:
        lost[asked.role_arn] += 1
        (reset if lost[asked.role_arn] < 5 else well)(asked)

    with RoughSts(lose_four, actions=frozenset({"AssumeRole"})) as rough:
        checked = check_at(rough.url, home_with_keys, count=MANY // 3)
    assert checked.found == {("accepted", None)}
    assert set(lost.values()) == {5}


@pytest.mark.parametrize(
    ("status", "to"),
    [(301, "elsewhere"), (302, "itself"), (303, "elsewhere"), (307, "itself"), (308, "elsewhere")],
)
def test_a_redirect_is_not_followed(status: int, to: str, home_with_keys: Home) -> None:
    with RoughSts() as elsewhere:
        target = "/" if to == "itself" else elsewhere.url
        away = page(status, "<html/>", more=f"Location: {target}\r\n")
        with RoughSts(away) as rough:
            checked = check_at(rough.url, home_with_keys, count=1)
        assert elsewhere.calls == []
        assert len(rough.calls) == 2  # who are you, and the switch: each once
    assert checked.found == {("unknown", "sts-error")}


@pytest.mark.parametrize("row", table("bad_sessions.txt"))
def test_an_invalid_session_proves_nothing(row: str, home_with_keys: Home) -> None:
    part, instead, _ = row.split(" | ")

    def maim(asked: Asked) -> None:
        maimed, times = re.subn(part, instead, good_answer(asked))
        assert times == 1
        asked.answer(maimed)

    with RoughSts(maim, actions=frozenset({"AssumeRole"})) as rough:
        checked = check_at(rough.url, home_with_keys, count=1)
    assert checked.found == {("unknown", "sts-error")}
    assert "`ValueError`" not in checked.rows["p0"].explanation.message


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("action", ACTIONS)
def test_an_endless_answer_is_read_only_up_to_a_limit(
    action: str, status: int, home_with_keys: Home
) -> None:
    sent = 0

    def flood(asked: Asked) -> None:
        nonlocal sent
        asked.send(f"HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\n\r\n<a>".encode())
        while sent < 16 * connections.LONGEST_ANSWER:  # the rest lies in the buffers of the sockets
            asked.send(b" " * 65536)
            sent += 65536

    with RoughSts(flood, actions=frozenset({action})) as rough:
        checked = check_at(rough.url, home_with_keys, count=1)
        assert [name for name, _ in rough.calls].count(action) == 1
    assert checked.found == {("unknown", "sts-error")}
    assert connections.LONGEST_ANSWER <= sent < 16 * connections.LONGEST_ANSWER


def test_every_profile_gets_its_own_answer_in_any_order(home_with_keys: Home) -> None:
    everyone, second = threading.Barrier(16), threading.Event()
    denied = refusing("AccessDenied", "is not authorized to perform: sts:AssumeRole", status=403)

    def backwards(asked: Asked) -> None:
        number = int(asked.role_arn.rpartition("-")[2])
        everyone.wait(10)
        if number < 8:  # the later ones are answered first
            second.wait(10)
        (well if number % 3 else denied)(asked)
        if number == 15:
            second.set()

    with RoughSts(backwards) as rough:
        checked = check_at(rough.url, home_with_keys, count=16)
    session = "arn:aws:sts::222222222222:assumed-role/role-{}/work_api"
    assert checked.proofs == {
        f"p{number}": session.format(number) if number % 3 else None for number in range(16)
    }


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("behave", "jobs"),
    [
        pytest.param(hang, 16, id="hang"),
        pytest.param(hang, 1, id="hang, one by one", marks=LONG),
        pytest.param(drip, 16, id="drip", marks=LONG),
        pytest.param(reset, 16, id="reset"),
        pytest.param(page(502, ""), 16, id="502", marks=LONG),
    ],
)
def test_a_silent_endpoint_is_detected_once_and_not_by_every_profile(
    behave: Behave, jobs: int, home_with_keys: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        patience, "SILENT_SECONDS", 0
    )  # only the calls count, on a machine of any speed
    with RoughSts(behave) as rough:
        checked = check_at(rough.url, home_with_keys, count=MANY, jobs=jobs)
        asked = set(rough.switches)
    assert {verdict for verdict, _ in checked.found} == {"unknown"}
    assert len(checked.found) == 1
    assert len(asked) <= patience.SILENT_CALLS * jobs
    message = checked.rows[f"p{MANY - 1}"].explanation.message
    assert "this call was not made, as " in message
    assert "in a row had no answer" in message


@pytest.mark.usefixtures("quick")
def test_one_silent_endpoint_does_not_affect_the_others(
    home_with_keys: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "READ_TIMEOUT", 4 * QUICK)  # enough for who answers
    monkeypatch.setattr(patience, "LONGEST_CALL", 60)
    with RoughSts(hang) as silent, RoughSts() as rough:
        config = section("profile keys", {"region": "us-east-1", "endpoint_url": rough.url})
        for name, url in (("p", rough.url), ("q", silent.url)):
            more = {"role_session_name": "work_api", "endpoint_url": url}
            config += "".join(
                role_profile(f"{name}{n}", role(n), "keys", **more) for n in range(20)
            )
        checked = run_check(home_with_keys.write(config))
    found = {(name[0], *verdict) for name, verdict in checked.by_profile.items()}
    assert found == {("p", "accepted", None), ("q", "unknown", "network")}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_silent_connection_is_closed(scheme: str, home_with_keys: Home) -> None:
    with RoughSts(is_silent=True) as rough:
        checked = check_at(rough.url.replace("http", scheme), home_with_keys, count=1)
    # the last one may have been given up before its thread came to count it
    assert rough.connections in {4, 5}
    assert checked.found == {("unknown", "network")}


@LONG
@pytest.mark.parametrize(("behave", "jobs"), [(hang, 16), (hang, 1), (drip, 16), (reset, 16)])
def test_a_thousand_profiles_end_soon_with_a_silent_endpoint_and_real_timeouts(
    behave: Behave, jobs: int, home_with_keys: Home
) -> None:
    began = time.monotonic()
    with RoughSts(behave) as rough:
        checked = check_at(rough.url, home_with_keys, count=1000, jobs=jobs)
    assert checked.found == {("unknown", "network")}
    assert time.monotonic() - began < 300
