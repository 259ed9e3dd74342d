"""The published OpenAPI document: it has every route, each described in full, and its examples are true."""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import launchdarkly_api.api
import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator, FormatChecker

from muster.api.documents.tags import TAGS
from tests.closed_schemas import closed
from tests.route_table import RouteName, opened_app

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:launchdarkly_api")

Json = dict[str, Any]

PAGES = {
    RouteName("GET", "/docs"),
    RouteName("GET", "/docs/{name}"),
}
"""Routes of the page itself, which are no operations."""
PUBLIC = {
    "getRoot",
    "getIps",
    "getOpenapiSpec",
    "getGoals",
    "getHealth",
    "getReadiness",
    "getMetrics",
}
"""Operations that are open to everybody."""
WITHOUT_BODY = {"createBigSegmentExport"}
"""Operations that answer 200 without a body, as LaunchDarkly's do."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Json, list[RouteName]]]:
    """The document, and the routes."""
    with opened_app(tmp_path_factory.mktemp("muster") / "data") as (rest, routes):
        yield rest.openapi(), routes


@pytest.fixture(scope="module")
def document(app: tuple[Json, list[RouteName]]) -> Json:
    """The document."""
    return app[0]


def operations(document: Json) -> Iterator[tuple[RouteName, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield RouteName(method.upper(), path), operation


def test_every_route_is_in_the_document_and_nothing_else(
    app: tuple[Json, list[RouteName]],
) -> None:
    document, routes = app
    documented = {name.shape: name for name, _ in operations(document)}
    there_are = {name.shape: name for name in routes if name not in PAGES}
    missing = [there_are[shape] for shape in there_are.keys() - documented.keys()]
    assert not missing, "these routes are not in the document; see CONTRIBUTING.md, A new route"
    assert not documented.keys() - there_are.keys()


def test_the_page_of_the_api_lists_every_path(document: Json) -> None:
    page = (Path(__file__).parents[3] / "docs" / "rest-api.md").read_text()
    listed = re.findall(r"^\| (GET|POST|PUT|PATCH|DELETE) \| `([^`]+)` \|", page, re.MULTILINE)
    assert len(set(listed)) == len(listed)
    # How partners push is a page of its own, docs/endpoint.md.
    assert set(listed) == {
        (name.method, name.path)
        for name, operation in operations(document)
        if name.path.startswith("/api/v2") and operation["tags"] != ["Sync"]
    }


def test_it_is_openapi(document: Json) -> None:
    OpenAPI(**document)
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert document["components"]["securitySchemes"]["ApiKey"]["in"] == "header"


def test_every_operation_is_described(document: Json) -> None:
    known, used = {tag["name"] for tag in TAGS}, set()
    for name, operation in operations(document):
        assert operation["summary"], name
        assert operation.get("description", "").endswith("."), f"{name} needs a docstring"
        assert not operation["summary"].endswith("."), name
        assert len(operation["tags"]) == 1, name
        used.update(operation["tags"])
        for parameter in operation.get("parameters", ()):
            assert parameter.get("description", "").endswith("."), (name, parameter["name"])
    assert used == known, "the tags of api/documents/tags.py"


def test_every_operation_has_an_answer_with_a_schema_and_an_example(document: Json) -> None:
    for name, operation in operations(document):
        successes = [status for status in operation["responses"] if status.startswith("2")]
        assert successes, name
        for status in successes:
            has_body = status != "204" and operation["operationId"] not in WITHOUT_BODY
            check_answer(document, name, operation["responses"][status], has_body)


def check_answer(document: Json, name: RouteName, response: Json, has_body: bool) -> None:
    assert response["description"].endswith("."), name
    if not has_body:
        assert "content" not in response, name
        return
    for content in response["content"].values():
        schema = content["schema"]
        where = f"{name}: give its decorator **answers(SomeDocument, ...)"
        if "$ref" in schema:
            assert resolve(document, schema).get("examples"), where
        else:
            assert "example" in content, where


def test_every_body_has_a_schema_and_an_example(document: Json) -> None:
    for name, operation in operations(document):
        if body := operation.get("requestBody"):
            for content in body["content"].values():
                schema = resolve(document, content["schema"])
                schema = resolve(document, schema.get("items", schema))
                assert "example" in content or schema.get("examples"), name


def test_every_operation_names_the_errors_that_it_can_give(document: Json) -> None:
    public = set()
    for name, operation in operations(document):
        errors = {status for status in operation["responses"] if status[0] in "45"}
        if operation.get("security"):
            assert {"401", "503"} <= errors, name
        else:
            public.add(operation["operationId"])
            assert "401" not in errors, name
        for status in errors - {"503"}:
            content = operation["responses"][status]["content"]["application/json"]
            assert content["schema"] in ({"$ref": "#/components/schemas/Error"}, {}), name
            assert content["example"].keys() == {"code", "message", "id"}
    assert public == PUBLIC


def test_operations_are_called_as_in_launchdarklys_client(document: Json) -> None:
    theirs = official_operations()
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    compared = 0
    for name, operation in operations(document):
        if name.shape in theirs:
            compared += 1
            assert snake_case(operation["operationId"]) == theirs[name.shape]
    assert compared > 30


def official_operations() -> dict[tuple[str, str], str]:
    """Return the names of the methods of LaunchDarkly's client, by what they ask for."""
    found = {}
    for module in pkgutil.iter_modules(launchdarkly_api.api.__path__):
        source = inspect.getsource(import_module(f"launchdarkly_api.api.{module.name}"))
        for one in re.finditer(
            r"def _(\w+)_serialize\(.*?method='(\w+)',\s*resource_path='([^']+)'", source, re.DOTALL
        ):
            found[RouteName(one[2], one[3]).shape] = one[1]
    return found


def snake_case(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).lower()


def test_every_field_is_described(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("description", "").endswith(".") or "enum" in schema, name
        for field, described in schema.get("properties", {}).items():
            says = described.get("description") or resolve(document, described).get(
                "description", ""
            )
            assert says.endswith("."), f"{name}.{field}"


def test_examples_have_what_their_schemas_say_and_nothing_else(document: Json) -> None:
    strict = closed(document)
    checked = 0
    for schema, examples in examples_of(strict):
        # References lead to the components, so those come along.
        validator = Draft202012Validator(
            {**schema, "components": strict["components"]}, format_checker=FormatChecker()
        )
        for example in examples:
            validator.validate(example)
            checked += 1
    assert checked > 100


def examples_of(part: Any) -> Iterator[tuple[Json, list[Any]]]:
    """Yield each schema of a document that has examples, and media types' schemas with theirs."""
    if isinstance(part, dict):
        if isinstance(part.get("examples"), list):
            yield part, part["examples"]
        if "schema" in part and "example" in part:
            yield part["schema"], [part["example"]]
        for name, inner in part.items():
            if name not in ("examples", "example"):
                yield from examples_of(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from examples_of(inner)


def resolve(document: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    return deepcopy(document["components"]["schemas"][name])
