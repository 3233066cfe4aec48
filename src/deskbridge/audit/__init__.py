"""Who did what to whom, when and from where: append-only, each entry holding a hash of the one before it."""
