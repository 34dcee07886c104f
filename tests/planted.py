"""Secrets planted in every setting of a config file or a team's file, each known by its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from e2e import role_profile, section
from sync_profiles.known_keys import (
    BLOCK_KEYS,
    CLIENT_SETTINGS,
    ONE_LINE_KEYS,
    OTHER_TOOLS_KEYS,
    PROFILE_KEYS,
)
from sync_profiles.redaction import names_secret

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
    *("ldap_pw", "passcode", "creds", "my.bearer"),  # by no list of names
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
#: a secret key on the line of another setting: the line break was lost
GLUED = ("{}aws_secret_access_key = {{0}}", "{} aws_secret_access_key={{0}}", "{} secret: {{0}}")


@dataclass(kw_only=True)
class Planter:
    """Makes secrets, and remembers where each is planted."""

    secrets: dict[str, str] = field(default_factory=dict)

    def plant(self, what: str, text: str) -> str:
        """Return a text in which each field is a new secret."""
        made = []
        for number in range(text.count("{")):
            made.append(f"pLn{len(self.secrets):04}Zq7Xr2Vb9Lm4Tk8")
            self.secrets[f"config:{what} {number}"] = made[-1]
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
        others = self.other_settings(but=names_secret, address=TEAM_ADDRESS)
        own = {key: {key: self.plant(key, TEAM_ADDRESS)} for key in KNOWN}
        del own["role_arn"], own["source_profile"]
        settings = {"others": others} | {f"p-{key}": own[key] for key in own}
        return "".join(_profile(name, role_arn, source, settings[name]) for name in settings)

    def profiles(self, role_arn: str, source: str) -> Iterator[str]:
        """Yield sections of profiles that have secrets in all settings."""
        for key in KNOWN:
            yield _profile(f"p-{key}", role_arn, source, {key: self.plant(key, ADDRESS)})
        for number, form in enumerate(MISREAD):
            for key in (READ[number % len(READ)], "mfa_process"):
                text = form.replace("{}", PROGRAMS.get(key, ADDRESS))
                setting = {key: self.plant(f"{key} misread {number}", text)}
                yield _profile(f"m-{number}-{key}", role_arn, source, setting)
        for number, key in enumerate(sorted(ONE_LINE_KEYS)):
            value = {"role_arn": role_arn, "source_profile": source}.get(key, "us-east-1")
            text = GLUED[number % len(GLUED)].replace("{}", value, 1).replace("{{0}}", "{0}/{1}")
            yield _profile(f"g-{key}", role_arn, source, {key: self.plant(f"{key} glued", text)})
            below = self.plant(f"{key} below", f"{value}\n  aws_secret_access_key = {{0}}/{{1}}")
            yield _profile(f"b-{key}", role_arn, source, {key: below})
        endpoint = self.plant("services", ADDRESS)
        yield role_profile("p-service", role_arn, source, services="planted")
        yield f"[services planted]\nsts =\n  endpoint_url = {endpoint}\n"
        yield section("sso-session planted", {"sso_start_url": self.plant("sso", ADDRESS)})
        yield "# " + self.plant("comment", ADDRESS) + "\n"


def _profile(name: str, arn: str, source: str, more: Mapping[str, str]) -> str:
    usual = {"role_arn": arn, "source_profile": source, "region": "us-east-1"}
    return section(f"profile {name}", {**usual, **more})
