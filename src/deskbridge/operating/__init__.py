"""What an operator does from the command line: examine, rotate keys, back up and restore."""
