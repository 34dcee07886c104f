"""What CloudTrail has recorded about a role: who assumed it, and what was done with it."""
