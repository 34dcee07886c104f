"""A substitute for the AWS CLI if it is not installed: `SERVICE OPERATION --profile NAME`.

It makes the call through boto3 and prints the answer as JSON, as the AWS CLI does.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def main() -> int:
    """Make one call, print the answer or the error, and return an exit status."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    parser = argparse.ArgumentParser(prog="aws")
    parser.add_argument("service")
    parser.add_argument("operation")
    parser.add_argument("--profile", required=True)
    arguments = parser.parse_args()
    try:
        client: Any = boto3.Session(profile_name=arguments.profile).client(arguments.service)
        answer = getattr(client, arguments.operation.replace("-", "_"))()
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"{error}\n")
        return 254
    answer.pop("ResponseMetadata", None)
    sys.stdout.write(json.dumps(answer, indent=4, default=str) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
