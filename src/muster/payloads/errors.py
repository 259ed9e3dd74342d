"""What can be wrong with a body, with what a manifest says of it, or with changes to send."""

from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.json_values import describe
from muster.core.pointers import Json, Tokens, format_pointer, resolve_deepest

_SHOWN_BODY: Final = "the body"


class InvalidPayloadError(InvalidRequestError):
    """A body is not JSON, or is not what the manifest's requestParser says it is.

    The message reads `<pointer>: found <kind of value>, expected <what>. <how to mend it>`; it shows
    kinds of values, never the values, so no member's key is in it.
    """


class ParserSpecError(InvalidRequestError):
    """A requestParser that can't be compiled; `pointer` is relative to the requestParser object."""


class ResponseTemplateError(InvalidRequestError):
    """A jsonResponseBody that can't be compiled, or that did not render to JSON."""


class BuildError(InvalidRequestError):
    """Changes that no single body of this manifest can say."""


class Misfit(Exception):  # noqa: N818 - it never leaves the package; see `misplaced`
    """A value is not what a reader takes. Who knows its place makes an InvalidPayloadError of it.

    Attributes:
        expected: what the reader takes.
        mend: a sentence that says what to send.
        found: what was found, where that is more than the kind of the value.
    """

    def __init__(self, expected: str, mend: str, found: str | None = None) -> None:
        super().__init__(expected)
        self.expected = expected
        self.mend = mend
        self.found = found


def misplaced(misfit: Misfit, noun: str, document: Json, tokens: Tokens) -> InvalidPayloadError:
    """Return the error for a value of `document` that does not fit at `tokens`.

    Args:
        misfit: what its reader said.
        noun: what the value is to a person, as "the member's id".
        document: the whole body.
        tokens: where in it the value is, or is missing.
    """
    pointer = format_pointer(*tokens)
    found = misfit.found or _describe_place(document, tokens)
    return InvalidPayloadError(
        f"{pointer or _SHOWN_BODY}: found {found}, expected {noun}: {misfit.expected}. {misfit.mend}",
        pointer=pointer,
    )


def _describe_place(document: Json, tokens: Tokens) -> str:
    depth, value = resolve_deepest(document, tokens)
    if depth == len(tokens):
        return describe(value)
    nearest = format_pointer(*tokens[:depth]) or _SHOWN_BODY
    return f"nothing there ({nearest} is {describe(value)})"
