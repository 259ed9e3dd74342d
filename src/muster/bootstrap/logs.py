"""Structured logs: JSON lines for machines, or lines for people on a terminal."""

import logging
import sys
from typing import Any, Literal

import orjson
import structlog
from structlog.typing import Processor

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_logs(level: str, log_format: Literal["auto", "json", "console"]) -> None:
    """Send every log to standard error, in one format.

    Args:
        level: the least severity that is logged.
        log_format: `auto` is `console` on a terminal, and `json` elsewhere.
    """
    for_people = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    processors: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if for_people:
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
        cache_logger_on_first_use=True,
    )
    _forward_standard_logging(_LEVELS[level])


def _dumps(event: dict[str, Any], **_: Any) -> bytes:
    return orjson.dumps(event, default=repr)


class _Forwarder(logging.Handler):
    """Hands what libraries log on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info or None)


def _forward_standard_logging(level: int) -> None:
    root = logging.getLogger()
    root.handlers = [_Forwarder()]
    root.setLevel(max(level, logging.WARNING))
