"""Microsoft's words into ours: safe whatever arrives, and nothing lost that can be shown (M1, M2, M4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskbridge.conversations.model import html_from_text
from deskbridge.presence.model import Availability
from deskbridge.teams import html
from deskbridge.teams.resources import ChatMessage, Unreadable, parse
from deskbridge.teams.system_events import sentence
from deskbridge.teams.translate import MessageState, fingerprint, message_from_graph, presence_from_graph

MOMENT = "2026-03-01T10:00:00.123Z"


def message(content: str = "Hello", kind: str = "html", **more: Any) -> MessageState:
    said = {
        "id": "1700000000000",
        "createdDateTime": MOMENT,
        "lastModifiedDateTime": MOMENT,
        "messageType": "message",
        "from": {"user": {"id": "u1", "displayName": "Robin Hale"}},
        "body": {"contentType": kind, "content": content},
        **more,
    }
    return message_from_graph(parse(ChatMessage, json.dumps(said).encode()), "https://teams.example/chat")


class TestSanitizing:
    """Nothing of what arrives runs here."""

    @pytest.mark.parametrize(
        "attack",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "<svg onload=alert(1)><animate onbegin=alert(1)>",
            "<a href='javascript:alert(1)'>x</a>",
            "<a href='JaVa\tScript:alert(1)'>x</a>",
            "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
            "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "<p style='background:url(javascript:alert(1))' onclick=alert(1)>x</p>",
            "<at id='0' onmouseover=alert(1)>x</at>",
            "<emoji alt='<script>alert(1)</script>'></emoji>",
            "<attachment id='\"><script>alert(1)</script>'></attachment>",
            "<codeblock class='\" onload=alert(1)'><script>alert(1)</script></codeblock>",
            "<form action=https://evil.example><input name=password></form>",
            "<base href=https://evil.example><meta http-equiv=refresh content=0>",
            "<<script>script>alert(1)<</script>/script>",
            "<img alt='\"><script>alert(1)</script>' src=x>",
        ],
    )
    def test_attacks_are_only_words(self, attack: str) -> None:
        shown = message(attack).html.lower()
        for forbidden in ("<script", "onerror", "onload=", "javascript:", "<iframe", "<svg", "<form", "style=", "<img"):
            assert forbidden not in shown.replace("&lt;script", "")
        assert " on" not in "".join(part for part in shown.split("<")[1:] if part.startswith(("p ", "span ", "a ")))

    @given(st.text())
    def test_any_text_survives_as_text(self, text: str) -> None:
        shown = message(text, "text")
        assert fingerprint(shown.text) == fingerprint(text.replace("\x00", ""))

    @given(st.text(alphabet="<>/&\"'= abscriptonlodemgtx!-[]\n"))
    def test_any_html_gives_no_element_that_is_not_allowed(self, source: str) -> None:
        again = html.sanitize(message(source).html)
        assert "<script" not in again
        assert again == html.sanitize(again)

    @given(st.text())
    def test_what_we_send_is_found_again_by_its_characters(self, text: str) -> None:
        text = text.replace("\x00", "")
        assert fingerprint(message(html_from_text(text)).text) == fingerprint(text)

    def test_formatting_links_lists_and_tables_stay(self) -> None:
        source = "<p><b>Bold</b> <i>it</i></p><ul><li>one</li></ul><table><tr><td>cell</td></tr></table>"
        assert "<b>Bold</b>" in message(source).html
        assert "<td>cell</td>" in message(source).html
        linked = message('<a href="https://example.com/a">there</a>').html
        assert 'href="https://example.com/a"' in linked
        assert 'target="_blank"' in linked
        assert "noopener" in linked

    def test_emoji_mentions_and_quotes_are_shown_as_what_they_are(self) -> None:
        assert message('Hi <emoji id="smile" alt="🙂" title="Smile"></emoji>!').text == "Hi 🙂!"
        assert '<span class="mention">Jane</span>' in message('<at id="0">Jane</at>').html
        quoted = {
            "id": "1",
            "contentType": "messageReference",
            "content": json.dumps({"messagePreview": "Before <b>", "messageSender": {"user": {"displayName": "Ann"}}}),
        }
        shown = message('<attachment id="1"></attachment><p>Yes</p>', attachments=[quoted])
        (quote,) = shown.quotes
        assert quote.html == '<blockquote class="quote"><b>Ann</b><br>Before &lt;b&gt;</blockquote>'
        assert shown.text == "Yes"

    def test_files_and_cards_come_with_where_they_open(self) -> None:
        content = {
            "type": "AdaptiveCard",
            "body": [
                {"type": "TextBlock", "text": "Invoice 4711"},
                {"type": "ColumnSet", "columns": [{"items": [{"type": "TextBlock", "text": "<b>Due</b> in May"}]}]},
                {"type": "FactSet", "facts": [{"title": "Sum", "value": "12 €"}]},
                {"type": "Input.Text", "id": "x", "text": "not shown"},
            ],
        }
        card = {"id": "2", "contentType": "application/vnd.microsoft.card.adaptive", "content": json.dumps(content)}
        file = {"id": "3", "contentType": "reference", "contentUrl": "https://x.example/f.pdf", "name": "f.pdf"}
        shown = message('<p>see</p><attachment id="2"></attachment>', attachments=[card, file])
        assert shown.html == "<p>see</p>"
        assert shown.text == "see\nCard: Invoice 4711\nFile: f.pdf"
        first, second = shown.attachments
        assert (first.kind, first.name, first.address) == ("card", "Invoice 4711", "https://teams.example/chat")
        assert first.text == "<b>Due</b> in May\nSum: 12 €"
        assert (second.kind, second.name, second.address) == ("file", "f.pdf", "https://x.example/f.pdf")

    @pytest.mark.parametrize(
        "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", ""]
    )
    def test_a_file_opens_on_the_web_or_nowhere(self, address: str) -> None:
        evil = {"id": "4", "contentType": "reference", "contentUrl": address, "name": "f"}
        assert message("<p>see</p>", attachments=[evil]).attachments[0].address in {None, "https://teams.example/chat"}

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda c: st.lists(c) | st.dictionaries(st.sampled_from(["type", "body", "items", "text", "facts"]), c),
        )
    )
    def test_any_card_becomes_words(self, content: Any) -> None:
        card = {"id": "2", "contentType": "application/vnd.microsoft.card.adaptive", "content": json.dumps(content)}
        assert message("", attachments=[card]).attachments[0].kind == "card"

    def test_a_message_of_an_app_is_shown(self) -> None:
        assert message(**{"from": {"application": {"id": "a", "displayName": "Workflows"}}}).author_name == "Workflows"


NAMES = {"u1": "Robin Hale", "u2": "Anne Baker", "u3": "Ben Okafor"}


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("callStarted", {}, "Robin Hale started a call"),
        ("callEnded", {"callDuration": "PT1H2M3S"}, "The call ended after 1 h 2 min"),
        ("callEnded", {"callDuration": "PT59S"}, "The call ended after 59 s"),
        ("callEnded", {}, "The call ended"),
        ("callRecording", {"callRecordingStatus": "initial"}, "The recording of the call began"),
        (
            "callRecording",
            {"callRecordingStatus": "success"},
            "The call was recorded; the recording is in Microsoft Teams",
        ),
        ("callTranscript", {}, "The transcript of the call is in Microsoft Teams"),
        (
            "membersAdded",
            {"members": [{"id": "u2"}, {"id": "u3"}]},
            "Robin Hale added Anne Baker and Ben Okafor to the chat",
        ),
        ("membersDeleted", {"members": [{"id": "u3"}]}, "Robin Hale removed Ben Okafor from the chat"),
        ("membersDeleted", {"members": [{"id": "u1"}]}, "Robin Hale left the chat"),
        ("membersJoined", {"members": [{"id": "u9", "displayName": "Alex (Guest)"}]}, "Alex (Guest) joined"),
        ("membersLeft", {"members": [{"id": "u1"}]}, "Robin Hale left"),
        ("chatRenamed", {"chatDisplayName": "Invoices"}, "Robin Hale changed the name of the chat to “Invoices”"),
        ("chatRenamed", {}, "Robin Hale removed the name of the chat"),
        ("messagePinned", {}, "Robin Hale pinned a message in Microsoft Teams"),
        ("messageUnpinned", {}, "Robin Hale unpinned a message in Microsoft Teams"),
        ("meetingPolicyUpdated", {"meetingChatEnabled": False}, "Robin Hale switched the meeting's chat off"),
        ("tabUpdated", {}, "Robin Hale changed a tab of the chat"),
        ("teamsAppInstalled", {"teamsAppDisplayName": "Approvals"}, "Robin Hale added the app Approvals"),
        ("teamsAppRemoved", {"teamsAppDisplayName": "Approvals"}, "Robin Hale removed the app Approvals"),
        ("teamsAppUpgraded", {"teamsAppDisplayName": "Approvals"}, "Robin Hale updated the app Approvals"),
        (
            "conversationMemberRoleUpdated",
            {"conversationMemberUser": {"id": "u3"}, "conversationMemberRoles": ["Owner"]},
            "Robin Hale changed the role of Ben Okafor to owner",
        ),
        ("somethingNew", {}, "Robin Hale changed something in the Microsoft Teams chat"),
    ],
)
@pytest.mark.parametrize("spelling", ["systemEventMessage", "unknownFutureValue"])
def test_what_happens_in_the_chat_is_said_in_words(kind: str, more: Any, words: str, spelling: str) -> None:
    detail = {
        "@odata.type": f"#microsoft.graph.{kind}EventMessageDetail",
        "initiator": {"user": {"id": "u1", "displayName": None}},
        **more,
    }
    said = message("<systemEventMessage/>", messageType=spelling, eventDetail=detail, **{"from": None})
    assert said.event is not None
    assert sentence(said.event, lambda who: NAMES.get(who.id or "", who.name)) == words


class TestState:
    """What a message is now."""

    def test_deleted_by_its_moment_or_by_being_empty(self) -> None:
        assert message("", deletedDateTime="2026-03-01T11:00:00Z").deleted
        emptied = message("")
        assert emptied.deleted == emptied.modified
        assert message("Hello").deleted is None

    def test_both_spellings_of_reactions(self) -> None:
        def by(kind: str, **more: Any) -> dict[str, Any]:
            return {"reactionType": kind, "createdDateTime": MOMENT, "user": {"user": {"id": "u2"}}, **more}

        shown = message(reactions=[by("like"), by("💘"), by("custom", displayName="party-parrot")])
        assert {each.reaction for each in shown.reactions} == {"👍", "💘", "party-parrot"}

    def test_the_digest_tells_two_states_of_one_moment_apart(self) -> None:
        assert message("a").digest == message("a").digest
        assert message("a").digest != message("b").digest

    @pytest.mark.parametrize("moment", ["2026-03-01T10:00:00Z", "2026-03-01T02:00:00.0000000-08:00"])
    def test_moments_without_milliseconds_and_with_offsets(self, moment: str) -> None:
        assert message(createdDateTime=moment).created.isoformat() == "2026-03-01T10:00:00+00:00"

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
        )
    )
    def test_anything_else_is_unreadable_and_nothing_worse(self, anything: Any) -> None:
        try:
            parse(ChatMessage, json.dumps(anything).encode("utf-8", "surrogatepass"))
        except Unreadable:
            return


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        (("Available", "Available"), (Availability.AVAILABLE, "Available")),
        (("busy", "inAMeeting"), (Availability.BUSY, "In a meeting")),
        (("DoNotDisturb", "Presenting"), (Availability.DO_NOT_DISTURB, "Presenting")),
        (("BeRightBack", "BeRightBack"), (Availability.BE_RIGHT_BACK, "Be right back")),
        (("Offline", "OffWork"), (Availability.OFFLINE, "Off work")),
        (("PresenceUnknown", "PresenceUnknown"), (Availability.UNKNOWN, "Unknown")),
        (("SomethingNew", ""), (Availability.UNKNOWN, "SomethingNew")),
    ],
)
def test_presence_in_words(said: tuple[str, str], meant: tuple[Availability, str]) -> None:
    assert presence_from_graph(*said) == meant
