"""A project, and a page of them."""

from typing import Any, Final, NotRequired

from typing_extensions import TypedDict

from muster.api.documents.access import AccessOfCaller
from muster.api.documents.document import Id, Millis, document
from muster.api.documents.environments import ENVIRONMENT, Environment, Environments
from muster.api.documents.links import Links, PageLinks

PROJECT: Final[dict[str, Any]] = {
    "_links": {
        "self": {"href": "/api/v2/projects/default", "type": "application/json"},
        "environments": {
            "href": "/api/v2/projects/default/environments",
            "type": "application/json",
        },
        "flagDefaults": {
            "href": "/api/v2/projects/default/flag-defaults",
            "type": "application/json",
        },
    },
    "_id": "66b0c1a2d3e4f5a6b7c8d9df",
    "key": "default",
    "name": "Default",
    "tags": [],
    "includeInSnippetByDefault": False,
    "defaultClientSideAvailability": {"usingEnvironmentId": False, "usingMobileKey": True},
    "_muster": {"creationDate": 1764000000000},
}


@document(example={"usingEnvironmentId": False, "usingMobileKey": True})
class ClientSideAvailability(TypedDict):
    """Which SDKs outside of servers get new flags."""

    usingEnvironmentId: bool
    """Those in browsers."""
    usingMobileKey: bool
    """Those in mobile apps."""


@document(example=PROJECT["_muster"])
class ProjectExtras(TypedDict):
    """What Muster tells of a project beyond LaunchDarkly's shape."""

    creationDate: Millis
    """When it was made, in milliseconds since 1970."""


@document(example=PROJECT)
class _ProjectFields(TypedDict):
    _links: Links
    """`self`, its `environments`, and what its new flags have: `flagDefaults`."""
    _id: Id
    """Never changed."""
    key: str
    """Unique. Never changed."""
    name: str
    """What people call it."""
    tags: list[str]
    """In order, each once."""
    includeInSnippetByDefault: bool
    """Whether new flags are for browsers; the older word for `usingEnvironmentId`."""
    defaultClientSideAvailability: ClientSideAvailability
    """Which SDKs outside of servers get new flags."""
    _muster: ProjectExtras
    """What Muster tells besides."""


@document(example=PROJECT)
class Project(_ProjectFields):
    """A project: environments, and what is the same in all of them."""

    environments: NotRequired[Environments]
    """Its first 20 environments, where `expand=environments` asks for them."""
    _access: NotRequired[AccessOfCaller]
    """What the token may do to it, where `expand=access` asks for it."""


@document(example={**PROJECT, "environments": [ENVIRONMENT]})
class ProjectWithEnvironments(_ProjectFields):
    """A project with all its environments, as it is shown to who has made or changed it."""

    environments: list[Environment]
    """All that the token may view."""


@document(
    example={
        "items": [PROJECT],
        "_links": {"self": {"href": "/api/v2/projects?limit=20", "type": "application/json"}},
        "totalCount": 1,
    }
)
class Projects(TypedDict):
    """A page of the projects."""

    items: list[Project]
    """The projects of this page."""
    _links: PageLinks
    """The other pages."""
    totalCount: int
    """How many there are on all pages."""
