"""Who is in a segment: what is sent to change the members of a big one, and what is told of them."""

from typing import Annotated, Any, Final, NotRequired

from fastapi import Body
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.links import Link, Links
from muster.api.documents.segments import PATH
from muster.api.misfits import DECODED
from muster.segments.targets import MAX_CONTEXT_KEY_LENGTH

ContextKeyText = Annotated[str, Field(min_length=1, max_length=MAX_CONTEXT_KEY_LENGTH)]
"""A context's key: 1 to 256 characters."""
_VERDICT: Final[dict[str, Any]] = {
    "name": "VIP customers",
    "key": "amplitude-vip",
    "description": "",
    "unbounded": True,
    "external": "amplitude",
    "isMember": True,
    "isIndividuallyTargeted": True,
    "isRuleTargeted": False,
    "_links": {"self": {"href": f"{PATH}/amplitude-vip", "type": "application/json"}},
}
_EVALUATE: Final = "/api/v2/projects/default/environments/production/segments/evaluate"


@document(example={"add": ["ada"], "remove": ["brian"]})
class MemberChanges(TypedDict):
    """Contexts that enter and leave a list; none may do both."""

    add: NotRequired[list[ContextKeyText]]
    """The keys of those that enter."""
    remove: NotRequired[list[ContextKeyText]]
    """The keys of those that leave."""


@document(example={"included": {"add": ["ada"], "remove": ["brian"]}})
class BigSegmentTargets(TypedDict):
    """What is to become of the members of a big segment."""

    included: NotRequired[MemberChanges | None]
    """Changes of who is in it; refused where it is synced."""
    excluded: NotRequired[MemberChanges | None]
    """Changes of who is kept out of it."""


@document(example={"userKey": "ada", "included": True, "excluded": False})
class SegmentMembership(TypedDict):
    """Whether a context is in a segment by its key."""

    userKey: str
    """The context's key, whatever its kind."""
    included: bool
    """Whether it is among the included."""
    excluded: bool
    """Whether it is among the excluded."""


@document(
    example={
        "items": ["ada", "brian"],
        "_links": {"parent": {"href": f"{PATH}/amplitude-vip", "type": "application/json"}},
    }
)
class SegmentMemberKeys(TypedDict):
    """Keys of a big segment's members, in order. There are more where these are as many as asked for."""

    items: list[str]
    """The keys; to go on, ask for those `after` the last."""
    _links: Links
    """`parent`: the segment."""


@document(example=_VERDICT)
class SegmentVerdict(TypedDict):
    """Whether a context is in a segment, and why."""

    name: str
    """What people call the segment."""
    key: str
    """The segment's key."""
    description: str
    """What it is for."""
    unbounded: bool
    """Whether it is big."""
    external: str
    """Of a synced segment: the key of the integration that it comes from; else empty."""
    isMember: bool
    """Whether the context is in it."""
    isIndividuallyTargeted: bool
    """Whether it is so by its key."""
    isRuleTargeted: bool
    """Whether it is so by a rule."""
    _links: Links
    """`self`: the segment."""


@document(example={"self": {"href": _EVALUATE, "type": "application/json"}})
class SelfLink(TypedDict):
    """Where this is."""

    self: Link
    """Its path."""


@document(
    example={
        "items": [_VERDICT],
        "_links": {"self": {"href": _EVALUATE, "type": "application/json"}},
    }
)
class SegmentVerdicts(TypedDict):
    """Of each segment of an environment: whether a context is in it."""

    items: list[SegmentVerdict]
    """One for each segment."""
    _links: SelfLink
    """`self`."""


# The SDK's own reader reads what is sent, and says more: here it is only described.
EvaluatedContext = Annotated[
    Any,
    Body(),
    DECODED,
    WithJsonSchema(
        {
            "type": "object",
            "description": "A context as SDKs have it: a `kind`, a `key` and attributes; or one of kind "
            "`multi`, which has a context for each of several kinds.",
            "required": ["kind"],
            "properties": {
                "kind": {"type": "string", "description": "Such as `user`; `multi` for several."},
                "key": {"type": "string", "description": "Which of its kind it is."},
            },
            "additionalProperties": True,
            "examples": [
                {"kind": "user", "key": "ada", "email": "ada@example.com"},
                {
                    "kind": "multi",
                    "user": {"key": "ada", "email": "ada@example.com"},
                    "device": {"key": "till-7"},
                },
            ],
        }
    ),
]
"""The body of a request that evaluates a context."""
