"""Every error that a person or a program can be told, with its code, HTTP status and sentence.

DeskbridgeError
├── BadRequest (400)            what was sent cannot be understood
│   ├── BadCursor
│   └── WrongOrigin
├── NotSignedIn (401)
│   ├── WrongPassword
│   └── SecondFactorNeeded
├── Forbidden (403)             signed in, but not for this
│   ├── TeamsChatOff
│   ├── WrongOwnPassword
│   ├── WrongCode
│   ├── WrongSetupCode
│   ├── ContactNotAllowed
│   ├── SingleSignOnRequired
│   ├── CodeReplaced, ReauthenticationRequired, SecondFactorRequired    accounts/errors.py
│   └── NotAnAgent
├── NotFound (404)
│   └── LinkSpent
├── Conflict (409)              what is there does not allow it
│   ├── AlreadyConnected
│   ├── TeamsSignInFailed       with the code of its reason (teams/reasons.py)
│   ├── NameTaken
│   ├── LastAdmin
│   ├── SingleSignOnFailed
│   ├── CannotMerge
│   ├── CannotSplit
│   ├── ConversationMoved
│   ├── CannotReach
│   └── CannotChange
├── Unprocessable (422)
│   ├── BadFile                 a file that cannot be imported; says what is wrong with it
│   ├── EmptyMessage
│   └── MessageTooLarge
├── TooManyRequests (429)
│   └── TooFast                 api/rate_limit.py
├── Unavailable (503)           something that we need is away; try again
│   └── MicrosoftUnavailable
└── WrongSetting                only at the operator's console
"""

from __future__ import annotations

from typing import ClassVar


class DeskbridgeError(Exception):
    """Base of all; `code` for programs, `status` for HTTP, the text for people."""

    code: str = "internal_error"
    status: ClassVar[int] = 500
    sentence: ClassVar[str] = "Something went wrong here. Try again; if it stays, tell your administrator."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.sentence)

    @property
    def message(self) -> str:
        """What the reader is told."""
        return str(self.args[0])


class BadRequest(DeskbridgeError):
    """What was sent cannot be understood."""

    code, status, sentence = "bad_request", 400, "The request cannot be understood."


class BadCursor(BadRequest):
    """The place to continue from is not one that we gave out."""

    code, sentence = (
        "bad_cursor",
        "The list cannot be continued from there. Load it again from the beginning.",
    )


class WrongOrigin(BadRequest):
    """A page of another origin tried to act in the user's name."""

    code, status = "wrong_origin", 403
    sentence = "This request comes from another web site. Open Deskbridge at its own address."


class NotSignedIn(DeskbridgeError):
    """No session, or it has ended."""

    code, status, sentence = "not_signed_in", 401, "Sign in first: your session has ended."


class WrongPassword(NotSignedIn):
    """Unknown user or wrong password: the answer does not say which."""

    code, sentence = "wrong_password", "The username or the password is wrong. Check both and try again."


class SecondFactorNeeded(NotSignedIn):
    """The password was right, and a code is asked for."""

    code = "second_factor_needed"
    sentence = "Enter the code that your authenticator app shows, or one of your recovery codes."


class Forbidden(DeskbridgeError):
    """Signed in, but not for this."""

    code, status, sentence = "forbidden", 403, "You may not do this. Ask your administrator if you need to."


class TeamsChatOff(Forbidden):
    """The admin has not switched Teams chat on (C1)."""

    code, sentence = (
        "teams_chat_off",
        "Chat with Microsoft Teams is switched off. Ask your administrator to switch it on.",
    )


class WrongOwnPassword(Forbidden):
    """Whoever is signed in was asked for the password once more."""

    code, sentence = "wrong_own_password", "That is not your password. Try again."


class WrongCode(Forbidden):
    """Not the code of this half minute, or one that was used already."""

    code, sentence = "wrong_code", "That code is wrong or was used already. Wait for the next one and try again."


class WrongSetupCode(Forbidden):
    """Not a code that the server printed, or an old one."""

    code, sentence = "wrong_setup_code", "That code is wrong or too old. deskbridge setup-code prints another one."


class ContactNotAllowed(Forbidden):
    """The Account's policy says whom agents may contact; the message says which part of it."""

    code, sentence = "contact_not_allowed", "Your organization does not allow messages to this person in Teams."


class SingleSignOnRequired(Forbidden):
    """The organisation lets people sign in at its own provider only."""

    code = "single_sign_on_required"
    sentence = "Your organization signs in with single sign-on. Choose Single sign-on below."


class NotAnAgent(Forbidden):
    """Only holders of a contact_center license."""

    code, sentence = "not_an_agent", "Only contact-centre agents can do this."


class NotFound(DeskbridgeError):
    """It is not there, or not for this user: the answer does not say which."""

    code, status, sentence = "not_found", 404, "This does not exist, or not any more."


class LinkSpent(NotFound):
    """A one-time link that was used, replaced by a later one, or is too old."""

    code = "link_spent"
    sentence = "This link was used already or is too old. Ask your administrator for another one."


class Conflict(DeskbridgeError):
    """What is there does not allow it."""

    code, status, sentence = "conflict", 409, "This cannot be done as things are now."


class AlreadyConnected(Conflict):
    """An agent cannot switch to another Microsoft user (C8)."""

    code = "already_connected"
    sentence = "You are connected to a Microsoft account already. Ask your administrator to disconnect it first."


class TeamsSignInFailed(Conflict):
    """Microsoft, or we, did not accept the sign-in (C6); the code says which of many reasons it was.

    `number` is Microsoft's own for it (AADSTS…), which only administrators have a use for.
    """

    code, sentence = "teams_sign_in_failed", "Microsoft refused the sign-in. Sign in again, or ask your administrator."

    def __init__(self, message: str | None = None, code: str | None = None, number: int | None = None) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.number = number


class NameTaken(Conflict):
    """Usernames are unique."""

    code, sentence = "name_taken", "There is a user of that name already. Choose another username."


class LastAdmin(Conflict):
    """Somebody has to be left who can administer."""

    code = "last_admin"
    sentence = "There must be one more administrator first. Give somebody else the role, then try again."


class SingleSignOnFailed(Conflict):
    """The provider, or we, did not accept it."""

    code, sentence = "single_sign_on_failed", "Single sign-on did not work. Try again, or ask your administrator."


class CannotReach(Conflict):
    """The Person has no account that the message could go to."""

    code, sentence = "cannot_reach", "This person has no account there that a message could go to."


class CannotMerge(Conflict):
    """A Person has at most one Identity on each platform, and a User's own Identities stay together."""

    code = "cannot_merge"
    sentence = "These cannot be one person: a person has at most one account on each platform."


class CannotSplit(Conflict):
    """Identities of one User are one Person."""

    code = "cannot_split"
    sentence = "These accounts belong to one user of Deskbridge and stay together."


class ConversationMoved(Conflict):
    """Two Persons were merged, and the agent had a conversation with each: one of them goes on."""

    code = "conversation_moved"
    sentence = "This person was merged with another entry. Go on in your other conversation with them."


class CannotChange(Conflict):
    """Not a message that can be changed so."""

    code, sentence = "cannot_change", "This message cannot be changed."


class Unprocessable(DeskbridgeError):
    """Understood, but not acceptable."""

    code, status, sentence = "invalid", 422, "Something in the request is not right."


class BadFile(Unprocessable):
    """It is not what can be imported; the message says in which way."""

    code, sentence = "bad_file", "This file cannot be imported. Download the template and fill it in."


class EmptyMessage(Unprocessable):
    """Nothing but white space."""

    code, sentence = "empty_message", "The message is empty. Write something first."


class MessageTooLarge(Unprocessable):
    """Teams takes 28 KB a message (facts.md 6.2)."""

    code = "message_too_large"
    sentence = "The message is too long for Microsoft Teams (28 KB). Shorten it or send it in parts."


class TooManyRequests(DeskbridgeError):
    """Too often; wait."""

    code, status, sentence = "too_many_requests", 429, "Too many attempts. Wait a minute and try again."
    retry_after = 60


class Unavailable(DeskbridgeError):
    """Something that we need is away."""

    code, status, sentence = "unavailable", 503, "This is not available at the moment. Try again in a minute."


class DatabaseUnavailable(Unavailable):
    """The database does not answer, is locked by somebody else, or its disk is full; trying again makes sense."""


class MicrosoftUnavailable(Unavailable):
    """The identity platform or Graph does not answer."""

    code, sentence = "microsoft_unavailable", "Microsoft does not answer at the moment. Try again in a minute."


class WrongSetting(DeskbridgeError):
    """A setting that cannot be used; names it, says what is wrong and gives an example."""

    code = "wrong_setting"
