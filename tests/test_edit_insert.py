"""Where and how a missing session name is inserted, byte for byte."""

from __future__ import annotations

import pytest

from sync_profiles.config.edit import NameEdit, edit_session_names

INSERTED = [
    pytest.param(
        "[profile admin]\nrole_arn = r\nsource_profile = default\nregion = eu-west-1\n",
        "[profile admin]\nrole_arn = r\nrole_session_name = work_api\n"
        "source_profile = default\nregion = eu-west-1\n",
        ["profile admin"],
        id="stands directly below role_arn",
    ),
    pytest.param(
        "[p]\nregion = x\nsource_profile = default\noutput = json\n",
        "[p]\nregion = x\nsource_profile = default\nrole_session_name = work_api\noutput = json\n",
        ["p"],
        id="stands below source_profile where role_arn comes from elsewhere",
    ),
    pytest.param(
        "[p]\ncredential_source = Environment\noutput = json\n",
        "[p]\ncredential_source = Environment\nrole_session_name = work_api\noutput = json\n",
        ["p"],
        id="stands below credential_source where there is no source_profile",
    ),
    pytest.param(
        "[p]\n\nregion = x\noutput = json\n\n# more\ncli_pager =\n",
        "[p]\n\nregion = x\noutput = json\nrole_session_name = work_api\n\n# more\ncli_pager =\n",
        ["p"],
        id="stands below the first settings that stand together where none is its neighbour",
    ),
    pytest.param(
        "[p]\n\n# nothing yet\n\n[q]\nrole_arn = r\n",
        "[p]\nrole_session_name = work_api\n\n# nothing yet\n\n[q]\nrole_arn = r\n",
        ["p"],
        id="stands directly below the header of a section without settings",
    ),
    pytest.param(
        "[p]\n  [q]\nrole_arn = r\n",
        "[p]\n  role_session_name = work_api\n  [q]\nrole_arn = r\n",
        ["p"],
        id="is indented so that an indented header below does not continue it",
    ),
    pytest.param(
        "  [p]",
        "  [p]\n  role_session_name = work_api",
        ["p"],
        id="follows a header that is the whole file",
    ),
    pytest.param(
        "[p]\nrole_arn=r\nregion=x\n",
        "[p]\nrole_arn=r\nrole_session_name=work_api\nregion=x\n",
        ["p"],
        id="has no blanks around the delimiter where the settings have none",
    ),
    pytest.param(
        "[p]\nrole_arn: r\n[q]\nrole_arn : r\n",
        "[p]\nrole_arn: r\nrole_session_name: work_api\n"
        "[q]\nrole_arn : r\nrole_session_name : work_api\n",
        ["p", "q"],
        id="is delimited by a colon where the settings are",
    ),
    pytest.param(
        "[p]\nrole_arn       = r\nsource_profile = default\n",
        "[p]\nrole_arn       = r\nrole_session_name = work_api\nsource_profile = default\n",
        ["p"],
        id="does not copy the padding of settings aligned in columns",
    ),
    pytest.param(
        "[p]\nrole_arn:       r\nsource_profile: default\n",
        "[p]\nrole_arn:       r\nrole_session_name: work_api\nsource_profile: default\n",
        ["p"],
        id="does not copy the padding of values aligned in columns",
    ),
    pytest.param(
        "[p]\nrole_arn  =  r\nregion  =  x\n",
        "[p]\nrole_arn  =  r\nrole_session_name  =  work_api\nregion  =  x\n",
        ["p"],
        id="copies spacing that all settings share",
    ),
    pytest.param(
        "[p]\nrole_arn\t=\tr\nregion\t=\tx\n",
        "[p]\nrole_arn\t=\tr\nrole_session_name\t=\twork_api\nregion\t=\tx\n",
        ["p"],
        id="copies tabs around the delimiter",
    ),
    pytest.param(
        "[p]\nROLE_ARN = r\nREGION = x\n[q]\nROLE_ARN = r\nregion = x\n",
        "[p]\nROLE_ARN = r\nROLE_SESSION_NAME = work_api\nREGION = x\n"
        "[q]\nROLE_ARN = r\nrole_session_name = work_api\nregion = x\n",
        ["p", "q"],
        id="is in capitals where all keys are",
    ),
    pytest.param(
        "[p]\r\nrole_arn = r\r\n\r\n[q]\r\nrole_arn = r\r\n",
        "[p]\r\nrole_arn = r\r\nrole_session_name = work_api\r\n\r\n[q]\r\nrole_arn = r\r\n",
        ["p"],
        id="ends in CRLF where its neighbour does",
    ),
    pytest.param(
        "[p]\r\nrole_arn = r\nregion = x\r\n[q]\nrole_arn = r\r\n",
        "[p]\r\nrole_arn = r\nrole_session_name = work_api\nregion = x\r\n"
        "[q]\nrole_arn = r\r\nrole_session_name = work_api\r\n",
        ["p", "q"],
        id="ends as the line above does in a file of mixed endings",
    ),
    pytest.param(
        "[p]\rrole_arn = r\r\r[q]\rregion = x",
        "[p]\rrole_arn = r\rrole_session_name = work_api\r\r[q]\rregion = x",
        ["p"],
        id="ends in a lone CR where its neighbour does",
    ),
    pytest.param(
        "[p]\nrole_arn = r",
        "[p]\nrole_arn = r\nrole_session_name = work_api",
        ["p"],
        id="leaves the file without a last newline",
    ),
    pytest.param(
        "[p]\r\nregion = x\r\noutput = json\nrole_arn = r",
        "[p]\r\nregion = x\r\noutput = json\nrole_arn = r\r\nrole_session_name = work_api",
        ["p"],
        id="ends a last line that has no newline as most lines do",
    ),
    pytest.param(
        "[p]\nrole_arn = r\n\n\n",
        "[p]\nrole_arn = r\nrole_session_name = work_api\n\n\n",
        ["p"],
        id="stands above trailing blank lines",
    ),
    pytest.param(
        "[p]\nrole_arn = r\n\n# --- team B ---\n# ask Bob\n[q]\nrole_arn = r\n",
        "[p]\nrole_arn = r\nrole_session_name = work_api\n\n# --- team B ---\n# ask Bob\n"
        "[q]\nrole_arn = r\n",
        ["p"],
        id="stands above the comment of the next section",
    ),
    pytest.param(
        "[p]\ns3 =\n  addressing_style = path\n  max_queue_size = 1\nrole_arn = r\n",
        "[p]\ns3 =\n  addressing_style = path\n  max_queue_size = 1\nrole_arn = r\n"
        "role_session_name = work_api\n",
        ["p"],
        id="stands clear of a nested block above",
    ),
    pytest.param(
        "[p]\nregion=x\ns3 =\n  addressing_style = path\n\n  max_queue_size = 1\n\n",
        "[p]\nregion=x\ns3 =\n  addressing_style = path\n\n  max_queue_size = 1\n"
        "role_session_name=work_api\n\n",
        ["p"],
        id="stands below the whole of a nested block with a blank line in it",
    ),
    pytest.param(
        "[p]\ns3 =\n  role_session_name = nested\n",
        "[p]\ns3 =\n  role_session_name = nested\nrole_session_name = work_api\n",
        ["p"],
        id="is not taken for set by a nested block's key of that name",
    ),
    pytest.param(
        "[p]\nrole_arn =\n  r\n# why\n  more\n# after\nregion = x\n",
        "[p]\nrole_arn =\n  r\n# why\n  more\nrole_session_name = work_api\n# after\nregion = x\n",
        ["p"],
        id="stands below all lines of a role_arn that goes over several",
    ),
    pytest.param(
        "[p]\n\trole_arn = r\n\tregion = x\n",
        "[p]\n\trole_arn = r\n\trole_session_name = work_api\n\tregion = x\n",
        ["p"],
        id="is indented by a tab where the settings are",
    ),
    pytest.param(
        "[p]\n    region = x\n  role_arn = r\n  output = json\n",
        "[p]\n    region = x\n  role_arn = r\n  role_session_name = work_api\n  output = json\n",
        ["p"],
        id="is indented as its neighbour is where settings differ",
    ),
    pytest.param(
        "[p]\nrole_arn = r\n  # source_profile = old\n  ; role_session_name = old\nregion = x\n",
        "[p]\nrole_arn = r\nrole_session_name = work_api\n"
        "  # source_profile = old\n  ; role_session_name = old\nregion = x\n",
        ["p"],
        id="is not misled by indented comments that look like settings",
    ),
    pytest.param(
        "[p]\n#role_arn = 1\n#role_arn = 2\nrole_arn = 3\n#role_session_name = a\n"
        "#role_session_name = b\n",
        "[p]\n#role_arn = 1\n#role_arn = 2\nrole_arn = 3\nrole_session_name = work_api\n"
        "#role_session_name = a\n#role_session_name = b\n",
        ["p"],
        id="is not misled by settings commented out twice",
    ),
    pytest.param(
        "# top\n\n[p]\nrole_arn = r # the role; not a comment\n",
        "# top\n\n[p]\nrole_arn = r # the role; not a comment\nrole_session_name = work_api\n",
        ["p"],
        id="takes an inline comment for part of the value, as botocore does",
    ),
    pytest.param(
        "[p]\nrole_arn = a\x0cb\x0bc\x85d\u2028e\nregion = x\n",
        "[p]\nrole_arn = a\x0cb\x0bc\x85d\u2028e\nrole_session_name = work_api\nregion = x\n",
        ["p"],
        id="takes no form feed or Unicode separator for the end of a line",
    ),
    pytest.param(
        "[profile  a]\nrole_arn = r\n[profile\tb] ; note\nrole_arn = r\n"
        '[profile "c d"]\nrole_arn = r\n[e]x]\n  role_arn = r\n',
        "[profile  a]\nrole_arn = r\nrole_session_name = work_api\n"
        "[profile\tb] ; note\nrole_arn = r\nrole_session_name = work_api\n"
        '[profile "c d"]\nrole_arn = r\nrole_session_name = work_api\n'
        "[e]x]\n  role_arn = r\n  role_session_name = work_api\n",
        ["profile  a", "profile\tb", 'profile "c d"', "e]x"],
        id="finds headers as odd as botocore takes them",
    ),
    pytest.param(
        "[default]\nrole_arn = r\n[profile Zürich-東京]\nrole_arn = r\n",
        "[default]\nrole_arn = r\nrole_session_name = work_api\n"
        "[profile Zürich-東京]\nrole_arn = r\nrole_session_name = work_api\n",
        ["profile Zürich-東京", "default"],
        id="goes into the default profile and into names beyond ASCII",
    ),
    pytest.param(
        "[p\udce9]\n# caf\udce9\nrole_arn = r\udcff\n",
        "[p\udce9]\n# caf\udce9\nrole_arn = r\udcff\nrole_session_name = work_api\n",
        ["p\udce9"],
        id="leaves bytes that are not UTF-8 as they are",
    ),
    pytest.param(
        "[DEFAULT]\nrole_session_name = x\n[p]\nrole_arn = r\n[DEFAULT]\nregion = y\n",
        "[DEFAULT]\nrole_session_name = x\n[p]\nrole_arn = r\nrole_session_name = work_api\n"
        "[DEFAULT]\nregion = y\n",
        ["p"],
        id="goes into the section, not into a [DEFAULT] that leaks into all, nor its second part",
    ),
]


@pytest.mark.parametrize(("before", "after", "sections"), INSERTED)
def test_an_inserted_line(before: str, after: str, sections: list[str]) -> None:
    assert edited(before, sections) == after
    assert edited(after, sections) == after


def edited(text: str, sections: list[str]) -> str:
    edits = [NameEdit(section=section, session_name="work_api") for section in sections]
    return edit_session_names(text, edits)
