"""Stories of presence (facts.md 4)."""

import httpx
import pytest
from sim_tenant import Tenant


class TestPresence:
    async def test_reading(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        mine = (await anne.get("/me/presence")).json()
        assert (mine["availability"], mine["activity"]) == ("Available", "Available")
        for path in (
            f"/users/{tenant.people['robin']}/presence",
            f"/communications/presences/{tenant.people['robin']}",
        ):
            assert (await anne.get(path)).json()["activity"] == "InACall"
        body = {"ids": [tenant.people["anne"], tenant.people["robin"], "00000000-0000-0000-0000-000000000000"]}
        several = (await anne.post("/communications/getPresencesByUserId", json=body)).json()["value"]
        assert [item["availability"] for item in several] == ["Available", "Busy"]

    @pytest.mark.parametrize("count", [0, 651])
    async def test_too_many_at_once(self, tenant: Tenant, count: int) -> None:
        anne = await tenant.person("anne")
        answer = await anne.post("/communications/getPresencesByUserId", json={"ids": ["x"] * count})
        assert answer.status_code == 400

    async def _set(self, tenant: Tenant, graph: httpx.AsyncClient, availability: str, activity: str) -> int:
        body = {
            "sessionId": tenant.info["client_id"],
            "availability": availability,
            "activity": activity,
            "expirationDuration": "PT1H",
        }
        at = f"/users/{tenant.people['ben']}/presence/setPresence"
        return (await graph.post(at, json=body)).status_code

    async def test_an_apps_word_fades(self, tenant: Tenant) -> None:
        ben = await tenant.person("ben", "Presence.ReadWrite Presence.Read.All User.Read")
        assert await self._set(tenant, ben, "Available", "Available") == 200
        shown = []
        for minutes in (0, 5, 5, 51):
            await tenant.advance(minutes=minutes)
            fresh = await tenant.person("ben", "Presence.Read.All")
            presence = (await fresh.get("/me/presence")).json()
            shown.append((presence["availability"], presence["activity"]))
        assert shown == [
            ("Available", "Available"),
            ("Available", "AvailableInactive"),
            ("Away", "Away"),
            ("Offline", "Offline"),
        ]

    async def test_many_report_at_once_and_what_is_asked_is_counted(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        said = [{"user": tenant.people["ben"], "availability": "Away"}, {"user": "robin@contoso.example"}]
        said[1] |= {"availability": "Busy", "activity": "InAMeeting"}
        await tenant.control("POST", "/presence", {"value": said})
        await tenant.control("DELETE", "/calls")
        body = {"ids": [tenant.people["ben"], tenant.people["robin"]]}
        several = (await anne.post("/communications/getPresencesByUserId", json=body)).json()["value"]
        assert [item["activity"] for item in several] == ["Away", "InAMeeting"]
        counted = await tenant.control("GET", "/calls")
        assert counted == {"made": {"POST /communications/getPresencesByUserId": 1}, "throttled": {}}

    async def test_what_the_person_chose_comes_first(self, tenant: Tenant) -> None:
        ben = await tenant.person("ben", "Presence.ReadWrite Presence.Read.All User.Read")
        await self._set(tenant, ben, "Busy", "InACall")
        at = f"/users/{tenant.people['ben']}/presence"
        chosen = {"availability": "BeRightBack", "activity": "BeRightBack", "expirationDuration": "PT1H"}
        assert (await ben.post(f"{at}/setUserPreferredPresence", json=chosen)).status_code == 200
        assert (await ben.get("/me/presence")).json()["availability"] == "BeRightBack"
        assert (await ben.post(f"{at}/clearUserPreferredPresence")).status_code == 200
        assert (await ben.get("/me/presence")).json()["activity"] == "InACall"
        cleared = await ben.post(f"{at}/clearPresence", json={"sessionId": tenant.info["client_id"]})
        assert cleared.status_code == 200
        assert (await ben.get("/me/presence")).json()["availability"] == "Offline"

    async def test_impossible_pairs(self, tenant: Tenant) -> None:
        ben = await tenant.person("ben", "Presence.ReadWrite Presence.Read.All")
        assert await self._set(tenant, ben, "Available", "OutOfOffice") == 400
        anne = await tenant.person("anne", "Presence.ReadWrite")
        assert await self._set(tenant, anne, "Available", "Available") == 403

    async def test_status_message(self, tenant: Tenant) -> None:
        ben = await tenant.person("ben", "Presence.ReadWrite Presence.Read.All")
        note = {"message": {"content": "In the lab", "contentType": "text"}}
        at = f"/users/{tenant.people['ben']}/presence/setStatusMessage"
        assert (await ben.post(at, json={"statusMessage": note})).status_code == 200
        shown = (await ben.get("/me/presence")).json()["statusMessage"]
        assert shown["message"]["content"] == "In the lab"

    async def test_a_status_message_ends(self, tenant: Tenant) -> None:
        ben = await tenant.person("ben", "Presence.ReadWrite Presence.Read.All")
        until = {"dateTime": "2026-03-02T10:30:00.0000000", "timeZone": "Europe/Dublin"}
        note = {"message": {"content": "At lunch", "contentType": "text"}, "expiryDateTime": until}
        at = f"/users/{tenant.people['ben']}/presence/setStatusMessage"
        assert (await ben.post(at, json={"statusMessage": note})).status_code == 200
        await tenant.advance(minutes=89)
        fresh = await tenant.person("ben", "Presence.Read.All")
        assert (await fresh.get("/me/presence")).json()["statusMessage"]["expiryDateTime"] == until
        await tenant.advance(minutes=1)
        assert (await fresh.get("/me/presence")).json()["statusMessage"] is None
