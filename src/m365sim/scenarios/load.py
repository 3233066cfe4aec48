"""Reading a scenario and building the tenant from it (format: docs/m365sim.md)."""

import json
from pathlib import Path

import msgspec
from msgspec import Struct, field

from m365sim.chance import Chance
from m365sim.scenarios.people import TEAMS_SKU, address_part, invent, invent_plain
from m365sim.switches import Switches
from m365sim.world import chats, directory, messages
from m365sim.world.credentials import uploaded
from m365sim.world.presences import Presence
from m365sim.world.records import App, Group, Secret, Tenant, User
from m365sim.world.refusals import Invalid
from m365sim.world.world import World


class TenantSpec(Struct, forbid_unknown_fields=True):
    """The organization."""

    domain: str = "contoso.example"
    name: str = "Contoso"
    id: str | None = None
    user_consent_policy: str = "microsoft-user-default-recommended"
    consent_requests: bool = False


class AppSpec(Struct, forbid_unknown_fields=True):
    """An app registration; ids and secrets come from the seed unless given."""

    name: str = "App"
    client_id: str | None = None
    client_secret: str | None = None
    redirect_uris: list[str] = field(default_factory=list)
    spa_redirect_uris: list[str] = field(default_factory=list)
    declared_scopes: list[str] = field(default_factory=list)
    admin_scopes: list[str] = field(default_factory=list)
    app_roles: list[str] = field(default_factory=list)
    declared_roles: list[str] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    public_client: bool = False
    enabled: bool = True
    assignment_required: bool = False
    exposed_scopes: list[str] = field(default_factory=list)
    id_tokens_at_once: bool = False


class PersonSpec(Struct, forbid_unknown_fields=True):
    """One person by name."""

    alias: str
    name: str
    id: str | None = None
    job_title: str | None = None
    department: str | None = None
    sku: str | None = TEAMS_SKU
    roles: list[str] = field(default_factory=list)
    presence: str = "Offline"
    password: str | None = None
    enabled: bool = True
    mail: str | None = "upn"
    proxy_addresses: list[str] | None = None
    user_type: str = "Member"
    mfa: bool = False
    home_tenant: str | None = None


class GroupSpec(Struct, forbid_unknown_fields=True):
    """A group: people by alias, and groups by name that stand before it in the list."""

    name: str
    id: str | None = None
    members: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


class MessageSpec(Struct, forbid_unknown_fields=True, rename={"sender": "from"}):
    """Something said before the story begins."""

    sender: str
    text: str


class ChatSpec(Struct, forbid_unknown_fields=True):
    """A chat that exists from the start."""

    members: list[str]
    topic: str | None = None
    meeting: bool = False
    messages: list[MessageSpec] = field(default_factory=list)


class GenerateSpec(Struct, forbid_unknown_fields=True):
    """People to invent."""

    people: int = 0
    varied: bool = False


class Scenario(Struct, forbid_unknown_fields=True):
    """A whole starting point."""

    tenant: TenantSpec = field(default_factory=TenantSpec)
    apps: list[AppSpec] = field(default_factory=list)
    people: list[PersonSpec] = field(default_factory=list)
    groups: list[GroupSpec] = field(default_factory=list)
    chats: list[ChatSpec] = field(default_factory=list)
    password: str = "Teams-demo-1"  # noqa: S105 - of invented people
    generate: GenerateSpec = field(default_factory=GenerateSpec)
    switches: Switches | None = None


class ScenarioError(ValueError):
    """The scenario cannot be read; the message says why."""


def read_scenario(source: str | dict[str, object]) -> Scenario:
    """A scenario by name (`demo`), by path, or given inline."""
    if isinstance(source, dict):
        return _parse(json.dumps(source).encode(), "the inline scenario")
    named = Path(__file__).parent / f"{source}.json"
    path = named if source.isidentifier() and named.exists() else Path(source)
    try:
        return _parse(path.read_bytes(), str(source))
    except OSError as trouble:
        raise ScenarioError(f"Cannot read scenario {source}: {trouble.strerror}.") from trouble


def build(world: World, scenario: Scenario, seed: int) -> None:
    """Fill an empty world."""
    chance = Chance(seed)
    domain = scenario.tenant.domain
    world.save(
        Tenant(
            id=scenario.tenant.id or chance.guid(),
            domain=domain,
            name=scenario.tenant.name,
            seed=seed,
            user_consent_policy=scenario.tenant.user_consent_policy,
            consent_requests=scenario.tenant.consent_requests,
            switches=scenario.switches or Switches(),
        )
    )
    for app in scenario.apps:
        world.save(_app(app, chance))
    for person in scenario.people:
        _add_person(world, person, chance, scenario)
    _generate(world, scenario, chance)
    for group in scenario.groups:
        _add_group(world, group, chance, domain)
    for chat in scenario.chats:
        _add_chat(world, chat, domain)


def _parse(text: bytes, name: str) -> Scenario:
    try:
        return msgspec.json.decode(text, type=Scenario)
    except msgspec.MsgspecError as trouble:
        raise ScenarioError(f"Cannot understand {name}: {trouble}") from trouble


def _app(spec: AppSpec, chance: Chance) -> App:
    client_id, object_id, secret = chance.guid(), chance.guid(), chance.secret()
    return App(
        client_id=spec.client_id or client_id,
        object_id=object_id,
        name=spec.name,
        secrets=[Secret(spec.client_secret or secret)],
        certificates=_uploaded(spec),
        redirect_uris=spec.redirect_uris,
        spa_redirect_uris=spec.spa_redirect_uris,
        declared_scopes=spec.declared_scopes or spec.admin_scopes,
        admin_scopes=spec.admin_scopes,
        app_roles=spec.app_roles,
        declared_roles=spec.declared_roles or spec.app_roles,
        public_client=spec.public_client,
        enabled=spec.enabled,
        assignment_required=spec.assignment_required,
        exposed_scopes=spec.exposed_scopes,
        id_tokens_at_once=spec.id_tokens_at_once,
    )


def _uploaded(spec: AppSpec) -> list[str]:
    try:
        return uploaded(spec.certificates)
    except Invalid as trouble:
        raise ScenarioError(str(trouble)) from trouble


def _add_person(world: World, spec: PersonSpec, chance: Chance, scenario: Scenario) -> None:
    upn = spec.alias if "@" in spec.alias else f"{spec.alias}@{scenario.tenant.domain}"
    given, _, surname = spec.name.partition(" ")
    availability, _, activity = spec.presence.partition("/")
    user = User(
        id=spec.id or chance.guid(),
        upn=upn,
        display_name=spec.name,
        given_name=given,
        surname=surname or None,
        mail=upn if spec.mail == "upn" else spec.mail,
        job_title=spec.job_title,
        department=spec.department,
        company_name=scenario.tenant.name,
        preferred_language="en-US",
        proxy_addresses=None if spec.proxy_addresses is None else tuple(spec.proxy_addresses),
        user_type=spec.user_type,
        enabled=spec.enabled,
        skus=(spec.sku,) if spec.sku else (),
        roles=tuple(spec.roles),
        password=spec.password or scenario.password,
        mfa=spec.mfa,
        home_tenant=spec.home_tenant,
    )
    world.save(user)
    said = (availability, activity or availability)
    world.save(Presence(user_id=user.id, base=said, shown=said))


def _generate(world: World, scenario: Scenario, chance: Chance) -> None:
    wanted = scenario.generate
    if not wanted.varied:
        for user in invent_plain(chance, wanted.people, scenario.tenant.domain):
            world.save(user)
        return
    taken = {address_part(user.display_name) for user in world.users.values()}
    people = invent(chance, wanted.people, scenario.tenant.domain, scenario.password)
    for user, presence in people:
        # An invented namesake of somebody in the story would only confuse.
        if address_part(user.display_name) not in taken:
            world.save(user)
            world.save(presence)


def _add_group(world: World, spec: GroupSpec, chance: Chance, domain: str) -> None:
    members = [_find(world, alias, domain).id for alias in spec.members]
    for name in spec.groups:
        inner = directory.find_group(world, name)
        if inner is None:
            raise ScenarioError(f"The scenario speaks of the group {name}, which it does not list before.")
        members.append(inner.id)
    world.save(Group(id=spec.id or chance.guid(), name=spec.name, members=members))


def _add_chat(world: World, spec: ChatSpec, domain: str) -> None:
    people = [_find(world, alias, domain) for alias in spec.members]
    if len(people) == 2 and spec.topic is None and not spec.meeting:
        chat = chats.create_one_on_one(world, people[0], people[1])
    else:
        members = [chats.member_of(world, user) for user in people]
        chat = chats.create_group(world, members, spec.topic, "meeting" if spec.meeting else "group")
    for said in spec.messages:
        messages.send(world, chat, _find(world, said.sender, domain), messages.Draft(said.text))


def _find(world: World, alias: str, domain: str) -> User:
    upn = alias if "@" in alias else f"{alias}@{domain}"
    user = world.user_by_upn.get(upn.lower())
    if user is None:
        raise ScenarioError(f"The scenario speaks of {alias}, whom it does not list.")
    return user
