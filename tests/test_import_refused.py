"""What an import refuses: hostile files, and sources that cannot be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imports import OWN, TEAM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from e2e import Home


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"#" * 10_000_000, "is larger than 2 MiB", id="ten megabytes"),
        pytest.param(
            b'[profile "' + b"x" * 1_900_000 + b'"]\n', "longer than 10,000 bytes", id="a long name"
        ),
        pytest.param(TEAM.encode() + b"\0", "U+0000 is not allowed", id="a NUL"),
        pytest.param(b"\xef\xbb\xbf" + TEAM.encode(), "byte order mark", id="a byte order mark"),
        pytest.param(b"\xff" + TEAM.encode(), "line 1: byte 0xff is not UTF-8", id="no UTF-8"),
        pytest.param(
            TEAM.encode() + b"# <<< sync-profiles import: x\n",
            "line 15: the line looks like a marker of an imported block",
            id="a line that closes the block",
        ),
        pytest.param(
            TEAM.encode() + b"aws_secret_access_key = hunter2\n",
            "line 15: `aws_secret_access_key` is a secret",
            id="a secret",
        ),
        pytest.param(
            TEAM.encode() + b"credential_process = /bin/evil\n",
            "line 15: `credential_process = /bin/evil` in `[profile equals]` runs a program",
            id="a program",
        ),
        pytest.param(
            TEAM.encode() + b"credential_process = /bin/evil" + b"?" * 9_000 + b"\n",
            f"/bin/evil{'?' * 170}… (8830 more characters)` in `[profile equals]`",
            id="a long program",
        ),
        pytest.param(
            TEAM.encode() + b"s3 =\n  endpoint_url = https://evil.example\n",
            "line 16: `endpoint_url = https://evil.example` in `[profile equals]` redirects",
            id="a nested address",
        ),
        pytest.param(TEAM.encode() + b"[profile equals]\n", "appears twice", id="a double section"),
        pytest.param(
            TEAM.encode() + b'[profile "equals"]\n', "is hidden by", id="a double profile"
        ),
        pytest.param(b"[DEFAULT]\nregion = x\n" + TEAM.encode(), "leak its keys", id="DEFAULT"),
        pytest.param(
            TEAM.encode() + b"x = ${aws:userid}\n",
            "line 15: `${aws:userid}` is not a variable",
            id="an unknown variable",
        ),
        pytest.param(
            TEAM.replace("= base", "= ${aws:username}", 1).encode(),
            "line 6: `source_profile` cannot have a variable",
            id="a source that depends on who is asked by it",
        ),
        pytest.param(
            "[profile adm\u200bin]\nregion = x\n".encode(),
            "line 1: the character U+200B ZERO WIDTH SPACE is not allowed",
            id="a name that looks like another",
        ),
        pytest.param(
            "[profile a]\r\n# \u200d\r\rregion = x\u00ad\n".encode(),
            "line 4: the character U+00AD SOFT HYPHEN is not allowed",
            id="a value that looks like another",
        ),
        pytest.param(
            "[profile a]\n# \u202e x\n".encode(),
            "line 2: the character U+202E RIGHT-TO-LEFT OVERRIDE is not allowed",
            id="a comment that turns its direction",
        ),
        pytest.param(
            "[profile a]\n# \u00a0\ufe0f\nregion =\u00a0x\n".encode(),
            "line 3: the character U+00A0 NO-BREAK SPACE is not allowed",
            id="a blank that is not a space, in more than a comment",
        ),
        pytest.param(
            "[profile a\u3164]\nregion = x\n".encode(),
            "line 1: the character U+3164 HANGUL FILLER is not allowed",
            id="a letter that shows nothing",
        ),
        pytest.param(b"hello\n", "line 1: text comes before the first section", id="no config"),
        pytest.param(
            b"  [profile a]\nregion = x\n",
            "line 1: the header is indented",
            id="a header that would continue the value above the block",
        ),
    ],
)
def test_a_hostile_file_is_not_imported(
    content: bytes, words: str, with_keys: Home, team_file: Path
) -> None:
    with_keys.write(OWN)
    before = with_keys.footprint()
    team_file.write_bytes(content)
    ended = with_keys.run("import", str(team_file))
    assert ended.code == 3, ended.stdout
    assert words in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
    assert with_keys.footprint() == before


@pytest.mark.parametrize(
    ("content", "location", "words"),
    [
        pytest.param(b"#" * 3_000_000, None, "is larger than 2 MiB", id="too large"),
        pytest.param(b"", "file:///etc/passwd", "redirects to another scheme", id="to a file"),
        pytest.param(b"", "https://127.0.0.1:9/", "redirects to another scheme", id="to https"),
    ],
)
def test_an_answer_too_large_or_a_redirect_elsewhere_is_refused(
    content: bytes,
    location: str | None,
    words: str,
    with_keys: Home,
    serve: Callable[[bytes, str | None], str],
) -> None:
    ended = with_keys.run("import", serve(content, location))
    assert ended.code == 3
    assert words in ended.stderr
    assert not with_keys.config_file.exists()


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        pytest.param("git+file://{}#link", 3, "is a link or a directory", id="a link"),
        pytest.param("git+file://{}#aws", 3, "is a link or a directory", id="a directory"),
        pytest.param("git+file://{}#nothing", 3, "has no file `nothing`", id="no file"),
        pytest.param(
            "git+file://{}#../x", 2, "does not name a file in the repository", id="outside"
        ),
        pytest.param("git+file://{}", 2, "does not name a file in the repository", id="no path"),
        pytest.param("git+file://{}/none#x", 3, "cannot be cloned", id="no repository"),
        pytest.param("git+ssh://-oProxyCommand=x/r#x", 2, "does not name a host", id="an option"),
        pytest.param("git+https://ann:pw@h/r#x", 2, "has a secret in it", id="a password"),
        pytest.param("http://team.example/x", 2, "not encrypted", id="no encryption"),
        pytest.param(
            "ftp://team.example/x", 2, "is not a known kind of source", id="another scheme"
        ),
        pytest.param("https://h/x?X-Amz-Signature=1", 2, "has a secret", id="a signed address"),
        pytest.param("http://127.0.0.1:9/ü", 2, "has `ü` in it", id="a letter that is not ASCII"),
        pytest.param("https://a:b/c@h/x", 2, "`https://…` is not an address", id="an odd password"),
        pytest.param("no file", 3, "cannot be read", id="no such file"),
    ],
)
def test_a_source_that_cannot_be_fetched_is_an_error(
    source: str, code: int, words: str, with_keys: Home, repository: Path
) -> None:
    ended = with_keys.run("import", source.format(repository))
    assert (ended.code, ended.stdout) == (code, "")
    assert words in ended.stderr
    assert not with_keys.config_file.exists()
