"""Structured logs: readable on a console, JSON for collectors; never a token, a password or a message's text."""

from __future__ import annotations

import contextvars
import logging
import sys

import structlog


def request_id() -> str | None:
    """The id of the request that is being answered, if one is; what is put by for later keeps it."""
    known = structlog.contextvars.get_contextvars().get("request_id")
    return known if isinstance(known, str) else None


def of_nobody() -> contextvars.Context:
    """For tasks that work for many requests: otherwise they log, and trace, as the one that happened to begin them."""
    return contextvars.Context()


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def _printable(logger: object, name: str, said: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """What comes from outside begins no line of its own and colours no console; only a trace has several lines."""
    return {
        key: _escaped(value) if isinstance(value, str) and key != "exception" else value for key, value in said.items()
    }


def _is_news(record: logging.LogRecord) -> bool:
    """Whoever breaks an answer off has said why (api/breaking_off.py); the server only noticed it."""
    return record.msg != "ASGI callable returned without completing response."


def configure(level: str, format_: str) -> None:
    """Send everything, also what libraries log, to standard error in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if format_ == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    # JSON escapes by itself.
    before: list[structlog.typing.Processor] = [] if format_ == "json" else [_printable]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        # Whoever has said something once would never hear of another configuration.
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *before, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    # One line a request and more would bury what matters.
    for chatty in ("uvicorn.access", "httpx", "httpcore", "aiosqlite", "msal", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
