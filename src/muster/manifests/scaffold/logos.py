"""Placeholder logos: marks of our own that say of themselves that they are to be replaced."""

import re
from html import escape
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[^\W_]+")
_HEIGHT: Final = 64
_LETTER_WIDTH: Final = 14
_LONGEST_SHOWN: Final = 24


class Logos(NamedTuple):
    """An integration's two logos, each an SVG document."""

    square: str
    horizontal: str


def draw_placeholders(name: str) -> Logos:
    """Return grayscale logos with an integration's initials and name.

    Args:
        name: printable text on one line.
    """
    shown = name if len(name) <= _LONGEST_SHOWN else f"{name[: _LONGEST_SHOWN - 1]}…"
    text_width = _LETTER_WIDTH * len(shown)
    width = _HEIGHT + text_width + 24
    word = (
        f'  <text x="{_HEIGHT + 8}" y="41" font-family="sans-serif" font-size="26" '
        f'textLength="{text_width}" lengthAdjust="spacingAndGlyphs" fill="#404040">'
        f"{escape(shown)}</text>\n"
    )
    return Logos(
        square=_document("square", name, _HEIGHT, ""),
        horizontal=_document("horizontal", name, width, word),
    )


def _document(shape: str, name: str, width: int, word: str) -> str:
    title = f"Placeholder for the {shape} logo of {name}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" role="img">\n'
        f"  <title>{escape(title)}</title>\n"
        f'  <rect width="{width}" height="{_HEIGHT}" rx="12" fill="#ececec"/>\n'
        f"{_mark(_initials(name))}{word}</svg>\n"
    )


def _mark(initials: str) -> str:
    circle = '  <circle cx="32" cy="32" r="22" fill="none" stroke="#808080" stroke-width="3"/>\n'
    if not initials:
        return circle
    return (
        f'{circle}  <text x="32" y="40" text-anchor="middle" font-family="sans-serif" font-size="22" '
        f'fill="#404040">{escape(initials)}</text>\n'
    )


def _initials(name: str) -> str:
    """Return the first letters of the first two words."""
    return "".join(word[0].upper()[:1] for word in _WORD.findall(name)[:2])
