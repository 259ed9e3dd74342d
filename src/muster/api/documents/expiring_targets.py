"""Targets of a segment that expire, and what is sent to change when."""

from typing import Annotated, Any, Final, Literal, NotRequired

from fastapi import Body
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from muster.api.documents.document import Millis, document, schema_of
from muster.api.documents.segment_members import SelfLink
from muster.api.misfits import DECODED
from muster.api.patches import MAX_COMMENT_LENGTH

_PATH: Final = "/api/v2/segments/default/beta-testers"
_RESOURCE: Final = {
    "kind": "segment",
    "projectKey": "default",
    "environmentKey": "production",
    "key": "beta-testers",
    "flagKey": "",
}
_COMMON: Final[dict[str, Any]] = {
    "_id": "66b0c1a2d3e4f5a6b7c8daa1",
    "_version": 1,
    "expirationDate": 1893456000000,
    "targetType": "included",
    "_resourceId": _RESOURCE,
}
TARGET: Final[dict[str, Any]] = {**_COMMON, "contextKind": "user", "contextKey": "ada"}
USER_TARGET: Final[dict[str, Any]] = {**_COMMON, "userKey": "ada"}
_ERROR: Final[dict[str, Any]] = {
    "instructionIndex": 1,
    "message": "/instructions/1: this target does not expire.",
}
_OUTCOME: Final[dict[str, Any]] = {
    "totalInstructions": 2,
    "successfulInstructions": 1,
    "failedInstructions": 1,
    "errors": [_ERROR],
}
INSTRUCTION: Final[dict[str, Any]] = {
    "kind": "addExpiringTarget",
    "targetType": "included",
    "contextKind": "user",
    "contextKey": "ada",
    "value": 1893456000000,
}
USER_INSTRUCTION: Final[dict[str, Any]] = {
    "kind": "addExpireUserTargetDate",
    "targetType": "included",
    "userKey": "ada",
    "value": 1893456000000,
}
_TargetType = Literal["included", "excluded"]
_Count = Annotated[int, Field(ge=0)]


def _page(form: str, target: dict[str, Any]) -> dict[str, Any]:
    href = f"{_PATH}/{form}/production"
    return {"items": [target], "_links": {"self": {"href": href, "type": "application/json"}}}


_PAGE: Final = _page("expiring-targets", TARGET)
_USER_PAGE: Final = _page("expiring-user-targets", USER_TARGET)


@document(example=_RESOURCE)
class ResourceId(TypedDict):
    """Which segment it is."""

    kind: str
    """`segment`."""
    projectKey: str
    """The project's key."""
    environmentKey: str
    """The environment's key."""
    key: str
    """The segment's key."""
    flagKey: str
    """Empty."""


@document(example=_COMMON)
class _ExpiringFields(TypedDict):
    _id: str
    """Its id."""
    _version: int
    """1, and one more each time that the moment is changed."""
    expirationDate: Millis
    """When the context leaves the list, in milliseconds since 1970."""
    targetType: _TargetType
    """The list that it leaves."""
    _resourceId: ResourceId
    """The segment."""


@document(example=TARGET)
class ExpiringTarget(_ExpiringFields):
    """A context that leaves a list of a segment at a moment."""

    contextKind: str
    """The context's kind."""
    contextKey: str
    """The context's key."""


@document(example=USER_TARGET)
class ExpiringUserTarget(_ExpiringFields):
    """A user who leaves a list of a segment at a moment."""

    userKey: str
    """The user's key."""


@document(example=_PAGE)
class ExpiringTargets(TypedDict):
    """The targets of a segment that expire."""

    items: list[ExpiringTarget]
    """The first to expire first."""
    _links: SelfLink
    """`self`."""


@document(example=_USER_PAGE)
class ExpiringUserTargets(TypedDict):
    """The users among the targets of a segment that expire."""

    items: list[ExpiringUserTarget]
    """The first to expire first."""
    _links: SelfLink
    """`self`."""


@document(example=_ERROR)
class InstructionError(TypedDict):
    """Why an instruction was not followed."""

    instructionIndex: _Count
    """Which one, from 0."""
    message: str
    """What is wrong with it."""


@document(example=_OUTCOME)
class _InstructionsOutcome(TypedDict):
    totalInstructions: _Count
    """How many there were."""
    successfulInstructions: _Count
    """How many were followed."""
    failedInstructions: _Count
    """How many were not."""
    errors: NotRequired[list[InstructionError]]
    """Why not; absent where all were followed."""


@document(example={**_PAGE, **_OUTCOME})
class ChangedExpiringTargets(_InstructionsOutcome):
    """The targets that expire now, and what became of the instructions."""

    items: list[ExpiringTarget]
    """The first to expire first."""
    _links: SelfLink
    """`self`."""


@document(example={**_USER_PAGE, **_OUTCOME})
class ChangedExpiringUserTargets(_InstructionsOutcome):
    """The users that expire now, and what became of the instructions."""

    items: list[ExpiringUserTarget]
    """The first to expire first."""
    _links: SelfLink
    """`self`."""


@document(example=INSTRUCTION)
class ExpiringTargetInstruction(TypedDict):
    """An instruction about a context's expiry."""

    kind: Literal["addExpiringTarget", "updateExpiringTarget", "removeExpiringTarget"]
    """What to do."""
    targetType: _TargetType
    """The list that the context is in."""
    contextKind: NotRequired[str]
    """The context's kind; that of the segment, or `user`, where it is left out."""
    contextKey: str
    """The context's key."""
    value: NotRequired[Millis]
    """When it leaves the list, in milliseconds since 1970; not for a removal."""
    version: NotRequired[int | None]
    """For an update or a removal: refused unless the target has this version still."""


@document(example=USER_INSTRUCTION)
class ExpiringUserTargetInstruction(TypedDict):
    """An instruction about a user's expiry."""

    kind: Literal[
        "addExpireUserTargetDate", "updateExpireUserTargetDate", "removeExpireUserTargetDate"
    ]
    """What to do."""
    targetType: _TargetType
    """The list that the user is in."""
    userKey: str
    """The user's key."""
    value: NotRequired[Millis]
    """When they leave the list, in milliseconds since 1970; not for a removal."""
    version: NotRequired[int | None]
    """For an update or a removal: refused unless the target has this version still."""


# `ExpiringTargetService` reads what is sent. A wrong instruction refuses nothing: the answer tells of it.
ExpiringTargetsPatch = Annotated[
    Any,
    Body(),
    DECODED,
    WithJsonSchema(
        {
            "type": "object",
            "description": "Instructions, and why.",
            "required": ["instructions"],
            "properties": {
                "instructions": {
                    "type": "array",
                    "description": "Followed in order. One that can't be does not keep the others from it.",
                    "items": {
                        "anyOf": [
                            schema_of(ExpiringTargetInstruction),
                            schema_of(ExpiringUserTargetInstruction),
                            {},
                        ]
                    },
                },
                "comment": {
                    "type": ["string", "null"],
                    "maxLength": MAX_COMMENT_LENGTH,
                    "description": "Goes into the audit log.",
                },
            },
            "examples": [
                {"instructions": [INSTRUCTION], "comment": "a trial of a month"},
                {"instructions": [USER_INSTRUCTION]},
            ],
        }
    ),
]
"""The body of a request that changes when targets expire."""
