"""The behaviors beyond single operations, each with its source and how well it is known."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Behavior:
    """One thing that the simulator does as Microsoft does it."""

    key: str
    what: str
    source: str
    evidence: Literal["documented", "observed", "assumed", "deviation"]


BEHAVIORS = (
    Behavior(
        "authorize",
        "Authorize: code, PKCE S256 and plain, query, fragment, form_post, prompt, login_hint",
        "1.1",
        "documented",
    ),
    Behavior(
        "redirect",
        "Redirect URIs match exactly; only the port of http://localhost does not matter",
        "1.1",
        "documented",
    ),
    Behavior("code-once", "An authorization code works once and for ten minutes", "1.1", "documented"),
    Behavior(
        "rolling", "Refresh tokens roll, live 90 days, and a new one does not revoke the old one", "1.7", "documented"
    ),
    Behavior("aadsts", "Errors as `error`, `suberror`, AADSTS number, trace and correlation ids", "1.2", "documented"),
    Behavior("aadsts-words", "Exact wording of 700016, 7000215, 7000222, 900144, 90094", "1.2", "assumed"),
    Behavior("admin-consent", "Admin consent page, and `admin_consent=True` also on failure", "1.3", "documented"),
    Behavior("consent-policy", "Users cannot consent to Chat.Read and Chat.ReadWrite by default", "1.4", "documented"),
    Behavior("jwks", "Rotating RS256 keys with certificates; all published", "1.5", "documented"),
    Behavior("client-info", "`client_info` and scopes echoed as they were spelled", "1.8", "observed"),
    Behavior("certificate", "Client assertions signed with a certificate", "1.2", "documented"),
    Behavior("cae", "A revoked sign-in is challenged with insufficient_claims", "10", "documented"),
    Behavior("no-license", "Without a Teams license chat calls give 403 with a sentence of their own", "2", "observed"),
    Behavior("delta", "`/users/delta`: pages, @removed with its reason, tokens that live 7 days", "3", "documented"),
    Behavior("basic-profile", "With User.ReadBasic.All only the basic profile of others is there", "3", "documented"),
    Behavior(
        "presence-states",
        "Presence combines preferred, application sessions and Teams itself, and fades",
        "4",
        "documented",
    ),
    Behavior("one-on-one", "A 1:1 chat exists once; creating it again returns it", "5", "documented"),
    Behavior("viewpoint", "viewpoint is the caller's own", "5", "documented"),
    Behavior("order-drops", "Ordering chats drops those without a message", "5", "observed"),
    Behavior("filter-order", "$filter on messages counts only with $orderby on the same property", "6.3", "documented"),
    Behavior("acl", "Who is not a member gets AclCheckFailed", "6.3", "observed"),
    Behavior("deleted", "A deleted message stays readable without its text", "6.4", "observed"),
    Behavior("system-events", "System events need Prefer: include-unknown-enum-members", "6.3", "documented"),
    Behavior("size", "A message over 28 KB gives 413", "6.2", "documented"),
    Behavior("extension", "File names of a reference attachment must agree", "6.2", "observed"),
    Behavior(
        "handshake", "Both addresses prove themselves within 10 s before a subscription exists", "7.2", "documented"
    ),
    Behavior("quotas", "Life times, quotas and duplicates of subscriptions", "7.2", "documented"),
    Behavior("encryption", "RSA-OAEP SHA-1, AES-CBC, HMAC-SHA256, a key for each item", "7.4", "documented"),
    Behavior("key-length", "The symmetric key has 32 bytes", "7.4", "assumed"),
    Behavior(
        "proof",
        "validationTokens by Graph's change tracking app; null for an app that needs assignment",
        "7.5",
        "documented",
    ),
    Behavior("retries", "Delivery is retried for four hours", "7.3", "documented"),
    Behavior("back-off", "Retries after 5, 10, 20 … seconds, 15 minutes at most", "7.3", "assumed"),
    Behavior("slow", "Slow and drop states by the share of slow answers in ten minutes", "7.3", "documented"),
    Behavior("slow-minimum", "A share is judged from ten answers on", "7.3", "assumed"),
    Behavior("lapse", "Delivery pauses while the attached token has lapsed", "7.3", "documented"),
    Behavior("challenge", "reauthorizationRequired 15 minutes before a lapse, then every 15 minutes", "7.6", "assumed"),
    Behavior("reaction-removed", "A removed reaction gives two `updated` notifications", "7.3", "observed"),
    Behavior("deleted-change", "Deleting gives `deleted`, undoing gives `updated`", "7.3", "assumed"),
    Behavior(
        "throttling",
        "Throttling per app and tenant, chat and user, with a short and a sustained window",
        "8",
        "documented",
    ),
    Behavior("sustained-window", "The sustained window is 30 seconds long", "8", "assumed"),
    Behavior("batch", "$batch: 20 requests, dependencies, each counted for itself", "8", "documented"),
    Behavior("http-hook", "Webhooks on this machine may use http", "7.2", "deviation"),
    Behavior("http-graph", "Everything is also served over http", "1.8", "deviation"),
    Behavior("sdk-me", "`/users/me-token-to-replace` is understood as `/me`", "–", "deviation"),
    Behavior("sdk-duration", "Durations may be written h:mm:ss, as the SDK for Python does", "4", "deviation"),
)
