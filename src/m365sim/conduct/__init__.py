"""The judge: what the client did wrong, by which rule, and where that rule is written."""
