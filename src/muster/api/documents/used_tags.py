"""A page of the tags in use."""

from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.links import PageLinks


@document(
    example={
        "items": ["beta", "eu"],
        "_links": {
            "self": {"href": "/api/v2/tags?limit=1000&kind=project", "type": "application/json"}
        },
        "totalCount": 2,
    }
)
class UsedTags(TypedDict):
    """A page of the tags in use."""

    items: list[str]
    """The tags of this page, in order, each once."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""
