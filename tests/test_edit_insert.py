"""Where and how a missing session name is inserted, byte for byte."""

from __future__ import annotations

import io
from configparser import RawConfigParser

import pytest

from ini_texts import edited

#: the new text, with a `+` in front of the lines that are inserted
INSERTED = [
    pytest.param(
        "[profile admin]\nrole_arn = r\n+role_session_name = work_api\n"
        "source_profile = default\nregion = eu-west-1\n",
        id="is directly below role_arn",
    ),
    pytest.param(
        "[p]\nregion = x\nsource_profile = default\n+role_session_name = work_api\noutput = json\n",
        id="is below source_profile if role_arn comes from elsewhere",
    ),
    pytest.param(
        "[p]\ncredential_source = Environment\n+role_session_name = work_api\noutput = json\n",
        id="is below credential_source if there is no source_profile",
    ),
    pytest.param(
        "[p]\n\nregion = x\noutput = json\n+role_session_name = work_api\n\n# more\ncli_pager =\n",
        id="is below the first settings without a gap if it has no neighbor",
    ),
    pytest.param(
        "[p]\n+role_session_name = work_api\n\n# nothing yet\n\n[q]\nrole_arn = r\n",
        id="is directly below the header of a section without settings",
    ),
    pytest.param(
        "[p]\n+  role_session_name = work_api\n  [q]\nrole_arn = r\n",
        id="is indented so that an indented header below does not continue it",
    ),
    pytest.param(
        "[p]\nrole_arn=r\n+role_session_name=work_api\nregion=x\n",
        id="has no blanks around the delimiter if the settings have none",
    ),
    pytest.param(
        "[p]\nrole_arn: r\n+role_session_name: work_api\n[q]\nrole_arn : r\n"
        "+role_session_name : work_api\n",
        id="is delimited by a colon if the settings are",
    ),
    pytest.param(
        "[p]\nrole_arn       = r\n+role_session_name = work_api\nsource_profile = default\n",
        id="does not copy the padding of settings aligned in columns",
    ),
    pytest.param(
        "[p]\nrole_arn:       r\n+role_session_name: work_api\nsource_profile: default\n",
        id="does not copy the padding of values aligned in columns",
    ),
    pytest.param(
        "[p]\nrole_arn  =  r\n+role_session_name  =  work_api\nregion  =  x\n",
        id="copies spacing that all settings share",
    ),
    pytest.param(
        "[p]\nrole_arn\t=\tr\n+role_session_name\t=\twork_api\nregion\t=\tx\n",
        id="copies tabs around the delimiter",
    ),
    pytest.param(
        "[p]\nROLE_ARN = r\n+ROLE_SESSION_NAME = work_api\nREGION = x\n[q]\n"
        "ROLE_ARN = r\n+role_session_name = work_api\nregion = x\n",
        id="is in capitals if all keys are",
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
        "[p]\nrole_arn = r\n+role_session_name = work_api\n\n\n",
        id="is above trailing blank lines",
    ),
    pytest.param(
        "[p]\nrole_arn = r\n+role_session_name = work_api\n\n# --- team B ---\n"
        "# ask Bob\n[q]\nrole_arn = r\n",
        id="is above the comment of the next section",
    ),
    pytest.param(
        "[p]\ns3 =\n  addressing_style = path\n  max_queue_size = 1\nrole_arn = r\n"
        "+role_session_name = work_api\n",
        id="is not taken into a nested block above",
    ),
    pytest.param(
        "[p]\nregion=x\ns3 =\n  addressing_style = path\n\n  max_queue_size = 1\n"
        "+role_session_name=work_api\n\n",
        id="is below the whole of a nested block with a blank line in it",
    ),
    pytest.param(
        "[p]\ns3 =\n  role_session_name = nested\n+role_session_name = work_api\n",
        id="is not taken for set by a nested block's key of that name",
    ),
    pytest.param(
        "[p]\nrole_arn =\n  r\n# why\n  more\n+role_session_name = work_api\n# after\nregion = x\n",
        id="is below all lines of a role_arn of several lines",
    ),
    pytest.param(
        "[p]\n\trole_arn = r\n+\trole_session_name = work_api\n\tregion = x\n",
        id="is indented by a tab if the settings are",
    ),
    pytest.param(
        "[p]\n    region = x\n  role_arn = r\n+  role_session_name = work_api\n  output = json\n",
        id="is indented like its neighbor if settings differ",
    ),
    pytest.param(
        "[p]\nrole_arn = r\n+role_session_name = work_api\n  # source_profile = old\n"
        "  ; role_session_name = old\nregion = x\n",
        id="is not misled by indented comments that look like settings",
    ),
    pytest.param(
        "[p]\n#role_arn = 1\n#role_arn = 2\nrole_arn = 3\n+role_session_name = work_api\n"
        "#role_session_name = a\n#role_session_name = b\n",
        id="is not misled by settings commented out twice",
    ),
    pytest.param(
        "# top\n\n[p]\nrole_arn = r # the role; not a comment\n+role_session_name = work_api\n",
        id="takes an inline comment for part of the value, as botocore does",
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
        "[default]\nrole_arn = r\n+role_session_name = work_api\n[profile Zürich-東京]\n"
        "role_arn = r\n+role_session_name = work_api\n",
        id="goes into the default profile and into names beyond ASCII",
    ),
    pytest.param(
        "[p\udce9]\n# caf\udce9\nrole_arn = r\udcff\n+role_session_name = work_api\n",
        id="leaves bytes that are not UTF-8 as they are",
    ),
    pytest.param(
        "[DEFAULT]\nrole_session_name = x\n[p]\nrole_arn = r\n"
        "+role_session_name = work_api\n[DEFAULT]\nregion = y\n",
        id="goes into the section, not into a [DEFAULT] that leaks into all, nor its second part",
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
