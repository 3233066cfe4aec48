"""Who has allowed what, and who could (facts.md 1.4)."""

from m365sim.identity.scopes import ADMIN_ONLY, RESTRICTED_BY_DEFAULT_POLICY, Asked
from m365sim.world.changes import AccessWithdrawn
from m365sim.world.records import App, Consent, User
from m365sim.world.world import World

DEFAULT_POLICY = "microsoft-user-default-recommended"
ADMIN_ROLES = frozenset({"Global Administrator", "Privileged Role Administrator", "Cloud Application Administrator"})


def granted(world: World, app: App, user: User) -> list[str]:
    """Everything that the app may do for the user."""
    own = world.consents.get(f"{user.id} {app.client_id}")
    return list(dict.fromkeys([*app.admin_scopes, *(own.scopes if own else ())]))


def missing(world: World, app: App, user: User, asked: Asked) -> list[str]:
    """What is asked and nobody has allowed."""
    has = set(granted(world, app, user))
    wanted = app.declared_scopes if asked.everything else asked.graph
    return [name for name in (*wanted, *asked.own_api) if name not in has]


def may_consent(world: World, user: User, names: list[str]) -> bool:
    """Whether this user could allow it alone, by the tenant's policy."""
    if is_admin(user):
        return True
    policy = world.tenant.user_consent_policy
    if policy == "none" or any(name in ADMIN_ONLY for name in names):
        return False
    restricted = RESTRICTED_BY_DEFAULT_POLICY if policy == DEFAULT_POLICY else frozenset()
    return not any(name in restricted for name in names)


def is_admin(user: User) -> bool:
    """Whether the user can consent for the organization."""
    return any(role in ADMIN_ROLES for role in user.roles)


def consent(world: World, app: App, user: User, names: list[str]) -> None:
    """Remember what the user has allowed."""
    before = world.consents.get(f"{user.id} {app.client_id}")
    scopes = list(dict.fromkeys([*(before.scopes if before else ()), *names]))
    world.save(Consent(user_id=user.id, client_id=app.client_id, scopes=scopes))


def consent_for_all(world: World, app: App, names: list[str]) -> None:
    """An administrator allows it for everybody."""
    app.admin_scopes = list(dict.fromkeys([*app.admin_scopes, *names]))
    world.save(app)


def withdraw(world: World, app: App) -> None:
    """Take back everything that was allowed to an app."""
    app.admin_scopes = []
    world.save(app)
    for record in [item for item in world.consents.values() if item.client_id == app.client_id]:
        world.forget(record)
    world.tell(AccessWithdrawn(client_id=app.client_id))
