"""The catalog: the integrations that Muster can talk to, each compiled and ready for requests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from muster.core.ids import IntegrationKey
from muster.manifests.findings import Finding, InvalidManifestError, Severity
from muster.manifests.model import Manifest
from muster.manifests.rules import unusable
from muster.payloads.errors import ParserSpecError, ResponseTemplateError
from muster.payloads.parser import RequestParser
from muster.payloads.response import ResponseTemplate

_CAPABILITY: Final = "/capabilities/syncedSegment"


@dataclass(frozen=True, slots=True)
class Integration:
    """One integration of the catalog.

    Attributes:
        key: its canonical key: the name of its folder in lower case.
        parser: reads its sync requests; None when it has no synced segments.
        response_template: what it wants to be answered; None for Muster's own answers.
        folder: the path of the folder that holds its manifest and assets.
    """

    key: IntegrationKey
    manifest: Manifest
    parser: RequestParser | None
    response_template: ResponseTemplate | None
    folder: str


class Catalog:
    """Integrations by key, unchanging. Keys match without regard to case; order is by key."""

    __slots__ = ("_by_key",)

    def __init__(self, integrations: Iterable[Integration] = ()) -> None:
        """Gather integrations; of two with one key the later is kept."""
        by_key = {integration.key: integration for integration in integrations}
        self._by_key: dict[str, Integration] = {key: by_key[key] for key in sorted(by_key)}

    def find(self, key: str) -> Integration | None:
        """Return the integration of a key, in whatever case it is written."""
        return self._by_key.get(key) or self._by_key.get(key.lower())

    def list_integrations(self) -> tuple[Integration, ...]:
        """Return every integration, by key."""
        return tuple(self._by_key.values())

    def overlay(self, other: "Catalog") -> "Catalog":
        """Return a catalog of both; where both have a key, the other's integration is kept."""
        return Catalog((*self, *other))

    def __iter__(self) -> Iterator[Integration]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)


def compile_integration(key: IntegrationKey, manifest: Manifest, folder: str) -> Integration:
    """Return an integration, its request parser and response template compiled.

    Raises:
        InvalidManifestError: the parser or the template does not compile; the finding's pointer
            is that of the value in the manifest.
    """
    declared = manifest.synced_segment
    if declared is None:
        return Integration(key, manifest, None, None, folder)
    try:
        parser = RequestParser.compile(declared.request_parser)
    except ParserSpecError as error:
        pointer = f"{_CAPABILITY}/requestParser{error.pointer or ''}"
        raise _invalid(unusable.REQUEST_PARSER, pointer, error.message) from error
    template = None
    if declared.json_response_body is not None:
        try:
            template = ResponseTemplate.compile(declared.json_response_body)
        except ResponseTemplateError as error:
            pointer = f"{_CAPABILITY}/jsonResponseBody"
            raise _invalid(unusable.RESPONSE_BODY, pointer, error.message) from error
    return Integration(key, manifest, parser, template, folder)


def _invalid(rule: str, pointer: str, message: str) -> InvalidManifestError:
    return InvalidManifestError([Finding(rule, Severity.ERROR, pointer, message)])
