"""The command `explain`: find out why AWS refuses profiles, by asking it.

`inquire` tests the profiles. For each refusal, `explainer` continues until it knows the reason:
`iam_reading` reads the role's trust policy or, if no profile may, the caller's own policies;
`experimenter` then tries out what the files suggest. What an answer means is said in `explain`.
"""
