"""An environment, and a page of a project's."""

from typing import Annotated, Any, Final, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from muster.api.documents.access import AccessOfCaller
from muster.api.documents.document import Id, Millis, document
from muster.api.documents.links import Links, PageLinks

_PATH: Final = "/api/v2/projects/default/environments"
ENVIRONMENT: Final[dict[str, Any]] = {
    "_links": {
        "self": {"href": f"{_PATH}/production", "type": "application/json"},
        "apiKey": {"href": f"{_PATH}/production/apiKey", "type": "application/json"},
        "mobileKey": {"href": f"{_PATH}/production/mobileKey", "type": "application/json"},
    },
    "_id": "66b0c1a2d3e4f5a6b7c8d9e0",
    "key": "production",
    "name": "Production",
    "apiKey": "sdk-********c3f1",
    "mobileKey": "mob-5d1c2b3a-9f8e-4d7c-8b6a-1e2f3a4b5c6d",
    "color": "417505",
    "defaultTtl": 0,
    "secureMode": False,
    "defaultTrackEvents": False,
    "requireComments": False,
    "confirmChanges": False,
    "tags": ["eu"],
    "critical": True,
    "_muster": {
        "creationDate": 1764000000000,
        "project": {"_id": "66b0c1a2d3e4f5a6b7c8d9df", "key": "default", "tags": []},
    },
}


@document(example=ENVIRONMENT["_muster"]["project"])
class EnvironmentProject(TypedDict):
    """The project of an environment."""

    _id: Id
    """Its id."""
    key: str
    """Its key."""
    tags: list[str]
    """Its tags, which policies can tell by."""


@document(example=ENVIRONMENT["_muster"])
class EnvironmentExtras(TypedDict):
    """What Muster tells of an environment beyond LaunchDarkly's shape."""

    creationDate: Millis
    """When it was made, in milliseconds since 1970."""
    project: EnvironmentProject
    """Its project."""


@document(example=ENVIRONMENT)
class Environment(TypedDict):
    """An environment of a project, with the keys that SDKs come with."""

    _links: Links
    """`self`, and where `apiKey` and `mobileKey` are replaced."""
    _id: Id
    """The client-side ID: browsers and partners name the environment by it. Never changed."""
    key: str
    """Unique in its project. Never changed."""
    name: str
    """What people call it."""
    apiKey: str
    """The SDK key of servers: whole for who may `viewSdkKey`, else masked but for its end."""
    mobileKey: str
    """The key of mobile SDKs."""
    color: Annotated[str, Field(pattern="^[0-9A-Fa-f]{6}$")]
    """Six hexadecimal digits, without `#`."""
    defaultTtl: Annotated[int, Field(ge=0, le=60)]
    """How long SDKs may keep what they have read, in minutes."""
    secureMode: bool
    """Whether browsers have to prove whom they ask for."""
    defaultTrackEvents: bool
    """Whether new flags send events in detail."""
    requireComments: bool
    """Whether people are asked for a comment with each change."""
    confirmChanges: bool
    """Whether people are asked to confirm each change."""
    tags: list[str]
    """In order, each once."""
    critical: bool
    """Whether changes are to be made with care; policies can tell by it."""
    _muster: EnvironmentExtras
    """What Muster tells besides."""
    _access: NotRequired[AccessOfCaller]
    """What the token may do to it, where `expand=access` asks for it."""


@document(
    example={
        "items": [ENVIRONMENT],
        "_links": {"self": {"href": f"{_PATH}?limit=20", "type": "application/json"}},
        "totalCount": 1,
    }
)
class Environments(TypedDict):
    """A page of a project's environments."""

    items: list[Environment]
    """The environments of this page."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""
