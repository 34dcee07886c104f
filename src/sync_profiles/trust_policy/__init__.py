"""Trust policies as administrators write them: written, checked, asked and audited. No I/O."""
