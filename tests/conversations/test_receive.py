"""Whatever Teams tells of a message, how often and with whatever left out: what is here is what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskbridge.conversations.model import Message, MessageKind
from deskbridge.conversations.service import Incoming
from support.databases import Heard
from support.talk import Office, Talk, reaction

PEOPLE = ("Robin", "Ada", "Taylor")
acts = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from(["second words", "third words", "fourth words"])),
        st.tuples(st.sampled_from(["delete", "undo"])),
        st.tuples(st.sampled_from(["react", "take back"]), st.sampled_from(PEOPLE), st.sampled_from("👍❤😆")),
    ),
    max_size=8,
)


def history(first: Incoming, done: Sequence[Any]) -> list[Incoming]:
    """The message as Teams has it after each act."""
    states, words, at = [first], "first words", first.created_at
    for act in done:
        at += timedelta(minutes=1)
        state, now = after_act(states[-1], act, at, words)
        words = now
        states.append(state)
    return states


def after_act(state: Incoming, act: Any, at: datetime, words: str) -> tuple[Incoming, str]:
    """One act; Teams gives a deleted message no words, and cannot edit it."""
    match act:
        case ("edit", text) if state.deleted_at is None:
            return replace(state, html=f"<p>{text}</p>", text=text, edited_at=at), text
        case ("delete",):
            return replace(state, html="", text="", deleted_at=state.deleted_at or at), words
        case ("undo",) if state.deleted_at is not None:
            return replace(state, html=f"<p>{words}</p>", text=words, deleted_at=None), words
        case ("react", name, emoji) if not any(
            (by.who, by.reaction) == (f"name:{name}", emoji) for by in state.reactions
        ):
            return replace(state, reactions=(*state.reactions, reaction(emoji, name, at))), words
        case ("take back", name, emoji):
            left = tuple(by for by in state.reactions if (by.who, by.reaction) != (f"name:{name}", emoji))
            return replace(state, reactions=left), words
    return state, words


def shown(message: Message) -> dict[str, Any]:
    """What a reader sees of a message; ids, places and revisions are ours."""
    seen = message.model_dump(include={"html", "text", "created_at", "edited_at", "deleted_at"})
    return seen | {"reactions": {each.reaction: set(each.by) for each in message.reactions}}


async def tell(talk: Talk, states: Sequence[Incoming]) -> list[Message]:
    """Teams tells these states of one message, one after the other; the whole conversation then."""
    message_id = None
    for state in states:
        message_id = await talk.receive(replace(state, conversation_id=talk.id, message_id=message_id))
    return await talk.messages()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts, st.data())
async def test_repeats_and_gaps_change_nothing_of_what_it_ends_as(
    office: Office, done: list[Any], data: st.DataObject
) -> None:
    talk = await office.talk()
    states = history(talk.said("first words"), done)
    told = data.draw(st.lists(st.integers(0, len(states) - 1), max_size=10).map(sorted))

    here = await tell(talk, [states[number] for number in told] + [states[-1]])
    fresh = await tell(await office.talk(), [states[-1]])

    message = next(each for each in here if each.kind is MessageKind.MESSAGE)
    assert shown(message) == shown(next(each for each in fresh if each.kind is MessageKind.MESSAGE))
    standing = [each for each in here if each.kind is MessageKind.REACTION and each.deleted_at is None]
    assert {each.text for each in standing} == {each.text for each in fresh if each.kind is MessageKind.REACTION}
    assert len(standing) == len(states[-1].reactions)
    assert all(each.refers_to == message.id for each in standing)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
async def test_each_change_has_a_revision_of_its_own_and_the_same_again_tells_nobody(
    office: Office, heard: Heard, done: list[Any]
) -> None:
    talk = await office.talk()
    before: list[Message] = []
    message_id = None
    for state in history(talk.said("first words"), done):
        revision, told = (await talk.seen()).revision, len(heard.said)
        message_id = await talk.receive(replace(state, message_id=message_id))
        now = await talk.messages()
        changed = {each.id for each in now} - {each.id for each in before if each in now}
        assert (await talk.seen()).revision - revision == bool(changed)
        assert all(each.revision > revision for each in now if each.id in changed)
        assert all(each.revision <= revision for each in now if each.id not in changed)
        assert (len(heard.said) > told) is bool(changed)

        told = len(heard.said)
        await talk.receive(replace(state, message_id=message_id))
        assert await talk.messages() == now
        assert len(heard.said) == told
        before = now


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
async def test_deleted_words_are_shown_nowhere(office: Office, done: list[Any]) -> None:
    """Neither in the message, nor in what a reaction quotes, nor in the list of chats."""
    talk = await office.talk()
    states = history(talk.said("first words"), [("react", "Ada", "👍"), *done, ("delete",)])

    page = await tell(talk, states)

    everything = "".join(each.model_dump_json() for each in page) + (await talk.seen()).model_dump_json()
    assert "words" not in everything
    assert "👍" in everything or any(act[:3] == ("take back", "Ada", "👍") for act in done)


async def test_an_edit_that_was_missed_comes_with_the_undoing_of_the_deletion(office: Office) -> None:
    talk = await office.talk()
    states = history(talk.said("first words"), [("edit", "second words"), ("delete",), ("undo",)])

    page = await tell(talk, [states[0], states[2], states[3]])

    assert [each.text for each in page] == ["second words"]


async def test_what_the_agent_wrote_here_stays_as_it_was_written_until_it_is_edited_there(office: Office) -> None:
    talk = await office.talk()
    sent = await talk.send("Two  spaces\nand a line")
    echo = replace(talk.said("Two spaces and a line"), message_id=sent.id, created_at=sent.created_at)

    await talk.receive(echo)
    assert [each.text for each in await talk.messages()] == ["Two  spaces\nand a line"]

    await talk.receive(replace(echo, html="<p>One line</p>", text="One line", edited_at=office.clock()))
    assert [each.text for each in await talk.messages()] == ["One line"]
