"""Texts of strangers in Markdown: they are shown, and do nothing."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.manifests.markdown import code, code_block, escape, json_block, table, web_link
from tests.manifests.rendered import blocks, code_blocks, links, reading, spans

HOSTILE = [
    "<script>alert(1)</script>",
    "<https://evil.example>",
    "](javascript:x)",
    "![x](https://evil.example/x.svg)",
    "[a]: https://evil.example",
    "<!--",
    "&lt;",
    "&#124;",
    "`",
    "``` ",
    "|",
    "\\",
    "\\|",
    "\n\n",
    "\n| - |\n",
    "# ",
    "- ",
    "1. ",
    "2) ",
    "> ",
    "***",
    "__",
    "~~",
    "===",
    "\u202e",
    "\x1b[2J",
    "\x00",
    "é",
]
texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=4), max_size=8).map("".join)
SURROUNDINGS = {
    "paragraph": "{}",
    "heading": "# {}",
    "item": "- {}",
    "sentence": "It is {}.",
}


def seen(text: str) -> str:
    """Return a text without what Markdown and terminals do not show: blanks and control characters."""
    return "".join(one for one in text if one.isprintable() and not one.isspace())


@pytest.mark.parametrize("surrounding", SURROUNDINGS.values(), ids=SURROUNDINGS)
@pytest.mark.parametrize("write", [escape, code])
@given(text=texts)
def test_a_text_reads_as_itself(write: object, surrounding: str, text: str) -> None:
    assert callable(write)
    markdown = surrounding.format(write(text))
    assert {span.type for span in spans(markdown)} <= {"text", "code_inline"}
    assert len([block for block in blocks(markdown) if block.type == "inline"]) <= 1
    shown = "".join(reading(block) for block in blocks(markdown) if block.type == "inline")
    assert seen(shown) == seen(surrounding.strip("# -").format(text))


@given(rows=st.lists(st.tuples(texts, texts), max_size=3))
def test_a_table_keeps_its_cells(rows: list[tuple[str, str]]) -> None:
    markdown = table(("a", "b"), [(escape(left), code(right)) for left, right in rows])
    cells = [
        seen(reading(block)) for block in blocks(f"{markdown}\n\nEnd.") if block.type == "inline"
    ]
    assert cells == ["a", "b", *(seen(cell) for row in rows for cell in row), "End."]


def test_a_bar_behind_a_backslash_is_not_put_into_a_code_span() -> None:
    """GitHub would end the cell of a table there, escaped or not."""
    assert "`" not in code(r"a\|b")
    assert table(("a",), [[code("a|b")], [code(r"a\|b")]]).splitlines()[2:] == [
        r"| `a\|b` |",
        r"| a\\\|b |",
    ]


@given(text=texts.filter(lambda text: "\r" not in text and "\x00" not in text))
def test_no_text_gets_out_of_a_code_block(text: str) -> None:
    markdown = f"{code_block(text, 'sh')}\n\nEnd."
    assert code_blocks(markdown, "sh") == [f"{text}\n"]


@given(st.recursive(texts | st.none() | st.integers(), lambda below: st.lists(below, max_size=3)))
def test_json_can_be_copied_out_of_its_block(document: Json) -> None:
    markdown = json_block(document)
    assert markdown.replace("\n", "").isprintable()
    [block] = code_blocks(markdown, "json")
    assert json.loads(block) == document


@pytest.mark.parametrize("text", ["https://evil.example", "Www.evil.example", "ftp://evil.example"])
def test_no_address_becomes_a_link_by_itself(text: str) -> None:
    """GitHub makes links of addresses in plain text; a backslash keeps it from that."""
    assert not re.search(r"\w://|www\.", escape(text), re.IGNORECASE)


def test_plain_text_stays_plain() -> None:
    text = "Users who enter (or leave) a cohort, e.g. by e-mail: 5 % of all. It's so!"
    assert escape(text) == text


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("https://acme.example/a?b=c&d#e", "https://acme.example/a?b=c&d#e"),
        ("javascript:alert(1)", None),
        ("https://acme.example/><script>", None),
        ("https://acme.example/a b", None),
    ],
)
def test_only_web_addresses_are_links(address: str, target: str | None) -> None:
    assert links(web_link(address)) == ({target} if target else set())
    assert not [span for span in spans(web_link(address)) if span.type == "html_inline"]
