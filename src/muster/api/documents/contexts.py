"""Contexts of an environment, and what attributes they have."""

from typing import Annotated, Any, Final, NotRequired

from fastapi import Body
from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from muster.api.documents.document import Id, document
from muster.api.documents.links import Link, Links
from muster.api.misfits import DECODED

_ENVIRONMENT: Final = "/api/v2/projects/default/environments/production"
_ATTRIBUTES: Final[dict[str, Any]] = {"kind": "user", "key": "ada", "email": "ada@example.com"}
_CONTEXT: Final[dict[str, Any]] = {
    "context": _ATTRIBUTES,
    "associatedContexts": 1,
    "_links": {
        "parent": {"href": _ENVIRONMENT, "type": "application/json"},
        "self": {"href": f"{_ENVIRONMENT}/contexts/user/ada", "type": "application/json"},
    },
    "lastSeen": "2025-11-25T00:20:00.000Z",
    "applicationId": "shop",
}
_Weight = Annotated[int, Field(ge=1)]

# `muster.contexts.reading` reads what is sent, and its messages say more: here it is only described.
SentContext = Annotated[
    Any,
    Body(),
    DECODED,
    WithJsonSchema(
        {
            "description": "A context: its kind, its key and its attributes. One of the kind `multi` has a "
            "context by each of its kinds instead.",
            "examples": [_ATTRIBUTES],
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string"}},
            "additionalProperties": True,
        }
    ),
]


@document(example=_CONTEXT)
class FoundContext(TypedDict):
    """A context, as it was last sent; or as a segment knows it."""

    context: dict[str, Any]
    """Its kind, its key and its attributes; a member of a segment alone has no attributes."""
    associatedContexts: int
    """How many contexts were sent with it, itself included: always 1."""
    lastSeen: NotRequired[Annotated[str, Field(json_schema_extra={"format": "date-time"})]]
    """When it was last evaluated; absent where it is known as a member of a segment alone."""
    applicationId: NotRequired[str]
    """The application that evaluated it, where one context is asked for; absent where none was named."""
    _links: Links
    """`parent`: its environment; and `self`."""


@document(
    example={
        "self": {"href": f"{_ENVIRONMENT}/contexts/search?limit=20", "type": "application/json"}
    }
)
class ContextPageLinks(TypedDict):
    """Links of a page of contexts. Those of a search are to be sent as POST."""

    self: Link
    """This page."""
    next: NotRequired[Link]
    """The page after; absent on the last."""


@document(
    example={
        "_environmentId": "66b0c1a2d3e4f5a6b7c8d9e0",
        "items": [_CONTEXT],
        "_links": {
            "self": {
                "href": f"{_ENVIRONMENT}/contexts/search?limit=20",
                "type": "application/json",
            }
        },
        "totalCount": 1,
    }
)
class FoundContexts(TypedDict):
    """A page of contexts. It may have fewer than were asked for, even none, and a next one all the same."""

    _environmentId: Id
    """The client-side ID of the environment."""
    items: list[FoundContext]
    """The contexts of this page, by kind and key."""
    _links: ContextPageLinks
    """This page, and the next."""
    continuationToken: NotRequired[str]
    """That of the next page; absent on the last."""
    totalCount: NotRequired[int]
    """How many there are on all pages, where that was asked for and did not take too long to count."""


@document(example={"name": "/address/city", "weight": 12})
class AttributeName(TypedDict):
    """The name of an attribute."""

    name: str
    """As a JSON pointer."""
    weight: _Weight
    """How many of the contexts that were looked at have it."""


@document(
    example={
        "kind": "user",
        "names": [{"name": "/email", "weight": 20}, {"name": "/address/city", "weight": 12}],
    }
)
class AttributeNamesOfKind(TypedDict):
    """Which attributes the contexts of a kind have."""

    kind: str
    """The kind."""
    names: list[AttributeName]
    """The attributes, the most frequent first."""


@document(example={"items": [{"kind": "user", "names": [{"name": "/address/city", "weight": 12}]}]})
class AttributeNames(TypedDict):
    """Which attributes contexts have."""

    items: list[AttributeNamesOfKind]
    """By kind."""


@document(example={"name": "London", "weight": 7})
class AttributeValue(TypedDict):
    """A value of an attribute."""

    name: Any
    """The value, of whatever type it is."""
    weight: _Weight
    """How many of the contexts that were looked at have it."""


@document(example={"kind": "user", "values": [{"name": "London", "weight": 7}]})
class AttributeValuesOfKind(TypedDict):
    """Which values an attribute has in contexts of a kind."""

    kind: str
    """The kind."""
    values: list[AttributeValue]
    """The values, the most frequent first."""


@document(example={"items": [{"kind": "user", "values": [{"name": "London", "weight": 7}]}]})
class AttributeValues(TypedDict):
    """Which values an attribute has."""

    items: list[AttributeValuesOfKind]
    """Of the kind that was asked for; empty where no context of it has the attribute."""
