"""Setting and reading presence (facts.md 4)."""

from m365sim.world.changes import PresenceChanged
from m365sim.world.presences import Preferred, Presence, Session, StatusMessage, current, next_change
from m365sim.world.world import World


def presence_of(world: World, user_id: str) -> Presence:
    """Somebody's presence; who was never heard of is offline."""
    return world.presences.get(user_id) or Presence(user_id=user_id)


def shown(world: World, user_id: str) -> tuple[str, str]:
    """Availability and activity now."""
    return current(presence_of(world, user_id), world.clock.now())


def set_base(world: World, user_id: str, availability: str, activity: str) -> None:
    """What the person's own Teams client reports."""
    presence = presence_of(world, user_id)
    presence.base = (availability, activity)
    _settle(world, presence)


def set_session(world: World, user_id: str, session_id: str, said: tuple[str, str], seconds: float) -> None:
    """What an application says about a person, for a while."""
    presence = presence_of(world, user_id)
    now = world.clock.now()
    presence.sessions[session_id] = Session(said[0], said[1], now, now + seconds)
    _settle(world, presence)


def clear_session(world: World, user_id: str, session_id: str) -> bool:
    """Take an application's word back; False when it had none."""
    presence = presence_of(world, user_id)
    if presence.sessions.pop(session_id, None) is None:
        return False
    _settle(world, presence)
    return True


def set_preferred(world: World, user_id: str, said: tuple[str, str] | None, seconds: float | None) -> None:
    """What the person chose, or no longer chooses."""
    presence = presence_of(world, user_id)
    until = None if seconds is None else world.clock.now() + seconds
    presence.preferred = Preferred(said[0], said[1], until) if said else None
    _settle(world, presence)


def set_note(world: World, user_id: str, note: StatusMessage | None) -> None:
    """The note beside the presence."""
    presence = presence_of(world, user_id)
    presence.note = note
    presence.sequence += 1
    world.save(presence)
    world.tell(PresenceChanged(user_id))


def set_out_of_office(world: World, user_id: str, text: str | None) -> None:
    """The automatic reply that others see."""
    presence = presence_of(world, user_id)
    presence.out_of_office = text
    presence.sequence += 1
    world.save(presence)
    world.tell(PresenceChanged(user_id))


def resume(world: World) -> None:
    """After a start: plan what time alone will change."""
    for presence in world.presences.values():
        _settle(world, presence)


def _settle(world: World, presence: Presence) -> None:
    """Keep it, tell others if they now see something else, and come back when time changes it."""
    now = world.clock.now()
    presence.sessions = {key: value for key, value in presence.sessions.items() if value.expires_at > now}
    visible = current(presence, now)
    differs = visible != presence.shown
    if differs:
        presence.shown = visible
        presence.sequence += 1
    world.save(presence)
    if differs:
        world.tell(PresenceChanged(presence.user_id))
    _plan(world, presence, now)


def _plan(world: World, presence: Presence, now: float) -> None:
    """Come back at the next moment, unless that or an earlier one is planned already."""
    moment = next_change(presence, now)
    planned = world.presence_plans.get(presence.user_id)
    if moment is None or (planned is not None and now < planned <= moment):
        return
    world.presence_plans[presence.user_id] = moment
    world.agenda.at(moment, lambda: _again(world, presence, moment))


def _again(world: World, presence: Presence, moment: float) -> None:
    if world.presence_plans.get(presence.user_id) == moment:
        del world.presence_plans[presence.user_id]
        _settle(world, world.presences[presence.user_id])
