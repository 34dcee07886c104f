"""A home full of secrets, and a record of everything that a run writes, starts and prints."""

from __future__ import annotations

import functools
import html
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from e2e import Ended, Home, keys, process_output, role_profile, section
from loopback import Gate
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, FakeCredentials, MfaDevice, User

PHONE = MfaDevice(
    serial="arn:aws:iam::111111111111:mfa/phone",
    codes=tuple(f"31415{digit}" for digit in range(10)),
)
KEYRING = MfaDevice(
    serial="arn:aws:iam::111111111111:mfa/keyring",
    codes=tuple(f"16180{digit}" for digit in range(10)),
)
#: in the credentials file, in the config file, in the environment, from a program
FILED, LOOSE, AMBIENT, RUN = (
    User(name=name, policies=(ALLOW_ASSUME_ROLE,), mfa_devices=devices)
    for name, devices in [
        ("filed", (PHONE, KEYRING)),
        ("loose", ()),
        ("ambient", ()),
        ("run", ()),
    ]
)
WORLD = World(users=(*s.STORY.users, FILED, LOOSE, AMBIENT, RUN), roles=s.STORY.roles)
PASSWORD = "hunter2-planted"
SESSION = FakeCredentials(
    access_key_id="ASIAPLANTEDSESSION22",
    secret_access_key="planted+Secret/2wJalrXUtnFEMI/K7MDENGbPx",
    session_token="IQoJplanted//" + "2wJalrXUtnFEMI/K7+" * 12 + "==",
)
TEAM = role_profile("team", s.ADMIN_ROLE.arn, "base") + role_profile(
    "team-open", s.OPEN_ROLE.arn, "base"
)


#: tells what a run starts and what it opens for writing, its children that are Python too
WATCH = """
import os, sys
def watch(event, arguments, log={log!r}):
    if event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.startfile"):
        told = ("start", arguments[:2])
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & 0o103:
        told = ("write", str(arguments[0]))
    else:
        return
    descriptor = os.open(log, 0o2001) if event != "open" or str(arguments[0]) != log else None
    if descriptor is not None:
        os.write(descriptor, (repr(told) + chr(10)).encode("utf-8", "replace"))
        os.close(descriptor)
sys.addaudithook(watch)
"""


#: prints the keys of a file, or the next code
PROGRAM = f"""
import pathlib, sys
file = pathlib.Path(sys.argv[1])
text = file.read_text()
if text.isdigit():
    file.write_text(str(int(text) + 1))
    text = {KEYRING.codes!r}[int(text)]
print(text)
"""

#: issued by STS with a session; only the next call may use it
_ISSUED = re.compile(r"<(SecretAccessKey|SessionToken)>\s*(.*?)\s*</", re.DOTALL)


def code(digit: int) -> list[str]:
    """Return the option with one of the phone's codes: each works once."""
    return ["--mfa-code", PHONE.codes[digit]]


@functools.cache
def bare(text: str) -> str:
    """Return a text without line ends: a table may wrap a secret."""
    return re.sub(r"\n *", "", text)


def shows(text: str, secret: str) -> bool:
    """Return whether a text contains a secret, wrapped or not."""
    if secret.isdigit():  # any longer number may contain a code
        code = re.compile(rf"(?<!\w){secret}(?!\w)")
        return any(map(code.search, (text, bare(text))))
    return secret in bare(text)


@dataclass(kw_only=True)
class Vault:
    """A home with secrets, the places where each may appear, and the files its runs left."""

    home: Home
    log: Path
    gate: Gate
    origins: Mapping[Path, str]
    secrets: dict[str, str]
    said: list[str] = field(default_factory=list)

    def replant(self, config: str | None = None, credentials: str | None = None) -> None:
        """Write the files anew, with any of the secrets in them."""
        self.home.write(config, credentials)
        written = [self.home.config_file] if config is not None else []
        written += [self.home.credentials_file] if credentials is not None else []
        self.origins = {**self.origins, **dict.fromkeys(written, "any")}

    def run(self, *arguments: str, **more: str) -> Ended:
        ended = self.home.with_environment(**more).run(*arguments)
        self.said.append(ended.stdout + ended.stderr)
        return ended

    @property
    def started(self) -> str:
        """The command lines of the runs' children."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return "\n".join(line for line in lines if line.startswith("('start'"))

    @property
    def written(self) -> set[str]:
        """The paths that were opened for writing, except those of this test's own audit hook."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        paths = {line[len("('write', '") : -2] for line in lines if line.startswith("('write'")}
        return paths - {str(self.log)}

    @property
    def issued(self) -> dict[str, str]:
        """The keys and tokens of the sessions that the runs were given."""
        answers = "".join(answer.decode(errors="replace") for answer in self.gate.passed_on)
        found = enumerate(_ISSUED.findall(answers))
        return {f"issued:{number} {name}": html.unescape(text) for number, (name, text) in found}

    def leaks(self) -> list[tuple[str, str]]:
        """Return each secret that appears where it should not, with the place."""
        places = {f"output {number}": text for number, text in enumerate(self.said)}
        places["command lines"] = self.started
        config = self.origins_of("config")
        for path in sorted(self.home.path.rglob("*")):
            if not path.is_file():
                continue
            text = path.read_bytes().decode(errors="replace")
            # secrets in the config file may also be in its backup, and in what an undo needs
            is_kept = path.parent.name == "sync-profiles"
            source = "config" if is_kept else self.origins.get(path)
            if source != "any":
                own = config if source == "config" else self.origins_of(source)
                places[str(path)] = _without(text, own)
        return [
            (name, place)
            for name, secret in {**self.secrets, **self.issued}.items()
            for place, text in places.items()
            if shows(text, secret)
        ]

    def origins_of(self, source: str | None) -> list[str]:
        """Return the secrets that were planted in a file."""
        return [self.secrets[name] for name in self.secrets if name.split(":")[0] == source]


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, "")
    return text


@pytest.fixture
def vault(bare_home: Home, tmp_path: Path) -> Iterator[Vault]:
    """Yield a home with secrets wherever a laptop has them; a gate is before its AWS."""
    log, program = tmp_path / "watched" / "log", tmp_path / "program.py"
    with Sandbox(WORLD) as sandbox, Gate(sandbox.endpoint_url) as gate:
        yield _fill(bare_home, log, program, gate)


def _fill(home: Home, log: Path, program: Path, gate: Gate) -> Vault:
    log.parent.mkdir()
    log.with_name("sitecustomize.py").write_text(WATCH.format(log=str(log)), encoding="utf-8")
    log.touch()
    program.write_text(PROGRAM, encoding="utf-8")
    hidden, counter = home.path / "hidden.json", home.path / "counter"
    counter.write_text("0", encoding="utf-8")
    hidden.write_text(process_output(RUN.credentials), encoding="utf-8")
    run = f"{sys.executable} {program}"
    ambient = {"role_arn": s.ADMIN_ROLE.arn, "credential_source": "Environment"}
    config = [
        role_profile("plain", s.ADMIN_ROLE.arn, "keys", role_session_name="alice"),
        role_profile("asked", s.MFA_ROLE.arn, "keys", mfa_serial=PHONE.serial),
        role_profile(
            "unasked",
            s.MFA_ROLE.arn,
            "keys",
            mfa_serial=KEYRING.serial,
            mfa_process=f"{run} {counter}",
        ),
        role_profile("from-config", s.ADMIN_ROLE.arn, "loose"),
        role_profile("from-program", s.ADMIN_ROLE.arn, "program"),
        section("profile from-environment", ambient | {"region": "us-east-1"}),
        section("profile loose", LOOSE.credentials.settings()),
        section("profile program", {"credential_process": f"{run} {hidden} --password {PASSWORD}"}),
    ]
    made = home.with_environment(
        AWS_ENDPOINT_URL=gate.url,
        AWS_ACCESS_KEY_ID=AMBIENT.credentials.access_key_id,
        AWS_SECRET_ACCESS_KEY=AMBIENT.credentials.secret_access_key,
        PYTHONDONTWRITEBYTECODE="1",
        PYTHONPATH=str(log.parent),
        TMPDIR=str(home.path),
    ).write("".join(config), keys("keys", FILED.credentials) + keys("unused", SESSION))
    return Vault(
        home=made,
        log=log,
        gate=gate,
        origins={
            made.config_file: "config",
            made.credentials_file: "credentials",
            hidden: "program",
        },
        secrets={
            "credentials:key": FILED.credentials.secret_access_key,
            "credentials:session key": SESSION.secret_access_key,
            "credentials:session token": SESSION.session_token or "",
            "config:key": LOOSE.credentials.secret_access_key,
            "config:password": PASSWORD,
            "environment:key": AMBIENT.credentials.secret_access_key,
            "program:key": RUN.credentials.secret_access_key,
            **{f"typed:{code}": code for code in (*PHONE.codes, *KEYRING.codes)},
        },
    )
