"""What a refusal means, and what to do about it; no I/O.

`explanation` turns a decision into a fact and a hint: it puts the facts of a `case` into the texts
of its cause (`cause_table`, `variant_table`, `texts_*`). A refusal for which AWS gives no reason
takes this way:

1. `findings` defines the findings, `weights` how much each says, and how likely each value is that
   is tried.
2. `comparison` finds what the other profiles' `results` say (`arn_comparison`, `spelling`,
   `lookups`: about names), `file_signs` what is written and not used; `ranking` adds what the
   profile's settings and its caller say, and puts all in order. That is all that `check` has;
   `texts_denied` makes the hint.
3. `explain` describes the `refused_call` as policies see it, and asks IAM for the role.
   `role_answer` says what the answer means: that there is no such role, or what follows from its
   trust policy (`trust_policy_read`): from what that requires (`requirements`), the change in the
   profile that would meet it (`required_change`), or else `whom_to_ask`.
4. Otherwise, `candidates`, `candidate_roles` and `other_callers` collect values from the files,
   which `known_values` groups once a run, `experiments` plans calls with them (`missing_source`, of
   a profile without a source), and `learned` says what is left after those, and after a simulation.
5. What only policies can change, and how, is `needed_access`, and `letter` asks administrators
   for it.

`notes` and `overrides` are about the environment of the whole run.
"""
