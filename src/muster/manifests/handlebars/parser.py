"""From tokens to a template, by the grammar of handlebars.js 4."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from muster.manifests.handlebars.nodes import (
    UNDEFINED,
    Block,
    Call,
    Content,
    Expression,
    Literal,
    Mustache,
    Node,
    Path,
    Program,
    Scalar,
    Template,
)
from muster.manifests.handlebars.tokens import (
    SPACES,
    TemplateSyntaxError,
    Token,
    TokenKind,
    cut,
)

MAX_DEPTH: Final = 64
"""How deep blocks and parentheses may nest."""
MAX_SOURCE_LENGTH: Final = 32 * 1024
"""How many characters a template may have; those that are in use have hardly 3,000."""

_SHOWN_LENGTH: Final = 30
_LITERALS: Final[dict[TokenKind, Callable[[str], Scalar]]] = {
    TokenKind.STRING: lambda text: text,
    TokenKind.NUMBER: float,
    TokenKind.BOOLEAN: lambda text: text == "true",
    TokenKind.UNDEFINED: lambda _text: UNDEFINED,
    TokenKind.NULL: lambda _text: None,
}
_NAMES: Final = frozenset({TokenKind.ID, TokenKind.DATA, *_LITERALS})
_ENDS_PROGRAM: Final = frozenset(
    {TokenKind.OPEN_END_BLOCK, TokenKind.INVERSE, TokenKind.OPEN_INVERSE_CHAIN, TokenKind.END}
)


def parse_template(source: str) -> Template:
    """Return the template that a text is.

    A tag that is alone on its line leaves the line's break behind, unlike in handlebars.js: it is no
    matter to whether what is rendered is JSON, or empty.

    Raises:
        TemplateSyntaxError: it does not keep to the grammar, uses raw blocks, partials or decorators
            (which have nothing to call here), nests deeper than `MAX_DEPTH`, or is longer than
            `MAX_SOURCE_LENGTH`.
    """
    if len(source) > MAX_SOURCE_LENGTH:
        raise TemplateSyntaxError(f"It is longer than {MAX_SOURCE_LENGTH:,} characters.", 0)
    parser = _Parser(_strip_spaces(list(cut(source))))
    program = parser.read_program(0)
    parser.expect(TokenKind.END)
    return Template(source, program)


def _strip_spaces(tokens: list[Token]) -> list[Token]:
    """Return tokens with the white space gone that a `~` in the braces beside it takes away."""
    stripped = list(tokens)
    for index, token in enumerate(tokens):
        if token.kind is TokenKind.CONTENT:
            continue
        if token.text.startswith("{{~") and index and tokens[index - 1].kind is TokenKind.CONTENT:
            before = stripped[index - 1]
            stripped[index - 1] = replace(before, value=before.value.rstrip(SPACES))
        if token.text.endswith("~}}") and tokens[index + 1].kind is TokenKind.CONTENT:
            after = stripped[index + 1]
            stripped[index + 1] = replace(after, value=after.value.lstrip(SPACES))
    return stripped


class _Parser:
    """Reads the tokens of one template, from the first to the last."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._index]

    def _is_at(self, kind: TokenKind) -> bool:
        return self._token.kind is kind

    def _take(self) -> Token:
        token = self._token
        self._index += 1
        return token

    def expect(self, *kinds: TokenKind) -> Token:
        """Return the next token, which must be of one of these kinds."""
        if self._token.kind not in kinds:
            raise self._unexpected()
        return self._take()

    def read_program(self, depth: int) -> Program:
        """Read up to a tag that ends a block, or the end."""
        if depth > MAX_DEPTH:
            raise _too_deep(self._token)
        body: list[Node] = []
        while self._token.kind not in _ENDS_PROGRAM:
            node = self._read_statement(depth)
            if node is not None:
                body.append(node)
        return Program(tuple(body))

    def _read_statement(self, depth: int) -> Node | None:
        token = self._take()
        match token.kind:
            case TokenKind.CONTENT:
                return Content(token.offset, token.value)
            case TokenKind.COMMENT:
                return None
            case TokenKind.OPEN:
                call = self._read_call(token, depth)
                self.expect(TokenKind.CLOSE)
                return Mustache(token.offset, call, is_escaped="&" not in token.text)
            case TokenKind.OPEN_UNESCAPED:
                call = self._read_call(token, depth)
                self.expect(TokenKind.CLOSE_UNESCAPED)
                return Mustache(token.offset, call, is_escaped=False)
            case TokenKind.OPEN_BLOCK:
                return self._read_block(token, depth)
            case TokenKind.OPEN_INVERSE:
                return self._read_inverse_block(token, depth)
        self._index -= 1
        raise self._unexpected()

    def _read_block(self, opening: Token, depth: int) -> Block:
        call, program = self._read_opened(opening, depth)
        inverse = self._read_inverse_chain(depth + 1)
        self._read_end(call)
        return Block(opening.offset, call, program, inverse)

    def _read_inverse_block(self, opening: Token, depth: int) -> Block:
        call, inverse = self._read_opened(opening, depth)
        program = None
        if self._is_at(TokenKind.INVERSE):
            self._take()
            program = self.read_program(depth + 1)
        self._read_end(call)
        return Block(opening.offset, call, program, inverse)

    def _read_inverse_chain(self, depth: int) -> Program | None:
        if self._is_at(TokenKind.INVERSE):
            self._take()
            return self.read_program(depth)
        if self._is_at(TokenKind.OPEN_INVERSE_CHAIN):
            opening = self._take()
            call, program = self._read_opened(opening, depth)
            inverse = self._read_inverse_chain(depth + 1)
            return Program((Block(opening.offset, call, program, inverse),))
        return None

    def _read_opened(self, opening: Token, depth: int) -> tuple[Call, Program]:
        """Read the rest of a tag that opens a block, and what stands in the block."""
        call = self._read_call(opening, depth)
        names: list[str] = []
        if self._is_at(TokenKind.OPEN_BLOCK_PARAMS):
            self._take()
            names.append(self.expect(TokenKind.ID).value)
            while self._is_at(TokenKind.ID):
                names.append(self._take().value)
            self.expect(TokenKind.CLOSE_BLOCK_PARAMS)
        self.expect(TokenKind.CLOSE)
        program = self.read_program(depth + 1)
        return call, replace(program, block_params=tuple(names))

    def _read_end(self, opened: Call) -> None:
        tag = self.expect(TokenKind.OPEN_END_BLOCK)
        closed = _as_path(self._read_name())
        self.expect(TokenKind.CLOSE)
        if closed.original != opened.path.original:
            raise TemplateSyntaxError(
                f"This closes {closed.original[:_SHOWN_LENGTH]!r}, and what is open is "
                f"{opened.path.original[:_SHOWN_LENGTH]!r}.",
                tag.offset,
            )

    def _read_call(self, opening: Token, depth: int) -> Call:
        """Read a name and its arguments: first those by place, then those by name."""
        path = _as_path(self._read_name())
        params: list[Expression] = []
        named: list[tuple[str, Expression]] = []
        while self._token.kind in _NAMES or self._is_at(TokenKind.OPEN_CALL):
            is_named = self._tokens[self._index + 1].kind is TokenKind.EQUALS
            if is_named and self._is_at(TokenKind.ID):
                name = self._take().value
                self._take()
                named.append((name, self._read_param(depth)))
            elif named:
                raise self._unexpected()
            else:
                params.append(self._read_param(depth))
        return Call(opening.offset, path, tuple(params), tuple(named))

    def _read_param(self, depth: int) -> Expression:
        if not self._is_at(TokenKind.OPEN_CALL):
            return self._read_name()
        opening = self._take()
        if depth >= MAX_DEPTH:
            raise _too_deep(opening)
        call = self._read_call(opening, depth + 1)
        self.expect(TokenKind.CLOSE_CALL)
        return call

    def _read_name(self) -> Path | Literal:
        token = self.expect(*_NAMES)
        if token.kind in _LITERALS:
            return Literal(token.offset, _LITERALS[token.kind](token.value), token.value)
        if token.kind is TokenKind.DATA:
            return self._read_path(self.expect(TokenKind.ID), is_data=True)
        return self._read_path(token, is_data=False)

    def _read_path(self, first: Token, *, is_data: bool) -> Path:
        segments = [("", first)]
        while self._is_at(TokenKind.SEPARATOR):
            separator = self._take().text
            segments.append((separator, self.expect(TokenKind.ID)))
        original = "@" if is_data else ""
        parts: list[str] = []
        depth = 0
        for separator, token in segments:
            original += separator + token.value
            if token.text not in {"..", ".", "this"}:
                parts.append(token.value)
            elif parts:
                raise TemplateSyntaxError(
                    f"The path {original[:_SHOWN_LENGTH]!r} can't hold {token.text!r} there.",
                    token.offset,
                )
            else:
                depth += token.text == ".."
        return Path(first.offset, tuple(parts), depth, is_data, original)

    def _unexpected(self) -> TemplateSyntaxError:
        token = self._token
        text = token.text.strip(SPACES)[:_SHOWN_LENGTH]
        if not text:
            return TemplateSyntaxError("It ends inside of a tag or a block.", token.offset)
        return TemplateSyntaxError(f"{text!r} can't stand here.", token.offset)


def _as_path(name: Path | Literal) -> Path:
    """Return what a literal means where a name is called: a value or helper of that name."""
    if isinstance(name, Path):
        return name
    return Path(name.offset, (name.original,), 0, is_data=False, original=name.original)


def _too_deep(token: Token) -> TemplateSyntaxError:
    return TemplateSyntaxError(f"It nests deeper than {MAX_DEPTH} levels.", token.offset)
