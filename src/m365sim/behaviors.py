"""What the simulator does beyond single operations, each with its source and how well it is known.

A behavior that can be switched is declared in `switches`, with its default; all others are in FIXED.
"""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["documented", "observed", "assumed", "deviation"]


@dataclass(frozen=True, slots=True)
class Behavior:
    """One thing that the simulator does; `source` is a section of facts.md."""

    source: str
    what: str
    evidence: Evidence


def documented(source: str, what: str) -> Behavior:
    """Microsoft says so."""
    return Behavior(source, what, "documented")


def observed(source: str, what: str) -> Behavior:
    """Others have seen it."""
    return Behavior(source, what, "observed")


def assumed(source: str, what: str) -> Behavior:
    """Nobody is known to have checked, or sources contradict each other."""
    return Behavior(source, what, "assumed")


def deviation(source: str, what: str) -> Behavior:
    """Deliberately different from Microsoft."""
    return Behavior(source, what, "deviation")


FIXED: dict[str, Behavior] = {
    "authorize": documented("1.1", "Authorize: PKCE S256 and plain, query, fragment, form_post, prompt, login_hint"),
    "hybrid": documented("1.1", "id_tokens from the authorize endpoint, for apps that are registered for it"),
    "redirect": documented("1.1", "Redirect URIs match exactly; only the port of http://localhost does not matter"),
    "code-once": documented("1.1", "An authorization code works once and for ten minutes"),
    "aadsts": documented("1.2", "Errors as `error`, `suberror`, AADSTS number, trace and correlation ids"),
    "aadsts-words": assumed("1.2", "Exact wording of 700016, 7000215, 7000222, 900144, 90094"),
    "device-code": documented("1.5", "Device code flow: 15 minutes, polled every 5 seconds, declined, expired"),
    "device-words": assumed("1.5", "AADSTS numbers and wording of the device code flow beyond 70016"),
    "on-behalf-of": documented("1.2", "On-behalf-of: a token for an app's own API is exchanged for one of Graph"),
    "refusals": documented("1.2", "Refusals by Conditional Access, second factor, sign-in frequency; disabled people"),
    "refusal-words": assumed(
        "1.2", "`suberror` of 50074, 50078, 53000, 53001, 70043, 50089 and when a sign-in mends them"
    ),
    "other-tenants": documented("1.2", "People of another tenant cannot sign in here (50020)"),
    "certificate": documented(
        "1.2", "Client assertions signed with a certificate; the same one again until it expires"
    ),
    "certificate-refusals": assumed("1.2", "Words of 50027, 50048, 700021, 700023, 700024 and 700027"),
    "admin-consent": documented("1.3", "Admin consent page, and `admin_consent=True` also on failure"),
    "consent-policy": documented("1.4", "Users cannot consent to Chat.Read and Chat.ReadWrite by default"),
    "consent-requests": documented("1.4", "Need admin approval (90094), or a request to an admin (90095)"),
    "jwks": documented("1.5", "Rotating RS256 keys with certificates; all published"),
    "rolling": documented("1.7", "Refresh tokens roll, live 90 days, and a new one does not revoke the old one"),
    "spa": documented("1.7", "Refresh tokens of single-page redirect URIs live 24 hours, used or not"),
    "reset": documented("1.7", "An administrator's password reset and revoked sessions end refresh tokens"),
    "client-info": observed("1.8", "`client_info` and scopes echoed as they were spelled"),
    "http-graph": deviation("1.8", "Everything is also served over http"),
    "no-license": observed("2", "Without a Teams license chat calls give 403 with a sentence of their own"),
    "delta": documented("3", "`/users/delta`: pages, @removed with its reason, tokens that live 7 days"),
    "directory-limits": documented("3", "The directory's limit depends on the size of the tenant"),
    "delta-minimal": documented("3", "`Prefer: return=minimal` on a delta link: only changed properties"),
    "delta-selected": documented("3", "Delta tells only of changes of the selected properties"),
    "basic-profile": documented("3", "With User.ReadBasic.All only the basic profile of others is there"),
    "presence-states": documented("4", "Presence combines preferred, sessions and Teams itself, and fades"),
    "note-expiry": documented("4", "A status message is gone after its expiryDateTime"),
    "sdk-duration": deviation("4", "Durations may be written h:mm:ss, as the SDK for Python does"),
    "one-on-one": documented("5", "A 1:1 chat exists once; creating it again returns it"),
    "meetings": documented("5", "Meeting chats with onlineMeetingInfo"),
    "preview": documented("5", "lastMessagePreview is filled in lists only"),
    "viewpoint": documented("5", "viewpoint is the caller's own"),
    "order-drops": observed("5", "Ordering chats drops those without a message"),
    "etag-drive": observed("6.2", "Drive: If-Match gives 412 resourceModified; If-None-Match gives 304"),
    "extension": observed("6.2", "File names of a reference attachment must agree"),
    "filter-order": documented("6.3", "$filter on messages counts only with $orderby on the same property"),
    "blocked": observed("5", "Chats with people of a tenant that blocks this one give AclCheckFailed"),
    "acl": observed("6.3", "Who is not a member gets AclCheckFailed"),
    "system-events": documented("6.3", "System events need Prefer: include-unknown-enum-members"),
    "events": documented("6.3", "Calls, recordings, transcripts, pins, tabs, apps and policies as eventDetail"),
    "export-delta": documented("6.3", "getAllMessages and its delta reach back eight months"),
    "etag-message": assumed("6.4", "If-Match with another etag gives 412 to PATCH, softDelete and undoSoftDelete"),
    "violation": documented("6.4", "Applications can set policyViolation and nothing else"),
    "deleted": observed("6.4", "A deleted message stays readable without its text"),
    "search": documented("7.1", "Message subscriptions with $search, or $filter on mentions"),
    "handshake": documented("7.2", "Both addresses prove themselves within 10 s before a subscription exists"),
    "quotas": documented("7.2", "Life times, quotas and duplicates of subscriptions"),
    "http-hook": deviation("7.2", "Webhooks on this machine may use http"),
    "retries": documented("7.3", "Delivery is retried for four hours"),
    "back-off": assumed("7.3", "Retries after 5, 10, 20 … seconds, 15 minutes at most"),
    "together": assumed("7.3", "One POST holds what is due for its address, 500 notifications or half a MB at most"),
    "slow": documented("7.3", "Slow and drop states by the share of slow answers in ten minutes"),
    "slow-minimum": assumed("7.3", "A share is judged from ten answers on"),
    "lapse": documented("7.3", "Delivery pauses while the attached token has lapsed"),
    "deleted-change": observed("7.3", "Deleting a message gives `deleted`"),
    "withdrawn": documented("7.6", "What is revoked or withdrawn stops deliveries and is challenged at once"),
    "encryption": documented("7.4", "RSA-OAEP SHA-1, AES-CBC, HMAC-SHA256, a key for each item"),
    "key-length": assumed("7.4", "The symmetric key has 32 bytes"),
    "proof": documented("7.5", "validationTokens by Graph's own app; null for an app that needs assignment"),
    "sustained-window": assumed("8", "The sustained window is 30 seconds long"),
    "batch": documented("8", "$batch: 20 requests, dependencies, each counted for itself"),
    "cae": documented("10", "A revoked sign-in is challenged with insufficient_claims"),
    "sdk-me": deviation("10", "`/users/me-token-to-replace` is understood as `/me`"),
}
