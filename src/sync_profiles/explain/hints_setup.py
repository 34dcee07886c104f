"""Messages and hints for what surrounds a call: the files, this machine, the way to STS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.arn import is_enabled_by_default
from sync_profiles.causes import Cause
from sync_profiles.config.section_names import header_for
from sync_profiles.explain.explanation import Explanation
from sync_profiles.outcomes import Reason
from sync_profiles.planning.cli_settings import EVERY
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_profiles.explain.case import Case
    from sync_profiles.explain.overrides import InUse

_ACCOUNT = re.compile(r"\baccount:? ?(\d{12})\b")
_HOST = re.compile(r"\w+://(?:[^/@]*@)?([^/?#]+)")
_URL_REGION = re.compile(r"//sts\.([a-z0-9-]+)\.amazonaws\b")


def source_profile_missing(case: Case) -> Explanation:
    """Explain a source profile that no file has."""
    named = case.setting("source_profile")
    header = quote(header_for(named)) if named else "it"
    return Explanation(
        message=case.saying("the source profile does not exist")
        if named is None
        else f"the source profile {quote(named)} does not exist",
        hint=f"add {header}, or correct {case.at('source_profile')}",
    )


def source_missing(case: Case) -> Explanation:
    """Explain a role without a source."""
    return Explanation(
        message=f"{case.name} has neither `source_profile` nor `credential_source`",
        hint=f"add {case.at('source_profile')}: the profile with your keys",
    )


def source_conflict(case: Case) -> Explanation:
    """Explain a role with two sources."""
    return Explanation(
        message=f"{case.name} has both `source_profile` and `credential_source`",
        hint=f"remove {case.at('credential_source')} or {case.at('source_profile')}",
    )


def source_loop(case: Case) -> Explanation:
    """Explain source profiles that lead back to themselves."""
    return Explanation(
        message=case.saying("the source profiles run in a circle"),
        hint=f"let {case.at('source_profile')} name a profile that has credentials of its own",
    )


def credential_source_invalid(case: Case) -> Explanation:
    """Explain a credential source that AWS does not know."""
    return Explanation(
        message=case.saying("the credential source is none that AWS knows"),
        hint=f"set {case.at('credential_source')} to `Environment`, `Ec2InstanceMetadata` or "
        "`EcsContainer`, in this case",
    )


def setting_invalid(case: Case) -> Explanation:
    """Explain a setting that botocore cannot use."""
    if case.reason is Reason.SWALLOWED_LINE:
        return swallowed_line(case)
    if case.reason is Reason.STOPPING_SETTING:
        return stopping_setting(case)
    if case.reason is Reason.CA_BUNDLE:
        return Explanation(
            message=case.saying("the file of trusted certificates cannot be read"),
            hint=f"correct {case.at_fault('ca_bundle')}: it names no file with certificates",
        )
    key = case.failure.setting if case.failure is not None else None
    if key is None:
        where = f"that setting of {case.name}"
    else:
        where = case.at_source(key) if key.startswith("sso_") else case.at_fault(key)
    return Explanation(message=case.saying("a setting cannot be used"), hint=f"correct {where}")


def swallowed_line(case: Case) -> Explanation:
    """Explain a setting that goes on, against its owner's will, in the line below it."""
    return Explanation(
        message=f"the line below {case.at(_setting(case))} is indented, and so part of its value",
        hint="start that line without blanks, or take it out",
    )


def _setting(case: Case) -> str:
    return (case.failure.setting if case.failure is not None else None) or ""


def stopping_setting(case: Case) -> Explanation:
    """Explain a setting, of the profile or of the environment, at which the AWS CLI stops."""
    stopping = _setting(case)
    name = stopping.partition("=")[0].strip()
    message = f"the AWS CLI stops at {quote(stopping)}"
    setting = next(each for each in EVERY if name in {each.key, each.variable})
    if name == setting.variable:
        return Explanation(
            message=f"{message} in the environment",
            hint=f"unset {quote(name)}, or set it to {setting.takes}",
        )
    return Explanation(
        message=message,
        hint=f"correct {case.at(setting.key)} to {setting.takes}, or take the line out",
    )


def region_missing(case: Case) -> Explanation:
    """Explain that the AWS CLI makes no call without a region."""
    return Explanation(
        message=f"profile {case.name} has no region, and the AWS CLI stops without one",
        hint=f"add {case.at('region')}, or set `AWS_REGION`",
    )


def region_disabled(case: Case) -> Explanation:
    """Explain a region in which the account has STS switched off."""
    found = _ACCOUNT.search(case.words)
    account = f"account {quote(found[1])}" if found else case.principal_account
    region = quote(case.region) if case.region else "this region"
    return Explanation(
        message=f"STS is not active in {region} for {account}",
        hint=f"set {case.at_used('region')} to another one, or ask an administrator of {account} "
        f"to activate STS in {region}",
    )


def signing_region_mismatch(case: Case) -> Explanation:
    """Explain a request signed for another region than its endpoint's."""
    endpoint = case.used("endpoint_url")
    hint = f"make {case.at_used('region')} that of the STS endpoint in use"
    return Explanation(
        message=case.saying("the request is signed for another region than the endpoint's"),
        hint=f"{hint}: {endpoint.words}" if endpoint is not None else hint,
    )


def clock_skew(case: Case) -> Explanation:
    """Explain a clock that differs from AWS's."""
    return Explanation(
        message=case.saying("this machine's clock differs from AWS's by minutes"),
        hint="set this machine's clock by a time server, and compare it with `date -u`",
    )


def dependency_missing(case: Case) -> Explanation:
    """Explain a part of botocore that is not installed."""
    return Explanation(
        message=f"not tested: the credentials of {case.source_words} need a part of botocore that "
        "is not installed",
        hint='run `pip install "botocore[crt]"` in the environment of `sync-profiles`',
    )


def throttled(case: Case) -> Explanation:
    """Explain that AWS had too many calls."""
    return Explanation(
        message=case.saying("not tested: AWS throttles the account's calls"),
        hint="run again in a minute, with fewer calls at once: `--jobs 4`",
    )


def network(case: Case) -> Explanation:
    """Explain that no answer came."""
    named = _URL_REGION.search(case.words)
    region = named[1] if named else case.region
    hint = "check the network and `HTTPS_PROXY`, then run again"
    if case.reason is Reason.PROXY:
        hint = "correct the proxy in `HTTPS_PROXY`, or except AWS from it in `NO_PROXY`"
    elif region is not None and not is_enabled_by_default(region):
        hint = f"check the spelling of region {quote(region)}, the network and `HTTPS_PROXY`"
    return Explanation(message=case.saying("not tested: AWS cannot be reached"), hint=hint)


def tls(case: Case) -> Explanation:
    """Explain a certificate that is not trusted here."""
    message = case.saying("not tested: no trusted TLS connection")
    bundle, endpoint = case.used("ca_bundle"), _endpoint_asked(case)
    where = bundle.words if bundle is not None else "`AWS_CA_BUNDLE`"
    whose = "your proxy"
    if endpoint is not None:
        whose = f"{whose}, or of the place that {endpoint.words} names"
    return Explanation(
        message=message, hint=f"set {where} to a file with the certificate authority of {whose}"
    )


def _endpoint_asked(case: Case) -> InUse | None:
    """Return the endpoint that is configured, where the exception is about just that one."""
    used = case.used("endpoint_url")
    host = _HOST.match(used.value) if used is not None else None
    if host is None or not re.search(
        f"[/@]{re.escape(host[1])}(?![\\w.:-])", case.words, re.IGNORECASE
    ):
        return None
    return used


def sts_error(case: Case) -> Explanation:
    """Pass on what nobody here knows."""
    if case.reason is Reason.NOT_AWS:
        return Explanation(
            message="not tested: what came back is no answer of AWS, but perhaps of a proxy",
            hint="log in to the network in a browser, or check `HTTPS_PROXY`, then run again",
        )
    failure = case.failure
    if failure is None or failure.operation is None:
        return Explanation(
            message=case.saying("not tested: an error on this machine"),
            hint="run the command again with `--verbose`",
        )
    code = quote(failure.code or "an error")
    message = case.saying(f"AWS answered {code} to {case.operation}")
    if case.operation == "GetRoleCredentials":
        hint = f"ask for the role of {case.at_source('sso_role_name')} in IAM Identity Center"
    elif not failure.proves:
        hint = "run again in a minute"
    elif failure.request_id:
        hint = f"ask AWS Support about request {quote(failure.request_id)}"
    else:
        hint = f"look {code} up in the errors of the AWS STS API reference"
    return Explanation(message=message, hint=hint)


WRITERS: dict[Cause, Callable[[Case], Explanation]] = {
    Cause.SOURCE_PROFILE_MISSING: source_profile_missing,
    Cause.SOURCE_MISSING: source_missing,
    Cause.SOURCE_CONFLICT: source_conflict,
    Cause.SOURCE_LOOP: source_loop,
    Cause.CREDENTIAL_SOURCE_INVALID: credential_source_invalid,
    Cause.SETTING_INVALID: setting_invalid,
    Cause.REGION_MISSING: region_missing,
    Cause.REGION_DISABLED: region_disabled,
    Cause.SIGNING_REGION_MISMATCH: signing_region_mismatch,
    Cause.CLOCK_SKEW: clock_skew,
    Cause.DEPENDENCY_MISSING: dependency_missing,
    Cause.THROTTLED: throttled,
    Cause.NETWORK: network,
    Cause.TLS: tls,
    Cause.STS_ERROR: sts_error,
}
