"""From the text of a template to its tokens, as handlebars.js 4 cuts it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class TemplateSyntaxError(ValueError):
    """The text is not a Handlebars template, or uses what is not read here.

    Attributes:
        offset: where it fails, in characters.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class TokenKind(Enum):
    """What a token is."""

    CONTENT = auto()
    COMMENT = auto()
    OPEN = auto()
    OPEN_UNESCAPED = auto()
    OPEN_BLOCK = auto()
    OPEN_INVERSE = auto()
    OPEN_INVERSE_CHAIN = auto()
    OPEN_END_BLOCK = auto()
    INVERSE = auto()
    CLOSE = auto()
    CLOSE_UNESCAPED = auto()
    OPEN_CALL = auto()
    CLOSE_CALL = auto()
    OPEN_BLOCK_PARAMS = auto()
    CLOSE_BLOCK_PARAMS = auto()
    EQUALS = auto()
    SEPARATOR = auto()
    DATA = auto()
    ID = auto()
    STRING = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    UNDEFINED = auto()
    NULL = auto()
    END = auto()
    UNREADABLE = auto()
    UNSUPPORTED = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template.

    Attributes:
        text: as it stands there.
        value: of a text in quotes or a name in brackets, what they hold; else the text.
    """

    kind: TokenKind
    offset: int
    text: str
    value: str


SPACES: Final = "".join(
    map(chr, (*range(9, 14), 0x20, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029))
) + "".join(map(chr, (0x202F, 0x205F, 0x3000, 0xFEFF)))
"""The characters that JavaScript takes for white space."""
_ID: Final = rf"[^{SPACES}!\"#%-,./;->@\[-^`{{-~]+"
_AFTER_LITERAL: Final = rf"(?=[~}}{SPACES})])"
_AFTER_NAME: Final = rf"(?=[=~}}{SPACES}/.)|])"

# The order matters: the first that matches is taken.
_PATTERNS: Final = (
    (TokenKind.OPEN_CALL, r"\("),
    (TokenKind.CLOSE_CALL, r"\)"),
    (TokenKind.UNSUPPORTED, r"\{\{\{\{"),
    (TokenKind.UNSUPPORTED, r"\}\}\}\}"),
    (TokenKind.UNSUPPORTED, r"\{\{~?#?>"),
    (TokenKind.UNSUPPORTED, r"\{\{~?#?\*"),
    (TokenKind.OPEN_BLOCK, r"\{\{~?#"),
    (TokenKind.OPEN_END_BLOCK, r"\{\{~?/"),
    (TokenKind.INVERSE, rf"\{{\{{~?(?:\^|[{SPACES}]*else)[{SPACES}]*~?\}}\}}"),
    (TokenKind.OPEN_INVERSE, r"\{\{~?\^"),
    (TokenKind.OPEN_INVERSE_CHAIN, rf"(?a:\{{\{{~?[{SPACES}]*else\b)"),
    (TokenKind.OPEN_UNESCAPED, r"\{\{~?\{"),
    (TokenKind.OPEN, r"\{\{~?&"),
    (TokenKind.COMMENT, r"\{\{~?(?=!--)[\s\S]*?--~?\}\}"),
    (TokenKind.UNREADABLE, r"\{\{~?!--"),
    (TokenKind.COMMENT, r"\{\{~?![\s\S]*?\}\}"),
    (TokenKind.OPEN, r"\{\{~?"),
    (TokenKind.EQUALS, r"="),
    (TokenKind.ID, r"\.\."),
    (TokenKind.ID, rf"\.{_AFTER_NAME}"),
    (TokenKind.SEPARATOR, r"[/.]"),
    (None, rf"[{SPACES}]+"),
    (TokenKind.CLOSE_UNESCAPED, r"\}~?\}\}"),
    (TokenKind.CLOSE, r"~?\}\}"),
    (TokenKind.STRING, r'"(?:\\"|[^"])*"'),
    (TokenKind.STRING, r"'(?:\\'|[^'])*'"),
    (TokenKind.DATA, r"@"),
    (TokenKind.BOOLEAN, rf"(?:true|false){_AFTER_LITERAL}"),
    (TokenKind.UNDEFINED, rf"undefined{_AFTER_LITERAL}"),
    (TokenKind.NULL, rf"null{_AFTER_LITERAL}"),
    (TokenKind.NUMBER, rf"-?[0-9]+(?:\.[0-9]+)?{_AFTER_LITERAL}"),
    (TokenKind.OPEN_BLOCK_PARAMS, rf"as[{SPACES}]+\|"),
    (TokenKind.CLOSE_BLOCK_PARAMS, r"\|"),
    (TokenKind.ID, rf"{_ID}{_AFTER_NAME}"),
    (TokenKind.ID, r"\[(?:\\\]|[^\]])*\]"),
    (TokenKind.UNREADABLE, r"[\s\S]"),
)
_IN_TAG: Final = re.compile(
    "|".join(f"(?P<p{index}>{pattern})" for index, (_, pattern) in enumerate(_PATTERNS))
)
_ENDS_TAG: Final = frozenset(
    {TokenKind.CLOSE, TokenKind.CLOSE_UNESCAPED, TokenKind.INVERSE, TokenKind.COMMENT}
)
_AFTER_ESCAPED_TAG: Final = re.compile(r"\\{0,2}\{\{")


def cut(source: str) -> Iterator[Token]:
    """Yield the tokens of a template, the last of kind END.

    Raises:
        TemplateSyntaxError: a character can't stand where it does.
    """
    offset = 0
    while offset < len(source):
        tag = source.find("{{", offset)
        end = len(source) if tag < 0 else tag
        text = source[offset:end]
        if "\0" in text:
            at = offset + text.index("\0")
            raise TemplateSyntaxError("There is a NUL character in the text.", at)
        # One backslash before a tag makes text of it; of two, the tag is one and a backslash is left.
        is_text = tag >= 0 and text.endswith("\\") and not text.endswith("\\\\")
        content = text[:-1] if tag >= 0 and text.endswith("\\") else text
        if content:
            yield Token(TokenKind.CONTENT, offset, content, content)
        offset = end
        if is_text:
            after = _AFTER_ESCAPED_TAG.search(source, offset + 2)
            end = after.start() if after else len(source)
            yield Token(TokenKind.CONTENT, offset, source[offset:end], source[offset:end])
            offset = end
        elif tag >= 0:
            for token in _cut_tag(source, offset):
                offset = token.offset + len(token.text)
                yield token
    yield Token(TokenKind.END, offset, "", "")


def _cut_tag(source: str, offset: int) -> Iterator[Token]:
    """Yield the tokens from a tag's braces to those that close it, or to the end of the source."""
    while offset < len(source):
        kind, text = _next(source, offset)
        if kind is TokenKind.UNREADABLE:
            raise TemplateSyntaxError(_why_unreadable(source, offset), offset)
        if kind is TokenKind.UNSUPPORTED:
            raise TemplateSyntaxError(_UNSUPPORTED_TEXTS.get(text, _NO_PARTIALS), offset)
        if kind is not None:
            yield Token(kind, offset, text, _value(kind, text))
        offset += len(text)
        if kind in _ENDS_TAG:
            return


def _why_unreadable(source: str, offset: int) -> str:
    if "}}" not in source[offset:]:
        return "The tag is not closed."
    word = _WORD.match(source, offset)
    return f"A tag can't hold {word[0] if word else source[offset]!r} here."


_WORD: Final = re.compile(r"[^\s{}]{1,30}")
_NO_PARTIALS: Final = "Partials and decorators are not supported: nothing provides them."
_UNSUPPORTED_TEXTS: Final = {
    "{{{{": "Raw blocks, in four braces, are not supported.",
    "}}}}": "Four braces in a row close a raw block, and there is none: put a space between.",
}


def _next(source: str, offset: int) -> tuple[TokenKind | None, str]:
    """Return the next token in a tag: its kind, None for white space, and its text."""
    match = _IN_TAG.match(source, offset)
    if match is None or match.lastgroup is None:
        raise AssertionError("the last pattern matches any character")
    kind, _ = _PATTERNS[int(match.lastgroup[1:])]
    return kind, match[0]


def _value(kind: TokenKind, text: str) -> str:
    if kind is TokenKind.STRING:
        quote = text[0]
        return text[1:-1].replace(f"\\{quote}", quote)
    if kind is TokenKind.ID and text.startswith("["):
        return re.sub(r"\\([\\\]])", r"\1", text)[1:-1]
    return text
