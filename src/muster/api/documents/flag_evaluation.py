"""What flags serve a context."""

from typing import Any, Final, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.document import document
from muster.api.documents.links import Link, PageLinks

_PATH: Final = "/api/v2/projects/default/environments/production/flags/evaluate"
_REASON: Final[dict[str, Any]] = {
    "kind": "RULE_MATCH",
    "ruleIndex": 0,
    "ruleID": "5c8e2b1a-90d4-4f6b-9c3e-2a7d8e6f5b41",
}
_EVALUATED: Final[dict[str, Any]] = {
    "name": "The new checkout",
    "key": "checkout",
    "_value": True,
    "reason": _REASON,
    "_links": {"site": {"href": "/default/production/features/checkout", "type": "text/html"}},
}


@document(example=_REASON)
class EvaluationReason(TypedDict):
    """Why a flag serves what it does, as SDKs say it."""

    kind: str
    """`OFF`, `TARGET_MATCH`, `RULE_MATCH`, `PREREQUISITE_FAILED`, `FALLTHROUGH` or `ERROR`."""
    ruleIndex: NotRequired[int]
    """Which rule it was, counted from 0."""
    ruleID: NotRequired[str]
    """The id of that rule."""
    prerequisiteKey: NotRequired[str]
    """Which flag it was that did not serve what is asked for."""
    inExperiment: NotRequired[bool]
    """Always absent: Muster runs no experiments."""
    errorKind: NotRequired[str]
    """What is wrong, such as `MALFORMED_FLAG`."""


@document(example=_EVALUATED["_links"])
class EvaluatedFlagLinks(TypedDict):
    """Links of a flag that was evaluated."""

    site: Link
    """Its page."""


@document(example=_EVALUATED)
class EvaluatedFlag(TypedDict):
    """A flag as it is for a context."""

    name: str
    """What people call it."""
    key: str
    """Its key."""
    _value: Any
    """What it serves; null where it serves nothing."""
    reason: EvaluationReason
    """Why."""
    _links: EvaluatedFlagLinks
    """Its page."""


@document(
    example={
        "items": [_EVALUATED],
        "totalCount": 1,
        "_links": {"self": {"href": _PATH, "type": "application/json"}},
    }
)
class EvaluatedFlags(TypedDict):
    """Flags as they are for a context."""

    items: list[EvaluatedFlag]
    """The flags of this page, by key unless another order is asked for."""
    totalCount: int
    """How many there are on all pages."""
    _links: PageLinks
    """The other pages."""
