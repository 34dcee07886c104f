"""The texts of the variants: causes with a different message or next step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync_profiles.explain import texts_mfa, texts_network, texts_program, texts_setup, texts_source
from sync_profiles.explain.case import Text
from sync_profiles.outcomes import Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantTexts:
    """Texts that replace those of the cause; None keeps the cause's."""

    message: Text | None = None
    hint: Text | None = None


#: another profile with this device may have the setting
_RUN_MFA_PROCESS = (
    "run by hand the command of {at_fault[mfa_process]}: it must print only the code, and end"
)

VARIANTS: Mapping[Variant, VariantTexts] = {
    Variant.CODE_NOT_GIVEN: VariantTexts(
        message="an MFA code of {device} is needed, and none was given",
        hint="run again and enter the code",
    ),
    Variant.CODE_USED: VariantTexts(
        message="a different MFA code, of {device}, is needed: the one from `--mfa-code` was used "
        "for another device",
        hint="run the command on a terminal, where it asks for each device's code, or run it once "
        "for each device, with `--profile` and `--mfa-code CODE`",
    ),
    Variant.CODE_SENT_WITH_ANOTHER: VariantTexts(
        message="a fresh MFA code of {device} is needed: GetSessionToken is refused, so each code "
        "works for one test only, and this one is used up",
        hint=texts_mfa.use_next_code,
    ),
    Variant.MFA_OF_A_SESSION: VariantTexts(
        message="the session of another role makes this call, and only an IAM user's access key "
        "can present an MFA code",
        hint=texts_mfa.remove_device_in_chain,
    ),
    Variant.MFA_PROCESS: VariantTexts(
        message="`mfa_process` gave no MFA code{said}",
        hint=_RUN_MFA_PROCESS,
    ),
    Variant.MFA_PROGRAM_MISSING: VariantTexts(
        message="`mfa_process` gave no MFA code{said}",
        hint=texts_program.correct_program_of_mfa,
    ),
    Variant.MFA_PROGRAM_NOT_EXECUTABLE: VariantTexts(
        message="`mfa_process` gave no MFA code{said}",
        hint="make that program executable (`chmod +x`), or correct {at_fault[mfa_process]}",
    ),
    Variant.MFA_PROCESS_SILENT: VariantTexts(
        message="`mfa_process` did not end{said}",
        hint=_RUN_MFA_PROCESS,
    ),
    Variant.MFA_PROCESS_NOT_RUN: VariantTexts(
        message="`mfa_process` was not run{said}",
        hint="another profile's `mfa_process` does not end: correct it, or select this profile "
        "alone with `--profile`",
    ),
    Variant.NO_PROGRAM: VariantTexts(hint=texts_program.correct_program),
    Variant.NOT_EXECUTABLE: VariantTexts(
        hint="make the program of {at_source[credential_process]} executable (`chmod +x`), or "
        "correct its path; a script must begin with a line such as `#!/bin/sh`"
    ),
    Variant.SWALLOWED_LINE: VariantTexts(
        message=texts_setup.swallowed_line,
        hint="start each setting on a line of its own, without spaces before it",
    ),
    Variant.STOPPING_SETTING: VariantTexts(
        message=texts_setup.stopping_setting, hint=texts_setup.write_accepted_value
    ),
    Variant.EVERY_COMMAND: VariantTexts(message="{failure_message}", hint=texts_setup.hint_of_stop),
    Variant.CA_BUNDLE: VariantTexts(
        message="the file of trusted certificates cannot be read{said}",
        hint="correct {at_fault[ca_bundle]}: it names no file with certificates",
    ),
    Variant.NO_TLS: VariantTexts(
        message="what answers does not speak TLS{said}", hint=texts_network.use_plain_http
    ),
    Variant.PROXY: VariantTexts(hint=texts_network.correct_proxy),
    Variant.NOT_AWS: VariantTexts(
        message="the answer is not AWS's, but perhaps a proxy's",
        hint=texts_network.log_in_to_network,
    ),
    Variant.NEW_ACCOUNT: VariantTexts(
        message="not tested: it would show who you are to an account that none of your own "
        "profiles names",
        hint="if you trust the team's file, run the import again with `--trust` to test it",
    ),
    Variant.SESSION_ENDED: VariantTexts(
        message="not tested: the run took so long that a session it had opened expired",
        hint="run again with `--profile`, for fewer profiles at once",
    ),
    Variant.EXPIRATION: VariantTexts(
        message="the expiration of the credentials of {source_words} is not a time with a time "
        "zone",
        hint=texts_source.correct_expiration,
    ),
    Variant.LOGIN_NOT_ALLOWED: VariantTexts(
        message="the login of {source_words} may not be refreshed",
        hint="ask an administrator of your account to allow you `signin:CreateOAuth2Token`",
    ),
}
