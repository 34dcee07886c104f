"""Explain what a refusal means and what to do about it; no I/O."""
