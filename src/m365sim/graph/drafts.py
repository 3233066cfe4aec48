"""Reading a message that somebody sends: body, attachments, mentions, inline images (facts.md 6.2)."""

import base64
import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from msgspec import field

from m365sim.graph.bodies import Body
from m365sim.graph.call import Call
from m365sim.graph.errors import GraphError, bad_request
from m365sim.world.messages import Draft
from m365sim.world.talk import Attachment, HostedContent, Mention, Message, Sender

HOSTED_LIMIT = 4 * 1024 * 1024
_TEMPORARY = re.compile(r"""\.\./hostedContents/([^/"']+)/\$value""")


class BodyPart(Body):
    """itemBody."""

    graph_type = "microsoft.graph.itemBody"
    content: str | None = None
    content_type: str = field(name="contentType", default="text")


class AttachmentPart(Body, rename="camel"):
    """chatMessageAttachment."""

    graph_type = "microsoft.graph.chatMessageAttachment"
    id: str | None = None
    content_type: str | None = None
    content_url: str | None = None
    content: str | None = None
    name: str | None = None
    thumbnail_url: str | None = None
    teams_app_id: str | None = None


class IdentityPart(Body, rename="camel"):
    """An identity inside `mentioned`."""

    graph_type = "microsoft.graph.identity"
    accepted = frozenset({"tenantId", "applicationIdentityType"})
    id: str | None = None
    display_name: str | None = None
    user_identity_type: str | None = None
    conversation_identity_type: str | None = None


class MentionedPart(Body):
    """chatMessageMentionedIdentitySet."""

    graph_type = "microsoft.graph.chatMessageMentionedIdentitySet"
    accepted = frozenset({"device"})
    user: IdentityPart | None = None
    conversation: IdentityPart | None = None
    application: IdentityPart | None = None


class MentionPart(Body, rename="camel"):
    """chatMessageMention."""

    graph_type = "microsoft.graph.chatMessageMention"
    id: int = 0
    mention_text: str = ""
    mentioned: MentionedPart = field(default_factory=MentionedPart)


class HostedPart(Body):
    """chatMessageHostedContent with its temporary id."""

    graph_type = "microsoft.graph.chatMessageHostedContent"
    accepted = frozenset({"id"})
    temporary_id: str = field(name="@microsoft.graph.temporaryId", default="")
    content_bytes: str = field(name="contentBytes", default="")
    content_type: str = field(name="contentType", default="")


class PolicyViolationPart(Body, rename="camel"):
    """chatMessagePolicyViolation, which only an application may set (facts.md 9)."""

    graph_type = "microsoft.graph.chatMessagePolicyViolation"
    accepted = frozenset({"justificationText", "userAction"})
    dlp_action: str | None = None
    policy_tip: dict[str, object] | None = None
    verdict_details: str | None = None


class MessageBody(Body, rename="camel"):
    """A chatMessage in a request."""

    graph_type = "microsoft.graph.chatMessage"
    accepted = frozenset(
        {
            "id", "replyToId", "from", "etag", "messageType", "createdDateTime", "lastModifiedDateTime",
            "lastEditedDateTime", "deletedDateTime", "summary", "reactions", "locale", "webUrl", "chatId",
            "channelIdentity", "eventDetail", "messageHistory", "replies", "onBehalfOf",
        }
    )  # fmt: skip
    body: BodyPart | None = None
    subject: str | None = None
    importance: str | None = None
    attachments: list[AttachmentPart] | None = None
    mentions: list[MentionPart] | None = None
    hosted_contents: list[HostedPart] | None = None
    policy_violation: PolicyViolationPart | None = None


def new_draft(call: Call, sent: MessageBody) -> Draft:
    """What is to be sent."""
    if sent.body is None or sent.body.content is None:
        raise bad_request("Missing body content.")
    draft = Draft(
        content=sent.body.content,
        content_type=sent.body.content_type.lower(),
        subject=sent.subject,
        importance=_importance(sent.importance or "normal"),
        attachments=[_attachment(part) for part in sent.attachments or ()],
        mentions=[_mention(call, part) for part in sent.mentions or ()],
    )
    _host(call, draft, sent.hosted_contents or [])
    return draft


def edited_draft(call: Call, sent: MessageBody, old: Message) -> Draft:
    """What a PATCH makes of a message; what is not mentioned stays."""
    part = sent.body or BodyPart(old.content, old.content_type)
    draft = Draft(
        content=old.content if part.content is None else part.content,
        content_type=part.content_type.lower(),
        subject=old.subject if sent.subject is None else sent.subject,
        importance=_importance(sent.importance or old.importance),
        attachments=old.attachments if sent.attachments is None else [_attachment(item) for item in sent.attachments],
        mentions=old.mentions if sent.mentions is None else [_mention(call, item) for item in sent.mentions],
    )
    # What was read and is sent back names images by their absolute address.
    absolute = f"{call.base}/chats/{old.chat_id}/messages/{old.id}/hostedContents/"
    draft.content = draft.content.replace(absolute, "../hostedContents/")
    _host(call, draft, sent.hosted_contents or [], set(old.hosted))
    if not draft.mentions and not draft.attachments:
        return draft
    draft.content_type = "html" if sent.body is None else draft.content_type
    return draft


def violation_of(part: PolicyViolationPart) -> dict[str, object]:
    """policyViolation as it is read: flags begin with a small letter."""
    flags = [word.strip() for word in (part.verdict_details or "none").split(",")]
    action = part.dlp_action or "none"
    return {
        "dlpAction": action[:1].lower() + action[1:],
        "justificationText": None,
        "policyTip": part.policy_tip,
        "userAction": "none",
        "verdictDetails": ",".join(word[:1].lower() + word[1:] for word in flags),
    }


def _importance(text: str) -> str:
    if text not in ("normal", "high", "urgent"):
        raise bad_request(f"Invalid importance '{text}'.")
    return text


def _attachment(part: AttachmentPart) -> Attachment:
    if not part.id:
        raise bad_request("Attachment id is required.")
    if part.content_type == "reference":
        _check_reference(part)
    return Attachment(
        part.id,
        part.content_type or "",
        part.content_url,
        part.content,
        part.name,
        part.thumbnail_url,
        part.teams_app_id,
    )


def _check_reference(part: AttachmentPart) -> None:
    """A file is named twice, and both names must agree (facts.md 6.2, observed)."""
    if not part.content_url:
        raise bad_request("contentUrl is required for reference attachments.")
    in_url = PurePosixPath(unquote(urlsplit(part.content_url).path)).suffix.lower()
    if part.name and PurePosixPath(part.name).suffix.lower() != in_url:
        raise bad_request("contentUrl extension and name extension do not match")


def _mention(call: Call, part: MentionPart) -> Mention:
    if part.mentioned.conversation is not None:
        return Mention(part.id, part.mention_text, everyone=part.mentioned.conversation.id or "")
    if part.mentioned.user is None or not part.mentioned.user.id:
        raise bad_request("A mention must name a user or a conversation.")
    user = call.world.users.get(part.mentioned.user.id)
    if user is None:
        raise bad_request(f"The mentioned user '{part.mentioned.user.id}' was not found.")
    name = part.mentioned.user.display_name or user.display_name
    return Mention(part.id, part.mention_text, Sender(user.id, name, user.home_tenant or call.world.tenant.id))


def _host(call: Call, draft: Draft, parts: list[HostedPart], known: set[str] | None = None) -> None:
    """Give inline images their lasting ids and put these into the html."""
    lasting: dict[str, str] = {}
    for part in parts:
        try:
            data = base64.b64decode(part.content_bytes, validate=True)
        except ValueError as trouble:
            raise bad_request("contentBytes is not base64.") from trouble
        if len(data) > HOSTED_LIMIT:
            raise GraphError(413, "RequestEntityTooLarge", "Hosted content is larger than 4 MB.")
        if not part.content_type.startswith("image/"):
            raise bad_request(f"Hosted content type '{part.content_type}' is not supported.")
        content_id = call.world.chance.secret(40)
        lasting[part.temporary_id] = content_id
        draft.hosted.append(HostedContent(id=content_id, content_type=part.content_type, data=data))
    used = set(_TEMPORARY.findall(draft.content))
    unknown = used - lasting.keys() - (known or set())
    if unknown:
        raise bad_request(f"Hosted content '{min(unknown)}' is used in the body, but not provided.")
    draft.content = _TEMPORARY.sub(
        lambda found: f"../hostedContents/{lasting.get(found[1], found[1])}/$value", draft.content
    )
