"""Links, which most documents have."""

from typing import NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import document


@document(example={"href": "/api/v2/projects/default", "type": "application/json"})
class Link(TypedDict):
    """Where something is."""

    href: str
    """Its path, on the same server."""
    type: str
    """The media type of what is there: `application/json`, or `text/html` for a page."""


Links = dict[str, Link]
"""Links by what they lead to: `self`, `parent`, ..."""


@document(
    example={
        "self": {"href": "/api/v2/projects?limit=1&offset=1", "type": "application/json"},
        "first": {"href": "/api/v2/projects?limit=1", "type": "application/json"},
        "prev": {"href": "/api/v2/projects?limit=1", "type": "application/json"},
    }
)
class PageLinks(TypedDict):
    """Links of a page of a list to the others."""

    self: Link
    """This page."""
    first: NotRequired[Link]
    """The first page; absent on it."""
    prev: NotRequired[Link]
    """The page before; absent on the first."""
    next: NotRequired[Link]
    """The page after; absent on the last."""
    last: NotRequired[Link]
    """The last page; absent on it."""
