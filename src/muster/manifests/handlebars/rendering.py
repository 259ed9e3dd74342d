"""Rendering as handlebars.js 4 does in strict mode, and every place where it would throw.

In strict mode a name that is shown must be there; the arguments of a helper need not, but what leads to
them must: `{{#if a.b}}` is well where `a` is there and `b` is not. Rendering goes on after a fault as if
the value were undefined, so that all are found at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from muster.core.pointers import Json
from muster.manifests.handlebars.helpers import (
    BLOCK_HELPERS,
    BUILT_IN,
    HELPERS,
    HelperError,
    are_identical,
    is_empty,
    is_truthy,
    is_value,
    look_up_property,
    to_text,
)
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
    Template,
)

MAX_STEPS: Final = 20_000
"""How many names, values and pieces of text may be read, so that loops in loops come to an end."""
MAX_LENGTH: Final = 1024 * 1024
"""How many characters may be rendered."""
MAX_FAULTS: Final = 100
"""How many faults are told of one template."""

_ESCAPES: Final = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        '"': "&quot;",
        "'": "&#x27;",
        "`": "&#x60;",
        "=": "&#x3D;",
    }
)
_SHOWN_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where strict mode throws.

    Attributes:
        message: what is wrong, as a sentence.
        offset: where in the template's source, in characters.
        name: the name that is not there, as it was written; empty for any other fault.
        known: the names that are there instead.
    """

    message: str
    offset: int
    name: str = ""
    known: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Rendering:
    """What became of a template; with faults, the text is what it would be without them.

    Attributes:
        faults: in the order in which they were met, at most `MAX_FAULTS`.
    """

    text: str
    faults: tuple[Fault, ...]


def render_strictly(template: Template, context: Json) -> Rendering:
    """Render a template with a context, a JSON value."""
    renderer = _Renderer()
    scope = _Scope((context,), {"root": context})
    try:
        text = renderer.render(template.program, scope)
    except _TooMuchError:
        text = ""
        message = f"It takes more than {MAX_STEPS:,} steps to render, or {MAX_LENGTH:,} characters."
        return Rendering(text, (Fault(message, 0), *renderer.faults.values()))
    return Rendering(text, tuple(renderer.faults.values()))


class _TooMuchError(Exception):
    """A bound is exceeded."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """What names mean at a place.

    Attributes:
        contexts: the current context, and those around it, from the innermost on.
        data: what `@name` reads; `_parent` holds that of the loop around.
        block_params: what `as |name|` named, of the blocks around, from the innermost on.
    """

    contexts: tuple[Any, ...]
    data: dict[str, Any]
    block_params: tuple[dict[str, Any], ...] = ()

    def within(self, context: Any, data: dict[str, Any] | None, params: dict[str, Any]) -> "_Scope":
        """Return the scope of a block that is rendered with a context."""
        contexts = (
            self.contexts if are_identical(context, self.contexts[0]) else (context, *self.contexts)
        )
        block_params = (params, *self.block_params)
        return _Scope(contexts, self.data if data is None else data, block_params)


class _Renderer:
    """Renders one template, and gathers its faults."""

    def __init__(self) -> None:
        self.faults: dict[tuple[int, str], Fault] = {}
        self._steps = 0
        self._length = 0

    def add(self, fault: Fault) -> None:
        if len(self.faults) < MAX_FAULTS:
            self.faults.setdefault((fault.offset, fault.message), fault)

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise _TooMuchError

    def render(self, program: Program | None, scope: _Scope) -> str:
        if program is None:
            return ""
        return "".join([self._render_node(node, scope) for node in program.body])

    def _render_node(self, node: Node, scope: _Scope) -> str:
        self._spend(1)
        if isinstance(node, Block):
            return self._render_block(node, scope)
        text = node.text if isinstance(node, Content) else self._render_mustache(node, scope)
        self._length += len(text)
        if self._length > MAX_LENGTH:
            raise _TooMuchError
        return text

    def _render_mustache(self, node: Mustache, scope: _Scope) -> str:
        value = self._call(node.call, scope)
        text = to_text(value) if is_value(value) else ""
        return text.translate(_ESCAPES) if node.is_escaped else text

    # Values

    def _call(self, call: Call, scope: _Scope, *, is_nested: bool = False) -> Any:
        """Return what a mustache or a call in parentheses gives."""
        path = call.path
        name = path.parts[0] if path.parts else ""
        if path.is_simple and _is_block_param(path, scope):
            return self._look_up(path, scope, strict=True)
        is_call = is_nested or call.has_arguments
        may_be_helper = path.is_simple or (is_call and name in BUILT_IN)
        if may_be_helper and name in BLOCK_HELPERS:
            self._evaluate_all(call, scope)
            self.add(Fault(f"{name} needs a block: {{{{#{name} …}}}}.", call.offset))
            return UNDEFINED
        if may_be_helper and name in HELPERS:
            return self._run(name, call, scope)
        if is_call:
            self._evaluate_all(call, scope)
            self._miss_helper(call)
            return UNDEFINED
        return self._look_up(path, scope, strict=True)

    def _run(self, name: str, call: Call, scope: _Scope) -> Any:
        try:
            return HELPERS[name](self._evaluate_all(call, scope))
        except HelperError as error:
            self.add(Fault(f"{error}.", call.offset))
            return UNDEFINED

    def _miss_helper(self, call: Call) -> None:
        name = call.path.original
        message = f"There is no helper {_shown(name)}."
        known = tuple(sorted((*HELPERS, *BLOCK_HELPERS)))
        self.add(Fault(message, call.offset, name, known))

    def _evaluate_all(self, call: Call, scope: _Scope) -> Sequence[Any]:
        for _, value in call.hash:
            self._evaluate(value, scope)
        return [self._evaluate(param, scope) for param in call.params]

    def _evaluate(self, expression: Expression, scope: _Scope) -> Any:
        self._spend(1)
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Call):
            return self._call(expression, scope, is_nested=True)
        return self._look_up(expression, scope, strict=False)

    def _look_up(self, path: Path, scope: _Scope, *, strict: bool) -> Any:
        """Return what a path leads to; all but its last name must be there, in strict mode that too."""
        self._spend(len(path.parts) + path.depth)
        if not path.parts or not path.parts[0]:
            return _context_at(path.depth, scope)
        parts = path.parts
        if _is_block_param(path, scope):
            frame = next(frame for frame in scope.block_params if parts[0] in frame)
            if frame[parts[0]] is UNDEFINED:
                self.add(Fault(f"The block gives no {_shown(parts[0])}.", path.offset))
            value, parts, strict = frame[parts[0]], parts[1:], False
            if not parts:
                return value
        elif path.is_data:
            value = scope.data
            for _ in range(path.depth):
                value = value.get("_parent", UNDEFINED) if isinstance(value, dict) else UNDEFINED
        else:
            value = _context_at(path.depth, scope)
        for name in parts[:-1]:
            value = self._step(value, name, path, strict=False)
        return self._step(value, parts[-1], path, strict=strict)

    def _step(self, parent: Any, name: str, path: Path, *, strict: bool) -> Any:
        if not is_value(parent) or (strict and not isinstance(parent, dict | list)):
            self._miss(name, parent, path)
            return UNDEFINED
        value = look_up_property(parent, name)
        if strict and value is UNDEFINED:
            self._miss(name, parent, path)
        return value

    def _miss(self, name: str, parent: Any, path: Path) -> None:
        message = f"There is no {_shown(name)}."
        if path.original != name:
            message = f"{_shown(path.original)} leads nowhere: there is no {_shown(name)}."
        known = parent.keys() if isinstance(parent, dict) else ()
        self.add(Fault(message, path.offset, name, known))

    # Blocks

    def _render_block(self, block: Block, scope: _Scope) -> str:
        call = block.call
        path = call.path
        name = path.parts[0] if path.parts else ""
        is_param = path.is_simple and _is_block_param(path, scope)
        is_call = call.has_arguments and not is_param
        may_be_helper = not is_param and (path.is_simple or (is_call and name in BUILT_IN))
        if may_be_helper and name in BLOCK_HELPERS:
            return self._render_helper(name, block, scope)
        if may_be_helper and name in HELPERS:
            value = self._run(name, call, scope)
            return to_text(value) if is_value(value) else ""
        if is_call:
            self._evaluate_all(call, scope)
            self._miss_helper(call)
            return ""
        return self._render_section(self._look_up(path, scope, strict=True), block, scope)

    def _render_helper(self, name: str, block: Block, scope: _Scope) -> str:
        arguments = self._evaluate_all(block.call, scope)
        wanted = 2 if name.startswith("equal") else 1
        if len(arguments) != wanted:
            count = "two arguments" if wanted == 2 else "one argument"
            self.add(Fault(f"{name} takes {count}, not {len(arguments)}.", block.offset))
            return ""
        if name == "each":
            return self._render_each(arguments[0], block, scope)
        if name == "with":
            if is_empty(arguments[0]):
                return self._render_plain(block.inverse, scope)
            params = self._name(block, arguments[0])
            return self.render(block.program, scope.within(arguments[0], None, params))
        if name in {"equal", "equalWithElse"}:
            holds = are_identical(*arguments)
        else:
            zero_counts = any(
                key == "includeZero" and is_truthy(self._evaluate(value, scope))
                for key, value in block.call.hash
            )
            shows = not is_empty(arguments[0]) and (zero_counts or is_truthy(arguments[0]))
            holds = shows is (name == "if")
        return self._render_plain(block.program if holds else block.inverse, scope)

    def _render_plain(self, program: Program | None, scope: _Scope, *context: Any) -> str:
        """Render a block, in a context of its own or that around; nothing is given for `as |name|`."""
        if program is None:
            return ""
        self._spend(len(program.block_params))
        missing = dict.fromkeys(program.block_params, UNDEFINED)
        own = context[0] if context else scope.contexts[0]
        return self.render(program, scope.within(own, None, missing))

    def _render_section(self, value: Any, block: Block, scope: _Scope) -> str:
        """Render a block that is called by the name of a value."""
        if value is True:
            return self._render_plain(block.program, scope)
        if value is False or not is_value(value):
            return self._render_plain(block.inverse, scope)
        if isinstance(value, list):
            return self._render_each(value, block, scope)
        return self._render_plain(block.program, scope, value)

    def _render_each(self, items: Any, block: Block, scope: _Scope) -> str:
        pairs: list[tuple[Any, Any]] = []
        if isinstance(items, list):
            pairs = list(enumerate(items))
        elif isinstance(items, dict):
            pairs = list(items.items())
        if not pairs:
            return self._render_plain(block.inverse, scope)
        texts = []
        for index, (key, item) in enumerate(pairs):
            position = {"first": index == 0, "last": index == len(pairs) - 1}
            data = {**scope.data, "key": key, "index": index, **position, "_parent": scope.data}
            params = self._name(block, item, key)
            texts.append(self.render(block.program, scope.within(item, data, params)))
        return "".join(texts)

    def _name(self, block: Block, *values: Any) -> dict[str, Any]:
        """Return what a block's `as |name …|` stands for; null where there are more names than values."""
        names = block.program.block_params if block.program else ()
        self._spend(len(names))
        return {name: values[i] if i < len(values) else None for i, name in enumerate(names)}


def _context_at(depth: int, scope: _Scope) -> Any:
    return scope.contexts[depth] if depth < len(scope.contexts) else UNDEFINED


def _is_block_param(path: Path, scope: _Scope) -> bool:
    if path.depth or path.is_scoped or not path.parts:
        return False
    return any(path.parts[0] in frame for frame in scope.block_params)


def _shown(name: str) -> str:
    return repr(name if len(name) <= _SHOWN_LENGTH else f"{name[:_SHOWN_LENGTH]}…")
