"""A flag, a page of a project's, and what flags serve a context."""

from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.access import AccessOfCaller
from muster.api.documents.document import Millis, document
from muster.api.documents.links import Link, Links, PageLinks
from muster.api.documents.projects import ClientSideAvailability
from muster.api.documents.segments import SegmentClause

PATH: Final = "/api/v2/flags/default"
_SALT: Final = "3f9a1c0de84b7726a5d1f0e9b8c7d6a5"
_SITE: Final[dict[str, str]] = {
    "href": "/default/production/features/checkout",
    "type": "text/html",
}
_ASKS: Final[dict[str, Any]] = {
    "_id": "b9a3f1de-6b5f-4d0e-8a2c-1d9e7c5b3a10",
    "attribute": "",
    "op": "segmentMatch",
    "values": ["amplitude-vip"],
    "negate": False,
    "contextKind": "user",
}
_RULE: Final[dict[str, Any]] = {
    "_id": "5c8e2b1a-90d4-4f6b-9c3e-2a7d8e6f5b41",
    "clauses": [_ASKS],
    "trackEvents": False,
    "variation": 0,
    "description": "VIP customers first.",
}
_ROLLOUT: Final[dict[str, Any]] = {
    "variations": [{"variation": 0, "weight": 25_000}, {"variation": 1, "weight": 75_000}],
    "contextKind": "user",
}
_SUMMARY: Final[dict[str, Any]] = {
    "variations": {
        "0": {
            "rules": 1,
            "nullRules": 0,
            "targets": 1,
            "contextTargets": 0,
            "isFallthrough": True,
            "rollout": 25_000,
        },
        "1": {
            "rules": 0,
            "nullRules": 0,
            "targets": 0,
            "contextTargets": 0,
            "isFallthrough": True,
            "rollout": 75_000,
            "isOff": True,
        },
    },
    "prerequisites": 0,
}
_CONFIGURATION: Final[dict[str, Any]] = {
    "on": True,
    "prerequisites": [],
    "targets": [{"variation": 0, "contextKind": "user", "values": ["ada"]}],
    "contextTargets": [],
    "rules": [_RULE],
    "fallthrough": {"rollout": _ROLLOUT},
    "trackEvents": False,
    "trackEventsFallthrough": False,
    "offVariation": 1,
    "archived": False,
    "salt": _SALT,
    "sel": _SALT,
    "version": 4,
    "lastModified": 1764030000000,
    "_environmentName": "Production",
    "_site": _SITE,
    "_summary": _SUMMARY,
}
FLAG: Final[dict[str, Any]] = {
    "_links": {
        "parent": {"href": PATH, "type": "application/json"},
        "self": {"href": f"{PATH}/checkout", "type": "application/json"},
    },
    "key": "checkout",
    "name": "The new checkout",
    "description": "",
    "kind": "boolean",
    "tags": ["beta"],
    "variations": [
        {"_id": "e4b1a6d0-2f6c-4c59-8f0e-7a9b3c2d1e05", "value": True},
        {"_id": "a0f3c7e2-8d1b-4b6a-9e5d-6c4b2a1f0d93", "value": False},
    ],
    "defaults": {"onVariation": 0, "offVariation": 1},
    "temporary": True,
    "includeInSnippet": False,
    "clientSideAvailability": {"usingEnvironmentId": False, "usingMobileKey": True},
    "customProperties": {"ticket": {"name": "Ticket", "value": ["SHOP-12"]}},
    "creationDate": 1764000000000,
    "archived": False,
    "_version": 5,
    "experiments": {"baselineIdx": 0, "items": []},
    "environments": {"production": _CONFIGURATION},
}


@document(example=FLAG["variations"][0])
class FlagVariation(TypedDict):
    """One of the values that a flag can have."""

    _id: str
    """Never changed."""
    value: Any
    """The value, of whatever type."""
    name: NotRequired[str]
    """What people call it; absent where it has no name."""
    description: NotRequired[str]
    """What it is for; absent where nobody said."""


@document(example=FLAG["defaults"])
class FlagDefaults(TypedDict):
    """What a flag serves in an environment of which nothing else is said: indexes of its variations."""

    onVariation: int
    """While it is on."""
    offVariation: int
    """While it is off."""


@document(example={"name": "Ticket", "value": ["SHOP-12"]})
class FlagCustomProperty(TypedDict):
    """What people keep of a flag."""

    name: str
    """What people call it."""
    value: list[str]
    """What it is."""


@document(example=FLAG["experiments"])
class FlagExperiments(TypedDict):
    """Experiments with a flag: none, for Muster runs none."""

    baselineIdx: int
    """0."""
    items: Annotated[list[Any], Field(max_length=0)]
    """Empty."""


@document(example=_ROLLOUT["variations"][0])
class FlagWeightedVariation(TypedDict):
    """How many contexts get a variation."""

    variation: int
    """Its index."""
    weight: Annotated[int, Field(ge=0, le=100_000)]
    """How many of 100,000."""


@document(example=_ROLLOUT)
class FlagRollout(TypedDict):
    """Shares contexts out among variations."""

    variations: list[FlagWeightedVariation]
    """Their weights add up to 100,000."""
    contextKind: str
    """The kind of the contexts that are shared out."""
    bucketBy: NotRequired[str]
    """The attribute that decides who gets which; absent for the key."""


@document(example={"rollout": _ROLLOUT})
class FlagServed(TypedDict):
    """What is served: one of the two."""

    variation: NotRequired[int]
    """The index of a variation."""
    rollout: NotRequired[FlagRollout]
    """Several of them."""


@document(example=_RULE)
class FlagRule(FlagServed):
    """What contexts get for which all clauses hold."""

    _id: str
    """Never changed."""
    clauses: list[SegmentClause]
    """All of them must hold; `segmentMatch` asks for contexts of segments."""
    trackEvents: bool
    """Whether SDKs send an event in detail each time it decides."""
    description: NotRequired[str]
    """What it is for; absent where it has none."""


@document(example=_CONFIGURATION["targets"][0])
class FlagTarget(TypedDict):
    """Contexts of one kind that get a variation."""

    variation: int
    """Its index."""
    contextKind: str
    """Their kind."""
    values: list[str]
    """Their keys."""


@document(example={"key": "new-catalogue", "variation": 0})
class FlagPrerequisite(TypedDict):
    """Another flag, and what a context has to get there first."""

    key: str
    """The other flag."""
    variation: int
    """The index of one of its variations."""


@document(example=_SUMMARY["variations"]["0"])
class FlagVariationSummary(TypedDict):
    """Where in an environment a variation is served."""

    rules: int
    """By how many rules."""
    nullRules: int
    """0: every rule serves something."""
    targets: int
    """To how many users by their keys."""
    contextTargets: int
    """To how many contexts of other kinds by their keys."""
    isFallthrough: NotRequired[bool]
    """True where all others get it; else absent."""
    isOff: NotRequired[bool]
    """True where it is served while the flag is off; else absent."""
    rollout: NotRequired[int]
    """Of a rollout to all others: how many of 100,000 get it."""
    bucketBy: NotRequired[str]
    """Of the same: the attribute that decides."""


@document(example=_SUMMARY)
class FlagSummary(TypedDict):
    """Whom a flag serves what in an environment, in short."""

    variations: dict[str, FlagVariationSummary]
    """By the index of the variation."""
    prerequisites: int
    """How many flags it asks for first."""


@document(example=_CONFIGURATION)
class FlagConfiguration(TypedDict):
    """A flag as it is in one environment."""

    on: bool
    """Whether anything but `offVariation` is served."""
    prerequisites: NotRequired[list[FlagPrerequisite]]
    """Without which `offVariation` is served; absent in a summary, like the next three."""
    targets: NotRequired[list[FlagTarget]]
    """Users that are named."""
    contextTargets: NotRequired[list[FlagTarget]]
    """Contexts of other kinds that are named."""
    rules: NotRequired[list[FlagRule]]
    """The first whose clauses hold decides."""
    fallthrough: FlagServed
    """What all others get."""
    offVariation: NotRequired[int]
    """What is served while it is off; absent for the value that the application has."""
    trackEvents: bool
    """Whether SDKs send an event in detail each time the flag is evaluated."""
    trackEventsFallthrough: bool
    """Whether they do where the fallthrough decides."""
    archived: bool
    """Whether the flag is archived."""
    salt: str
    """Makes its rollouts fall otherwise than those of other flags."""
    sel: str
    """The same."""
    version: int
    """Grows with each change here."""
    lastModified: Millis
    """When it last changed here, in milliseconds since 1970."""
    _environmentName: str
    """What people call the environment."""
    _site: Link
    """Its page."""
    _summary: FlagSummary
    """In short."""
    _access: NotRequired[AccessOfCaller]
    """What the token may do to it here, where `expand=access` asks for that."""


@document(example=FLAG)
class Flag(TypedDict):
    """A flag of a project."""

    _links: Links
    """`parent` and `self`."""
    key: str
    """Unique in its project. Never changed."""
    name: str
    """What people call it."""
    description: str
    """What it is for."""
    kind: Literal["boolean", "multivariate"]
    """Whether its values are true and false, or others."""
    tags: list[str]
    """In order, each once."""
    variations: list[FlagVariation]
    """The values that it can have; what it serves is named by their index."""
    defaults: FlagDefaults
    """What it serves in a new environment."""
    temporary: bool
    """Whether it is to be removed some day."""
    includeInSnippet: bool
    """Whether browsers get it; the older word for `usingEnvironmentId`."""
    clientSideAvailability: ClientSideAvailability
    """Which SDKs outside of servers get it."""
    customProperties: dict[str, FlagCustomProperty]
    """What else people keep of it."""
    creationDate: Millis
    """When it was made, in milliseconds since 1970."""
    archived: bool
    """Whether it is out of use."""
    archivedDate: NotRequired[Millis]
    """Since when it is; absent where it is not."""
    _version: int
    """Grows with each change, in whichever environment."""
    experiments: FlagExperiments
    """None."""
    environments: NotRequired[dict[str, FlagConfiguration]]
    """What it is in each environment, by key; absent in a list that names no environment."""
    _access: NotRequired[AccessOfCaller]
    """What the token may do to it in all environments, where `expand=access` asks for that."""


@document(
    example={
        "items": [{name: value for name, value in FLAG.items() if name != "environments"}],
        "_links": {"self": {"href": f"{PATH}?limit=20", "type": "application/json"}},
        "totalCount": 1,
    }
)
class Flags(TypedDict):
    """A page of a project's flags."""

    items: list[Flag]
    """The flags of this page."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""
