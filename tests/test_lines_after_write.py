"""After a write, every line that a report names is that line of the file as it is now.

What a sync prints then is in `data/screens`, and what an import prints in its stories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from e2e import keys, role_profile
from fake_sts import DENIED, FakeSts
from sync_profiles.aws.switching import Switcher
from sync_profiles.config.profiles import ParsedTexts, parse_texts_if_any
from sync_profiles.disk.config_file import read_file
from sync_profiles.model import BrokenChain, Chain, FileKind
from sync_profiles.planning.decision import SyncOptions, Verdict, WriteMode
from sync_profiles.report import Report
from sync_profiles.sandbox import story as s
from sync_profiles.selection import roles_below
from sync_profiles.survey import AwsAccess, SurveyRequest, surveyor_for
from sync_profiles.sync import plan_sync

NO_ROLE = "arn:aws:iam::222222222222:role/no-such-role"
#: names are written above all that is wrong, and between
SECTIONS = (
    role_profile("first", s.ADMIN_ROLE.arn, "keys"),
    role_profile("second", s.EQUALS_ROLE.arn, "keys", role_session_name="alice"),
    role_profile("refused", NO_ROLE, "keys", external_id="x"),
    role_profile("broken", s.ADMIN_ROLE.arn, "nobody"),
    role_profile("quoted", s.ADMIN_ROLE.arn, '"keys"'),
    role_profile("stopped", s.ADMIN_ROLE.arn, "keys", output="jsn"),
    role_profile("hidden", s.ADMIN_ROLE.arn, "lost"),
    f"[lost]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\n",
    role_profile("loop", s.ADMIN_ROLE.arn, "loop"),
    role_profile("last", s.STRANGERS_ROLE.arn, "keys", role_session_name="alice"),
)
CREDENTIALS = (
    keys("keys", s.WORK_API.credentials)
    + f"[there]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\n"
    + f"[below]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = none\n"
)
REFUSED = {NO_ROLE: DENIED, s.STRANGERS_ROLE.arn: DENIED}


def parsed(texts: dict[FileKind, str]) -> ParsedTexts:
    """Return texts as if they had been read from files."""
    files = {
        kind: replace(read_file(Path(kind), kind=kind), text=text, data=text.encode(), exists=True)
        for kind, text in texts.items()
    }
    return parse_texts_if_any(files)


def said(report: Report) -> list[tuple[object, ...]]:
    """Return all that a report says about profiles and files, but what it does."""
    found: list[tuple[object, ...]] = [
        (row.decision.profile.place, row.explanation.message, row.explanation.hint)
        for row in report.rows
        if row.decision.verdict is not Verdict.ACCEPTED
    ]
    return [*found, *((each.place, each.message, each.hint) for each in report.all_problems)]


class RefusingAws(AwsAccess):
    """An AWS that refuses the roles of `REFUSED`."""

    def switcher(
        self, texts: ParsedTexts, chains: Mapping[str, Chain | BrokenChain] = MappingProxyType({})
    ) -> Switcher:
        return Switcher(
            aws=FakeSts(refuse=lambda switch, _: REFUSED.get(switch.role_arn)),
            codes=self.codes(texts.profiles),
            children=roles_below(texts.profiles.by_name, chains),
            jobs=self.jobs,
        )


@settings(max_examples=40)
@given(sections=st.lists(st.sampled_from(SECTIONS), unique=True, min_size=2), ends=st.booleans())
def test_any_report_after_a_write_is_that_of_the_new_files(
    *, sections: list[str], ends: bool
) -> None:
    access = RefusingAws(environ={}, jobs=1)
    request = SurveyRequest(options=SyncOptions(mode=WriteMode.WRITE, session_name="me"))
    config = "\n# x\n".join(sections)
    texts = {
        FileKind.CONFIG: config if ends else config.rstrip("\n"),
        FileKind.CREDENTIALS: CREDENTIALS,
    }
    planned = plan_sync(surveyor_for(parsed(texts), request, access))
    after = planned.report_after(WriteMode.WRITE)
    texts |= {edit.kind: edit.after.text for edit in planned.report.edits}
    again = plan_sync(surveyor_for(parsed(texts), request, access))
    assert (len(planned.report.edits) > 0, again.report.edits) == (True, ())
    assert said(after) == said(again.report) != []
