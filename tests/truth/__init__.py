"""Random worlds with known truth: compare verdicts with the AWS CLI, and reasons with the truth.

`make truth` runs as many as you like; `tests/test_truth.py` runs a few.
"""
