"""What the log says of those who try doors, and that nobody from outside writes lines into it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskbridge import logs
from deskbridge.api.desk import Desk
from support.agents import Agent
from support.builders import make_account, make_user


@pytest.fixture
def machines() -> str:
    """The log is the same on both."""
    return "one machine"


@pytest.fixture
def as_before() -> Iterator[None]:
    """Logging as it is for all other tests."""
    root, configured = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**configured)
    root.handlers[:], root.level = handlers, level


def written(format_: str, text: str) -> str:
    """What is in the log after this has been said, by us and by a library."""
    out = io.StringIO()
    logs.configure("INFO", format_)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(out)
    structlog.get_logger("test").info("said", text=text, within={"a": [text]})
    logging.getLogger("library").warning("It said %s", text)
    return out.getvalue()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=60) | st.sampled_from(["x\n2026-01-01 [error] forged", "\x1b[2J\x1b[31mred", "a\r\nb", "\u2028"])
)
def test_no_text_makes_a_line_of_the_log(as_before: None, text: str) -> None:
    lines = written("json", text).splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0])["text"] == text

    console = written("console", text)
    assert len(console.splitlines()) == 2
    assert not any(ord(sign) < 32 and sign != "\n" for sign in console)


async def test_who_tries_doors_is_in_the_log(as_before: None, desk: Desk, browser_of: Callable[[], Agent]) -> None:
    # Commands that other tests give say less.
    logs.configure("INFO", "json")
    await make_user(desk, await make_account(desk))
    anne = browser_of()
    await anne.sign_in("anne")
    with structlog.testing.capture_logs() as said:
        await anne.refused("GET", "/admin/users")
        await anne.refused("PUT", "/me/status", json={"status": "<script>"})
        await browser_of().refused("POST", "/session", json={"username": "anne", "password": "wrong"})
        # Who opens the sign-in page has tried nothing.
        await browser_of().refused("GET", "/workspace")
    refused = [each for each in said if each["event"] == "refused"]
    assert [(each["code"], each["status"], each["origin"]) for each in refused] == [
        ("forbidden", 403, "127.0.0.1"),
        ("invalid", 422, "127.0.0.1"),
        ("wrong_password", 401, "127.0.0.1"),
    ]
    assert "script" not in str(refused)
    assert "anne" not in str(refused)
