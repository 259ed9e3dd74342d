"""Structured logs: JSON lines for machines, or lines for people on a terminal."""

import json
import logging
import sys
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import Processor

from muster.api.request_log import JsonLines, LineWriter, structlog_lines

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

LogFormat = Literal["auto", "json", "console"]


def configure_logs(level: str, log_format: LogFormat) -> None:
    """Send every log to standard error, in one format.

    Args:
        level: the least severity that is logged.
        log_format: `auto` is `console` on a terminal, and `json` elsewhere.
    """
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if _is_for_people(log_format):
        processors.append(structlog.dev.ConsoleRenderer())
        factory: Any = structlog.PrintLoggerFactory(sys.stderr)
    else:
        processors.append(structlog.processors.format_exc_info)
        processors.append(structlog.processors.JSONRenderer(serializer=_dumps))
        factory = structlog.BytesLoggerFactory(sys.stderr.buffer)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=factory,
    )
    _forward_standard_logging(_LEVELS[level])


def request_lines(level: str, log_format: LogFormat) -> LineWriter:
    """Return what writes a line for each request, in the format of all other logs."""
    is_json = not _is_for_people(log_format)
    return (
        JsonLines(sys.stderr.buffer)
        if is_json and _LEVELS[level] <= logging.INFO
        else structlog_lines
    )


def _is_for_people(log_format: LogFormat) -> bool:
    return log_format == "console" or (log_format == "auto" and sys.stderr.isatty())


def _dumps(event: dict[str, Any], **_: Any) -> bytes:
    try:
        return orjson.dumps(event, default=repr)
    except TypeError:
        # Half of a character, as an error may quote it: orjson does not write it, and a log that fails
        # hides what it was to tell.
        return json.dumps(event, default=repr).encode()


class _Forwarder(logging.Handler):
    """Hands what libraries log on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)


def _forward_standard_logging(level: int) -> None:
    root = logging.getLogger()
    root.handlers = [_Forwarder()]
    root.setLevel(max(level, logging.WARNING))
