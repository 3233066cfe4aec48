"""A small Teams-like page, so that a person can be Robin. Not part of Microsoft's wire."""
