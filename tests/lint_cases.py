"""Correct files with much of what the AWS CLI allows."""

from __future__ import annotations

import pytest

ROLE = "arn:aws:iam::222222222222:role/admin_role"

_KEYS = """\
[default]
aws_access_key_id = AKIAFAKEWORKAPI23456
aws_secret_access_key = fake/Secret+Of+work_api

[ci] # rotated in May
aws_access_key_id=AKIAFAKECI2345678901
aws_secret_access_key=fake/Secret+Of+ci
aws_session_token=fake//Token==
aws_security_token=fake//Token==
x_security_token_expires = 2031-01-01T00:00:00+00:00

[o'brien]
aws_access_key_id = AKIAFAKEOBRIEN234567
aws_secret_access_key = fake
"""

_STORY = f"""\
# the team's profiles; ask before you change anything

[default]
region = eu-central-1
output = json

[profile admin]
role_arn = {ROLE}
source_profile = default
role_session_name = work_api

; a chain of three
[profile hop]
role_arn = {ROLE}
source_profile = admin
duration_seconds = 3600
[profile last]
role_arn = {ROLE}
source_profile = hop

[profile mfa]
role_arn = arn:aws:iam::222222222222:role/division/team/Admin@x=1
source_profile = default
mfa_serial = arn:aws:iam::111111111111:mfa/work_api
external_id = a:b/c@d
duration_seconds = 43200
role_session_name =

[profile hardware]
role_arn = {ROLE}
source_profile = ci
mfa_serial = GAHT12345678
mfa_process = ykman oath accounts code --single work # mine
"""

_EVERYTHING = f"""\
[DEFAULT]
cli_pager =
region = us-east-1

[default]
region = eu-west-1
s3 =
    max_concurrent_requests = 20
    addressing_style = path
    # a comment inside
    multipart_threshold = 64MB

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start#/
sso_region = us-east-1
sso_registration_scopes = sso:account:access

[profile person]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Admin
[profile from-person]
role_arn = arn:aws-us-gov:iam::222222222222:role/r
source_profile = person

[services local]
dynamodb =
  endpoint_url = http://localhost:8000
s3 =
  endpoint_url = http://localhost:4566

[profile local]
services = local
endpoint_url = http://localhost:4566
output = yaml-stream

[plugins]
endpoint = awscli_plugin_endpoint
cli_legacy_plugin_path = /usr/lib

[preview]
cloudfront = true
[toolkit]
region = us-west-2

[profile process]
credential_process = "/opt/my tools/get" --user 'a b' # --flag ; x
[profile from-process]
role_arn = {ROLE}
source_profile = process

[profile  "two words"] ; allowed
ROLE_ARN: {ROLE}
Source_Profile: o'brien

[profile\tself]
role_arn = {ROLE}
source_profile = self
aws_access_key_id = AKIAFAKESELF23456789
aws_secret_access_key = fake

[profile instance]
role_arn = {ROLE}
credential_source = Ec2InstanceMetadata

[profile ci-job]
role_arn = {ROLE}
web_identity_token_file = /var/run/token
role_session_name = job-7
"""

_OTHER_TOOLS = f"""\
[profile vault]
include_profile = base
parent_profile = base
source_identity = me
session_tags = a=b,c=d
transitive_session_tags = a
mfa_process = pass otp aws
role_arn = {ROLE}
source_profile = base
chain_auth_session = true
role_arn_2 = {ROLE}
_role_arn = {ROLE}
role_duration = 3600
[profile base]
azure_default_role_arn =
azure_default_duration_hours = 1
credential_process = granted credential-process --profile base
granted_sso_start_url = https://x.awsapps.com/start
  # an indented comment
duration_seconds =
[profile indented]
  region = us-east-1
  role_arn = {ROLE}
  source_profile = base
"""

_TOOLS_CONFIG = f"""\
[profile sso-util]
sso_start_url = https://x.awsapps.com/start
sso_region = us-east-1
sso_account_name = Prod
sso_account_id = 111111111111
sso_role_name = Reader
sso_auto_populated = true
credential_process = aws-sso-util credential-process --profile sso-util
[profile granted]
granted_sso_start_url = https://x.awsapps.com/start
granted_sso_region = us-east-1
granted_sso_account_id = 111111111111
granted_sso_role_name = Reader
common_fate_generated_from = aws-sso
credential_process = granted credential-process --profile granted
[profile vault-jump]
mfa_serial = arn:aws:iam::111111111111:mfa/work_api
role_session_name = work_api
session_tags = a=b
[profile vault]
include_profile = vault-jump
source_profile = vault-jump
[okta]
aws_saml_url = home/amazon_aws/0oa/272
role_arn = {ROLE}
session_ttl = 12h
[granted]
region = us-east-1
[aws-sso-util]
sso_region = us-east-1
[profile leapp]
region = us-east-1
credential_process = leapp session generate 6b6f
[profile awsume]
role_arn = {ROLE}
source_profile = saml
role_duration = 43200
awsumepy_region = us-east-1
[profile azure]
azure_tenant_id = x
azure_default_role_arn = {ROLE}
azure_default_remember_me = true
[profile limited]
retry_mode = adaptive
max_attempts = 5
ca_bundle = /etc/ssl/own.pem
cli_history = enabled
request_checksum_calculation = when_required
"""

_TOOLS_CREDENTIALS = """\
[saml]
aws_access_key_id = ASIAFAKE
aws_secret_access_key = fake
aws_session_token = fake
aws_security_token = fake
x_principal_arn = arn:aws:sts::111111111111:assumed-role/a/b
x_security_token_expires = 2031-01-01T00:00:00+00:00
[autoawsume-x]
aws_access_key_id = ASIAFAKE
aws_secret_access_key = fake
aws_session_token = fake
autoawsume = true
expiration = 2031-01-01 00:00:00
awsmyid_arn = arn:aws:iam::111111111111:user/work_api
"""

# config, credentials
CLEAN = [
    pytest.param("", "", id="empty files"),
    pytest.param("# nothing\n\n", "", id="comments alone"),
    pytest.param(_STORY, _KEYS, id="roles, chains and MFA"),
    pytest.param(_EVERYTHING, _KEYS, id="all kinds of sections"),
    pytest.param(
        "[DEFAULT]\nregion = us-east-1\n[profile a]\noutput = json\n",
        "[a]\nregion = eu-west-1\noutput = json\n",
        id="a default replaced, and the same value in both files",
    ),
    pytest.param(
        _TOOLS_CONFIG,
        _TOOLS_CREDENTIALS,
        id="aws-sso-util, granted, aws-vault, aws-okta, leapp, awsume, saml2aws",
    ),
    pytest.param(_OTHER_TOOLS, _KEYS, id="what other tools keep in the files"),
]
