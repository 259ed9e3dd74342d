"""Which variables a template names that nobody gives it."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from muster.manifests.handlebars.nodes import (
    Block,
    Call,
    Content,
    Expression,
    Literal,
    Program,
    Template,
)

_KEEPS_CONTEXT: Final = frozenset({"if", "unless"})
_HELPERS: Final = frozenset({"if", "unless", "each", "with", "lookup", "log"})


@dataclass(frozen=True, slots=True)
class UnknownVariable:
    """A variable that a template names and does not get; `hint` names the nearest that it gets."""

    name: str
    hint: str


def unknown_variables(template: Template, known: Sequence[str]) -> list[UnknownVariable]:
    """Return the unknown variables of a template, each once, in the order of first mention.

    Only names that are looked up in what the template is given count: inside of `{{#each}}`,
    `{{#with}}` and sections, names are those of something else, save with `../` before them.
    """
    names = dict.fromkeys(_names(template.program, (True,)))
    return [UnknownVariable(name, _nearest(name, known)) for name in names if name not in known]


def _names(program: Program | None, contexts: tuple[bool, ...]) -> Iterator[str]:
    """Yield the names that are looked up at the top.

    Args:
        contexts: of each context that `../` can lead to, the current one last, whether it is the top.
    """
    for node in program.body if program is not None else ():
        if isinstance(node, Content):
            continue
        yield from _names_in_call(node.call, contexts, is_block=isinstance(node, Block))
        if isinstance(node, Block):
            inside = contexts if _keeps_context(node) else (*contexts, False)
            yield from _names(node.program, inside)
            yield from _names(node.inverse, contexts)


def _keeps_context(block: Block) -> bool:
    return block.call.path.original in _KEEPS_CONTEXT and block.call.has_arguments


def _names_in_call(
    call: Call, contexts: tuple[bool, ...], *, is_block: bool = False
) -> Iterator[str]:
    """Yield the names in a call: of the arguments, or, where it has none, that of the value itself."""
    if call.has_arguments:
        arguments = (*call.params, *(argument for _, argument in call.hash))
        for argument in arguments:
            yield from _names_in(argument, contexts)
    elif is_block or call.path.original not in _HELPERS:
        yield from _names_in(call.path, contexts)


def _names_in(expression: Expression, contexts: tuple[bool, ...]) -> Iterator[str]:
    if isinstance(expression, Literal):
        return
    if isinstance(expression, Call):
        yield from _names_in_call(expression, contexts)
        return
    parts = expression.parts
    if expression.is_data:
        is_top = parts[:1] == ("root",)
        parts = parts[1:]
    else:
        is_top = expression.depth < len(contexts) and contexts[-1 - expression.depth]
    if is_top and parts:
        yield parts[0]


def _nearest(name: str, known: Sequence[str]) -> str:
    lowered = {word.lower(): word for word in known}
    for match in difflib.get_close_matches(name[:64].lower(), lowered, n=1):
        return f"Did you mean {lowered[match]!r}?"
    return f"Known here: {', '.join(known)}."
