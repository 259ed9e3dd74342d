"""A webhook, a list of them, and attempts to deliver to one."""

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Link, Links, PageLinks
from muster.api.documents.policies import Statement

_PATH: Final = "/api/v2/webhooks"
WEBHOOK: Final[dict[str, Any]] = {
    "_links": {
        "self": {"href": f"{_PATH}/66b0c1a2d3e4f5a6b7c8da40", "type": "application/json"},
        "parent": {"href": _PATH, "type": "application/json"},
        "deliveries": {
            "href": f"{_PATH}/66b0c1a2d3e4f5a6b7c8da40/deliveries",
            "type": "application/json",
        },
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da40",
    "name": "Changes of production",
    "url": "https://hooks.example.com/muster",
    "on": True,
    "tags": ["ops"],
    "statements": [
        {"effect": "allow", "actions": ["*"], "resources": ["proj/*:env/production:segment/*"]}
    ],
}
_DELIVERY: Final[dict[str, Any]] = {
    "_links": {
        "entry": {"href": "/api/v2/auditlog/66b0c1a2d3e4f5a6b7c8da33", "type": "application/json"}
    },
    "_id": "66b0c1a2d3e4f5a6b7c8da41",
    "entryId": "66b0c1a2d3e4f5a6b7c8da33",
    "attempt": 1,
    "date": 1764030000000,
    "durationMs": 48.2,
    "outcome": "failed",
    "status": 502,
    "error": "The answer has the status 502.",
}


@document(example=WEBHOOK)
class Webhook(TypedDict):
    """An address that is told of changes: it gets each new entry of the audit log."""

    _links: Links
    """`self`, `parent`, and `deliveries`: the attempts to deliver to it."""
    _id: Id
    """Never changed."""
    name: str
    """What people call it; may be empty."""
    url: str
    """Where entries are sent to."""
    on: bool
    """Whether any are sent."""
    tags: list[str]
    """In order, each once."""
    secret: NotRequired[str]
    """What deliveries are signed with; for who may `updateSecret`, absent where they are not signed."""
    statements: NotRequired[list[Statement]]
    """Which entries it gets: those of which they allow an access; absent for all."""


@document(example={"self": {"href": _PATH, "type": "application/json"}})
class WebhookListLinks(TypedDict):
    """Links of the list of webhooks."""

    self: Link
    """The list."""


@document(
    example={
        "_links": {"self": {"href": _PATH, "type": "application/json"}},
        "items": [WEBHOOK],
    }
)
class Webhooks(TypedDict):
    """All webhooks; there are no pages."""

    _links: WebhookListLinks
    """Where the list is."""
    items: list[Webhook]
    """Those that the token may view or change, the oldest first."""


@document(example=_DELIVERY)
class WebhookDelivery(TypedDict):
    """One attempt to deliver an entry."""

    _links: Links
    """`entry`: what was to be delivered."""
    _id: Id
    """Never changed."""
    entryId: Id
    """The entry's id."""
    attempt: int
    """1 for the first."""
    date: Millis
    """When it began, in milliseconds since 1970."""
    durationMs: float
    """How long it took, in milliseconds."""
    outcome: Literal["delivered", "failed", "given-up"]
    """What became of it; what `failed` is tried again, what is `given-up` is not."""
    status: NotRequired[int]
    """The HTTP status of the answer; absent where there was none."""
    error: NotRequired[str]
    """Why it failed; absent where it did not."""


@document(
    example={
        "items": [_DELIVERY],
        "_links": {
            "self": {
                "href": f"{_PATH}/66b0c1a2d3e4f5a6b7c8da40/deliveries?limit=20",
                "type": "application/json",
            }
        },
        "totalCount": 1,
    }
)
class WebhookDeliveries(TypedDict):
    """A page of the attempts to deliver to a webhook."""

    items: list[WebhookDelivery]
    """The attempts of this page, the newest first."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""
