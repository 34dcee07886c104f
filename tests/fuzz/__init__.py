"""Coverage-guided fuzzing of everything that reads files: `make fuzz`.

Each target takes any bytes and raises where a promise is broken. What was found, and what leads
into every corner, stays in `corpus/`, which the tests replay.
"""
