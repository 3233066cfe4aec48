"""Reaching the simulator from a control route."""

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from m365sim.world import directory
from m365sim.world.records import User
from m365sim.world.world import World

if TYPE_CHECKING:
    from m365sim.app import Simulator


def _simulator(request: Request) -> "Simulator":
    return cast("Simulator", request.app.state.simulator)


def _world(request: Request) -> World:
    return _simulator(request).world


def _user(request: Request, user: str) -> User:
    return directory.get_user(_world(request), user)


Sim = Annotated["Simulator", Depends(_simulator)]
TheWorld = Annotated[World, Depends(_world)]
TheUser = Annotated[User, Depends(_user)]
