"""A role whose sessions may read other roles: what `explain` reads trust policies with."""

from __future__ import annotations

from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import Role

READS_ROLES = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"}],
}
READER = Role(name="reader_role", trust=s.trust(), policies=(READS_ROLES,))
