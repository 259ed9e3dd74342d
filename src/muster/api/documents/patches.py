"""The bodies of PATCH, as JSON Patch and as JSON Merge Patch."""

from typing import Annotated, Any, Final, Literal, NotRequired

from fastapi import Body
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from muster.api.documents.document import document, schema_of, schema_of_list
from muster.api.misfits import DECODED

_Source = TypedDict(  # `from` is a keyword of Python
    "_Source",
    {"from": NotRequired[Annotated[str | None, Field(description="What to `move` or `copy`.")]]},
)
_RENAME: Final[dict[str, Any]] = {"op": "replace", "path": "/name", "value": "Another name"}


@document(example=_RENAME)
class PatchOperation(_Source):
    """An operation of a JSON Patch (RFC 6902)."""

    op: Literal["add", "remove", "replace", "move", "copy", "test"]
    """What to do. To `replace` what is not there adds it."""
    path: str
    """A JSON pointer to what is changed, such as `/name`."""
    value: NotRequired[Any]
    """What to put there, or to compare with."""


@document(example={"patch": [_RENAME], "comment": "clearer"})
class PatchWithComment(TypedDict):
    """A JSON Patch, and why."""

    patch: list[PatchOperation]
    """Applied in order, all or none."""
    comment: NotRequired[str]
    """Goes into the audit log."""


@document(example={"merge": {"name": "Another name"}, "comment": "clearer"})
class MergePatchWithComment(TypedDict):
    """A merge patch (RFC 7386), and why."""

    merge: dict[str, Any]
    """Fields with their new values; null takes one away."""
    comment: NotRequired[str]
    """Goes into the audit log."""


# What is sent is read by `muster.api.patches`, whose messages say more: here it is only described.
JsonPatch = Annotated[
    Any,
    Body(),
    DECODED,
    WithJsonSchema(
        {
            "description": "A JSON Patch (RFC 6902): operations that are applied in order, all or none.",
            "examples": [[_RENAME]],
            **schema_of_list(PatchOperation),
        }
    ),
]
AnyPatch = Annotated[
    Any,
    Body(),
    DECODED,
    WithJsonSchema(
        {
            "description": "A JSON Patch (RFC 6902) or a merge patch (RFC 7386), each alone or with a "
            "comment.",
            "examples": [
                [_RENAME],
                {"patch": [_RENAME], "comment": "clearer"},
                {"name": "Another name"},
            ],
            "anyOf": [
                schema_of_list(PatchOperation),
                schema_of(PatchWithComment),
                schema_of(MergePatchWithComment),
                {"type": "object", "additionalProperties": True},
            ],
        }
    ),
]
