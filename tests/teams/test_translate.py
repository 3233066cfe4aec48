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
        again = html.sanitize(message(source).html, lambda _: "")
        assert "<script" not in again
        assert again == html.sanitize(again, lambda _: "")

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

    def test_what_cannot_be_shown_says_so_and_leads_to_teams(self) -> None:
        card = {"id": "2", "contentType": "application/vnd.microsoft.card.adaptive", "content": "{}"}
        shown = message('<attachment id="2"></attachment>', attachments=[card]).html
        assert "can only be shown in Teams" in shown
        assert 'href="https://teams.example/chat"' in shown
        file = {"id": "3", "contentType": "reference", "contentUrl": "https://x.example/f.pdf", "name": "f.pdf"}
        assert "File: f.pdf" in message("<p>see</p>", attachments=[file]).html
        evil = {"id": "4", "contentType": "reference", "contentUrl": "javascript:alert(1)", "name": "f"}
        assert "javascript" not in message("<p>see</p>", attachments=[evil]).html


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
