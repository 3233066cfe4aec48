"""Stories of the judge: what a client does wrong, by which rule, and where that rule is written."""

import re

from sim_stories import rules, say
from sim_tenant import Tenant, Webhook

from m365sim.conduct.rules import RULES


def test_every_rule_says_where_it_is_written() -> None:
    assert all(rule.sentence.endswith(".") for rule in RULES.values())
    assert all(re.match(r"facts\.md \d", rule.source) for rule in RULES.values())


class TestConduct:
    async def test_a_good_client_has_a_clean_record(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        await anne.post(f"/chats/{chat}/messages", json={"body": {"content": "Hello"}})
        await anne.get(f"/chats/{chat}/messages")
        assert await rules(tenant) == []

    async def test_waiting_as_long_as_asked_is_good(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.control("POST", "/faults", {"fault": "throttle", "seconds": 30, "on": {"path": "/me"}})
        assert (await anne.get("/me")).status_code == 429
        await tenant.advance(seconds=30)
        assert (await anne.get("/me")).status_code == 200
        assert await rules(tenant) == []

    async def test_asking_again_too_early(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.control("POST", "/faults", {"fault": "throttle", "seconds": 30, "on": {"path": "/me"}})
        await anne.get("/me")
        await tenant.advance(seconds=29)
        await anne.get("/me")
        (violation,) = (await tenant.control("GET", "/conduct"))["violations"]
        assert (violation["rule"], violation["what"], violation["count"]) == ("early-retry", "GET /me", 1)
        assert violation["source"].startswith("facts.md 8")

    async def test_another_address_of_the_sign_in_may_be_asked_at_once(self, tenant: Tenant) -> None:
        places = [f"/{tenant.id}/discovery/v2.0/keys", f"/{tenant.id}/v2.0/.well-known/openid-configuration"]
        for place in places:
            await tenant.control("POST", "/faults", {"fault": "throttle", "seconds": 30, "on": {"path": place}})
            assert (await tenant.http.get(place)).status_code == 429
        assert await rules(tenant) == []

    async def test_polling(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        for _ in range(6):
            await anne.get(f"/chats/{chat}/messages")
            await tenant.advance(seconds=15)
        assert await rules(tenant) == ["polling"]

    async def test_a_person_who_refreshes_is_no_poller(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        for pause in (3, 40, 2, 90, 7, 31, 4):
            await anne.get(f"/chats/{chat}/messages")
            await tenant.advance(seconds=pause)
        assert await rules(tenant) == []

    async def test_paths_that_graph_does_not_have(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        assert (await anne.get("/me/typing")).status_code == 400
        assert (await anne.put("/me")).status_code == 405
        await anne.get("http://m365sim.test/beta/me")
        assert set(await rules(tenant)) == {"undocumented-call", "beta-call"}

    async def test_what_is_deprecated(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        chat = await tenant.chat(anne, "anne", "robin")
        await anne.get(f"/chats/{chat}/messages?model=A")
        assert await rules(tenant) == ["deprecated-parameter"]

    async def test_a_slow_webhook(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.subscribe(anne, "/me/chats/getAllMessages")
        passing = iter(range(0, 1000, 4))
        tenant.sim.courier.stopwatch = lambda: float(next(passing))
        await say(tenant, "robin", "Four seconds pass")
        await tenant.settle()
        assert await rules(tenant) == ["slow-webhook"]

    async def test_a_subscription_runs_out(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await tenant.subscribe(anne, "/me/chats/getAllMessages")
        await tenant.advance(hours=3)
        assert await rules(tenant) == ["missed-renewal"]

    async def test_an_address_that_nobody_listens_at(self, tenant: Tenant, webhook: Webhook) -> None:
        anne = await tenant.person("anne")
        await tenant.subscribe(anne, "/me/chats/getAllMessages", expirationDateTime=tenant.after(hours=20))
        webhook.statuses = [500] * 1000
        await say(tenant, "robin", "Is somebody there?")
        await tenant.advance(hours=5)
        assert await rules(tenant) == ["subscription-left-behind"]

    async def test_renewing_and_reauthorizing_at_once(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        made = (await tenant.subscribe(anne, "/me/chats/getAllMessages")).json()
        await anne.post(f"/subscriptions/{made['id']}/reauthorize")
        await anne.patch(f"/subscriptions/{made['id']}", json={"expirationDateTime": tenant.after(hours=2)})
        assert await rules(tenant) == ["renew-and-reauthorize"]

    async def test_scopes_never_used_are_advised_on(self, tenant: Tenant) -> None:
        anne = await tenant.person("anne")
        await anne.get("/me")
        advice = (await tenant.control("GET", "/conduct"))["advice"]
        assert {item["rule"] for item in advice} == {"unused-scope"}
        assert {item["what"].split()[-1] for item in advice} >= {"Presence.Read.All", "Chat.ReadWrite"}
