"""Findings for people."""

from dataclasses import replace

import pytest

from muster.cli.integration.finding_formats.text import print_findings
from muster.core.json_text import Position
from tests.cli.integration.finding_formats.findings import TOO_LARGE, UNKNOWN_KEY, checked


@pytest.fixture(autouse=True)
def no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without the variables by which Rich is told of terminals."""
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def test_a_finding_says_what_where_and_how_to_mend_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_findings([checked(UNKNOWN_KEY, TOO_LARGE)])
    assert capsys.readouterr().out.splitlines() == [
        (
            "error integrations/acme/manifest.json:3:3 schema/unknown-key"
            ' There is no key "vershun" here.'
        ),
        "    at /vershun",
        '     3 | "vershun": "1.0.0",',
        "       | ^^^^^^^^^",
        '  mend Did you mean "version"?',
        "",
        "warning integrations/acme/assets/square.svg asset/too-large It has 70,000 bytes.",
        "",
    ]


def test_nothing_is_printed_of_an_integration_without_findings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_findings([checked()])
    assert capsys.readouterr().out == ""


def test_a_terminal_gets_colours_unless_no_color_is_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    print_findings([checked(UNKNOWN_KEY)])
    assert "\x1b[1;31merror\x1b[0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    print_findings([checked(UNKNOWN_KEY)])
    shown = capsys.readouterr().out
    assert "error" in shown
    assert "\x1b[31" not in shown
    assert "\x1b[1;31" not in shown


def test_a_long_line_is_left_to_the_terminal_to_break(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "40")
    print_findings([checked(replace(TOO_LARGE, message="word " * 30))])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_no_text_of_a_stranger_steers_the_terminal_or_is_read_as_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = replace(
        UNKNOWN_KEY,
        message="\x1b]0;title\x07[bold]",
        hint="a\nb",
        pointer="/\u202e",
        file="\x9b.svg",
    )
    for colour in ("", "1"):
        monkeypatch.setenv("FORCE_COLOR", colour)
        print_findings([checked(hostile)])
        shown = capsys.readouterr().out
        assert r"\x1b]0;title\x07[bold]" in shown
        assert r"a\nb" in shown
        assert "\u202e" not in shown
        assert "\x9b" not in shown
        assert "\x07" not in shown


def test_a_position_beyond_the_file_is_told_without_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_findings([checked(replace(UNKNOWN_KEY, position=Position(99, 1), hint=""))])
    assert len(capsys.readouterr().out.splitlines()) == 3
