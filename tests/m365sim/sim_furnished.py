"""A tenant in which everything that Microsoft's samples speak of is there, and what it has not, with the reason."""

import json
import re
from typing import Any

import httpx
import sim_examples
from sim_examples import OTHER_TENANT, Ids, missing, sample, shape
from sim_tenant import SCENARIO, Tenant, Webhook

from m365sim.settings import Settings

CHANNEL = "of a channel: this tenant has chats only"
TEAM = "of a team: this tenant has chats only"
MAIL = "of a mailbox: this tenant has chats only"
NOT_IN_METADATA = "not in the metadata of v1.0"
TOKEN = "has a token of another tenant"
#: Properties that samples show and answers of this tenant have not, by path, with the reason.
ABSENT: dict[str, str] = {
    r"(.*\.)?channelIdentity(\..*)?": CHANNEL,
    r"(.*\.)?onBehalfOf": NOT_IN_METADATA,
    r"(.*\.)?notificationContentType": NOT_IN_METADATA,
    r"(.*\.)?mentioned\.tag": NOT_IN_METADATA,
    r"(.*\.)?from\.conversation": NOT_IN_METADATA,
}
MORE_THAN_DEFAULT = (r"value\[\]\.(mailNickname|otherMails|proxyAddresses).*", "shows more than Graph gives unasked")
#: The same in single samples: the paths and the reason.
ABSENT_IN: dict[str, tuple[str, str]] = {
    "get-users.response.json": MORE_THAN_DEFAULT,
    "get-users.response.4.json": MORE_THAN_DEFAULT,
    "get-users.response.6.json": MORE_THAN_DEFAULT,
    "notification-basic.json-block.json": (r"value\[\]\.id", "only notifications of mail have one"),
    "notification-chat.json-block.2.json": (
        r"(members|messages|installedApps|tabs|permissionGrants|operations).*",
        "an older page; the newer sample is of a chat alone",
    ),
    "get-me-presence.response.3.json": (r"value.*", "shows a list where one presence is asked for"),
    "get-users.response.2.json": (r"value\[\].*", "finds somebody by an identity of another issuer"),
    "get-users-id.response.3.json": (r"postalCode", "addresses of houses are not simulated"),
}
#: What messages of channels have and those of chats have not.
CHANNELS_HAVE = (r"(value\[\]\.)?(webUrl|replyToId)",)
PEOPLE = [
    *SCENARIO["people"],
    {"alias": "gina", "name": "Gina Guest", "user_type": "Guest"},
    {"alias": "kim", "name": "Kim Other", "home_tenant": OTHER_TENANT},
    {"alias": "wanda", "name": "Wanda Adams", "sku": "SPB", "job_title": "Auditor"},
]
SAMPLES = SCENARIO | {
    "people": PEOPLE,
    "apps": [
        SCENARIO["apps"][0]
        | {
            "admin_scopes": [
                "User.Read", "User.Read.All", "Chat.ReadWrite", "ChatMessage.Send", "Presence.Read.All",
                "Presence.ReadWrite", "Files.ReadWrite",
            ],
            "app_roles": [
                "User.Read.All", "Chat.ReadWrite.All", "Presence.Read.All", "Chat.UpdatePolicyViolation.All",
            ],
        }
    ],
    "chats": [{"members": ["anne", "robin", "ben"], "topic": "Review", "meeting": True}],
}  # fmt: skip
#: What only an app may ask for.
FOR_APPS = re.compile(r"getAllMessages|/messages/delta|/users(\?|/delta|/\$count|$)|violation", re.IGNORECASE)


async def open_furnished(webhook: Webhook) -> Ids:
    """A new tenant with chats, messages of every kind, a meeting, a subscription and a presence."""
    return await furnish(await Tenant(webhook, settings=Settings(scenario=SAMPLES, throttling=False)).open())


async def furnish(tenant: Tenant) -> Ids:
    people = [tenant.people[alias] for alias in ("anne", "robin", "ben", "dana")]
    anne, robin = await person(tenant), await tenant.person("robin")
    ids = Ids(tenant, people=people)
    ids.one_on_one = await tenant.chat(anne, "anne", "robin")
    ids.group = await tenant.chat(anne, "anne", "robin", "ben", topic="Samples")
    ids.meeting = next(chat.id for chat in tenant.sim.world.chats.values() if chat.type == "meeting")
    picture = {"@microsoft.graph.temporaryId": "1", "contentBytes": "UE5H", "contentType": "image/png"}
    user = {"id": people[1], "displayName": "Robin Hale", "userIdentityType": "aadUser"}
    card = {"id": "1", "contentType": "application/vnd.microsoft.card.thumbnail", "content": "{}"}
    file = {"id": "2", "contentType": "reference", "contentUrl": "https://x.example/a.txt", "name": "a.txt"}
    said = {
        "subject": "Samples",
        "body": {
            "contentType": "html",
            "content": '<at id="0">Robin</at><img src="../hostedContents/1/$value"><attachment id="1"></attachment>',
        },
        "mentions": [{"id": 0, "mentionText": "Robin", "mentioned": {"user": user}}],
        "hostedContents": [picture],
        "attachments": [card, file],
    }
    session = {"sessionId": tenant.info["client_id"], "availability": "Available", "activity": "Available"}
    assert (await anne.post(f"/users/{people[0]}/presence/setPresence", json=session)).is_success
    for chat in (ids.one_on_one, ids.group):
        sent = (await anne.post(f"/chats/{chat}/messages", json=said)).json()
        at = f"/chats/{chat}/messages/{sent['id']}"
        assert (await robin.post(f"{at}/setReaction", json={"reactionType": "👍"})).status_code == 204
        await anne.patch(at, json={"importance": "high"})
        ids.in_one_on_one, ids.message = ids.message, sent["id"]
        ids.picture = sent["body"]["content"].split("/$value")[0].split("/")[-1]
    await anne.post(f"/chats/{ids.group}/messages", json={"body": {"content": "Hello"}})
    assert (await anne.patch(f"/chats/{ids.group}", json={"topic": "More samples"})).is_success
    details = {"mobile_phone": "+353 1", "office_location": "Dublin", "business_phones": ["+353 2"]}
    await tenant.control("PATCH", "/users/wanda@contoso.example", {"mail": "wanda@contoso.com"})
    for alias in ("anne", "robin", "wanda"):
        await tenant.control("PATCH", f"/users/{alias}@contoso.example", details | {"preferred_language": "en-IE"})
    ids.member = (await anne.get(f"/chats/{ids.group}/members")).json()["value"][1]["id"]
    fields = {"expirationDateTime": tenant.after(hours=2), "changeType": "deleted"}
    ids.subscription = (await tenant.subscribe(anne, "/me/chats/getAllMessages", **fields)).json()["id"]
    return ids


async def person(tenant: Tenant) -> httpx.AsyncClient:
    return await tenant.person("anne", " ".join(SAMPLES["apps"][0]["admin_scopes"]))


async def ask(ids: Ids, name: str) -> httpx.Response:
    """A sample request, by whom it takes."""
    request = sample(name)
    watched = str((request.get("body") or {}).get("resource", "")) if isinstance(request.get("body"), dict) else ""
    alone = FOR_APPS.search(request["url"]) or "policyViolation" in (request.get("body") or {})
    if watched.startswith(("/chats/getAllMessages", "/chats")) and "{" not in watched:
        alone = True
    graph = await (ids.tenant.app() if alone else person(ids.tenant))
    return await sim_examples.send(ids, graph, request)


def lacking(name: str, theirs: Any, ours: Any) -> set[str]:
    """What a sample shows and we do not, without what is listed."""
    known = [*ABSENT]
    if name in ABSENT_IN:
        known.append(ABSENT_IN[name][0])
    if any(mark in json.dumps(theirs) for mark in ("channels(", "/channels/", '"channelIdentity": {')):
        known += CHANNELS_HAVE
    return {path for path in missing(shape(theirs), shape(ours)) if not any(re.fullmatch(one, path) for one in known)}
