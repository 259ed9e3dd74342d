"""`GET /docs`, and the files that the page is made of."""

from functools import lru_cache
from importlib import resources
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from muster.core.errors import NotFoundError

_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "max-age=3600",
}
_OURS: Final = "muster.api.docs_page"
_SWAGGER_UI: Final = "fastapi_swagger.resources"


class _File(NamedTuple):
    """A file of the page: the package that it is in, and its media type."""

    package: str
    media_type: str


_PAGE: Final = "page.html"
_FILES: Final = {
    "page.css": _File(_OURS, "text/css"),
    "page.js": _File(_OURS, "text/javascript"),
    "swagger-ui.css": _File(_SWAGGER_UI, "text/css"),
    "swagger-ui-bundle.js": _File(_SWAGGER_UI, "text/javascript"),
    "favicon-32x32.png": _File(_SWAGGER_UI, "image/png"),
}


def docs_routes() -> list[Route]:
    """Return the routes of the page and of its files. They are open to everybody."""
    return [
        Route("/docs", _page, methods=["GET"], include_in_schema=False),
        Route("/docs/{name}", _file, methods=["GET"], include_in_schema=False),
    ]


def _page(_: Request) -> Response:
    return Response(_read(_OURS, _PAGE), headers=_HEADERS, media_type="text/html")


def _file(request: Request) -> Response:
    name = request.path_params["name"]
    found = _FILES.get(name)
    if found is None:
        raise NotFoundError("The page /docs has no such file.")
    return Response(_read(found.package, name), headers=_HEADERS, media_type=found.media_type)


@lru_cache
def _read(package: str, name: str) -> bytes:
    return (resources.files(package) / name).read_bytes()
