"""The demo on a simulated AWS: a refused profile, the sync, a proved reason, the role's users.

It runs in a temporary home directory against the sandbox; the user's own files, keys and settings
are neither read nor written.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sync_profiles.errors import RunError
from sync_profiles.programs import Program, find_program
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.history import PastSwitch, record_history
from sync_profiles.sandbox.story import ADMIN_ROLE, STORY, WORK_API
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, ALLOW_LOOKUP_EVENTS, User
from sync_profiles.text import shell_line

if TYPE_CHECKING:
    from sync_profiles.terminal.screen import Screen

REGION = "us-east-1"
#: for one command of the demo
SECONDS = 120.0
# with -P, Python imports nothing from the current directory
_PYTHON = (sys.executable, "-P")
_ROLES = "arn:aws:iam::222222222222:role"
# may look up events in the users' account too, which alone has the user names
_USER = replace(WORK_API, policies=(ALLOW_ASSUME_ROLE, ALLOW_LOOKUP_EVENTS))
_COLLEAGUE = User(name="jdoe", policies=(ALLOW_ASSUME_ROLE,))
_WORLD = replace(STORY, users=(_USER, _COLLEAGUE))
HISTORY = [
    PastSwitch(
        caller=_COLLEAGUE,
        role=ADMIN_ROLE,
        session_name=_COLLEAGUE.name,
        ago=timedelta(hours=hours),
        source_ip="198.51.100.7",
    )
    for hours in (3, 27)
]
# what a program needs to find its parts, to write its temporary files and to show text
_KEPT = re.compile(
    r"PATH|TMPDIR|TEMP|TMP|TZ|USER|LOGNAME|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|COLUMNS|LANG(UAGE)?"
    r"|LC_\w+|PYTHON\w+|(LD|DYLD)_LIBRARY_PATH|PATHEXT|COMSPEC|SYSTEMROOT|SYSTEMDRIVE|WINDIR",
    re.IGNORECASE,
)
_PROMPT = "(demo) $ "
#: what shells read last: the system's own files set a prompt, too
_SHELL_FILES = {
    ".bashrc": f"PS1='{_PROMPT}'\n",
    ".zshrc": f"PS1='{_PROMPT}'\n",
    ".config/fish/config.fish": f"function fish_prompt; echo -n '{_PROMPT}'; end\n",
    # fish 3, and 4, make and fill these directories in the background, even when they have ended
    ".local/share/fish/generated_completions/none.fish": "",
    ".cache/fish/generated_completions/none.fish": "",
}
_DETAILS = "the calls, the trust policy, the settings, a letter to the administrator"

CONFIG = f"""\
# what the team handed over
[profile admin]
role_arn={_ROLES}/admin_role
source_profile=default

# copied from a colleague, with the colleague's name
[profile audit]
role_arn = {_ROLES}/equals_role
source_profile = default
role_session_name = jdoe

# its role requires another name: deploy-…
[profile deploy]
role_arn = {_ROLES}/deploy_role
source_profile = default
role_session_name = deploy-42

# from an old list of roles
[profile partner]
role_arn = {_ROLES}/strangers_role
source_profile = default
"""


NEXT = """\
sync-profiles check          shows which of them AWS rejects; changes nothing
sync-profiles --ask          shows the names that it would write, then asks
sync-profiles import SOURCE  imports your team's profiles under your name
"""


@contextmanager
def prepared_demo(screen: Screen) -> Iterator[Demo]:
    """Yield the demo with its home and its simulated AWS, which are gone afterwards."""
    trail = Trail()
    record_history(trail, HISTORY, now=datetime.now(UTC))
    with (
        Sandbox(_WORLD, trail=trail) as sandbox,
        # a program that the shell has left in the background may still write there
        tempfile.TemporaryDirectory(
            prefix="sync-profiles-demo-", ignore_cleanup_errors=True
        ) as room,
    ):
        demo = Demo(screen=screen, home=Path(room), endpoint_url=sandbox.endpoint_url)
        demo.write_files()
        yield demo


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The demo in its home, as a story or for the user's own commands."""

    screen: Screen
    home: Path
    endpoint_url: str

    def play(self) -> None:
        """Run the demo; raise `RunError` if it does not end as it should.

        The AWS CLI makes the calls if it is installed, boto3 otherwise.
        """
        if find_program("aws") is None:
            self._say("The AWS CLI is not installed here: boto3 makes its calls.")
        self._say(f"{WORK_API.arn} has these profiles in ~/.aws/config:")
        self._show(CONFIG)

        self._say("The role requires the user's name as session name; the profile has none:")
        refused = self._aws("sts", "get-caller-identity", "--profile", "admin")
        self._show(refused.stderr)
        _expect(refused.returncode != 0, "the profile works without a name")

        self._say("The sync writes the names and tests each profile:")
        # 1 because one profile is rejected, as it should be
        self._show(self._sync_profiles(exit_code=1))

        self._say("The same command again:")
        accepted = self._aws("sts", "get-caller-identity", "--profile", "admin")
        self._show(accepted.stdout or accepted.stderr)
        _expect(accepted.returncode == 0, "the profile is still refused after the sync")

        listed = self._aws("ec2", "describe-instances", "--profile", "admin")
        _expect(listed.returncode == 0, f"the role cannot be used: {listed.stderr.strip()}")
        self._show(_instances(listed.stdout))

        self._say("AWS refuses `partner` and gives no reason; `explain` finds it:")
        explained = self._sync_profiles("explain", "partner", exit_code=1)
        verdict, _, details = explained.partition("\n\n")
        self._show(verdict)
        self.screen.line(f"({len(details.splitlines())} more lines: {_DETAILS})")
        _expect("333333333333" in verdict, "`explain` has not found the account that is trusted")

        self._say("CloudTrail in the role's account names the people who used it:")
        users = self._sync_profiles("who", "admin", exit_code=0)
        self._show(users)
        _expect(f"{WORK_API.name} " in users, "the name is not in CloudTrail")

        self._say("Next, with your own profiles:")
        for line in NEXT.splitlines():
            self.screen.line(line)

    def open_shell(self) -> None:
        """Run the user's shell in the home of the demo, until the user leaves it."""
        self._say(
            "A shell on a simulated AWS; `exit` leaves it. Start with `sync-profiles check`. "
            "Your profiles:"
        )
        self._show(CONFIG)
        environment = self._environment()
        for name, text in _SHELL_FILES.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        # `sync-profiles` itself may be in a virtual environment that is not on PATH
        places = (str(Path(sys.executable).parent), environment.get("PATH", os.defpath))
        shell = find_program(os.environ.get("COMSPEC" if sys.platform == "win32" else "SHELL", ""))
        Program(
            [shell or "/bin/sh"],
            seconds=math.inf,
            may_ask=True,
            env=environment | {"PATH": os.pathsep.join(places), "PS1": _PROMPT},
            cwd=self.home,
            stdout=None,
            stderr=None,
        ).communicate()

    def write_files(self) -> None:
        """Write the config file and the credentials."""
        directory = self.home / ".aws"
        directory.mkdir(mode=0o700)
        (directory / "config").write_text(CONFIG, encoding="utf-8")
        keys = "".join(
            f"{key} = {value}\n" for key, value in WORK_API.credentials.settings().items()
        )
        credentials = directory / "credentials"
        credentials.touch(mode=0o600)
        credentials.write_text(f"[default]\n{keys}", encoding="utf-8")

    def _say(self, text: str) -> None:
        self.screen.gap()
        self.screen.line(text, style="bold")

    def _name_command(self, *words: str) -> None:
        self.screen.unbroken((f"$ {shell_line(words)}", "green"))

    def _show(self, text: str) -> None:
        """Show a text, such as a command's output, unchanged."""
        self.screen.console.file.write(text.strip("\n") + "\n")
        self.screen.console.file.flush()

    def _sync_profiles(self, *words: str, exit_code: int) -> str:
        self._name_command("sync-profiles", *words)
        finished = self._run([*_PYTHON, "-m", "sync_profiles", *words], width=True)
        _expect(
            finished.returncode == exit_code,
            f"sync-profiles ended with exit code {finished.returncode}",
        )
        return finished.stdout + finished.stderr

    def _aws(self, *words: str) -> subprocess.CompletedProcess[str]:
        self._name_command("aws", *words)
        aws = find_program("aws")
        client = [aws] if aws else [*_PYTHON, "-m", "sync_profiles.sandbox.aws_cli"]
        return self._run([*client, *words])

    def _run(
        self, command: Sequence[str], *, width: bool = False
    ) -> subprocess.CompletedProcess[str]:
        environment = self._environment()
        if width and sys.stdout.isatty():
            environment["COLUMNS"] = str(shutil.get_terminal_size().columns)
            if "NO_COLOR" not in environment:
                environment["FORCE_COLOR"] = "1"
        # in a directory of its own: what is in the current one must not run
        program = Program(
            command,
            seconds=SECONDS,
            env=environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
        )
        try:
            outputs = [output.decode("utf-8", "replace") for output in program.communicate()]
        except subprocess.TimeoutExpired:
            raise RunError(
                f"the demo failed: `{command[0]}` gave no answer in {SECONDS:.0f} seconds",
                hint="please report it",
            ) from None
        stdout, stderr = (text.replace("\r\n", "\n") for text in outputs)  # as Windows ends lines
        return subprocess.CompletedProcess(command, program.returncode, stdout, stderr)

    def _environment(self) -> dict[str, str]:
        """Return what programs need of the user's environment, and the simulated AWS.

        Nothing else comes in: a file that a shell reads at its start, by a variable such as `ENV`
        or `ZDOTDIR`, may set `AWS_CONFIG_FILE`, and lead to the user's own files.
        """
        kept = {name: value for name, value in os.environ.items() if _KEPT.fullmatch(name)}
        return kept | {
            "HOME": str(self.home),
            "USERPROFILE": str(self.home),
            "PYTHONIOENCODING": "utf-8",
            # where `pip install --user` puts packages, which is below the home directory otherwise
            "PYTHONUSERBASE": site.getuserbase(),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_PAGER": "",
        }


def _instances(text: str) -> str:
    reservations = json.loads(text)["Reservations"]
    lines = [
        f"{instance['InstanceId']}  {instance['InstanceType']}  {instance['State']['Name']}"
        for reservation in reservations
        for instance in reservation["Instances"]
    ]
    return "\n".join([f"({len(text.splitlines())} lines of JSON, in short)", *lines])


def _expect(held: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not held:
        raise RunError(f"the demo failed: {otherwise}", hint="please report it")
