"""The command `who`: what CloudTrail has recorded of a role, who assumed it, and what was done."""
