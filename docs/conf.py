"""The settings of the documentation's site: `make docs` builds it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sync_profiles import __version__

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
# what a command prints may have an apostrophe, which a shell does not end a line in
suppress_warnings = ["misc.highlighting_failure"]
# under the address that is its `$id`
html_extra_path = ["reference/sync-profiles.schema.json"]
# `[Contributing](source:CONTRIBUTING.md)` leads to that file in the repository
myst_url_schemes = {
    "http": None,
    "https": None,
    "source": f"{URLS['Source']}/blob/main/{{{{path}}}}",
}
myst_heading_anchors = 3
copybutton_prompt_text = "$ "

html_theme = "furo"
html_title = f"sync-profiles {release}"
html_baseurl = f"{URLS['Documentation']}/"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "source_repository": URLS["Source"],
    "source_branch": "main",
    "source_directory": "docs/",
}
