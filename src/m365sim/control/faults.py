"""Planning faults, reading the judge's report, and what was asked of Graph."""

import msgspec
from fastapi import APIRouter

from m365sim.control.access import Sim
from m365sim.control.bodies import described
from m365sim.faults.plan import TENANT_FAULTS, Fault
from m365sim.world.refusals import Invalid

router = APIRouter()
Json = dict[str, object]


@router.get("/faults")
async def list_faults(sim: Sim) -> Json:
    """What is planned, and how often it has struck."""
    return {"value": msgspec.to_builtins(sim.plan.faults)}


_ONE = {"$ref": "#/components/schemas/Fault"}
_SEVERAL = {"type": "object", "required": ["faults"], "properties": {"faults": {"type": "array", "items": _ONE}}}


@router.post("/faults", openapi_extra=described({"oneOf": [_ONE, _SEVERAL]}))
async def plan_faults(sim: Sim, body: Json) -> Json:
    """Plan one fault, or several as {"faults": […]}."""
    given = body.get("faults", [body])
    try:
        faults = msgspec.convert(given, list[Fault])
    except msgspec.ValidationError as trouble:
        raise Invalid(f"Cannot understand the fault: {trouble}") from trouble
    for fault in faults:
        if fault.fault in TENANT_FAULTS:
            sim.tenant_faults.plan(fault)
        else:
            sim.plan.add(fault, sim.world.chance)
    return {"value": msgspec.to_builtins(faults)}


@router.delete("/faults")
async def clear_faults(sim: Sim) -> Json:
    """Nothing goes wrong any more."""
    sim.plan.clear()
    return {}


@router.get("/conduct")
async def conduct(sim: Sim) -> Json:
    """What the client did wrong."""
    return sim.judge.report()


@router.delete("/conduct")
async def forgive(sim: Sim) -> Json:
    """Start judging afresh."""
    sim.judge.clear()
    return {}


@router.get("/calls")
async def calls(sim: Sim) -> Json:
    """How often each operation of Graph was asked for."""
    return sim.calls.report()


@router.delete("/calls")
async def forget_calls(sim: Sim) -> Json:
    """Count from nothing."""
    sim.calls.clear()
    return {}
