"""Microsoft's own sample bodies: which there are, and what in an answer they show."""

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
import sim_schema
from sim_tenant import Tenant

FOLDER = sim_schema.FOLDER / "examples"
#: What an annotation says is not part of a resource's shape.
_ANNOTATIONS = re.compile(r"@odata\.(type|context|etag|count)$")


@cache
def names() -> list[str]:
    """Every sample; none where the files are not there."""
    return sorted(file.name for file in FOLDER.glob("*.json") if file.name != "index.json")


@cache
def sample(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / name).read_text())


def shape(value: Any, at: str = "") -> set[tuple[str, str]]:
    """Each property's path and kind of value; null says nothing, and lists are looked into."""
    if isinstance(value, dict):
        found = {(at, "object")} if at else set()
        for key, item in value.items():
            if not _ANNOTATIONS.search(key):
                # Which link a page has depends on how much there is.
                name = "@odata.link" if key in ("@odata.nextLink", "@odata.deltaLink") else key
                found |= shape(item, f"{at}.{name}".lstrip("."))
        return found
    if isinstance(value, list):
        return {(at, "list")}.union(*(shape(item, f"{at}[]") for item in value))
    if value is None:
        return {(at, "")}
    kind = {str: "text", bool: "truth", int: "number", float: "number"}[type(value)]
    return {(at, kind)}


def missing(wanted: set[tuple[str, str]], ours: set[tuple[str, str]]) -> set[str]:
    """What the sample shows and ours does not; a null of theirs only asks for the property."""
    paths = {path for path, _ in ours}
    return {path for path, kind in wanted if (path, kind) not in ours and (kind or path not in paths)}


@dataclass
class Ids:
    """What stands in our tenant for the ids in the samples."""

    tenant: Tenant
    group: str = ""
    one_on_one: str = ""
    meeting: str = ""
    message: str = ""
    in_one_on_one: str = ""
    picture: str = ""
    member: str = ""
    subscription: str = ""
    people: list[str] = field(default_factory=list)

    def url(self, text: str) -> str:
        """The same request in our tenant."""
        text = re.sub(r"^https://graph\.microsoft\.com/(v1\.0|beta)", "", text)
        # Chats and channels have the same messages; the delta of channels is documented for chats as well.
        text = re.sub(
            r"/teams/[^/]+/channels/[^/]+/messages/delta", f"/users/{self.people[0]}/chats/getAllMessages/delta", text
        )
        text = re.sub(r"/teams/[^/]+/channels/[^/]+", f"/chats/{self.group}", text)
        text = re.sub(r"/replies/\d+", "", text)
        text = re.sub(r"\{id \| userPrincipalName\}|\{user-id\}", self.people[1], text)
        text = re.sub(r"(/subscriptions/)(\{id\}|[0-9a-f-]{36})", rf"\g<1>{self.subscription}", text)
        text = re.sub(
            r"/chats/(19:[^/?]+|\{chat-?[iI]d\}|\{id\})", lambda found: f"/chats/{self._chat(found[1])}", text
        )
        said = self.in_one_on_one if f"/chats/{self.one_on_one}" in text else self.message
        text = re.sub(r"/messages/(19%3A[^/?]+|\d+|\{messageId\})", f"/messages/{said}", text)
        text = re.sub(r"/hostedContents/[^/$]+", f"/hostedContents/{self.picture}", text)
        text = re.sub(r"/members/[^/?]+", f"/members/{self.member}", text)
        whose = self.people[0] if "chats" in text or "presence/" in text else self.people[1]
        return re.sub(r"(/users/|presences/)[0-9a-f-]{34,36}[rp]?", rf"\g<1>{whose}", text)

    def _chat(self, theirs: str) -> str:
        if theirs.startswith("19:meeting_"):
            return self.meeting
        return self.one_on_one if "@unq" in theirs else self.group

    def body(self, content: Any) -> Any:
        """The same body in our tenant: its people, times, certificates and chats."""
        text = json.dumps(content)
        text = re.sub(r'"(messageIds)": \["\d+"\]', rf'"\1": ["{self.message}"]', text)
        text = re.sub(r'("user": \{[^}]*?"id": )"[^"]+"', rf'\1"{self.people[0]}"', text)
        text = re.sub(r'("(?:tenantId)": )"2a690434[^"]+"', rf'\1"{self.tenant.id}"', text)
        text = re.sub(r'("ids": \[)"[^"]+", "[^"]+"', rf'\1"{self.people[0]}", "{self.people[1]}"', text)
        text = re.sub(r'("sessionId": )"[^"]+"', rf'\1"{self.tenant.info["client_id"]}"', text)
        text = re.sub(r'("expirationDateTime": )"[^"]+"', rf'\1"{self.tenant.after(minutes=50)}"', text)
        text = re.sub(r'("encryptionCertificate": )"[^"]+"', rf'\1"{self.tenant.webhook.certificate_text}"', text)
        text = text.replace("'{id}', '{id}',...", f"'{self.people[1]}'")
        text = re.sub(r'("resource": ")([^"]+)"', lambda found: f'{found[1]}{self._resource(found[2])}"', text)
        return self._binds(json.loads(text))

    def _resource(self, text: str) -> str:
        text = re.sub(r"/chats/\{(chat-)?id\}", f"/chats/{self.group}", text)
        return re.sub(r"/users/(\{user-id\}|[0-9a-f-]{36})/", f"/users/{self.people[0]}/", text)

    def _binds(self, body: Any) -> Any:
        """People in `user@odata.bind`, the caller first; guests and other tenants' people as they are asked for."""
        members = body.get("members", [body]) if isinstance(body, dict) else []
        plain = iter(self.people[0:1] + self.people[1:] if "members" in (body or {}) else self.people[3:])
        for member in members:
            if isinstance(member, dict) and "user@odata.bind" in member:
                who = next(plain)
                if "guest" in member.get("roles", ()):
                    who = self.tenant.people["gina"]
                if "tenantId" in member:
                    who, member["tenantId"] = self.tenant.people["kim"], OTHER_TENANT
                member["user@odata.bind"] = f"https://graph.microsoft.com/v1.0/users('{who}')"
        return body


OTHER_TENANT = "99999999-aaaa-bbbb-cccc-dddddddddddd"


async def send(ids: Ids, graph: httpx.AsyncClient, request: dict[str, Any]) -> httpx.Response:
    """A sample request, translated, to our tenant."""
    body = ids.body(request["body"]) if isinstance(request.get("body"), (dict, list)) else None
    headers = {
        name: value for name, value in (request.get("headers") or {}).items() if name.lower() != "content-length"
    }
    url = ids.url(request["url"])
    content = json.dumps(body) if body is not None else None
    return await graph.request(request["method"], url, content=content, headers=headers)
