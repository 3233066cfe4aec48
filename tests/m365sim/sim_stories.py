"""What stories do all the time."""

from typing import Any

import httpx
from sim_tenant import Tenant


async def watch(tenant: Tenant, graph: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await tenant.subscribe(graph, f"/users/{tenant.people['anne']}/chats/getAllMessages", **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def say(tenant: Tenant, alias: str, text: str, to: str = "anne") -> dict[str, str]:
    return await tenant.control(
        "POST", f"/users/{alias}@contoso.example/messages", {"to": f"{to}@contoso.example", "text": text}
    )


async def rules(tenant: Tenant) -> list[str]:
    """Which rules the client has broken."""
    return [item["rule"] for item in (await tenant.control("GET", "/conduct"))["violations"]]
