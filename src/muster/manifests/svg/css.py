r"""The tokens of CSS: https://www.w3.org/TR/css-syntax-3/#tokenization.

Any text has tokens, and every one is found in time linear in its length: no part of a pattern gives back
what it took. Escapes are decoded, so that `\75rl(...)` is a URL here as it is in a browser.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

_ESCAPE: Final = r"\\(?:[0-9a-fA-F]{1,6}+[ \t\n\r\f]?+|[^0-9a-fA-F\n\r\f])"
_NAME: Final = rf"(?:[-\w\x80-\U0010ffff]++|{_ESCAPE})*+"
_IDENT: Final = rf"(?:--|-?+(?:[a-zA-Z_\x80-\U0010ffff]|{_ESCAPE})){_NAME}"
_NUMBER: Final = r"[+-]?+(?:[0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(?:[eE][+-]?+[0-9]++)?+"
_TOKEN: Final = re.compile(
    rf"""
    (?P<SPACE>   [ \t\n\r\f]++ | /\*.*?(?:\*/|\Z) | <!-- | --> )
    | (?P<STRING>   "(?:[^"\\\n\r\f]++|\\.)*+"?+ | '(?:[^'\\\n\r\f]++|\\.)*+'?+ )
    | (?P<AT>       @{_IDENT} )
    | (?P<HASH>     \#{_NAME} )
    | (?P<NUMBER>   {_NUMBER}(?:%|{_IDENT})?+ )
    | (?P<FUNCTION> {_IDENT}\( )
    | (?P<IDENT>    {_IDENT} )
    | (?P<OTHER>    . )
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_UNQUOTED_URL: Final = re.compile(
    r"""[ \t\n\r\f]*+(?!["' \t\n\r\f])((?:[^)\\]++|\\.)*+)\)?+""", re.DOTALL
)
_ESCAPED: Final = re.compile(r"\\(?:([0-9a-fA-F]{1,6})[ \t\n\r\f]?|\n|(.?))", re.DOTALL)
_HIGHEST_CHARACTER: Final = 0x10FFFF
_REPLACEMENT: Final = "\ufffd"


class Kind(Enum):
    """What a token is."""

    IDENT = auto()
    FUNCTION = auto()
    AT = auto()
    HASH = auto()
    STRING = auto()
    URL = auto()
    NUMBER = auto()
    OTHER = auto()


_KINDS: Final = Kind.__members__


class Token(NamedTuple):
    """A token.

    Attributes:
        text: what it says, without quotes, brackets and marks; of a number, with its unit.
        start: its offset in the text.
        end: the offset behind it.
    """

    kind: Kind
    text: str
    start: int
    end: int


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a style sheet or of a part of one, but for spaces and comments."""
    start = 0
    while found := _TOKEN.match(text, start):
        end = found.end()
        name, raw = found.lastgroup, found[0]
        if name == "FUNCTION":
            function = _decode(raw[:-1]).lower()
            url = _UNQUOTED_URL.match(text, end) if function == "url" else None
            if url:
                end = url.end()
                yield Token(Kind.URL, _decode(url[1]).strip(), start, end)
            else:
                yield Token(Kind.FUNCTION, function, start, end)
        elif name == "OTHER":
            yield Token(Kind.OTHER, raw, start, end)
        elif name and name != "SPACE":
            yield Token(_KINDS[name], _content(name, raw), start, end)
        start = end


def _content(name: str, raw: str) -> str:
    if name == "STRING":
        is_closed = len(raw) > 1 and raw[-1] == raw[0]
        return _decode(raw[1:-1] if is_closed else raw[1:])
    return _decode(raw[1:]) if name in {"AT", "HASH"} else _decode(raw)


def _decode(text: str) -> str:
    return _ESCAPED.sub(_unescape, text) if "\\" in text else text


def _unescape(found: "re.Match[str]") -> str:
    digits, character = found.groups()
    if digits is None:
        return character or ""  # an escaped end of line is nothing
    code = int(digits, 16)
    is_character = 0 < code <= _HIGHEST_CHARACTER and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_character else _REPLACEMENT
