"""The manifest: what an integration says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from muster.core.pointers import Json


@dataclass(frozen=True, slots=True)
class Icons:
    """The paths of an integration's logos, relative to its folder; both are SVG."""

    square: str
    horizontal: str


@dataclass(frozen=True, slots=True)
class SyncedSegmentCapability:
    """How to read an integration's sync requests, and what to answer them.

    Attributes:
        request_parser: the `requestParser` object as it was declared; it keeps to the schema.
        json_response_body: a Handlebars template of a JSON document, or None.
    """

    request_parser: Mapping[str, Json]
    json_response_body: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What Muster uses of a manifest that keeps to the schema.

    Attributes:
        version: a semantic version, such as 1.0.0.
        overview: one line of 10 to 100 characters.
        description: one line of 50 to 2,048 characters.
        links: addresses by name: site, privacyPolicy, launchdarklyDocs, supportWebsite.
        form_variables: the fields that whoever sets the integration up fills in, as declared.
        capabilities: what the integration can do, by name, as declared.
        synced_segment: the capability by which cohorts are synced; None when it is not declared.
    """

    name: str
    version: str
    overview: str
    description: str
    author: str
    support_email: str
    links: Mapping[str, str]
    categories: tuple[str, ...]
    icons: Icons
    form_variables: tuple[Mapping[str, Json], ...]
    capabilities: Mapping[str, Json]
    synced_segment: SyncedSegmentCapability | None
