"""Untrusted TLS connections: because of the server, or of the local CA bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from certificates import Certificate
from e2e import Home
from rough_sts import RoughSts
from survey_runs import check_at


@pytest.mark.parametrize("name", ["127.0.0.1", "sts.amazonaws.com"], ids=["nobody's", "another's"])
def test_a_certificate_is_refused_at_the_first_try(
    name: str, home_with_keys: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Certificate.make(tmp_path, name)
    if name != "127.0.0.1":
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate.certificate))
    with RoughSts(certificate=certificate) as rough:
        checked = check_at(rough.url, home_with_keys, count=1)
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
    name: str,
    text: str | None,
    home_with_keys: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / name))
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with RoughSts(certificate=Certificate.make(tmp_path, "127.0.0.1")) as rough:
        checked = check_at(rough.url, home_with_keys, count=1)
    assert (rough.calls, rough.connections) in [([], 0), ([], 1)]  # it closes before a word
    assert checked.found == {("rejected", "setting-invalid")}
    (row,) = checked.rows.values()
    message, hint = row.explanation.message, row.explanation.hint
    assert message.startswith("the file of trusted certificates cannot be read: ")
    where = "`AWS_CA_BUNDLE` in the environment"
    assert hint == f"correct {where}: it names no file with certificates"


def test_a_server_without_tls_is_reported_as_tls(home_with_keys: Home) -> None:
    with RoughSts() as rough:
        checked = check_at(rough.url.replace("http:", "https:"), home_with_keys, count=1)
        assert rough.calls == []
    assert checked.found == {("unknown", "tls")}
    (row,) = checked.rows.values()
    assert row.explanation.hint == (
        "write `http://` in place of `https://` in `AWS_ENDPOINT_URL` in the environment, if that "
        "server is yours"
    )
