"""Parse IAM policies and evaluate requests against them as AWS does. No I/O."""
