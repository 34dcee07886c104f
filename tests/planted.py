"""A home full of secrets, and a record of everything that a run writes, starts and prints."""

from __future__ import annotations

import functools
import html
import json
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from e2e import Ended, Home, keys, role_profile, section
from sync_profiles.config.known_keys import BLOCK_KEYS, OTHER_TOOLS_KEYS, PROFILE_KEYS
from sync_profiles.config.profiles import CLIENT_SETTINGS
from sync_profiles.redaction import names_secret
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.fake_keys import Credentials
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, MfaDevice, User, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from loopback import Gate

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
SESSION = Credentials(
    access_key_id="ASIAPLANTEDSESSION22",
    secret_access_key="planted+Secret/2wJalrXUtnFEMI/K7MDENGbPx",
    session_token="IQoJplanted//" + "2wJalrXUtnFEMI/K7+" * 12 + "==",
)
TEAM = role_profile("team", s.ADMIN_ROLE.arn, "base") + role_profile(
    "team-open", s.OPEN_ROLE.arn, "base"
)

#: a secret in each place of an address that may hold one; nothing listens at this port
ADDRESS = "https://{0}:{1}@127.0.0.1:9/x/{2}/y;{3}?k={4}&{5}#a={6}"
#: one that a team's file may have, which is refused for a password before a host
TEAM_ADDRESS = "https://127.0.0.1:9/x/{0}/y;{1}?k={2}&{3}#a={4}"
#: settings of ours and of other tools with a command line, whose arguments are secrets
PROGRAMS = {
    "credential_process": "/opt/helper --password {0} {1}",
    "mfa_process": '"/opt/my helper" --totp -b {0}',
    "cli_pager": "less\t--key={0}",
    "web_identity_token_process": "get-token {0}",
    "pre_command": "https_proxy={0} log-in",
}
#: settings that have the name of a secret
NAMED_SECRET = (
    *("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"),
    *("pwd", "password", "okta_passwd", "token", "secret", "api_key", "apikey", "pin", "otp_seed"),
    *("client_secret", "x_security_token_expires", "azure_default_password", "passphrase", "totp"),
)
#: settings that change nothing for the AWS CLI
OTHERS = (
    *OTHER_TOOLS_KEYS.difference(PROGRAMS, NAMED_SECRET),
    *("okta_url", "note", "proxy", "saml_idp", "google_config_sp_id", "http_proxy"),
)
#: settings of the AWS CLI that have no command line, no secret's name and no block below them
KNOWN = sorted(
    (PROFILE_KEYS | CLIENT_SETTINGS | {"credential_source", "ec2_metadata_service_endpoint"})
    - {*PROGRAMS, *NAMED_SECRET, *BLOCK_KEYS, "role_session_name"}
)
#: how a value is misread, and settings that each is tried with: what is wrong is said without it
MISREAD = (
    *('"{}"', "{} # why", "{} [profile x]", "{}\n  further = 1", "{}\n  [profile x]"),
    *("{}\u200b", "\n  url = {}"),
)
READ = ("endpoint_url", "output", "source_profile", "region")


@dataclass(kw_only=True)
class Planter:
    """Makes secrets, and remembers where each is planted."""

    place: str
    secrets: dict[str, str] = field(default_factory=dict)

    def plant(self, what: str, text: str) -> str:
        """Return a text in which each field is a new secret."""
        made = []
        for number in range(text.count("{")):
            made.append(f"pLn{len(self.secrets):04}Zq7Xr2Vb9Lm4Tk8")
            self.secrets[f"{self.place}:{what} {number}"] = made[-1]
        return text.format(*made)

    def other_settings(
        self, *, but: Callable[[str], bool] | None = None, address: str = ADDRESS
    ) -> dict[str, str]:
        """Return settings, with secrets, that the AWS CLI does not need for a role."""
        named = [key for key in NAMED_SECRET if but is None or not but(key)]
        texts = {**PROGRAMS, **dict.fromkeys(named, "{0}"), **dict.fromkeys(OTHERS, address)}
        return {key: self.plant(key, text) for key, text in texts.items()}

    def team_file(self, role_arn: str, source: str) -> str:
        """Return a team's file with secrets in all settings that one may have."""
        own = {key: self.plant(key, TEAM_ADDRESS) for key in KNOWN}
        sections = [
            _profile(
                "others",
                role_arn,
                source,
                self.other_settings(but=names_secret, address=TEAM_ADDRESS),
            )
        ]
        sections += [
            _profile(f"p-{key}", role_arn, source, {key: value})
            for key, value in own.items()
            if key not in {"role_arn", "source_profile"}
        ]
        return "".join(sections)

    def profiles(self, role_arn: str, source: str) -> Iterator[str]:
        """Yield sections of profiles that have secrets in all settings."""
        for key in KNOWN:
            yield _profile(f"p-{key}", role_arn, source, {key: self.plant(key, ADDRESS)})
        for number, form in enumerate(MISREAD):
            for key in (READ[number % len(READ)], "mfa_process"):
                text = form.replace("{}", PROGRAMS.get(key, ADDRESS))
                setting = {key: self.plant(f"{key} misread {number}", text)}
                yield _profile(f"m-{number}-{key}", role_arn, source, setting)
        endpoint = self.plant("services", ADDRESS)
        yield role_profile("p-service", role_arn, source, services="planted")
        yield f"[services planted]\nsts =\n  endpoint_url = {endpoint}\n"
        yield section("sso-session planted", {"sso_start_url": self.plant("sso", ADDRESS)})
        yield "# " + self.plant("comment", ADDRESS) + "\n"


def _profile(name: str, arn: str, source: str, more: Mapping[str, str]) -> str:
    usual = {"role_arn": arn, "source_profile": source, "region": "us-east-1"}
    return section(f"profile {name}", {**usual, **more})


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
        """Run the command and keep its output."""
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


def plant(home: Home, log: Path, program: Path, *, gate: Gate) -> Vault:
    """Write secrets wherever a laptop has them; return the home that has them all.

    Its AWS is behind the gate.
    """
    hidden, counter = home.path / "hidden.json", home.path / "counter"
    counter.write_text("0", encoding="utf-8")
    given = RUN.credentials
    output = {
        "Version": 1,
        "AccessKeyId": given.access_key_id,
        "SecretAccessKey": given.secret_access_key,
    }
    hidden.write_text(json.dumps(output), encoding="utf-8")
    phone, keyring = {"mfa_serial": PHONE.serial}, {"mfa_serial": KEYRING.serial}
    config = [
        role_profile("plain", s.ADMIN_ROLE.arn, "keys", role_session_name="alice"),
        role_profile("asked", s.MFA_ROLE.arn, "keys", **phone),
        role_profile(
            "unasked",
            s.MFA_ROLE.arn,
            "keys",
            **keyring,
            mfa_process=f"{sys.executable} {program} {counter}",
        ),
        role_profile("from-config", s.ADMIN_ROLE.arn, "loose"),
        role_profile("from-program", s.ADMIN_ROLE.arn, "program"),
        section(
            "profile from-environment",
            {
                "role_arn": s.ADMIN_ROLE.arn,
                "credential_source": "Environment",
                "region": "us-east-1",
            },
        ),
        section("profile loose", LOOSE.credentials.settings()),
        section(
            "profile program",
            {"credential_process": f"{sys.executable} {program} {hidden} --password {PASSWORD}"},
        ),
    ]
    program.write_text(PROGRAM, encoding="utf-8")
    environment = {
        "AWS_ENDPOINT_URL": gate.url,
        "AWS_ACCESS_KEY_ID": AMBIENT.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": AMBIENT.credentials.secret_access_key,
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(log.parent),
        "TMPDIR": str(home.path),
    }
    (log.parent / "sitecustomize.py").write_text(WATCH.format(log=str(log)), encoding="utf-8")
    log.touch()
    made = home.with_environment(**environment).write(
        "".join(config), keys("keys", FILED.credentials) + keys("unused", SESSION)
    )
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
