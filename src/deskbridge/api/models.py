"""Bodies of requests and answers that are not themselves things of the domain."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from deskbridge.accounts.model import Account, ContactPolicy, Status, User, View
from deskbridge.audit.model import Entry
from deskbridge.conversations.model import MOST_FILES, Conversation, Message, MessageId
from deskbridge.conversations.retention import MOST_DAYS
from deskbridge.directory.matching import Match
from deskbridge.directory.model import IdentityId, Person, PersonId
from deskbridge.teams.model import Connection


class Problem(View):
    """Every error answer: `code` for programs (docs/errors.md lists them), `message` for people."""

    code: str
    message: str


class SignIn(View):
    """A username and a password, and a code where there is a second factor."""

    username: Annotated[str, Field(min_length=1, max_length=320)]
    password: Annotated[str, Field(min_length=1, max_length=1024)]
    code: Annotated[str, Field(max_length=40)] | None = None


class Snapshot(View):
    """Everything that the workspace shows at once, and the version of the feed that it is true for.

    A file that goes with a message may have `file_limit_mb` megabytes. `drawer_key` is for what the browser keeps of
    this user: 32 bytes as base64, never to be stored there.
    """

    version: str
    me: User
    my_person_id: PersonId | None
    account: Account
    connection: Connection
    conversations: list[Conversation]
    file_limit_mb: int
    drawer_key: str = Field(repr=False)


class SetStatus(View):
    """The Status that the agent chooses; Logged Out is reached by signing out."""

    status: Status


class AuthenticateAnswer(View):
    """Open this address in a new window: Microsoft's own sign-in page."""

    authorization_url: str


class PeoplePage(View):
    """One page of the list in its order; `next` fetches the following one, `total` counts all that match.

    `refused` says of identities on the page that may not be contacted why not.
    """

    people: list[Person]
    next: str | None
    total: int
    refused: dict[IdentityId, str] = Field(default_factory=dict)


class Route(StrEnum):
    """Which button was pressed (H1, H2)."""

    MAIN = "main"
    TEAMS = "teams"
    WORK = "work"


class StartConversation(View):
    """Open, or find, the conversation with that Person."""

    person_id: PersonId
    route: Route = Route.MAIN


class MessagePage(View):
    """Messages in order, oldest first; `earlier` is the position to ask before, or None at the beginning.

    `later` is the position to ask after, or None where these are the newest.
    """

    messages: list[Message]
    earlier: int | None
    later: int | None = None


class SendMessage(View):
    """`client_id` is made by the sender (a UUID): the same id again is the same message. `text` is plain text.

    With `html` that is what is said instead: whatever is not on the list of allowed HTML is left out of it, and
    `<span class="mention" data-person="…">` names one of the people of the conversation. `files` are the ids of files
    that were given before; a message may consist of them alone.
    """

    client_id: Annotated[str, Field(pattern=r"^[0-9a-fA-F-]{36}$")]
    text: Annotated[str, Field(max_length=100_000)] = ""
    html: Annotated[str, Field(max_length=200_000)] | None = None
    reply_to: MessageId | None = None
    files: Annotated[list[str], Field(max_length=MOST_FILES)] = Field(default_factory=list)


class EditMessage(View):
    """What the message is to say from now on: plain text, or HTML as when it is sent."""

    text: Annotated[str, Field(max_length=100_000)] = ""
    html: Annotated[str, Field(max_length=200_000)] | None = None


class React(View):
    """Set a reaction, or take it back; `reaction` is one emoji."""

    reaction: Annotated[str, Field(min_length=1, max_length=64)]
    is_set: bool = True


class SetAccount(View):
    """What an admin can switch for the Account; what is left out stays."""

    teams_chat_enabled: bool | None = None
    agent_status_in_teams: bool | None = None
    files_to_teams: bool | None = None
    contact_policy: ContactPolicy | None = None
    keep_messages_days: Annotated[int, Field(ge=0, le=MOST_DAYS)] | None = None
    """0: messages are kept for good."""
    second_factor_required: bool | None = None


class Alphabet(View):
    """A language by whose alphabet the Contacts list can be sorted."""

    locale: str
    language: str


class ListOrder(View):
    """By whose alphabet the Contacts list is sorted. `is_sorting`: people are still being put in their places."""

    locale: str
    is_sorting: bool
    alphabets: list[Alphabet]


class SetListOrder(View):
    """Another alphabet; one of `alphabets`."""

    locale: Annotated[str, Field(max_length=20)]


class AdminUser(View):
    """A User in the admin's list; `microsoft_number` is Microsoft's own for the connection's reason (AADSTS…)."""

    user: User
    connection: Connection
    microsoft_number: int | None
    has_second_factor: bool


class LicenseCounts(View):
    """How many Users there are; all else is counted of those who are not suspended."""

    users: int
    suspended: int
    contact_center: int
    work: int
    connected: int
    without_second_factor: int


class AdminUserPage(View):
    """One page of Users by name; `next` fetches the following one, `total` counts all that were searched for."""

    users: list[AdminUser]
    next: str | None
    total: int


class PasswordLink(View):
    """A one-time link with which the User chooses a password: shown once, good until then."""

    user: User
    address: str
    expires_at: datetime


class PasswordLinkOwner(View):
    """Whom a one-time link is for."""

    username: str
    display_name: str


class AuditPage(View):
    """One page of the audit log, newest first; `next` is the number to ask before, or None at its beginning."""

    entries: list[Entry]
    next: int | None


class AuditProof(View):
    """How many entries the audit log has, the hash that closes it, and where the chain breaks, if it does."""

    entries: int
    last_hash: str
    wrong_at: int | None


class ConsentLink(View):
    """The address at which a Microsoft administrator gives consent for the whole organisation."""

    address: str


class MatchPage(View):
    """One page of what is to be decided; `next` fetches the following one, `total` counts all."""

    matches: list[Match]
    next: str | None
    total: int


class SettleMatch(View):
    """Who of a match is whom: each group of accounts is one person, and the groups are different people."""

    groups: Annotated[list[Annotated[list[IdentityId], Field(min_length=1)]], Field(max_length=100)]


class MergePeople(View):
    """People who are one and the same."""

    person_ids: Annotated[list[PersonId], Field(min_length=2, max_length=3)]


class SplitPerson(View):
    """The accounts that are somebody else's."""

    identity_ids: Annotated[list[IdentityId], Field(min_length=1, max_length=3)]
