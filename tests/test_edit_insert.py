"""Where and how a missing session name is inserted, byte for byte."""

from __future__ import annotations

import io
from configparser import RawConfigParser

import pytest

from examples import params
from ini_texts import edited

#: the new text, with a `+` in front of the lines that are inserted
INSERTED = [
    *params("inserted_lines.txt"),
    pytest.param(
        "[p]\nrole_arn\t=\tr\n+role_session_name\t=\twork_api\nregion\t=\tx\n",
        id="copies tabs around the delimiter",
    ),
    pytest.param(
        "[p]\r\nrole_arn = r\r\n+role_session_name = work_api\r\n\r\n[q]\r\nrole_arn = r\r\n",
        id="ends in CRLF if its neighbor does",
    ),
    pytest.param(
        "[p]\r\nrole_arn = r\n+role_session_name = work_api\nregion = x\r\n[q]\n"
        "role_arn = r\r\n+role_session_name = work_api\r\n",
        id="ends as the line above does in a file of mixed endings",
    ),
    pytest.param(
        "[p]\rrole_arn = r\r+role_session_name = work_api\r\r[q]\rregion = x",
        id="ends in a lone CR if its neighbor does",
    ),
    pytest.param(
        "[p]\n\trole_arn = r\n+\trole_session_name = work_api\n\tregion = x\n",
        id="is indented by a tab if the settings are",
    ),
    pytest.param(
        "[p]\nrole_arn = a\x0cb\x0bc\x85d\u2028e\n+role_session_name = work_api\nregion = x\n",
        id="takes no form feed or Unicode separator for the end of a line",
    ),
    pytest.param(
        "[profile  a]\nrole_arn = r\n+role_session_name = work_api\n[profile\tb] ; note\n"
        'role_arn = r\n+role_session_name = work_api\n[profile "c d"]\nrole_arn = r\n'
        "+role_session_name = work_api\n[e]x]\n  role_arn = r\n"
        "+  role_session_name = work_api\n",
        id="finds headers as odd as botocore takes them",
    ),
    pytest.param(
        "[p\udce9]\n# caf\udce9\nrole_arn = r\udcff\n+role_session_name = work_api\n",
        id="leaves bytes that are not UTF-8 as they are",
    ),
]


# text before, text after
INSERTED_AT_THE_END = [
    pytest.param(
        "  [p]",
        "  [p]\n  role_session_name = work_api",
        id="follows a header that is the whole file",
    ),
    pytest.param(
        "[p]\nrole_arn = r",
        "[p]\nrole_arn = r\nrole_session_name = work_api",
        id="leaves the file without a last newline",
    ),
    pytest.param(
        "[p]\r\nregion = x\r\noutput = json\nrole_arn = r",
        "[p]\r\nregion = x\r\noutput = json\nrole_arn = r\r\nrole_session_name = work_api",
        id="ends a last line that has no newline as most lines do",
    ),
]


@pytest.mark.parametrize("marked", INSERTED)
def test_an_inserted_line(marked: str) -> None:
    before = after = section = ""
    names = {}
    for line in io.StringIO(marked, newline=""):
        header = RawConfigParser.SECTCRE.match(line.strip())
        section = section if header is None else header["header"]
        if line.startswith("+"):
            names[section] = "work_api"
        else:
            before += line
        after += line.removeprefix("+")
    assert edited(before, names) == after
    assert edited(after, names) == after


@pytest.mark.parametrize(("before", "after"), INSERTED_AT_THE_END)
def test_a_line_inserted_at_the_end_of_a_file_without_a_last_newline(
    before: str, after: str
) -> None:
    assert edited(before, {"p": "work_api"}) == after
    assert edited(after, {"p": "work_api"}) == after
