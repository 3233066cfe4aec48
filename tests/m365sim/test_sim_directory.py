"""Stories of the directory and of licenses (facts.md 2 and 3)."""

import httpx
import pytest
from sim_tenant import SCENARIO, Tenant, Webhook

from m365sim.settings import Settings

MANY = SCENARIO | {"generate": {"people": 320, "varied": True}}


async def read_all(graph: httpx.AsyncClient, address: str) -> tuple[list[dict], str]:
    """All pages, and the delta link if there is one."""
    found: list[dict] = []
    while True:
        page = (await graph.get(address)).json()
        found += page["value"]
        if "@odata.nextLink" not in page:
            return found, page.get("@odata.deltaLink", "")
        address = page["@odata.nextLink"]


class TestMe:
    async def test_the_default_properties(self, tenant: Tenant) -> None:
        me = (await (await tenant.person("anne")).get("/me")).json()
        assert me.keys() - {"@odata.context"} == {
            "businessPhones", "displayName", "givenName", "jobTitle", "mail", "mobilePhone", "officeLocation",
            "preferredLanguage", "surname", "userPrincipalName", "id",
        }  # fmt: skip

    async def test_select(self, tenant: Tenant) -> None:
        me = (await (await tenant.person("anne")).get("/me?$select=id,proxyAddresses,accountEnabled")).json()
        assert me["proxyAddresses"] == ["SMTP:anne@contoso.example"]
        assert me["accountEnabled"] is True
        assert "displayName" not in me

    async def test_licenses(self, tenant: Tenant) -> None:
        anne, lee = await tenant.person("anne"), await tenant.person("lee")
        for spelling in ("getTeamsLicensingDetails", "getTeamsLicensingDetails()"):
            assert (await anne.get(f"/me/licenseDetails/{spelling}")).json()["hasTeamsLicense"] is True
            assert (await lee.get(f"/me/licenseDetails/{spelling}")).json()["hasTeamsLicense"] is False
        (product,) = (await anne.get("/me/licenseDetails")).json()["value"]
        assert "TEAMS1" in [plan["servicePlanName"] for plan in product["servicePlans"]]

    async def test_an_app_has_no_me(self, tenant: Tenant) -> None:
        answer = await (await tenant.app()).get("/me")
        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "/me request is only valid with delegated authentication flow."

    async def test_nobody_has_a_photo(self, tenant: Tenant) -> None:
        graph = await tenant.person("anne")
        for path in ("/me/photo", "/me/photo/$value", "/me/photos/48x48/$value", "/users/robin@contoso.example/photo"):
            answer = await graph.get(path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "ImageNotFound")

    async def test_whose_organization_it_is(self, tenant: Tenant) -> None:
        (organization,) = (await (await tenant.person("anne")).get("/organization")).json()["value"]
        assert (organization["id"], organization["displayName"]) == (tenant.id, "Contoso")
        assert organization["verifiedDomains"][0]["name"] == "contoso.example"


class TestUsers:
    async def test_how_many(self, tenant: Tenant) -> None:
        app = await tenant.app()
        eventual = {"ConsistencyLevel": "eventual"}
        answer = await app.get("/users/$count", headers=eventual)
        assert (answer.headers["content-type"], answer.text) == ("text/plain", str(len(tenant.people)))
        some = await app.get("/users/$count?$filter=startswith(displayName,'Anne')", headers=eventual)
        assert some.text == "1"
        assert (await app.get("/users/$count")).status_code == 400

    async def test_pages_of_a_varied_organization(self, webhook: Webhook) -> None:
        tenant = await Tenant(webhook, settings=Settings(scenario=MANY)).open()
        app = await tenant.app()
        found, _ = await read_all(app, "/users?$top=100&$select=id,displayName,mail,userType,accountEnabled")
        assert 300 < len(found) < 330
        assert len({user["id"] for user in found}) == len(found)
        assert any(user["mail"] is None for user in found)
        assert any(user["userType"] == "Guest" for user in found)
        assert any(not user["accountEnabled"] for user in found)
        assert {"美咲 佐藤", "עומר"} & {user["displayName"] for user in found}
        await tenant.close()

    async def test_the_same_seed_gives_the_same_people(self, webhook: Webhook) -> None:
        people = []
        for _ in range(2):
            tenant = await Tenant(webhook, settings=Settings(scenario=MANY, seed=7)).open()
            people.append([(user.id, user.upn, user.skus) for user in tenant.sim.world.user_list])
            await tenant.close()
        assert people[0] == people[1]

    @pytest.mark.parametrize(
        ("options", "names"),
        [
            ("$filter=userPrincipalName eq 'robin@contoso.example'", ["Robin Hale"]),
            ("$filter=startswith(displayName,'Ro')", ["Robin Hale"]),
            ("$filter=mail in ('anne@contoso.example','ben@contoso.example')", ["Anne Baker", "Ben Okafor"]),
            ("$filter=proxyAddresses/any(p:p eq 'SMTP:BEN@contoso.example')", ["Ben Okafor"]),
            ("$filter=accountEnabled eq true and startswith(surname,'O')", ["Ben Okafor", "Dana Ortiz"]),
            ('$search="displayName:hal"&$count=true', ["Robin Hale"]),
            ("$filter=endswith(mail,'n@contoso.example')&$count=true", ["Robin Hale", "Ben Okafor"]),
            ("$orderby=displayName desc&$top=2", ["Robin Hale", "Lee Chen"]),
        ],
    )
    async def test_finding(self, tenant: Tenant, options: str, names: list[str]) -> None:
        app = await tenant.app()
        answer = (await app.get(f"/users?{options}", headers={"ConsistencyLevel": "eventual"})).json()
        assert [user["displayName"] for user in answer["value"]] == names

    @pytest.mark.parametrize(
        ("options", "code"),
        [
            ("$top=1000", "Request_BadRequest"),
            ("$skip=5", "Request_BadRequest"),
            ("$count=true", "Request_UnsupportedQuery"),
            ("$filter=nonsense eq 'x'", "Request_UnsupportedQuery"),
            ("$filter=what is this", "BadRequest"),
        ],
    )
    async def test_bad_options(self, tenant: Tenant, options: str, code: str) -> None:
        answer = await (await tenant.app()).get(f"/users?{options}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)

    async def test_the_basic_profile_of_others(self, tenant: Tenant) -> None:
        await tenant.control(
            "PUT", f"/apps/{tenant.info['client_id']}", {"admin_scopes": ["User.Read", "User.ReadBasic.All"]}
        )
        graph = await tenant.person("anne", "User.Read User.ReadBasic.All")
        robin = (await graph.get("/users/robin@contoso.example")).json()
        assert robin["displayName"] == "Robin Hale"
        assert "jobTitle" not in robin
        me = (await graph.get(f"/users/{tenant.people['anne']}")).json()
        assert me["jobTitle"] == "Agent"

    async def test_nobody(self, tenant: Tenant) -> None:
        answer = await (await tenant.app()).get("/users/nobody@contoso.example")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "Request_ResourceNotFound"

    async def test_only_with_permission(self, tenant: Tenant) -> None:
        answer = await (await tenant.person("anne")).get("/users")
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "Authorization_RequestDenied"


class TestDelta:
    SELECT = "/users/delta?$select=displayName,jobTitle,assignedPlans"

    async def test_first_everybody_then_what_changed(self, tenant: Tenant) -> None:
        app = await tenant.app()
        first, link = await read_all(app, f"{self.SELECT}&$top=2")
        assert {user["displayName"] for user in first} == {
            "Anne Baker", "Robin Hale", "Ben Okafor", "Lee Chen", "Dana Ortiz",
        }  # fmt: skip
        nothing, link = await read_all(app, link)
        assert nothing == []
        await tenant.control("PATCH", "/users/robin@contoso.example", {"job_title": "Head of Billing"})
        await tenant.control("DELETE", "/users/ben@contoso.example")
        await tenant.control("DELETE", "/users/lee@contoso.example?purge=true")
        new = {"upn": "new@contoso.example", "display_name": "New Person"}
        await tenant.control("POST", "/users", new)
        changes, _ = await read_all(app, link)
        assert changes[0]["jobTitle"] == "Head of Billing"
        assert changes[1] == {"id": tenant.people["ben"], "@removed": {"reason": "changed"}}
        assert changes[2] == {"id": tenant.people["lee"], "@removed": {"reason": "deleted"}}
        assert changes[3]["displayName"] == "New Person"
        assert changes[3]["assignedPlans"]

    async def test_a_change_during_the_first_round_is_not_missed(self, tenant: Tenant) -> None:
        app = await tenant.app()
        page = (await app.get(f"{self.SELECT}&$top=3")).json()
        await tenant.control("PATCH", "/users/anne@contoso.example", {"job_title": "Lead"})
        _, link = await read_all(app, page["@odata.nextLink"])
        changes, _ = await read_all(app, link)
        assert [user["jobTitle"] for user in changes] == ["Lead"]

    async def test_changes_come_in_pages_too(self, tenant: Tenant) -> None:
        app = await tenant.app()
        _, link = await read_all(app, f"{self.SELECT}&$top=2")
        for number, alias in enumerate(("anne", "robin", "ben", "anne")):
            await tenant.control("PATCH", f"/users/{alias}@contoso.example", {"job_title": f"Title {number}"})
        changes, _ = await read_all(app, link)
        assert [user["displayName"] for user in changes] == ["Robin Hale", "Ben Okafor", "Anne Baker"]

    @pytest.mark.parametrize("status", [410, 400])
    async def test_after_a_week_start_over(self, tenant: Tenant, status: int) -> None:
        await tenant.control("PATCH", "/switches", {"expired_delta_status": status})
        _, link = await read_all(await tenant.app(), self.SELECT)
        await tenant.advance(days=8)
        answer = await (await tenant.app()).get(link)
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == "syncStateNotFound"
        assert ("location" in answer.headers) == (status == 410)

    async def test_only_chosen_ids(self, tenant: Tenant) -> None:
        app = await tenant.app()
        wanted = f"$filter=id eq '{tenant.people['anne']}' or id eq '{tenant.people['ben']}'"
        found, _ = await read_all(app, f"/users/delta()?{wanted}")
        assert {user["displayName"] for user in found} == {"Anne Baker", "Ben Okafor"}
        refused = await app.get("/users/delta?$filter=startswith(displayName,'A')")
        assert refused.status_code == 400

    async def test_minimal_answers_have_only_what_changed(self, tenant: Tenant) -> None:
        app = await tenant.app()
        minimal = {"Prefer": "return=minimal"}
        first = (await app.get(self.SELECT, headers=minimal)).json()
        assert "jobTitle" not in next(user for user in first["value"] if user["displayName"] == "Ben Okafor")
        await tenant.control("PATCH", "/users/robin@contoso.example", {"job_title": "Lead"})
        changed = await app.get(first["@odata.deltaLink"], headers=minimal)
        assert changed.headers["preference-applied"] == "return=minimal"
        assert changed.json()["value"] == [{"id": tenant.people["robin"], "jobTitle": "Lead"}]
        whole = (await app.get(first["@odata.deltaLink"])).json()["value"]
        assert whole[0].keys() == {"id", "displayName", "jobTitle", "assignedPlans"}

    async def test_what_was_not_selected_is_not_told(self, tenant: Tenant) -> None:
        app = await tenant.app()
        _, link = await read_all(app, self.SELECT)
        await tenant.control("PATCH", "/users/robin@contoso.example", {"mail": "other@contoso.example"})
        await tenant.control("PATCH", "/users/ben@contoso.example", {"job_title": None})
        assert (await read_all(app, link))[0] == []

    async def test_a_later_change_of_something_else_hides_nothing(self, tenant: Tenant) -> None:
        """Each page continues the same round, wherever in it somebody now stands."""
        app = await tenant.app()
        _, link = await read_all(app, f"{self.SELECT}&$top=1")
        await tenant.control("PATCH", "/users/anne@contoso.example", {"job_title": "Lead"})
        await tenant.control("PATCH", "/users/ben@contoso.example", {"job_title": "Lead"})
        await tenant.control("PATCH", "/users/anne@contoso.example", {"mail": "a@contoso.example"})
        changes, _ = await read_all(app, link)
        assert {user["displayName"] for user in changes} == {"Ben Okafor", "Anne Baker"}


class TestApplications:
    """What an app can read about itself."""

    async def test_the_app_sees_how_long_its_secret_lasts(self, tenant: Tenant) -> None:
        client_id = tenant.info["client_id"]
        await tenant.http.put(f"/_sim/apps/{client_id}", json={"app_roles": ["Application.Read.All"]})
        graph = await tenant.app()
        mine = f"$filter=appId eq '{client_id}'"
        (app,) = (await graph.get(f"/applications?{mine}")).json()["value"]
        assert app["passwordCredentials"][0]["endDateTime"].startswith("2299")
        assert len(app["passwordCredentials"][0]["hint"]) == 3
        await tenant.http.put(f"/_sim/apps/{client_id}", json={"secret_expires_in": 86_400})
        (app,) = (await graph.get(f"/applications?{mine}&$select=passwordCredentials")).json()["value"]
        assert app["passwordCredentials"][0]["endDateTime"].startswith("2026-03-03")
        (principal,) = (await graph.get(f"/servicePrincipals?{mine}")).json()["value"]
        assert principal["appRoleAssignmentRequired"] is False
        assert (await graph.get("/applications?$filter=displayName eq 'x'")).status_code == 400

    async def test_not_without_the_permission(self, tenant: Tenant) -> None:
        assert (await (await tenant.app()).get("/applications")).status_code == 403
