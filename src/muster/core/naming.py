"""Keys, names and tags of what people make: projects, environments and what stands in them."""

import re
from collections.abc import Collection
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.json_values import show, unexpected

MAX_KEY_LENGTH: Final = 256
MAX_NAME_LENGTH: Final = 256
MAX_TAGS: Final = 100
MAX_CONTEXT_KIND_LENGTH: Final = 256
_KEY: Final = re.compile(rf"[a-zA-Z0-9][a-zA-Z0-9_.-]{{0,{MAX_KEY_LENGTH - 1}}}")
_CONTEXT_KIND: Final = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_CONTEXT_KIND_LENGTH}}}")
_RESERVED_CONTEXT_KINDS: Final = frozenset({"kind", "multi"})
_TAG: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


def check_key(key: str, what: str) -> None:
    """Check that a text can be a key.

    Args:
        what: whose key it is to be, for the message: `project`.

    Raises:
        InvalidRequestError: it can't.
    """
    if not _KEY.fullmatch(key):
        raise InvalidRequestError(
            f"{key[:MAX_KEY_LENGTH]!r} is no key of a {what}: it has 1 to {MAX_KEY_LENGTH} of the characters "
            "a-z, A-Z, 0-9, '_', '.' and '-', and begins with a letter or a digit.",
            pointer="/key",
        )


def check_name(name: str, what: str) -> None:
    """Check that a text can be a name, for people to read.

    Args:
        what: whose name it is to be, for the message: `project`.

    Raises:
        InvalidRequestError: it can't.
    """
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidRequestError(
            f"A name of a {what} has 1 to {MAX_NAME_LENGTH} printable characters, and not only spaces.",
            pointer="/name",
        )


def check_context_kind(kind: object, pointer: str = "/contextKind") -> None:
    """Check that something can be a kind of contexts.

    Args:
        pointer: where it is, for the message.

    Raises:
        InvalidRequestError: it can't.
    """
    if (
        not isinstance(kind, str)
        or not _CONTEXT_KIND.fullmatch(kind)
        or kind in _RESERVED_CONTEXT_KINDS
    ):
        raise unexpected(
            show(kind),
            f"a kind of contexts: 1 to {MAX_CONTEXT_KIND_LENGTH} of the characters a-z, A-Z, 0-9, '_', '.' "
            "and '-', and neither 'kind' nor 'multi'",
            pointer,
        )


def clean_tags(tags: Collection[str]) -> tuple[str, ...]:
    """Return tags as they are kept: each once, in order.

    Raises:
        InvalidRequestError: one of them can be no tag, or there are too many.
    """
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise InvalidRequestError(
                f"{tag[:64]!r} is no tag: it has 1 to 64 of the characters a-z, A-Z, 0-9, '_', '.' and '-'.",
                pointer="/tags",
            )
    cleaned = tuple(sorted(set(tags)))
    if len(cleaned) > MAX_TAGS:
        raise InvalidRequestError(
            f"{len(cleaned)} tags were given; there can be {MAX_TAGS} at most.", pointer="/tags"
        )
    return cleaned


def is_part_of_any(part: str, *names: str) -> bool:
    """Tell whether a text is a part of one of these, in whatever case."""
    return any(part.casefold() in name.casefold() for name in names)


def folded(texts: Collection[str]) -> frozenset[str]:
    """Return texts as they are compared without case."""
    return frozenset(text.casefold() for text in texts)
