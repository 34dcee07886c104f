"""On any network every profile ends with a verdict or a cause, in bounded time and as it is."""

from __future__ import annotations

import itertools
import os
import re
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile, section
from loopback import Certificate
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
from survey_runs import Checked, run_check
from sync_profiles.aws import answers, places, sessions
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from pathlib import Path

#: what a timeout is here: the code is the same, the clock is quicker
QUICK = 0.2
ACTIONS = ["GetCallerIdentity", "AssumeRole"]
SIGN_IN = "<html><head><meta charset=utf-8><body>Sign in to the hotel"
TIDY_SIGN_IN = "<html><body>Sign in to the hotel</body></html>"
SECRETS = ["ASIAIOSFODNN7EXAMPLE", "<SecretAccessKey>", "<SessionToken>"]
ALL_ROUNDS = os.environ.get("SYNC_PROFILES_ROUNDS") == "all"
LONG = pytest.mark.skipif(not ALL_ROUNDS, reason="it takes minutes: `SYNC_PROFILES_ROUNDS=all`")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody wait for long."""
    monkeypatch.setattr(sessions, "CONNECT_TIMEOUT", QUICK)
    monkeypatch.setattr(sessions, "READ_TIMEOUT", QUICK)
    monkeypatch.setattr(places, "LONGEST_CALL", 12 * QUICK)
    monkeypatch.setattr(places, "SECONDS", QUICK)


@pytest.fixture
def laptop(home: Path, child_environment: dict[str, str]) -> Home:
    """Return a home with the keys of `work_api`."""
    made = Home(path=home, environment=child_environment)
    return made.write(credentials=keys("keys", s.WORK_API.credentials))


def role(number: int) -> str:
    return f"arn:aws:iam::222222222222:role/role-{number}"


def profiles(count: int) -> str:
    """Return profiles of which each has a role of its own, and the wanted name."""
    source = section("profile keys", {"region": "us-east-1"})
    return source + "".join(
        role_profile(f"p{number}", role(number), "keys", role_session_name="work_api")
        for number in range(count)
    )


def check_at(url: str, laptop: Home, *, count: int, jobs: int = 16) -> Checked:
    """Check profiles at a URL."""
    os.environ["AWS_ENDPOINT_URL"] = url  # the fixture `home` takes it back
    return run_check(laptop.write(profiles(count)), jobs=jobs)


@pytest.fixture(autouse=True)
def no_endpoint_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take back what `check_at` sets."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("behave", "tries"),
    [
        pytest.param(hang, 5, id="no answer"),
        pytest.param(hang_after_the_headers, 5, id="headers, and no answer"),
        pytest.param(drip, 1, id="an answer without an end"),
    ],
)
@pytest.mark.parametrize("action", ACTIONS)
def test_who_keeps_us_waiting_is_left_in_the_end(
    behave: Behave, tries: int, action: str, laptop: Home
) -> None:
    with RoughSts(behave, actions=frozenset({action})) as rough:
        checked = check_at(rough.url, laptop, count=1)
        assert [name for name, _ in rough.calls].count(action) == tries
    assert checked.found == {("unknown", "network")}


@pytest.mark.parametrize(
    ("behave", "cause", "tries"),
    [
        pytest.param(reset, "network", 5, id="a reset"),
        pytest.param(close, "network", 5, id="a hang-up"),
        pytest.param(half, "sts-error", 1, id="half an answer"),
        pytest.param(page(200, SIGN_IN), "sts-error", 1, id="a login page"),
        pytest.param(page(200, TIDY_SIGN_IN), "sts-error", 1, id="a login page in XHTML"),
        pytest.param(page(200, ""), "sts-error", 1, id="an empty answer"),
        pytest.param(page(200, '{"a": 1}'), "sts-error", 1, id="JSON"),
        pytest.param(page(200, "<a xmlns='b'><c/></a>"), "sts-error", 1, id="other XML"),
        pytest.param(page(403, TIDY_SIGN_IN), "sts-error", 1, id="a proxy's refusal"),
        pytest.param(page(404, "no"), "sts-error", 1, id="a page that is missing"),
        pytest.param(page(502, SIGN_IN), "sts-error", 5, id="a bad gateway"),
        pytest.param(page(500, ""), "sts-error", 5, id="a server's error"),
        pytest.param(
            refusing("ServiceUnavailable", "Wait", status=503), "sts-error", 5, id="unavailable"
        ),
        pytest.param(
            refusing("InternalFailure", "Oops", status=500), "sts-error", 5, id="a failure of AWS"
        ),
    ],
)
@pytest.mark.parametrize("action", ACTIONS)
def test_what_is_no_answer_is_tried_again_where_that_helps_and_proves_nothing(
    behave: Behave, cause: str, tries: int, action: str, laptop: Home
) -> None:
    with RoughSts(behave, actions=frozenset({action})) as rough:
        checked = check_at(rough.url, laptop, count=2)
        called = Counter(rough.calls)
    assert checked.found == {("unknown", cause)}
    asked = [call for call in called if call[0] == action]
    assert [called[call] for call in asked] == [tries] * (2 if action == "AssumeRole" else 1)
    told = [row.explanation for row in checked.rows.values()]
    assert all(explanation.message and explanation.hint for explanation in told)
    assert not [secret for secret in SECRETS if secret in str(told)]


def test_a_network_that_loses_most_answers_costs_no_profile_its_verdict(laptop: Home) -> None:
    lost: Counter[str] = Counter()

    def lose_four(asked: Asked) -> None:
        lost[asked.role_arn] += 1
        (reset if lost[asked.role_arn] < 5 else well)(asked)

    with RoughSts(lose_four, actions=frozenset({"AssumeRole"})) as rough:
        checked = check_at(rough.url, laptop, count=100)
    assert checked.found == {("accepted", None)}
    assert set(lost.values()) == {5}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["elsewhere", "itself"])
def test_a_redirect_is_not_followed(status: int, to: str, laptop: Home) -> None:
    with RoughSts() as elsewhere:
        target = "/" if to == "itself" else elsewhere.url
        away = page(status, "<html/>", more=f"Location: {target}\r\n")
        with RoughSts(away) as rough:
            checked = check_at(rough.url, laptop, count=1)
        assert elsewhere.calls == []
        assert len(rough.calls) == 2  # who are you, and the switch: each once
    assert checked.found == {("unknown", "sts-error")}


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        pytest.param("<Expiration>.*</Expiration>", "", id="no expiration"),
        pytest.param("2099-", "2019-", id="an expiration that is over"),
        pytest.param("2099-.*Z", "2019-01-01T00:00:00", id="one that is over, without a zone"),
        pytest.param("2099-.*Z", "soon", id="an expiration that is no time"),
        pytest.param("2099-.*Z", "invalid literal for int", id="one that looks like an error"),
        pytest.param("<SessionToken>t</SessionToken>", "", id="no token"),
        pytest.param("<SessionToken>t", "<SessionToken>", id="an empty token"),
        pytest.param("<AccessKeyId>.*</AccessKeyId>", "<AccessKeyId/>", id="an empty key ID"),
        pytest.param("<Arn>.*</Arn>", "<Arn></Arn>", id="no ARN"),
    ],
)
def test_a_session_that_is_none_proves_nothing(part: str, instead: str, laptop: Home) -> None:
    def maim(asked: Asked) -> None:
        maimed, times = re.subn(part, instead, good_answer(asked))
        assert times == 1
        asked.answer(maimed)

    with RoughSts(maim, actions=frozenset({"AssumeRole"})) as rough:
        checked = check_at(rough.url, laptop, count=1)
    assert checked.found == {("unknown", "sts-error")}
    assert "`ValueError`" not in checked.rows["p0"].explanation.message


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param("sso_session = nope", id="a session that no section is about"),
        pytest.param("s3 =", id="a block without a line"),
        pytest.param("api_versions = x", id="no block where there must be one"),
    ],
)
@pytest.mark.parametrize("first", ["faulty", "sound"])
def test_a_setting_of_which_no_client_is_made_is_its_profile_s_matter_alone(
    first: str, setting: str, laptop: Home
) -> None:
    texts = {
        "faulty": role_profile("faulty", role(0), "keys").rstrip() + f"\n{setting}\n",
        "sound": role_profile("sound", role(1), "keys"),
    }
    config = "".join(sorted(texts.values(), key=lambda text: first not in text))
    with RoughSts() as rough:
        os.environ["AWS_ENDPOINT_URL"] = rough.url
        checked = run_check(laptop.write(config), jobs=4)
    found = {name: (row.decision.verdict, row.decision.cause) for name, row in checked.rows.items()}
    assert found == {"faulty": ("rejected", "setting-invalid"), "sound": ("accepted", None)}


@pytest.mark.parametrize("setting", ["s3 =", "sso_session = nope"])
def test_a_key_that_is_unknown_is_so_beside_a_profile_of_which_no_client_is_made(
    setting: str, laptop: Home
) -> None:
    unknown = refusing("InvalidClientTokenId", "The security token is invalid", status=403)
    sound = role_profile("sound", role(1), "keys")
    faulty = role_profile("faulty", role(0), "keys").rstrip() + f"\n{setting}\n"
    with RoughSts(unknown, actions=frozenset(ACTIONS)) as rough:
        os.environ["AWS_ENDPOINT_URL"] = rough.url
        checked = run_check(laptop.write(sound + faulty), jobs=4)
    found = {name: (row.decision.verdict, row.decision.cause) for name, row in checked.rows.items()}
    assert found == {
        "sound": ("rejected", "credentials-invalid"),
        "faulty": ("rejected", "setting-invalid"),
    }


def test_where_nobody_knows_a_source_each_profile_is_told_of_its_own_place(
    laptop: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    unknown = refusing("InvalidClientTokenId", "The security token is invalid", status=403)
    with RoughSts(unknown, actions=frozenset(ACTIONS)) as emulator:
        place = f"region = us-east-1\nendpoint_url = {emulator.url}\n"
        config = f"[profile keys]\n{place}" + "".join(
            role_profile(name, role(0), "keys", region="us-east-1", endpoint_url=url)
            for name, url in [
                ("unknown", emulator.url),
                ("unknown-too", emulator.url),
                ("silent", "http://127.0.0.1:9"),
            ]
        )
        checked = run_check(laptop.write(config))
    found = {name: (row.decision.verdict, row.decision.cause) for name, row in checked.rows.items()}
    assert found == {
        "unknown": ("rejected", "credentials-invalid"),
        "unknown-too": ("rejected", "credentials-invalid"),
        "silent": ("unknown", "network"),
    }


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("action", ACTIONS)
def test_of_an_answer_without_an_end_no_more_is_read_than_answers_have(
    action: str, status: int, laptop: Home
) -> None:
    sent = 0

    def flood(asked: Asked) -> None:
        nonlocal sent
        asked.send(f"HTTP/1.1 {status} X\r\nContent-Type: text/xml\r\n\r\n<a>".encode())
        while sent < 16 * answers.LONGEST_ANSWER:  # the rest lies in the buffers of the sockets
            asked.send(b" " * 65536)
            sent += 65536

    with RoughSts(flood, actions=frozenset({action})) as rough:
        checked = check_at(rough.url, laptop, count=1)
        assert [name for name, _ in rough.calls].count(action) == 1
    assert checked.found == {("unknown", "sts-error")}
    assert answers.LONGEST_ANSWER <= sent < 16 * answers.LONGEST_ANSWER


def test_every_answer_goes_to_its_own_profile_whatever_the_order(laptop: Home) -> None:
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
        checked = check_at(rough.url, laptop, count=16)
    session = "arn:aws:sts::222222222222:assumed-role/role-{}/work_api"
    assert checked.proofs == {
        f"p{number}": session.format(number) if number % 3 else None for number in range(16)
    }


class Quota:
    """Lets so many calls a second in, as STS counts them, and throttles the others."""

    def __init__(self, rate: float, code: str) -> None:
        self._rate = rate
        self._throttle = refusing(code, "Rate exceeded")
        self._lock = threading.Lock()
        self._left = rate
        self._at = time.monotonic()
        self.throttled = 0

    def __call__(self, asked: Asked) -> None:
        """Answer a call."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._rate, self._left + (now - self._at) * self._rate)
            self._at = now
            is_in = self._left >= 1
            self._left -= is_in
            self.throttled += not is_in
        (well if is_in else self._throttle)(asked)


@pytest.mark.parametrize("code", ["Throttling", "RequestLimitExceeded"])
def test_a_throttled_run_slows_down_and_finishes(code: str, laptop: Home) -> None:
    quota = Quota(50, code)
    with RoughSts(quota, actions=frozenset({"AssumeRole", "GetCallerIdentity"})) as rough:
        checked = check_at(rough.url, laptop, count=300 if ALL_ROUNDS else 110)
    assert checked.found == {("accepted", None)}
    assert quota.throttled > 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("behave", "jobs"),
    [(hang, 1), (hang, 16), (drip, 16), (reset, 16), (page(502, ""), 16)],
    ids=["hang, one by one", "hang", "drip", "reset", "502"],
)
def test_a_silent_place_is_found_out_once_and_not_by_every_profile(
    behave: Behave, jobs: int, laptop: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SECONDS", 0)  # the calls alone count, on a machine of any speed
    with RoughSts(behave) as rough:
        checked = check_at(rough.url, laptop, count=300, jobs=jobs)
        asked = set(rough.switches)
    assert {verdict for verdict, _ in checked.found} == {"unknown"}
    assert len(checked.found) == 1
    assert len(asked) <= places.CALLS * jobs
    message = checked.rows["p299"].explanation.message
    assert "this call was not made, as " in message
    assert "in a row had no answer" in message


@pytest.mark.usefixtures("quick")
def test_one_place_that_is_silent_takes_nothing_from_the_others(
    laptop: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "READ_TIMEOUT", 4 * QUICK)  # enough for who answers
    monkeypatch.setattr(places, "LONGEST_CALL", 60)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with RoughSts(hang) as silent, RoughSts() as rough:
        config = section("profile keys", {"region": "us-east-1", "endpoint_url": rough.url})
        for name, url in (("p", rough.url), ("q", silent.url)):
            more = {"role_session_name": "work_api", "endpoint_url": url}
            config += "".join(
                role_profile(f"{name}{n}", role(n), "keys", **more) for n in range(20)
            )
        checked = run_check(laptop.write(config))
    assert {
        (name[0], str(row.decision.verdict), row.decision.cause)
        for name, row in checked.rows.items()
    } == {("p", "accepted", None), ("q", "unknown", "network")}


def test_a_network_that_comes_back_is_used(laptop: Home) -> None:
    numbers = itertools.count()

    def first_fails(asked: Asked) -> None:
        (reset if next(numbers) < 12 else well)(asked)

    with RoughSts(first_fails) as rough:
        checked = check_at(rough.url, laptop, count=40, jobs=4)
    assert checked.found == {("accepted", None)}


@pytest.mark.parametrize("name", ["127.0.0.1", "sts.amazonaws.com"], ids=["nobody's", "another's"])
def test_a_certificate_is_refused_at_the_first_try(
    name: str, laptop: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate.make(tmp_path, name)
    if name != "127.0.0.1":
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate.certificate))
    with RoughSts(certificate=certificate) as rough:
        checked = check_at(rough.url, laptop, count=1)
        assert (rough.calls, rough.connections) == ([], 1)
    assert checked.found == {("unknown", "tls")}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("nowhere", None, id="that is not there"),
        pytest.param(".", None, id="that is a directory"),
        pytest.param("bundle", "", id="without a certificate"),
        pytest.param(
            "bundle",
            "-----BEGIN CERTIFICATE-----\n-\n-----END CERTIFICATE-----\n",
            id="with a broken certificate",
        ),
    ],
)
def test_a_ca_bundle_stops_the_aws_cli_too(
    name: str, text: str | None, laptop: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / name))
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with RoughSts(certificate=Certificate.make(tmp_path, "127.0.0.1")) as rough:
        checked = check_at(rough.url, laptop, count=1)
    assert (rough.calls, rough.connections) in [([], 0), ([], 1)]  # it closes before a word
    assert checked.found == {("rejected", "setting-invalid")}
    (row,) = checked.rows.values()
    message, hint = row.explanation.message, row.explanation.hint
    assert message.startswith("the file of trusted certificates cannot be read: ")
    where = "`AWS_CA_BUNDLE` in the environment"
    assert hint == f"correct {where}: it names no file with certificates"


def test_what_speaks_no_tls_is_told_as_tls(laptop: Home) -> None:
    with RoughSts() as rough:
        checked = check_at(rough.url.replace("http:", "https:"), laptop, count=1)
        assert rough.calls == []
    assert checked.found == {("unknown", "tls")}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_that_stays_silent_is_given_up(scheme: str, laptop: Home) -> None:
    with RoughSts(is_silent=True) as rough:
        checked = check_at(rough.url.replace("http", scheme), laptop, count=1)
    # the last one may have been given up before its thread came to count it
    assert rough.connections in {4, 5}
    assert checked.found == {("unknown", "network")}


@LONG
@pytest.mark.parametrize(("behave", "jobs"), [(hang, 16), (hang, 1), (drip, 16), (reset, 16)])
def test_a_thousand_profiles_end_soon_on_a_silent_place_with_the_real_timeouts(
    behave: Behave, jobs: int, laptop: Home
) -> None:
    began = time.monotonic()
    with RoughSts(behave) as rough:
        checked = check_at(rough.url, laptop, count=1000, jobs=jobs)
    assert checked.found == {("unknown", "network")}
    assert time.monotonic() - began < 300
