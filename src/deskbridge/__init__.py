"""Deskbridge: a web workspace in which contact-centre agents chat with people in Microsoft Teams."""
