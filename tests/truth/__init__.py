"""Random worlds in which the truth is known: verdicts beside the AWS CLI's own, reasons beside it.

`make truth` runs as many as you like; `tests/test_truth.py` runs a few.
"""
