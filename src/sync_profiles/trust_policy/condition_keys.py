"""The condition keys of AssumeRole's policies, to find those that are misspelled. No I/O.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
"""

from __future__ import annotations

from collections.abc import Iterable

from sync_profiles.text import closest, is_invisible, quote

_GLOBAL = """
AssumedRoot CalledVia CalledViaFirst CalledViaLast CalledViaAWSMCP CurrentTime Ec2InstanceSourceVpc
Ec2InstanceSourcePrivateIPv4 EpochTime FederatedProvider IsMcpServiceAction MultiFactorAuthAge
MultiFactorAuthPresent PrincipalAccount PrincipalArn PrincipalIsAWSService PrincipalOrgID
PrincipalOrgMasterAccountId PrincipalOrgPaths PrincipalServiceName PrincipalServiceNamesList
PrincipalType RequestedRegion ResourceAccount ResourceOrgID ResourceOrgPaths SecureTransport
SignInSessionArn SourceAccount SourceArn SourceIdentity SourceIp SourceOrgID SourceOrgPaths
SourceVpc SourceVpcArn SourceVpce TagKeys TokenIssueTime UserAgent ViaAWSMCPService ViaAWSService
VpceAccount VpceOrgID VpceOrgPaths VpcSourceIp referer userid username ChatbotSourceArn
ChatbotSourceAccount
"""
_STS = """
AWSServiceName DurationSeconds ExternalId FederatedProvider IdentityTokenAudience
RequestContext RequestContextProviders RoleSessionName SigningAlgorithm SourceIdentity
TaskPolicyArn TransitiveTagKeys
"""
#: keys with a name of one's own behind the slash
_FAMILIES = ("aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/", "sts:RequestContext/")
KNOWN_KEYS = (
    *(f"aws:{name}" for name in _GLOBAL.split()),
    *(f"sts:{name}" for name in _STS.split()),
)
_SPELLINGS = {key.lower(): key for key in (*KNOWN_KEYS, *_FAMILIES)}
#: what people write that is nearer to another key
_MEANT = {
    **dict.fromkeys(("aws:user", "aws:name", "aws:iamuser", "aws:currentuser"), "aws:username"),
    **dict.fromkeys(("aws:principaluser", "aws:principalname", "iam:user"), "aws:username"),
    **dict.fromkeys(("aws:principalusername", "iam:username"), "aws:username"),
    "aws:principalid": "aws:userid",
    "aws:vpcid": "aws:SourceVpc",
    "aws:mfa": "aws:MultiFactorAuthPresent",
    "aws:mfapresent": "aws:MultiFactorAuthPresent",
    "aws:multifactorauth": "aws:MultiFactorAuthPresent",
    "sts:sessionname": "sts:RoleSessionName",
}
_SIMILAR = 0.75
#: the ends of the keys that name an application, not who uses it
AUDIENCE_KEYS = (":aud", ":azp", ":oaud", ":app_id")
#: identity providers that all their customers share, each with what tells one from another
_SHARED_BY = {
    "aud": "accounts.google.com api.pulumi.com/oidc cognito-identity.amazonaws.com "
    "oidc.vercel.com sandboxes.cloud",
    "app_id": "graph.facebook.com www.amazon.com",
    "sub": "agent.buildkite.com app.terraform.io gitlab.com oidc.codefresh.io "
    "oidc-configuration.audit-log.githubusercontent.com proidc.upbound.io scalr.io "
    "studio.datachain.ai/api token.actions.githubusercontent.com tokens.cloud.shisho.dev "
    "vstoken.actions.githubusercontent.com",
}
_TENANT_KEYS = {
    host: f"{host}:{claim}" for claim, hosts in _SHARED_BY.items() for host in hosts.split()
}
#: what someone else's identities are called at such a provider
STRANGERS = {
    "token.actions.githubusercontent.com:sub": (
        "repo:stranger/stranger:ref:refs/heads/main",
        "repo:stranger/stranger:environment:production",
        "repo:stranger/stranger:pull_request",
    ),
    "gitlab.com:sub": ("project_path:stranger/stranger:ref_type:branch:ref:main",),
    "app.terraform.io:sub": (
        "organization:stranger:project:stranger:workspace:stranger:run_phase:apply",
    ),
}


def is_misspelled(key: str) -> bool:
    """Return whether AWS has no such key; services and providers have keys of their own."""
    name = key.lower()
    prefix, colon, end = name.partition(":")
    if not colon or "$" in name or name in _MEANT:
        return True
    family, slash, rest = name.partition("/")
    if _seen(family) != family:
        return True
    if prefix not in {"aws", "sts"}:
        # a provider's key begins with its host; a prefix that looks like ours is meant as ours
        is_ours = any(f"{one}:{end}" in _SPELLINGS for one in ("aws", "sts"))
        return prefix in {"awss", "aw", "aws.", "st", "ts", "stss", "iam.sts"} or (
            prefix == "iam" and is_ours and end != "awsservicename"  # which IAM has, too
        )
    if slash:
        return f"{family}/" not in _SPELLINGS or not rest
    return name not in _SPELLINGS


def is_of_provider(key: str) -> bool:
    """Return whether a key is an identity provider's: `SAML:…`, or a host's such as `a.com:sub`."""
    prefix = key.lower().partition(":")[0]
    return prefix == "saml" or "." in prefix


def tenant_key(provider: str) -> str | None:
    """Return the key that a customer is known by at an identity provider that customers share.

    It is None for a provider of one organization alone, and one that is not known.
    """
    host = provider.partition(":oidc-provider/")[2] or provider
    return _TENANT_KEYS.get(host.lower())


def _seen(name: str) -> str:
    """Return a name without what shows nothing in it, or beside it."""
    return "".join(each for each in name if not is_invisible(each)).strip()


def suggest_key(key: str) -> str | None:
    """Return the key that a misspelled one was meant to be, or None if none is similar."""
    name = _seen(key.lower())
    if name in _MEANT:
        return _MEANT[name]
    if f"{name}/" in _SPELLINGS:  # only its author knows which tag
        return None
    family, slash, rest = key.partition("/")
    if slash and rest:
        found = closest(f"{family.lower()}/", map(str.lower, _FAMILIES), cutoff=_SIMILAR)
        return None if found is None else f"{_SPELLINGS[found]}{rest}"
    by_name: dict[str, str] = {}
    for spelling, known in _SPELLINGS.items():
        if not spelling.endswith("/"):
            by_name.setdefault(spelling.partition(":")[2], known)
    if name in _SPELLINGS:  # beside a blank
        return _SPELLINGS[name]
    end = name.rpartition(":")[2]
    if end and sum(known.endswith(end) for known in _SPELLINGS) > 1:  # `aws:OrgID`: of what?
        return None
    found = closest(name, _SPELLINGS, cutoff=_SIMILAR)
    if found is not None and not found.endswith("/"):
        return _SPELLINGS[found]
    bare = name.replace(".", ":").rpartition(":")[2].replace("-", "").replace("_", "")
    found = closest(bare, by_name, cutoff=_SIMILAR)
    return None if found is None else by_name[found]


def slips_among(keys: Iterable[str]) -> dict[str, str]:
    """Return the keys that are typos, which no request has, each with the one that was meant."""
    meant = {key: suggest_key(key) for key in keys if is_misspelled(key)}
    return {key: other for key, other in meant.items() if other is not None}


def describe_slips(keys: Iterable[str]) -> str:
    """Return which keys are typos, as a sentence; empty if none is."""
    return ", and ".join(
        f"AWS has no condition key {quote(key)}, only {quote(other)}"
        for key, other in slips_among(keys).items()
    )
