"""The Contacts directory: Persons and their Identities, matching, order and search."""
