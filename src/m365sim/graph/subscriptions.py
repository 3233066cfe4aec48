"""Subscriptions over HTTP: create with its handshake, list, renew, reauthorize, delete (facts.md 7.2)."""

from dataclasses import dataclass

import httpx

from m365sim.clock import graph_time
from m365sim.delivery.courier import Courier
from m365sim.delivery.handshake import why_unreachable
from m365sim.delivery.lifecycle import Lifecycle
from m365sim.graph import odata
from m365sim.graph.bodies import Body
from m365sim.graph.call import Answer, Call, Json
from m365sim.graph.errors import bad_request, not_found
from m365sim.graph.subscription_rules import (
    PROPERTIES,
    SubscriptionBody,
    check_certificate,
    check_duplicate,
    check_url,
    creator_id,
    planned_end,
    propose,
)
from m365sim.world.watching import Subscription


class RenewBody(Body, rename="camel"):
    """PATCH /subscriptions/{id}."""

    graph_type = "microsoft.graph.subscription"
    accepted = PROPERTIES
    expiration_date_time: str | None = None
    notification_url: str | None = None
    encryption_certificate: str | None = None
    encryption_certificate_id: str | None = None
    lifecycle_notification_url: str | None = None


@dataclass(slots=True)
class Subscriptions:
    """The operations below /subscriptions; `client` makes the validation requests."""

    lifecycle: Lifecycle
    courier: Courier
    client: httpx.AsyncClient

    async def create(self, call: Call) -> Answer:
        """POST /subscriptions."""
        body = call.read(SubscriptionBody)
        subscription = propose(call, body)
        await self._validate(call, body.notification_url)
        if body.lifecycle_notification_url:
            await self._validate(call, body.lifecycle_notification_url)
        # Somebody else may have been quicker while the webhook was proving itself.
        check_duplicate(call.world, subscription)
        call.world.save(subscription)
        self.lifecycle.watch(subscription)
        answer: Json = {"@odata.context": call.context("subscriptions/$entity")}
        where = f"{call.base}/subscriptions/{subscription.id}"
        return Answer(201, answer | subscription_json(subscription), {"Location": where})

    async def renew(self, call: Call) -> Answer:
        """PATCH /subscriptions/{id}: a later end, and the fresh token reauthorizes as well."""
        subscription = _own(call)
        body = call.read(RenewBody)
        if body.lifecycle_notification_url and not subscription.lifecycle_url:
            raise bad_request("lifecycleNotificationUrl cannot be added to an existing subscription.")
        if body.notification_url and body.notification_url != subscription.notification_url:
            check_url(body.notification_url, "notificationUrl")
            await self._validate(call, body.notification_url)
            subscription.notification_url = body.notification_url
        if body.encryption_certificate:
            check_certificate(body.encryption_certificate, body.encryption_certificate_id)
            subscription.certificate = body.encryption_certificate
            subscription.certificate_id = body.encryption_certificate_id
        if body.expiration_date_time:
            kind, has_lifecycle = subscription.watches.kind, bool(subscription.lifecycle_url)
            subscription.expires_at = planned_end(
                call.world, body.expiration_date_time, kind, has_lifecycle=has_lifecycle
            )
        self._refresh(call, subscription)
        answer: Json = {"@odata.context": call.context("subscriptions/$entity")}
        return Answer(body=answer | subscription_json(subscription))

    def reauthorize(self, call: Call) -> Answer:
        """POST /subscriptions/{id}/reauthorize: a fresh token, the same end."""
        self._refresh(call, _own(call))
        return Answer(204)

    def delete(self, call: Call) -> Answer:
        """DELETE /subscriptions/{id}."""
        call.world.forget(_own(call))
        return Answer(204)

    def _refresh(self, call: Call, subscription: Subscription) -> None:
        subscription.token_expires_at = call.caller.bearer.expires_at
        subscription.last_token_id = call.caller.bearer.token_id
        subscription.renewed_at = call.world.clock.now()
        subscription.challenged_at = 0.0
        call.world.save(subscription)
        self.lifecycle.watch(subscription)
        self.courier.release(subscription.id)

    async def _validate(self, call: Call, url: str) -> None:
        reason = await why_unreachable(self.client, url, call.world.chance)
        if reason is not None:
            raise bad_request(f"Subscription validation request failed. {reason}")


def list_subscriptions(call: Call) -> Answer:
    """GET /subscriptions: only the caller's app's, and for a user only the user's own."""
    mine = creator_id(call)
    value = [
        subscription_json(item)
        for item in call.world.subscriptions.values()
        if item.client_id == call.caller.app_id and item.creator_id == mine
    ]
    return Answer(body=odata.collection(call.context("subscriptions"), value))


def get_subscription(call: Call) -> Answer:
    """GET /subscriptions/{id}."""
    answer: Json = {"@odata.context": call.context("subscriptions/$entity")}
    return Answer(body=answer | subscription_json(_own(call)))


def subscription_json(subscription: Subscription) -> Json:
    """A subscription resource."""
    return {
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.client_id,
        "changeType": ",".join(subscription.change_types),
        "clientState": subscription.client_state,
        "notificationUrl": subscription.notification_url,
        "notificationQueryOptions": subscription.notification_query_options,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": graph_time(int(subscription.expires_at * 1000)),
        "creatorId": subscription.creator_id,
        "includeResourceData": subscription.include_resource_data,
        "latestSupportedTlsVersion": subscription.tls_version or "v1_2",
        "encryptionCertificate": subscription.certificate,
        "encryptionCertificateId": subscription.certificate_id,
        "notificationUrlAppId": None,
    }


def _own(call: Call) -> Subscription:
    subscription = call.world.subscriptions.get(call.ids["subscription"])
    now = call.world.clock.now()
    if (
        subscription is None
        or subscription.expires_at <= now
        or subscription.client_id != call.caller.app_id
        or subscription.creator_id != creator_id(call)
    ):
        raise not_found("The object was not found.")
    return subscription
