"""Stories of the control itself."""

import json
import re

from sim_tenant import Tenant

from m365sim.faults.plan import DELIVERY_FAULTS, REQUEST_FAULTS, TENANT_FAULTS

FAULTS = (*REQUEST_FAULTS, *DELIVERY_FAULTS, *TENANT_FAULTS)


class TestDescription:
    async def test_bodies_are_described_whole(self, tenant: Tenant) -> None:
        document = (await tenant.http.get("/_sim/openapi.json")).json()
        schemas = document["components"]["schemas"]
        kinds = schemas["Fault"]["properties"]["fault"]["anyOf"]
        assert set(FAULTS) == {name for kind in kinds for name in kind["enum"]}
        assert {"throttling", "others_messages"} <= schemas["Switches"]["properties"].keys()
        assert {"people", "chats", "generate"} <= schemas["Scenario"]["properties"].keys()
        used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
        assert used - schemas.keys() == set()
        planned = document["paths"]["/faults"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert {"$ref": "#/components/schemas/Fault"} in planned["oneOf"]


class TestPeople:
    async def test_the_first_so_many_of_those_who_fit(self, tenant: Tenant) -> None:
        found = (await tenant.control("GET", "/users?find=AN&limit=1"))["value"]
        assert [user["name"] for user in found] == ["Anne Baker"]
        assert len((await tenant.control("GET", "/users"))["value"]) == len(tenant.people)


class TestReset:
    async def test_back_to_the_start(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.chat(anne, "anne", "robin")
        await tenant.control(
            "POST", f"/apps/{tenant.info['client_id']}/redirect-uris", {"redirect_uris": ["https://x/"]}
        )
        again = await tenant.control("POST", "/reset", {})
        assert again["people"] == tenant.info["people"]
        assert (await tenant.control("GET", "/chats"))["value"] == []
        assert (await anne.get("/me")).status_code == 401
        apps = (await tenant.control("GET", "/apps"))["value"]
        assert "https://x/" in apps[0]["redirect_uris"]

    async def test_another_scenario(self, tenant: Tenant) -> None:
        scenario = {"people": [{"alias": "solo", "name": "Solo Person"}]}
        info = await tenant.control("POST", "/reset", {"scenario": scenario})
        assert [person["name"] for person in info["people"]] == ["Solo Person"]
        refused = await tenant.http.post("/_sim/reset", json={"scenario": {"peple": []}})
        assert refused.status_code == 400
        assert "peple" in refused.json()["error"]
