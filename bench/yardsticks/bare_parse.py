"""botocore's parse of the two files, and ConfigUpdater's parse of the config file."""

from __future__ import annotations

import os
from pathlib import Path

import botocore.session
from configupdater import ConfigUpdater

if __name__ == "__main__":
    botocore.session.Session().full_config  # noqa: B018 - reading the property parses the files
    ConfigUpdater().read(Path(os.environ["HOME"]) / ".aws" / "config", encoding="utf-8")
