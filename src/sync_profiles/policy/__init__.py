"""IAM policies, parsed and judged as AWS judges them. No I/O."""
