"""The migrations of the database, one file each; `deskbridge.migrate` runs them."""
