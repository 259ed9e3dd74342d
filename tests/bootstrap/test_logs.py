"""Writing logs."""

import json
import logging

import pytest

from muster.bootstrap.logs import configure_logs


def test_half_of_a_character_keeps_no_error_out_of_the_log(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    configure_logs("info", "json")
    logging.getLogger("a.library").error("it failed: %s", "\udfff")
    line = json.loads(capfdbinary.readouterr().err)
    assert (line["event"], line["level"]) == ("it failed: \udfff", "error")
