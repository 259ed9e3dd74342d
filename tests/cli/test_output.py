"""What commands print: told times, escaped characters, tables whole in a pipe."""

import contextlib
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.cli.output import (
    Column,
    milliseconds,
    print_json,
    print_page,
    print_table,
    printable,
    relative_time,
)
from muster.core.paging import Page, PageRequest

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
_TEXTS = st.text(st.characters(codec="utf-8") | st.sampled_from("\x7f\x85\x9b\u061c\u2028\u202e"))


def be_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Let Rich take whatever it writes to for a terminal of this width."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(seconds=0), "just now"),
        (timedelta(seconds=9.9), "just now"),
        (timedelta(seconds=10), "10 seconds ago"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23, minutes=59), "23 hours ago"),
        (timedelta(days=2), "2 days ago"),
        (timedelta(days=29, hours=23), "29 days ago"),
        (timedelta(days=30), "2027-01-01"),
        (timedelta(hours=-3), "in 3 hours"),
        (timedelta(days=-1), "in 1 day"),
        (timedelta(days=-365), "2028-01-31"),
    ],
)
def test_a_moment_is_told_by_its_distance_from_now(ago: timedelta, told: str) -> None:
    assert relative_time(NOW - ago, NOW) == told


def test_what_never_was_is_told_so() -> None:
    assert relative_time(None, NOW) == "never"


def test_a_duration_is_told_to_the_microsecond() -> None:
    assert milliseconds(timedelta(seconds=1, microseconds=234)) == 1000.234


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, [bold]with[/bold] é and 日本", "plain, [bold]with[/bold] é and 日本"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("two\nlines\r\t\x00", "two\\nlines\\r\\t\\x00"),
        ("\u202eevil\u2028", "\\u202eevil\\u2028"),
        ("\x85\x9b", "\\x85\\x9b"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(codec="utf-8")))
def test_a_printable_text_is_one_line_and_is_not_changed_again(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert printable(shown) == shown


@given(st.recursive(_TEXTS, lambda inner: st.lists(inner) | st.dictionaries(_TEXTS, inner)))
def test_json_is_the_same_with_what_could_steer_a_terminal_escaped(value: object) -> None:
    out = io.BytesIO()
    # As where the terminal is not set to UTF-8.
    with contextlib.redirect_stdout(io.TextIOWrapper(out, "ascii", write_through=True)):
        print_json(value)
        written = out.getvalue().decode()
    assert json.loads(written) == value
    lines = written.removesuffix("\n").split("\n")
    assert [printable(line) for line in lines] == lines


def test_json_leaves_what_is_harmless_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "日本 é \x9b2J \u202e \x7f"})
    assert capsys.readouterr().out == '{\n  "name": "日本 é \\u009b2J \\u202e \\u007f"\n}\n'


def test_a_table_in_a_pipe_has_a_line_for_each_row_and_nothing_is_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    key = "hightouch-" + "x" * 200
    name = "A long name " * 20 + "\nwith two lines [red]and no markup[/red]"

    print_table(
        [Column("KEY"), Column("NAME", folds=True), Column("MEMBERS", right=True)],
        [[key, name, "12"], ["short", "Name", "1,234,567"]],
    )

    title, first, second = capsys.readouterr().out.splitlines()
    assert title.split() == ["KEY", "NAME", "MEMBERS"]
    assert first == f"{key}  {printable(name)}         12"
    assert second.split() == ["short", "Name", "1,234,567"]
    assert first.index("A long") == second.index("Name") == title.index("NAME")


def test_a_table_on_a_narrow_terminal_folds_free_text_and_keeps_keys_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be_terminal(monkeypatch, columns=40)
    key = "k" * 30

    print_table([Column("KEY"), Column("NAME", folds=True)], [[key, "some words to be folded"]])

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 2
    assert key in lines[1]
    assert "words" in "".join(lines)


def test_the_last_column_is_not_padded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    rows = [["1", "a long text"], ["2", ""]]
    print_table([Column("ID"), Column("TEXT")], rows)
    assert [len(line) for line in capsys.readouterr().out.splitlines()] == [8, 15, 1]

    be_terminal(monkeypatch, columns=80)
    print_table([Column("ID"), Column("TEXT")], rows)
    assert "TEXT\x1b[0m\n" in capsys.readouterr().out


def test_a_table_wider_than_the_terminal_is_not_cut(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    be_terminal(monkeypatch, columns=20)
    print_table([Column("KEY"), Column("ID")], [["k" * 30, "i" * 30]])
    assert "k" * 30 + "  " + "i" * 30 in capsys.readouterr().out


@pytest.mark.parametrize(
    ("items", "total", "offset", "out", "err"),
    [
        (["a", "b"], 2, 0, "KEY\na\nb\n", ""),
        (["a"], 3, 1, "KEY\na\n", "1 of 3 entries; continue with --offset 2.\n"),
        ([], 1, 5, "", "There is only 1 entry.\n"),
        ([], 1200, 2000, "", "There are only 1,200 entries.\n"),
        ([], 0, 0, "", "There are no entries.\n"),
    ],
)
def test_a_page_says_how_to_go_on_or_why_it_is_empty(
    capsys: pytest.CaptureFixture[str],
    items: list[str],
    total: int,
    offset: int,
    out: str,
    err: str,
) -> None:
    page = Page(items, total, PageRequest(1, offset))
    print_page(page, [Column("KEY")], [[one] for one in items], "entry", "entries")
    assert capsys.readouterr() == (out, err)


def test_an_empty_list_may_say_how_it_fills(capsys: pytest.CaptureFixture[str]) -> None:
    print_page(Page([], 0, PageRequest()), [Column("KEY")], [], "role", if_none="Make one.")
    assert capsys.readouterr() == ("", "Make one.\n")
