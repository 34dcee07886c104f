"""IAM policies, read and judged as AWS judges them; no I/O."""
