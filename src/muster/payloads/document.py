"""Writing a JSON document value by value, each at its pointer."""

from muster.core.pointers import Json, Tokens, array_index, format_pointer


class PointerClashError(ValueError):
    """Two values can't both be where they should; the message names the place."""


class _Branch(dict[str, "_Branch | _Leaf"]):
    """The values below a place, by the next token."""

    __slots__ = ("is_array",)

    def __init__(self) -> None:
        super().__init__()
        self.is_array = False


class _Leaf:
    __slots__ = ("value",)

    def __init__(self, value: Json) -> None:
        self.value = value


class Document:
    """A JSON document in the making.

    What lies between is made as needed: an array where the tokens below count from 0 without a gap,
    else an object.
    """

    def __init__(self) -> None:
        self._top = _Branch()

    def put(self, tokens: Tokens, value: Json) -> None:
        """Put a value that is neither array nor object at a place. The same one may be put twice.

        Raises:
            PointerClashError: another value is there, above or below.
        """
        *above, last = ("", *tokens)
        branch = self._descend(above, tokens)
        there = branch.get(last)
        if there is None:
            branch[last] = _Leaf(value)
        elif not isinstance(there, _Leaf) or there.value != value:
            raise _clash(tokens)

    def put_array(self, tokens: Tokens) -> None:
        """Make an array, still empty, at a place; or make sure that it is one.

        Raises:
            PointerClashError: a value is there or above.
        """
        self._descend(("", *tokens), tokens).is_array = True

    def to_json(self) -> Json:
        """Return the document.

        Raises:
            PointerClashError: something was put into an array that is no element of it.
        """
        return _to_json(self._top[""], ()) if self._top else {}

    def _descend(self, path: "list[str] | Tokens", tokens: Tokens) -> _Branch:
        branch = self._top
        for token in path:
            below = branch.get(token)
            if below is None:
                below = branch[token] = _Branch()
            elif not isinstance(below, _Branch):
                raise _clash(tokens)
            branch = below
        return branch


def _to_json(node: _Branch | _Leaf, at: Tokens) -> Json:
    if isinstance(node, _Leaf):
        return node.value
    below = {token: _to_json(child, (*at, token)) for token, child in node.items()}
    counts_from_zero = "0" in below and {array_index(token) for token in below} == set(
        range(len(below))
    )
    if counts_from_zero:
        return [below[str(index)] for index in range(len(below))]
    if node.is_array and below:
        raise _clash(at)
    return [] if node.is_array else below


def _clash(tokens: Tokens) -> PointerClashError:
    return PointerClashError(
        f"two values, or a value and a container, are asked for at {format_pointer(*tokens) or 'the top'}"
    )
