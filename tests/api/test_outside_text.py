"""What browsers send beside bodies, given what none would send: it is understood or refused, and nothing falls."""

from __future__ import annotations

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from deskbridge.api.people import _place
from deskbridge.api.security import _request_id
from deskbridge.errors import BadCursor
from deskbridge.realtime.protocol import client_frame

SOME = settings(max_examples=200, deadline=None)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "version", "person_ids", "more"]) | st.text(max_size=8), inner)
    ),
    max_leaves=12,
)
likely = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "watch", "ping", "welcome", ""])},
    optional={"version": values, "person_ids": values, "more": values},
)
texts = st.text(max_size=200) | values.map(json.dumps) | likely.map(json.dumps) | st.just("[" * 100_000)


@SOME
@given(texts)
def test_whatever_frame_comes_is_one_of_three_or_none(text: str) -> None:
    try:
        frame = client_frame.validate_json(text)
    except ValidationError:
        return
    assert frame.type in {"hello", "watch", "ping"}
    assert set(json.loads(text)) <= set(type(frame).model_fields)


def packed(content: bytes) -> str:
    """As a cursor is written."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


@SOME
@given(texts | st.binary(max_size=80).map(packed) | values.map(lambda value: packed(json.dumps(value).encode())))
def test_whatever_cursor_comes_is_a_place_or_a_bad_one(cursor: str) -> None:
    try:
        place = _place(cursor)
    except BadCursor:
        return
    assert place is not None
    assert 0 <= place.rank <= 9


@SOME
@given(st.text(max_size=80) | st.uuids().map(str))
def test_whatever_request_id_comes_only_an_id_gets_into_the_log(given_: str) -> None:
    assert set(_request_id(given_)) <= set("0123456789abcdef-")
    assert len(_request_id(given_)) == 36
