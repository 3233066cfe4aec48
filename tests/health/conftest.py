"""The office of the stories about Teams, with somebody who looks after it."""

from __future__ import annotations

from teams.conftest import clock, office, road, sim

__all__ = ["clock", "office", "road", "sim"]
