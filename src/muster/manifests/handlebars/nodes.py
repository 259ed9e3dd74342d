"""What a template consists of. `offset` is where a node begins in its source, in characters."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

_SCOPED: Final = re.compile(r"^\.|this\b")


class Undefined:
    """The type of `UNDEFINED`, which is JavaScript's: no value, and not null either."""

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()
Scalar: TypeAlias = str | int | float | bool | Undefined | None


@dataclass(frozen=True, slots=True)
class Path:
    """A name to look up: `project.key`, `../name`, `@index`, `this`.

    Attributes:
        parts: the names, from the outermost on; none for the context itself.
        depth: how many contexts above the current one it starts.
        is_data: whether it began with `@`.
        original: as it was written, without brackets.
    """

    offset: int
    parts: tuple[str, ...]
    depth: int
    is_data: bool
    original: str

    @property
    def is_scoped(self) -> bool:
        """Whether it is of the context by its spelling, as `./name` is: never a helper's name."""
        return _SCOPED.search(self.original) is not None

    @property
    def is_simple(self) -> bool:
        """Whether it is a single name, which may be a helper's."""
        return len(self.parts) == 1 and not self.is_scoped and not self.depth


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written out: `'flag'`, `301`, `true`, `null`."""

    offset: int
    value: Scalar
    original: str


@dataclass(frozen=True, slots=True)
class Call:
    """A name with its arguments, which stands in a mustache, a block or parentheses."""

    offset: int
    path: Path
    params: tuple[Expression, ...] = ()
    hash: tuple[tuple[str, Expression], ...] = ()

    @property
    def has_arguments(self) -> bool:
        """Whether it can only be the call of a helper."""
        return bool(self.params or self.hash)


@dataclass(frozen=True, slots=True)
class Content:
    """Text that is rendered as it is."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Mustache:
    """`{{name}}`, or `{{{name}}}`, whose value is not escaped for HTML."""

    offset: int
    call: Call
    is_escaped: bool


@dataclass(frozen=True, slots=True)
class Program:
    """What stands between two tags of a block, or a whole template.

    Attributes:
        block_params: the names in `as |name|`.
    """

    body: tuple[Node, ...]
    block_params: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """`{{#name}}…{{else}}…{{/name}}`."""

    offset: int
    call: Call
    program: Program | None
    inverse: Program | None


Expression: TypeAlias = Path | Literal | Call
Node: TypeAlias = Content | Mustache | Block


@dataclass(frozen=True, slots=True)
class Template:
    """A template that keeps to the grammar."""

    source: str
    program: Program = field(repr=False)
