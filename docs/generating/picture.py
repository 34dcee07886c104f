"""Draw the picture of the README: a real run against the embedded AWS, exported by rich.

Only the place of the home directory is set, so that the same run always gives the same picture.
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from sync_profiles.demo import CONFIG, REGION
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.model import FileKind
from sync_profiles.report import Report
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox.story import STORY, WORK_API
from sync_profiles.survey import AwsAccess, SurveyRequest
from sync_profiles.sync import sync
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_table import print_view
from sync_profiles.terminal.report_view import view_sync
from sync_profiles.terminal.screen import Screen

#: narrow, so that the text is large enough on a phone too
WIDTH = 71
#: GitHub's own dark colors, whose contrast is high
THEME = TerminalTheme(
    background=(22, 27, 34),
    foreground=(230, 237, 243),
    normal=[
        *((72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34)),
        *((88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196)),
    ],
)
HOME = Path("/home/work_api")


def draw() -> str:
    """Run the sync of the story and return its screen as SVG."""
    with _variables({"HOME": str(HOME), "USERPROFILE": str(HOME)}):
        console = Console(
            record=True,
            width=WIDTH,
            file=io.TextIOWrapper(io.BytesIO(), encoding="utf-8"),
            force_terminal=True,
            color_system="truecolor",
            highlight=False,
        )
        console.print(Text("$ sync-profiles", style="bold green"))
        print_view(Screen(console), view_sync(_run(), Options()))
        return console.export_svg(title="sync-profiles", theme=THEME, unique_id="sync-profiles")


def _run() -> Report:
    with Sandbox(STORY) as sandbox, tempfile.TemporaryDirectory() as room:
        directory = Path(room)
        paths = {kind: directory / kind for kind in FileKind}
        paths[FileKind.CONFIG].write_text(CONFIG, encoding="utf-8")
        keys = WORK_API.credentials.settings().items()
        paths[FileKind.CREDENTIALS].write_text(
            "[default]\n" + "".join(f"{key} = {value}\n" for key, value in keys), encoding="utf-8"
        )
        aws = {"AWS_ENDPOINT_URL": sandbox.endpoint_url, "AWS_EC2_METADATA_DISABLED": "true"}
        with _variables(aws):
            access = AwsAccess(environ={"AWS_DEFAULT_REGION": REGION}, jobs=4)
            report = sync(ConfigFiles(paths=paths), SurveyRequest(), access)
    there = HOME / ".aws"
    return replace(
        report,
        paths={kind: there / kind for kind in FileKind},
        written=tuple(replace(file, path=there / file.path.name) for file in report.written),
    )


@contextmanager
def _variables(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
