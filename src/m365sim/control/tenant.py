"""Info, reset, clock, switches, settling, subscriptions."""

import msgspec
from fastapi import APIRouter

from m365sim.clock import graph_time
from m365sim.control.access import Sim, TheWorld
from m365sim.control.bodies import AdvanceBody, ResetBody, described
from m365sim.graph.subscriptions import subscription_json
from m365sim.identity.keys import rotate
from m365sim.scenarios.load import read_scenario
from m365sim.switches import Switches
from m365sim.world import directory
from m365sim.world.refusals import Invalid, Missing
from m365sim.world.watching import Subscription
from m365sim.world.world import World

router = APIRouter()
Json = dict[str, object]


@router.get("/info")
async def info(sim: Sim) -> Json:
    """Where everything is, and who can sign in with what."""
    return describe(sim)


def describe(sim: Sim) -> Json:
    """The same for the ready file."""
    world, addresses = sim.world, sim.addresses
    app = next(iter(world.apps.values()), None)
    return {
        "graph_url": f"{addresses.http}/v1.0",
        "graph_https_url": f"{addresses.graph or addresses.https}/v1.0",
        "authority_url": f"{addresses.http}/{world.tenant.id}",
        "authority_https_url": f"{addresses.https}/{world.tenant.id}",
        "ca_file": str(sim.settings.ca_file) if sim.settings.ca_file else None,
        "teams_url": f"{addresses.http}/teams",
        "control_url": f"{addresses.http}/_sim",
        "tenant_id": world.tenant.id,
        "client_id": app.client_id if app else None,
        "client_secret": app.secrets[0].value if app and app.secrets else None,
        "people": [
            {
                "id": user.id,
                "name": user.display_name,
                "username": user.upn,
                "password": user.password,
                "has_teams_license": directory.has_teams(world, user),
            }
            for user in world.user_list[:1000]
            if not user.deleted
        ],
    }


@router.post("/reset")
async def reset(sim: Sim, body: ResetBody | None = None) -> Json:
    """Back to a scenario's start."""
    wanted = body or ResetBody()
    scenario = read_scenario(sim.settings.scenario if wanted.scenario is None else wanted.scenario)
    await sim.reset(scenario, sim.settings.seed if wanted.seed is None else wanted.seed)
    return describe(sim)


@router.get("/clock")
async def clock(world: TheWorld) -> Json:
    """The tenant's time."""
    now = world.clock.now_ms()
    return {"now": graph_time(now), "epoch_seconds": now / 1000, "advanced_seconds": world.clock.offset}


@router.post("/clock/advance")
async def advance(sim: Sim, body: AdvanceBody) -> Json:
    """Move the clock; what falls due on the way happens."""
    await sim.advance(body.seconds)
    return await clock(sim.world)


@router.post("/settle")
async def settle(sim: Sim) -> Json:
    """Return when all notifications that are due have been delivered or given up."""
    await sim.courier.settle()
    return {"pending": len(sim.world.pending), **msgspec.to_builtins(sim.courier.tally)}


@router.get("/switches")
async def switches(world: TheWorld) -> Json:
    """How open questions are answered at present."""
    answer: Json = msgspec.to_builtins(world.switches)
    return answer


@router.patch("/switches", openapi_extra=described({"$ref": "#/components/schemas/Switches"}))
async def change_switches(world: TheWorld, body: Json) -> Json:
    """Answer some of them differently."""
    try:
        world.switch(msgspec.convert(msgspec.to_builtins(world.switches) | body, Switches))
    except msgspec.ValidationError as trouble:
        raise Invalid(str(trouble)) from trouble
    return await switches(world)


@router.post("/keys/rotate")
async def rotate_keys(sim: Sim) -> Json:
    """Sign with a new key from now on; the old ones stay published."""
    key = rotate(sim.world)
    sim.envelopes.forget_proofs()
    return {"kid": key.kid}


@router.get("/subscriptions")
async def list_subscriptions(sim: Sim) -> Json:
    """Every subscription of every app, with what has become of it."""
    states = sim.courier.states()
    now = sim.world.clock.now()
    waiting: dict[str, int] = {}
    for pending in sim.world.pending.values():
        waiting[pending.subscription_id] = waiting.get(pending.subscription_id, 0) + 1
    return {
        "value": [
            subscription_json(item)
            | {
                "tokenExpirationDateTime": graph_time(int(item.token_expires_at * 1000)),
                "paused": item.token_expires_at <= now,
                "endpointState": states.get(item.notification_url, "ok"),
                "pendingNotifications": waiting.get(item.id, 0),
            }
            for item in sim.world.subscriptions.values()
        ]
    }


@router.post("/subscriptions/{subscription}/remove")
async def remove_subscription(sim: Sim, subscription: str) -> Json:
    """Graph removes it and sends subscriptionRemoved."""
    sim.lifecycle.remove(_get(sim.world, subscription))
    return {}


@router.post("/subscriptions/{subscription}/challenge")
async def challenge_subscription(sim: Sim, subscription: str) -> Json:
    """Graph asks for a fresh token with reauthorizationRequired."""
    sim.lifecycle.challenge(_get(sim.world, subscription))
    return {}


def _get(world: World, number: str) -> Subscription:
    found = world.subscriptions.get(number)
    if found is None:
        raise Missing(f"There is no subscription {number}.")
    return found
