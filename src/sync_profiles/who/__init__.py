"""The command `who`: find who used a role, from what CloudTrail has recorded."""
