"""The directory: who there is, their licenses, and what changed since when (facts.md 2 and 3)."""

from collections.abc import Iterable, Iterator

from m365sim.world.changes import AccessWithdrawn, UserChanged
from m365sim.world.licenses import CATALOG, TEAMS_PLAN_PREFIX
from m365sim.world.records import Group, User
from m365sim.world.refusals import Missing
from m365sim.world.world import World


def find_user(world: World, id_or_upn: str) -> User | None:
    """A user by object id or user principal name; deleted ones are not found."""
    user = world.users.get(id_or_upn.lower()) or world.user_by_upn.get(id_or_upn.lower())
    return None if user is None or user.deleted else user


def get_user(world: World, id_or_upn: str) -> User:
    """A user, or Missing with Graph's sentence."""
    user = find_user(world, id_or_upn)
    if user is None:
        raise Missing(
            f"Resource '{id_or_upn}' does not exist or one of its queried reference-property objects are not present."
        )
    return user


def is_local(world: World, user: User) -> bool:
    """Whether the user is an object of this directory (federated people are not)."""
    return user.home_tenant in (None, world.tenant.id)


def list_users(world: World) -> Iterator[User]:
    """The directory in a stable order."""
    return (user for user in world.users.values() if not user.deleted and is_local(world, user))


def has_teams(world: World, user: User) -> bool:
    """Whether a usable Teams plan is assigned."""
    return any(
        plan.name.startswith(TEAMS_PLAN_PREFIX) and plan.state in world.switches.usable_plan_states
        for sku in user.skus
        if sku in CATALOG
        for plan in CATALOG[sku].plans
    )


def find_group(world: World, id_or_name: str) -> Group | None:
    """A group by object id, or by its name."""
    wanted = id_or_name.lower()
    return world.groups.get(wanted) or next(
        (each for each in world.groups.values() if each.name.lower() == wanted), None
    )


def members_of(world: World, group: Group) -> list[User]:
    """The people in a group and in all groups within it, each once, in a stable order."""
    seen = {group.id}
    found: dict[str, User] = {}
    waiting = [group]
    while waiting:
        for each in waiting.pop(0).members:
            user = world.users.get(each)
            if user is not None and not user.deleted:
                found[user.id] = user
            inner = world.groups.get(each)
            if inner is not None and inner.id not in seen:
                seen.add(inner.id)
                waiting.append(inner)
    return list(found.values())


def save_changed(world: World, user: User, names: Iterable[str] = ("*",)) -> None:
    """Keep a changed or new user and put it at the end of the delta log; `names` are the changed fields."""
    is_new = user.id not in world.users
    before = world.users.get(user.id)
    names = tuple(names)
    if before is not None and not names:
        return
    tenant = world.tenant
    tenant.directory_sequence += 1
    user.sequence = tenant.directory_sequence
    user.changed = (user.changed or {}) | dict.fromkeys(names, user.sequence)
    if before is not None and before is not user and before.upn.lower() != user.upn.lower():
        world.user_by_upn.pop(before.upn.lower(), None)
    world.user_changes.pop(user.id, None)
    world.user_changes[user.id] = user.sequence
    world.save(tenant)
    world.save(user)
    world.tell(UserChanged(user, "deleted" if user.deleted else "created" if is_new else "updated"))
    if user.deleted or not user.enabled:
        world.tell(AccessWithdrawn(user_id=user.id))


def changed_since(world: World, sequence: int) -> list[User]:
    """Users changed after a moment of the delta log, oldest change first."""
    found: list[User] = []
    for user_id, changed in reversed(world.user_changes.items()):
        if changed <= sequence:
            break
        if is_local(world, world.users[user_id]):
            found.append(world.users[user_id])
    found.reverse()
    return found
