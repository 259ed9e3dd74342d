"""The routes that Muster's app really has, whatever it was made with."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI
from starlette.routing import Route, Router

from muster.api.bounded_bodies import BoundedBodies
from muster.api.paths import RawPathRouting
from muster.api.request_log import LoggedApp
from muster.bootstrap.app import create_faces
from muster.bootstrap.container import Container
from muster.bootstrap.settings import load_settings


class RouteName(NamedTuple):
    """A method and a path, its parameters' names in braces, as OpenAPI has them."""

    method: str
    path: str

    @property
    def shape(self) -> tuple[str, str]:
        """The same whatever the parameters are called."""
        return self.method, re.sub(r"\{\w+\}", "{}", self.path)


@contextmanager
def opened_app(data_dir: Path) -> Iterator[tuple[FastAPI, list[RouteName]]]:
    """Open the app over empty stores; give the REST API's own app, and the routes of the whole."""
    container = Container.open(load_settings(data_dir=data_dir))
    try:
        logged = create_faces(container).app
        assert isinstance(logged, LoggedApp)
        router = logged._app
        assert isinstance(router, Router)
        assert isinstance(router.default, RawPathRouting)
        api = router.default._app
        assert isinstance(api, Router)
        assert isinstance(api.default, BoundedBodies)
        rest = api.default._app
        assert isinstance(rest, FastAPI)
        yield rest, [*_names(router), *_names(api), *_names(rest.router)]
    finally:
        container.close()


def _names(router: Router) -> Iterator[RouteName]:
    for route in router.routes:
        assert isinstance(route, Route)
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path)
        # A plain route without methods takes any; the sync endpoint answers all but POST with 405.
        for method in sorted(set(route.methods or {"POST"}) - {"HEAD"}):
            yield RouteName(method, path)
