"""What styles refer to, and which colours they give."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

from muster.manifests.svg.colours import (
    COLOUR_FUNCTIONS,
    Amount,
    is_colour_call,
    is_colour_hex,
    is_colour_name,
)
from muster.manifests.svg.css import Kind, Token, tokenize

COLOUR_ATTRIBUTES: Final = frozenset(
    {"fill", "stroke", "color", "stop-color", "flood-color", "lighting-color"}
)
"""Properties of what is drawn that are colours, and attributes of elements as well."""

_COLOUR_PROPERTIES: Final = COLOUR_ATTRIBUTES | {"background", "background-color"}
_LOADING_FUNCTIONS: Final = frozenset(
    {"url", "src", "image", "image-set", "-webkit-image-set", "cross-fade", "-webkit-cross-fade"}
)
"""Functions in which a string is a URL: https://www.w3.org/TR/css-images-4/."""
_REFERENCE_KINDS: Final = frozenset({Kind.URL, Kind.STRING})
_BRACKET_KINDS: Final = frozenset({Kind.FUNCTION, Kind.OTHER})
_NUMBER: Final = re.compile(r"([+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)(%|[a-zA-Z]*)")
_MAX_NUMBER_LENGTH: Final = 40
_MAX_AMOUNTS: Final = 4


class MentionKind(Enum):
    """What styles mention."""

    COLOUR = auto()
    REFERENCE = auto()
    IMPORT = auto()


class Mention(NamedTuple):
    """A colour that is no gray, or a reference to something.

    Attributes:
        text: the colour as it is written, or the URL.
        offset: where it is in the text.
    """

    kind: MentionKind
    text: str
    offset: int


class TooManyStylesError(ValueError):
    """A file has more styles than are read."""


class StyleScanner:
    """Scans the styles of one file, up to a number of characters."""

    def __init__(self, length: int) -> None:
        self._length_left = length

    def scan_styles(self, text: str) -> Iterator[Mention]:
        """Yield what a style sheet mentions, or what is in a `style` attribute.

        Raises:
            TooManyStylesError: the file has too many, this one among them.
        """
        return self._scan(text, None)

    def scan_value(self, text: str, *, is_colour: bool) -> Iterator[Mention]:
        """Yield what the value of one property mentions.

        Args:
            is_colour: whether the words in it may be colours.

        Raises:
            TooManyStylesError: the file has too many styles, this one among them.
        """
        return self._scan(text, "color" if is_colour else "")

    def _scan(self, text: str, name: str | None) -> Iterator[Mention]:
        self._length_left -= len(text)
        if self._length_left < 0:
            raise TooManyStylesError
        return _Scan(text, name).mentions()


class _Scan:
    """The state of one scan: within which statement and functions it is.

    A statement is a declaration, or what stands before a block: which of them shows at its end only.
    """

    def __init__(self, text: str, given_property: str | None) -> None:
        """Take styles, or the value of a property that is given."""
        self._text = text
        self._given_property = given_property
        self._begin_statement()

    def mentions(self) -> Iterator[Mention]:
        """Yield what the text mentions, statement by statement."""
        for token in tokenize(self._text):
            kind = token.kind
            if kind is Kind.OTHER and token.text in "{};":
                if token.text != "{":  # else it was a selector, where `red` is an element
                    yield from self._colours
                self._begin_statement()
                continue
            if self._is_first or self._property is None:
                self._follow_declaration(token)
            if kind in _REFERENCE_KINDS and self._is_reference(token):
                is_import = self._at == "import"
                found = MentionKind.IMPORT if is_import else MentionKind.REFERENCE
                yield Mention(found, token.text, token.start)
            elif kind in _BRACKET_KINDS:
                self._follow_brackets(token)
            if self._gives_colours:
                self._find_colour(token)
        yield from self._colours

    def _begin_statement(self) -> None:
        self._is_first = True
        self._at = ""
        self._name = ""
        self._colours: list[Mention] = []
        self._functions: list[str] = []
        self._call: tuple[str, int, list[Amount]] | None = None
        self._set_property(self._given_property)

    def _set_property(self, name: str | None) -> None:
        self._property = name
        self._gives_colours = name is not None and (
            name in _COLOUR_PROPERTIES or name.startswith("--")
        )

    def _follow_declaration(self, token: Token) -> None:
        """Find out which property is declared: it is the first word, with a colon behind it."""
        if not self._is_first:
            self._set_property(self._name if token.text == ":" else "")
            return
        self._is_first = False
        if token.kind is Kind.AT:
            self._at = token.text.lower()
        if token.kind is Kind.IDENT:
            self._name = token.text.lower()
        elif self._property is None:
            self._set_property("")

    def _follow_brackets(self, token: Token) -> None:
        if token.kind is Kind.FUNCTION:
            self._functions.append(token.text)
        elif token.text == "(":
            self._functions.append("")
        elif token.text == ")" and self._functions:
            self._functions.pop()

    def _is_reference(self, token: Token) -> bool:
        if self._at == "namespace":
            return False
        is_in_loading = bool(self._functions) and self._functions[-1] in _LOADING_FUNCTIONS
        return token.kind is Kind.URL or self._at == "import" or is_in_loading

    def _find_colour(self, token: Token) -> None:
        if self._call is not None:
            self._call = self._follow_call(*self._call, token)
        elif token.kind is Kind.FUNCTION and token.text in COLOUR_FUNCTIONS:
            self._call = (token.text, token.start, [])
        elif (token.kind is Kind.HASH and is_colour_hex(token.text)) or (
            token.kind is Kind.IDENT and is_colour_name(token.text)
        ):
            self._add_colour(token.start, token.end)

    def _follow_call(
        self, function: str, start: int, amounts: list[Amount], token: Token
    ) -> tuple[str, int, list[Amount]] | None:
        """Take an argument of `rgb(...)` or the like; return the call where it goes on.

        What is computed there, as by `calc(...)`, is passed over.
        """
        if token.kind is Kind.OTHER and token.text == ")":
            if is_colour_call(function, amounts):
                self._add_colour(start, token.end)
            return None
        if token.kind is Kind.OTHER and token.text in ",/":
            return function, start, amounts
        amount = _amount(token)
        if amount is None or len(amounts) >= _MAX_AMOUNTS:
            return None
        amounts.append(amount)
        return function, start, amounts

    def _add_colour(self, start: int, end: int) -> None:
        self._colours.append(Mention(MentionKind.COLOUR, self._text[start:end], start))


def _amount(token: Token) -> Amount | None:
    text = token.text
    if token.kind is Kind.IDENT and text.lower() == "none":
        return 0.0, ""
    is_number = token.kind is Kind.NUMBER and len(text) <= _MAX_NUMBER_LENGTH
    found = _NUMBER.fullmatch(text) if is_number else None
    return (float(found[1]), found[2]) if found else None
