"""The settings of the documentation's site: `make docs` builds it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygments.lexer import RegexLexer  # type: ignore[import-untyped] # it has no types
from pygments.token import Generic, Text  # type: ignore[import-untyped] # as above

from sync_profiles import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

URLS = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]["urls"]

project = "sync-profiles"
author = "The sync-profiles developers"
project_copyright = author
release = version = __version__
language = "en"

extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
suppress_warnings: list[str] = []
if tags.has("manual"):  # type: ignore[name-defined] # noqa: F821 - Sphinx defines it
    # the page repeats parts of the reference, with links that lead on from there
    suppress_warnings.append("myst.xref_missing")
else:
    exclude_patterns.append("manual.md")
# under the address that is its `$id`
html_extra_path = ["reference/sync-profiles.schema.json"]
# `[Contributing](source:CONTRIBUTING.md)` leads to that file in the repository
myst_url_schemes = {
    "http": None,
    "https": None,
    "source": f"{URLS['Source']}/blob/main/{{{{path}}}}",
}
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
copybutton_prompt_text = "$ "

man_pages = [
    ("manual", "sync-profiles", "write and prove the session names of AWS profiles", author, 1)
]
# the page changes with the program alone
today = release

html_theme = "furo"
html_title = f"sync-profiles {release}"
html_baseurl = f"{URLS['Documentation']}/"
html_show_sphinx = False
html_copy_source = False
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_theme_options = {
    "source_repository": URLS["Source"],
    "source_branch": "main",
    "source_directory": "docs/",
}


class Console(RegexLexer):  # type: ignore[misc] # as above
    """Commands behind `$ `, and what they print, which is not a shell's language."""

    name = "Console"
    tokens = {"root": [(r"^(\$ )(?:.*\\\n)*.*\n", Generic.Prompt), (r".*\n", Text)]}  # noqa: RUF012 - as Pygments has it


def _name_language(_: Sphinx, page: str, __: str, context: dict[str, Any], ___: object) -> None:
    context["language"] = "ja" if page.startswith("ja/") else language


def setup(app: Sphinx) -> None:
    """Add what the settings above cannot say."""
    app.add_lexer("console", Console)
    app.connect("html-page-context", _name_language)
