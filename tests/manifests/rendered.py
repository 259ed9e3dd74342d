"""Markdown as readers see it, for tests."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def blocks(markdown: str) -> Sequence[Token]:
    """Return the blocks of a text: headings, paragraphs, cells, code blocks, HTML."""
    return _PARSER.parse(markdown)


def spans(markdown: str) -> Iterator[Token]:
    """Yield what lines are made of: text, code, emphasis, links, HTML."""
    for block in blocks(markdown):
        yield from block.children or ()


def headings(markdown: str) -> list[str]:
    """Return the headings, as they read."""
    found = blocks(markdown)
    return [
        reading(found[index + 1])
        for index, block in enumerate(found)
        if block.type == "heading_open"
    ]


def links(markdown: str) -> set[str]:
    """Return the addresses that links lead to, and images come from."""
    return {
        str(span.attrs.get("href", span.attrs.get("src")))
        for span in spans(markdown)
        if span.type in {"link_open", "image"}
    }


def code_blocks(markdown: str, language: str) -> list[str]:
    """Return the content of fenced blocks in a language."""
    found = blocks(markdown)
    return [block.content for block in found if block.type == "fence" and block.info == language]


def reading(block: Token) -> str:
    """Return the text of a line."""
    return "".join(span.content for span in block.children or ())
