"""Import the team's profiles: fetch them, fill in variables, keep them in a block."""
