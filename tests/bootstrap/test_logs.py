"""Writing logs."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from muster.bootstrap.logs import configure_logs


@pytest.fixture(autouse=True)
def _no_logs_after() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_half_of_a_character_keeps_no_error_out_of_the_log(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    configure_logs("info", "json")
    logging.getLogger("a.library").error("it failed: %s", "\udfff")
    line = json.loads(capfdbinary.readouterr().err)
    assert (line["event"], line["level"]) == ("it failed: \udfff", "error")
