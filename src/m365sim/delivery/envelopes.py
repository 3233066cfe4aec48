"""The body of one POST to a webhook (facts.md 7.3 and 7.6)."""

import msgspec

from m365sim.clock import graph_time
from m365sim.delivery.crypto import encrypt, read_certificate
from m365sim.graph.call import Json
from m365sim.identity.tokens import Tokens
from m365sim.world.watching import Pending, Subscription
from m365sim.world.world import World

_encode = msgspec.json.Encoder().encode
#: A validation token is good for a day; one is used for many posts, as signing costs far more than encrypting.
_REUSE = 3600.0


class Envelopes:
    """Wraps pending notifications into a body with its proofs."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens
        self._proofs: dict[str, tuple[float, str]] = {}

    def wrap(self, batch: list[tuple[Pending, Subscription | None]]) -> bytes:
        """JSON for notifications that go to one address."""
        body: Json = {
            "value": [
                self._item(pending, subscription) if subscription else _kept(pending) for pending, subscription in batch
            ]
        }
        apps = {
            subscription.client_id
            for pending, subscription in batch
            if subscription and pending.payload is not None and not self._closed(subscription.client_id)
        }
        if apps:
            body["validationTokens"] = [self._proof(app) for app in sorted(apps)]
        elif any(pending.payload is not None for pending, _ in batch):
            body["validationTokens"] = None
        return _encode(body)

    def forget_proofs(self) -> None:
        """After a reset or a new signing key."""
        self._proofs.clear()

    def lifecycle_item(self, subscription: Subscription, event: str) -> bytes:
        """An item that outlives its subscription."""
        return _encode(self._about(subscription) | {"lifecycleEvent": event})

    def _about(self, subscription: Subscription) -> Json:
        return {
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": graph_time(int(subscription.expires_at * 1000)),
            "tenantId": self._world.tenant.id,
            "clientState": subscription.client_state,
        }

    def _item(self, pending: Pending, subscription: Subscription) -> Json:
        item = self._about(subscription)
        if pending.lifecycle is not None:
            return item | {"lifecycleEvent": pending.lifecycle}
        data: Json = {
            "id": pending.data_id,
            "@odata.type": pending.data_type,
            "@odata.id": pending.resource,
        }
        if pending.etag is not None:
            data["@odata.etag"] = pending.etag
        change = pending.change_type
        if self._world.switches.change_type_spelling == "Created":
            change = change.capitalize()
        item |= {"changeType": change, "resource": pending.resource, "resourceData": data}
        if pending.organization:
            data["@odata.id"] = f"users/{pending.data_id}/presence"
            item["organizationId"] = self._world.tenant.id
        if pending.payload is not None and subscription.certificate:
            recipient = read_certificate(subscription.certificate)
            item["encryptedContent"] = content = encrypt(pending.payload, recipient, subscription.certificate_id or "")
            if pending.corrupt:
                # The signature no longer fits, which the subscriber has to notice.
                content["dataSignature"] = content["dataKey"]
        return item

    def _closed(self, client_id: str) -> bool:
        """An app that needs assignment gets no proof (facts.md 7.2)."""
        app = self._world.apps.get(client_id)
        return app is None or app.assignment_required

    def _proof(self, client_id: str) -> str:
        now = self._world.clock.now()
        made, proof = self._proofs.get(client_id, (0.0, ""))
        if not proof or now - made > _REUSE:
            proof = self._tokens.validation_token(client_id)
            self._proofs[client_id] = (now, proof)
        return proof


def _kept(pending: Pending) -> msgspec.Raw:
    """What was written when the subscription still existed."""
    return msgspec.Raw(pending.frozen_item or b"{}")
