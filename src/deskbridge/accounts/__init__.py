"""Who may work here: Accounts, Users with roles and licenses, signing in, sessions."""
