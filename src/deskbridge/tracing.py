"""Traces (OpenTelemetry): one from a browser's request to what is asked of Microsoft, also when that is much later.

Off unless an operator says where they go: then nothing of OpenTelemetry is even imported. A trace's id is the id of the
request that began it, so that who reads a line of the log or has Microsoft's `client-request-id` finds the trace.
Spans hold ids and routes, never what somebody wrote.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, Literal

import structlog

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.trace import Span

Kind = Literal["server", "client", "internal"]


class _Tracing:
    """What this process does with spans; None while traces are off."""

    provider: TracerProvider | None = None


_tracing: Final = _Tracing()


def begin(processor: SpanProcessor) -> None:
    """Give every span that ends to that processor."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            known = structlog.contextvars.get_contextvars().get("request_id")
            try:
                return uuid.UUID(str(known)).int or super().generate_trace_id()
            except ValueError:
                return super().generate_trace_id()

    resource = Resource.create({"service.name": "deskbridge"})
    _tracing.provider = TracerProvider(resource=resource, id_generator=Ids(), shutdown_on_exit=True)
    _tracing.provider.add_span_processor(processor)


def begin_exporting(address: str | None, session: Any) -> None:
    """Send them to that address, by OTLP over HTTP and in the background; without one, traces stay off.

    `session` is one of requests, which those who only make spans know nothing of.
    """
    if address is None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    begin(BatchSpanProcessor(OTLPSpanExporter(endpoint=address, session=session)))


def end() -> None:
    """Send what is left, and be off."""
    provider, _tracing.provider = _tracing.provider, None
    if provider is not None:
        provider.shutdown()


@contextlib.contextmanager
def span(
    name: str, kind: Kind = "internal", parent: str | None = None, **attributes: str | int
) -> Iterator[Span | None]:
    """A part of a trace; `parent` is a traceparent from elsewhere (W3C Trace Context), and is ignored if it is none."""
    if _tracing.provider is None:
        yield None
        return
    from opentelemetry.trace import SpanKind, format_trace_id, use_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    tracer = _tracing.provider.get_tracer("deskbridge")
    named = {f"deskbridge.{key}": value for key, value in attributes.items()}
    begun = tracer.start_span(name, context, SpanKind[kind.upper()], named)
    named_in_log = structlog.contextvars.bound_contextvars(trace_id=format_trace_id(begun.get_span_context().trace_id))
    with use_span(begun, end_on_exit=True), named_in_log:
        yield begun


def position() -> str | None:
    """Where we are in a trace, as a traceparent to go on from later; None while traces are off."""
    if _tracing.provider is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")
