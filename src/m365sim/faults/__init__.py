"""Misbehavior on command: a closed list of faults, planned through the control API."""
