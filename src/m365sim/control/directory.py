"""Changing people and apps."""

from itertools import islice

from fastapi import APIRouter

from m365sim.control.access import TheUser, TheWorld
from m365sim.control.bodies import AppBody, DirectoryGroupBody, PresenceBody, PresencesBody, RedirectUris, UserBody
from m365sim.identity import consent
from m365sim.identity.errors import REFUSALS
from m365sim.identity.sessions import revoke
from m365sim.world import directory, presence
from m365sim.world.credentials import uploaded
from m365sim.world.records import App, Group, Secret, User
from m365sim.world.refusals import Invalid, Missing
from m365sim.world.world import World

router = APIRouter()
Json = dict[str, object]
_TUPLES = ("skus", "roles", "proxy_addresses", "business_phones")


@router.get("/users")
async def list_users(world: TheWorld, find: str = "", limit: int | None = None) -> Json:
    """Everybody, also the deleted; or the first so many, whose name or username contains something."""
    wanted = find.strip().lower()
    fitting = (user for user in world.user_list if wanted in user.display_name.lower() or wanted in user.upn.lower())
    return {"value": [_user(world, user) for user in islice(fitting, limit)]}


@router.get("/users/{user}")
async def get_user(world: TheWorld, user: TheUser) -> Json:
    """One person."""
    return _user(world, user)


@router.post("/users")
async def create_user(world: TheWorld, body: UserBody) -> Json:
    """A new person; without skus with a Teams license."""
    if not body.upn or not body.display_name:
        raise Invalid("A new person needs upn and display_name.")
    if directory.find_user(world, body.upn):
        raise Invalid(f"There is a person {body.upn} already.")
    user = User(
        id=world.chance.guid(),
        upn=body.upn,
        display_name=body.display_name,
        mail=body.upn,
        skus=("ENTERPRISEPREMIUM",),
        password="Teams-demo-1",  # noqa: S106 - of an invented person
        created_ms=world.clock.now_ms(),
    )
    _apply(user, body)
    directory.save_changed(world, user)
    return _user(world, user)


@router.patch("/users/{user}")
async def change_user(world: TheWorld, user: TheUser, body: UserBody) -> Json:
    """Change a person."""
    if body.sign_in_refusal not in (None, 0, *REFUSALS):
        raise Invalid(f"sign_in_refusal is 0 or one of {', '.join(map(str, REFUSALS))}.")
    if body.password is not None and body.password != user.password:
        # An administrator's reset ends what was signed in before (facts.md 1.7).
        revoke(world, user)
    if body.upn and body.upn.lower() != user.upn.lower():
        world.user_by_upn.pop(user.upn.lower(), None)
    directory.save_changed(world, user, _apply(user, body))
    return _user(world, user)


@router.delete("/users/{user}")
async def delete_user(world: TheWorld, user: TheUser, *, purge: bool = False) -> Json:
    """Delete a person; without purge it could be undone, and delta says `changed`."""
    user.deleted = True
    user.purged = purge
    directory.save_changed(world, user)
    return {}


@router.post("/users/{user}/restore")
async def restore_user(world: TheWorld, user: str) -> Json:
    """Bring a deleted person back."""
    found = world.users.get(user) or world.user_by_upn.get(user.lower())
    if found is None or found.purged:
        raise Missing(f"There is no person {user} to restore.")
    found.deleted = False
    directory.save_changed(world, found)
    return _user(world, found)


@router.post("/users/{user}/revoke-sessions")
async def revoke_sessions(world: TheWorld, user: TheUser) -> Json:
    """An administrator revokes all sign-ins: refresh tokens die, access tokens are challenged."""
    revoke(world, user)
    return {}


@router.post("/users/{user}/presence")
async def set_presence(world: TheWorld, user: TheUser, body: PresenceBody) -> Json:
    """What the person's own Teams reports."""
    presence.set_base(world, user.id, body.availability, body.activity or body.availability)
    if body.out_of_office is not None:
        presence.set_out_of_office(world, user.id, body.out_of_office or None)
    availability, activity = presence.shown(world, user.id)
    return {"availability": availability, "activity": activity}


@router.post("/presence")
async def set_presences(world: TheWorld, body: PresencesBody) -> Json:
    """What the Teams of many people report at the same moment."""
    found = [(directory.get_user(world, each.user), each) for each in body.value]
    for user, said in found:
        presence.set_base(world, user.id, said.availability, said.activity or said.availability)
    return {"changed": len(found)}


@router.get("/groups")
async def list_groups(world: TheWorld) -> Json:
    """Groups of the directory, with whom they have themselves."""
    return {"value": [_group(each) for each in world.groups.values()]}


@router.put("/groups/{group}")
async def put_group(world: TheWorld, group: str, body: DirectoryGroupBody) -> Json:
    """Create a group by name, or change who is in one."""
    found = directory.find_group(world, group) or Group(id=world.chance.guid(), name=group)
    inner = [directory.find_group(world, name) for name in body.groups]
    if None in inner:
        raise Missing("There is no such group to put into this one.")
    people = [directory.get_user(world, each).id for each in body.members]
    found.members = [*people, *(each.id for each in inner if each)]
    world.save(found)
    return _group(found)


@router.get("/apps")
async def list_apps(world: TheWorld) -> Json:
    """App registrations."""
    return {"value": [_app(app) for app in world.apps.values()]}


@router.post("/apps/{client_id}/redirect-uris")
async def add_redirect_uris(world: TheWorld, client_id: str, body: RedirectUris) -> Json:
    """Register further redirect URIs; the same again changes nothing."""
    app = _get_app(world, client_id)
    app.redirect_uris = list(dict.fromkeys([*app.redirect_uris, *body.redirect_uris]))
    world.save(app)
    return {"redirect_uris": app.redirect_uris}


@router.put("/apps/{client_id}")
async def put_app(world: TheWorld, client_id: str, body: AppBody) -> Json:
    """Create or change an app registration."""
    app = world.apps.get(client_id) or App(client_id=client_id, name=body.name or "App", object_id=world.chance.guid())
    for name, value in body.model_dump(
        exclude_none=True, exclude={"client_secret", "secret_expires_in", "certificates"}
    ).items():
        setattr(app, name, value)
    if body.certificates is not None:
        app.certificates = uploaded(body.certificates)
    if body.client_secret is not None:
        app.secrets = [Secret(body.client_secret)] if body.client_secret else []
    if body.secret_expires_in is not None:
        ends = world.clock.now() + body.secret_expires_in
        app.secrets = [Secret(each.value, ends) for each in app.secrets]
    world.save(app)
    return _app(app)


@router.post("/apps/{client_id}/withdraw-consent")
async def withdraw_consent(world: TheWorld, client_id: str) -> Json:
    """Take back everything that was allowed to an app."""
    consent.withdraw(world, _get_app(world, client_id))
    return {}


def _group(group: Group) -> Json:
    return {"id": group.id, "name": group.name, "members": group.members}


def _get_app(world: World, client_id: str) -> App:
    app = world.apps.get(client_id)
    if app is None:
        raise Missing(f"There is no app {client_id}.")
    return app


def _apply(user: User, body: UserBody) -> list[str]:
    """Take over what is given; the names of what became different."""
    changed: list[str] = []
    for name in sorted(body.model_fields_set):
        given = getattr(body, name)
        value = tuple(given) if name in _TUPLES and given is not None else given
        if getattr(user, name) != value:
            setattr(user, name, value)
            changed.append(name)
    return changed


def _user(world: World, user: User) -> Json:
    availability, activity = presence.shown(world, user.id)
    return {
        "id": user.id,
        "name": user.display_name,
        "username": user.upn,
        "mail": user.mail,
        "job_title": user.job_title,
        "department": user.department,
        "user_type": user.user_type,
        "enabled": user.enabled,
        "deleted": user.deleted,
        "skus": list(user.skus),
        "has_teams_license": directory.has_teams(world, user),
        "proxy_addresses": list(user.addresses()),
        "availability": availability,
        "activity": activity,
        "password": user.password,
    }


def _app(app: App) -> Json:
    return {
        "client_id": app.client_id,
        "name": app.name,
        "redirect_uris": app.redirect_uris,
        "spa_redirect_uris": app.spa_redirect_uris,
        "declared_scopes": app.declared_scopes,
        "admin_scopes": app.admin_scopes,
        "app_roles": app.app_roles,
        "certificates": app.certificates,
        "enabled": app.enabled,
    }
