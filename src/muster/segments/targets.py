"""The targets of a segment that is not unbounded: contexts that stand in it, or out of it, by their keys."""

from collections.abc import Collection, Iterable
from typing import Final, NamedTuple

from muster.core.errors import InvalidRequestError
from muster.core.json_values import describe, unexpected
from muster.core.naming import check_context_kind

DEFAULT_CONTEXT_KIND: Final = "user"
MAX_CONTEXT_KEY_LENGTH: Final = 256
"""The longest key of a context that a segment holds, in characters."""
A_CONTEXT_KEY: Final = f"a context's key: a string of 1 to {MAX_CONTEXT_KEY_LENGTH} characters"
"""What a context's key is, for messages."""
MAX_TARGETS: Final = 15_000
"""How many targets a segment holds itself; one with more has to be unbounded."""


class ContextTargets(NamedTuple):
    """Contexts of one kind, by their keys: each once, in the order in which they came."""

    context_kind: str
    keys: tuple[str, ...]


def count_targets(targets: Iterable[ContextTargets]) -> int:
    """Return how many contexts these are."""
    return sum(len(one.keys) for one in targets)


def keys_of(targets: Iterable[ContextTargets], context_kind: str) -> tuple[str, ...]:
    """Return the keys of one kind; none where the kind is not there."""
    return next((one.keys for one in targets if one.context_kind == context_kind), ())


def with_keys(
    targets: Collection[ContextTargets], context_kind: str, keys: Iterable[str]
) -> tuple[ContextTargets, ...]:
    """Return targets with these keys in the place of those of one kind."""
    new = tuple(dict.fromkeys(keys))
    kinds = dict.fromkeys([*(one.context_kind for one in targets), context_kind])
    replaced = (
        ContextTargets(kind, new if kind == context_kind else keys_of(targets, kind))
        for kind in kinds
    )
    return tuple(one for one in replaced if one.keys)


def check_context_key(key: object, pointer: str) -> str:
    """Return a context's key, if it can be one.

    Args:
        pointer: where it is, for the message, which never holds the key itself.

    Raises:
        InvalidRequestError: it is no string of 1 to 256 characters, or holds a NUL character or half a
            surrogate pair.
    """
    fault = find_key_fault(key) if isinstance(key, str) else describe(key)
    if not isinstance(key, str) or fault is not None:
        raise unexpected(str(fault), A_CONTEXT_KEY, pointer)
    return key


def find_key_fault(key: str) -> str | None:
    """Return what keeps a text from being a context's key, or None where nothing does."""
    if not key:
        return "an empty string"
    if len(key) > MAX_CONTEXT_KEY_LENGTH:
        return f"a string of {len(key):,} characters"
    if "\0" in key:
        return "a string with a NUL character (U+0000)"
    if not key.isascii() and any("\ud800" <= character <= "\udfff" for character in key):
        return "a string with half of a surrogate pair"
    return None


def are_context_keys(keys: Collection[str]) -> bool:
    """Tell, quickly, whether each of these texts can be a context's key.

    False may also be said of keys of which `find_key_fault` finds no fault.
    """
    joined = "".join(keys)
    return (
        all(keys)
        and max(map(len, keys), default=0) <= MAX_CONTEXT_KEY_LENGTH
        and "\0" not in joined
        and joined.isascii()
    )


def check_targets(included: Iterable[ContextTargets], excluded: Iterable[ContextTargets]) -> None:
    """Check the targets of a segment that is not unbounded.

    Raises:
        InvalidRequestError: there are too many, or a kind of contexts can be none.
    """
    everything = [*included, *excluded]
    for one in everything:
        check_context_kind(one.context_kind)
    count = count_targets(everything)
    if count > MAX_TARGETS:
        raise InvalidRequestError(
            f"{count:,} targets were found, expected at most {MAX_TARGETS:,}. Create an unbounded (big) "
            "segment for more: it takes them at .../segments/{project}/{environment}/{segment}/contexts "
            "or from a CSV file."
        )
