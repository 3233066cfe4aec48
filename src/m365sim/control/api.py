"""The control API: one FastAPI application, so that it has OpenAPI at /_sim/openapi.json."""

from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from m365sim.control import act, directory, faults, page, tenant
from m365sim.faults.plan import Fault
from m365sim.scenarios.load import Scenario, ScenarioError
from m365sim.switches import Switches
from m365sim.world.refusals import Missing, NotAllowed, Refusal, TooLarge

if TYPE_CHECKING:
    from m365sim.app import Simulator


def build_control(simulator: "Simulator") -> FastAPI:
    """All control routes."""
    app = _Control(title="m365sim control", docs_url=None, redoc_url=None)
    app.state.simulator = simulator
    app.include_router(tenant.router)
    app.include_router(act.router)
    app.include_router(directory.router)
    app.include_router(faults.router)
    app.include_router(page.router)
    app.mount("/static", StaticFiles(directory=page.FOLDER))
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(ScenarioError, _refused)
    return app


class _Control(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """With the bodies that are read by msgspec: faults, switches, scenarios."""
        if self.openapi_schema is None:
            document = super().openapi()
            types = (Fault, Switches, Scenario)
            _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
            document["components"]["schemas"] |= schemas
        return super().openapi()


async def _refused(request: Request, trouble: Exception) -> JSONResponse:
    """What the tenant refuses, said plainly."""
    del request
    statuses = {Missing: 404, NotAllowed: 403, TooLarge: 413}
    return JSONResponse({"error": str(trouble)}, statuses.get(type(trouble), 400))
