"""The published OpenAPI document: FastAPI's, with the plain routes, and without what is only noise."""

import re
from threading import Lock
from typing import Any, Final

import orjson
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from muster import __version__
from muster.api.documents.answers import error_response
from muster.api.documents.document import component_schemas, referred_to
from muster.api.documents.limit_headers import LIMIT_HEADERS
from muster.api.documents.plain_routes import plain_operations
from muster.api.documents.tags import TAGS

OPENAPI_PATH: Final = "/api/v2/openapi.json"
_NOT_OURS: Final = frozenset({"HTTPValidationError", "ValidationError"})
"""Schemas of an error that FastAPI would answer with; ours is the standard one, with 400."""
_DESCRIPTION: Final = """\
Muster keeps *synced segments*: customer data platforms push cohorts to it, and it keeps them as segments of \
contexts that feature flags can target. Its API has the shapes of LaunchDarkly's, so that its clients work \
with another base URL.

- Send an access token, bare, as the `Authorization` header.
- Percent-encode each parameter of a path, `/` as `%2F`.
- Times are milliseconds since 1970.
- Fields of a body that are unknown are passed over.
- Every refusal answers with the same document, `Error`.
"""


class DocumentedApp(FastAPI):
    """A FastAPI app whose OpenAPI document is ours."""

    def __init__(self, **options: Any) -> None:
        """Take what FastAPI takes; what the document says of the API as a whole is added."""
        super().__init__(
            title="Muster",
            version=__version__,
            summary="Self-hosted synced segments.",
            description=_DESCRIPTION,
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
            servers=[{"url": "/", "description": "The server that this document comes from."}],
            openapi_tags=[dict(tag) for tag in TAGS],
            openapi_url=None,
            docs_url=None,
            redoc_url=None,
            **options,
        )
        self._making = Lock()
        self._document: dict[str, Any] | None = None
        self.router.routes.append(
            Route(OPENAPI_PATH, self._answer, methods=["GET"], include_in_schema=False)
        )

    def take_routes(self, router: APIRouter) -> None:
        """Take the routes of a router as they are.

        `include_router` would look at each once more, which takes half the time that the app takes to make.
        """
        for route in router.routes:
            if isinstance(route, APIRoute):
                route.unique_id = _operation_id(route)
        self.router.routes.extend(router.routes)

    def openapi(self) -> dict[str, Any]:
        """Return the document; it is made once, which takes half a second."""
        with self._making:
            if self._document is None:
                self._document = self._make()
            return self._document

    def _answer(self, _: Request) -> Response:
        # No coroutine: it runs in a thread, so nobody else waits while the document is made.
        return Response(orjson.dumps(self.openapi()), media_type="application/json")

    def _make(self) -> dict[str, Any]:
        document = super().openapi()
        for path, operations in plain_operations().items():
            document["paths"].setdefault(path, {}).update(operations)
        for operations in document["paths"].values():
            for operation in operations.values():
                _drop_foreign_errors(operation)
                _add_bounds(operation)
        schemas = document["components"]["schemas"]
        for name in _NOT_OURS:
            schemas.pop(name, None)
        schemas |= component_schemas(referred_to(document) - schemas.keys())
        document["components"]["schemas"] = dict(sorted(schemas.items()))
        document["components"]["headers"] = dict(LIMIT_HEADERS)
        for part in (document["paths"], schemas):
            _drop_titles(part)
        return document


def _operation_id(route: APIRoute) -> str:
    """Return the name of a route's function in camel case, as LaunchDarkly's operations are called."""
    return re.sub(r"_(\w)", lambda match: match[1].upper(), route.name)


def _drop_foreign_errors(operation: dict[str, Any]) -> None:
    answered = operation["responses"].get("422", {}).get("content", {}).get("application/json", {})
    if answered.get("schema", {}).get("$ref", "").rpartition("/")[2] in _NOT_OURS:
        del operation["responses"]["422"]


def _add_bounds(operation: dict[str, Any]) -> None:
    """Tell of what `muster.api.bounded_bodies` answers to whatever has a body."""
    if "requestBody" in operation:
        responses = operation["responses"]
        for status in (408, 413, 415):
            responses.setdefault(str(status), error_response(status))
        operation["responses"] = dict(sorted(responses.items()))


def _drop_titles(part: Any) -> None:
    """Take away the titles that pydantic makes of names: they say nothing that the name does not."""
    if isinstance(part, dict):
        if isinstance(part.get("title"), str):
            del part["title"]
        for name, inner in part.items():
            if name not in ("example", "examples", "default"):
                _drop_titles(inner)
    elif isinstance(part, list):
        for inner in part:
            _drop_titles(inner)
