"""The Teams-like page."""

from starlette.routing import BaseRoute

from m365sim.world.changes import Change
from m365sim.world.world import World


class TeamsPage:
    """Routes below /teams."""

    def __init__(self, world: World) -> None:
        self._world = world

    def hear(self, change: Change) -> None:
        """A listener of the world."""

    def close(self) -> None:
        """End the live connections."""

    def routes(self) -> list[BaseRoute]:
        """The routes."""
        return []
