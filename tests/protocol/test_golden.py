"""The golden files say what the models say, and a plain apply agrees with each."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any, get_args

import pytest

from deskbridge.api.models import Snapshot
from deskbridge.conversations.model import Message
from deskbridge.realtime.protocol import FeedEvent, feed_event
from support.apply import apply

HERE = Path(__file__).resolve().parent
FILES = sorted(HERE.glob("*.json"))


def generator() -> Any:
    """The program that writes them."""
    spec = importlib.util.spec_from_file_location("generate_golden", HERE / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_up_to_date() -> None:
    """After changing a model or a case: .venv/bin/python tests/protocol/generate.py"""
    made = generator()

    assert {path.name: path.read_text(encoding="utf-8") for path in FILES} == {
        name: made.text_of(case) for name, case in made.all_cases().items()
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_before_and_event_make_after(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))

    assert apply(case["before"], case["event"]) == case["after"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everything_in_it_is_of_the_protocol(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))

    feed_event.validate_python(case["event"])
    for world in (case["before"], case["after"]):
        messages = world.pop("messages")
        Snapshot.model_validate(world)
        for message in (each for held in messages.values() for each in held):
            Message.model_validate(message)


def test_every_kind_of_event_has_a_case() -> None:
    kinds = {kind.model_fields["type"].default for kind in get_args(get_args(FeedEvent)[0])}

    assert {json.loads(path.read_text(encoding="utf-8"))["event"]["type"] for path in FILES} == kinds
