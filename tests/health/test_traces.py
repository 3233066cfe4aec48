"""One trace leads from a browser's request over the outbox to the call to Graph; off, there is nothing of it."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_trace_id

from deskbridge import tracing
from teams.office import Office
from teams.road import Road


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """What a collector would get."""
    exporter = InMemorySpanExporter()
    tracing.begin(SimpleSpanProcessor(exporter))
    yield exporter
    tracing.end()


def trace_of(span: ReadableSpan) -> str:
    """The id of the trace that it is part of."""
    assert span.context is not None
    return format_trace_id(span.context.trace_id)


async def test_one_trace_leads_from_the_browser_to_microsoft(
    office: Office, road: Road, exported: InMemorySpanExporter
) -> None:
    await office.connect()
    await office.chat_with("robin")
    mine = str(uuid.uuid4())
    office.anne.http.headers["X-Request-Id"] = mine
    sent = await office.write("This text is nobody else's business")
    del office.anne.http.headers["X-Request-Id"]
    await office.work()

    spans = [each for each in exported.get_finished_spans() if trace_of(each) == mine.replace("-", "")]
    request, delivery, call = sorted(spans, key=lambda each: each.start_time or 0)
    assert request.name.startswith("POST ")
    assert request.name.endswith("/messages")
    assert dict(request.attributes or {}) == {"deskbridge.request_id": mine, "http.response.status_code": 201}
    assert (delivery.name, dict(delivery.attributes or {})) == ("deliver", {"deskbridge.message_id": sent})
    assert delivery.parent is not None
    assert request.context is not None
    assert delivery.parent.span_id == request.context.span_id
    # The id that Microsoft's support asks for is on the span of the call that carried it.
    assert dict(call.attributes or {}) == {"deskbridge.client_request_id": sent}
    assert road.request_ids[sent][0] == "POST"
    assert "business" not in "".join(each.to_json() for each in spans)


def test_lines_of_the_log_name_the_trace(exported: InMemorySpanExporter) -> None:
    with tracing.span("outer"), tracing.span("inner"):
        named = structlog.contextvars.get_contextvars()["trace_id"]
    assert {trace_of(each) for each in exported.get_finished_spans()} == {named}
    assert "trace_id" not in structlog.contextvars.get_contextvars()


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80) | st.from_regex(r"\A[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}\Z"))
def test_whatever_place_in_a_trace_is_given_work_goes_on(given_: str) -> None:
    exporter = InMemorySpanExporter()
    tracing.begin(SimpleSpanProcessor(exporter))
    try:
        with tracing.span("work", parent=given_):
            place = tracing.position()
    finally:
        tracing.end()
    assert place is not None
    assert len(place) == 55
    # Whoever began the trace may have decided not to record it.
    assert len(exporter.get_finished_spans()) == int(place[-1], 16) & 1


def test_off_nothing_of_it_is_even_imported() -> None:
    ask = (
        "import sys; from deskbridge import app, tracing\n"
        "with tracing.span('x') as span: print(span, tracing.position())\n"
        "print([each for each in sys.modules if each.startswith('opentelemetry.sdk')])"
    )
    said = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[:2] == ["None None", "[]"]
