"""Reading contexts as SDKs and clients send them: one, or several in one of the kind `multi`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Never

from muster.core.errors import InvalidRequestError
from muster.core.pointers import Json, PointerSyntaxError, Tokens, format_pointer, parse_pointer

MAX_KIND_LENGTH: Final = 256
_KIND: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_KIND_LENGTH}}}")
_RESERVED: Final = frozenset({"kind", "multi"})
_NOT_ATTRIBUTES: Final = frozenset({"kind", "key", "_meta"})


@dataclass(frozen=True, slots=True)
class Context:
    """One context, read.

    Attributes:
        attributes: what it has besides kind, key and `_meta`, private ones included.
        private_attributes: references to the attributes that must not be kept: see `parse_reference`.
    """

    kind: str
    key: str
    attributes: Mapping[str, Json]
    anonymous: bool = False
    private_attributes: Sequence[Tokens] = ()

    def public_attributes(self) -> dict[str, Json]:
        """Return the attributes without those that are private."""
        attributes = dict(self.attributes)
        for tokens in self.private_attributes:
            attributes = _without(attributes, tokens)
        return attributes


def read_contexts(body: Json) -> tuple[Context, ...]:
    """Return the contexts that a JSON value is: each of another kind.

    Raises:
        InvalidRequestError: it is no context; the pointer says where.
    """
    if not isinstance(body, dict):
        raise InvalidRequestError(
            "A context was expected: an object with a kind and a key, such as "
            '{"kind": "user", "key": "ada"}.'
        )
    if body.get("kind") != "multi":
        return (_read_one(body.get("kind"), body, ()),)
    parts = [(kind, part) for kind, part in body.items() if kind != "kind"]
    if not parts:
        raise InvalidRequestError(
            "A context of the kind multi has a context by each of its kinds, and this one has none."
        )
    return tuple(_read_one(kind, part, (kind,)) for kind, part in parts)


def is_kind(value: Json) -> bool:
    """Tell whether a value can be the key of a kind of contexts."""
    return isinstance(value, str) and value not in _RESERVED and _KIND.fullmatch(value) is not None


def parse_reference(text: str) -> Tokens:
    """Return the attribute that a reference names: `email`, or `/address/city` in an object.

    Raises:
        PointerSyntaxError: it begins with `/`, and is no JSON pointer.
    """
    return parse_pointer(text) if text.startswith("/") else (text,)


def _read_one(kind: Json, body: Json, at: Tokens) -> Context:
    if not isinstance(body, dict):
        _refuse("An object with a key was expected.", *at)
    if not is_kind(kind):
        _refuse(
            "A kind has letters, digits, '.', '_' and '-', and is neither 'kind' nor 'multi'.",
            *(at or ("kind",)),
        )
    key, name, anonymous = body.get("key"), body.get("name"), body.get("anonymous")
    if not isinstance(key, str) or not key:
        _refuse("A context has a key: a text that is not empty.", *at, "key")
    if not (name is None or isinstance(name, str)):
        _refuse("The name of a context is a text.", *at, "name")
    if not (anonymous is None or isinstance(anonymous, bool)):
        _refuse("anonymous is true or false.", *at, "anonymous")
    attributes = {
        name: value
        for name, value in body.items()
        if name not in _NOT_ATTRIBUTES and value is not None
    }
    return Context(str(kind), key, attributes, anonymous is True, _read_private(body, at))


def _read_private(body: Mapping[str, Json], at: Tokens) -> tuple[Tokens, ...]:
    meta = body.get("_meta")
    if meta is None:
        return ()
    if not isinstance(meta, dict):
        _refuse("_meta is an object.", *at, "_meta")
    private: list[Tokens] = []
    for name in ("privateAttributes", "redactedAttributes"):
        listed = meta.get(name)
        if listed is None:
            continue
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            _refuse("A list of names of attributes was expected.", *at, "_meta", name)
        for place, text in enumerate(listed):
            try:
                private.append(parse_reference(text))
            except PointerSyntaxError as error:
                _refuse(str(error), *at, "_meta", name, place)
    return tuple(private)


def _without(attributes: dict[str, Json], tokens: Tokens) -> dict[str, Json]:
    """Return attributes without the one that a reference names; arrays have no parts of their own."""
    kept = inner = dict(attributes)
    for token in tokens[:-1]:
        value = inner.get(token)
        if not isinstance(value, dict):
            return attributes
        copied = dict(value)
        inner[token] = copied
        inner = copied
    inner.pop(tokens[-1], None)
    return kept


def _refuse(message: str, *at: str | int) -> Never:
    pointer = format_pointer(*at)
    raise InvalidRequestError(f"{pointer}: {message}", pointer=pointer)
