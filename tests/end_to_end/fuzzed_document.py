"""The published OpenAPI document, made ready to test a server by it.

Its answers' schemas are closed, and its parameters often name what is really there, for a random key nearly
always answers 404.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.closed_schemas import closed
from tests.end_to_end.harness import Muster

Json = Any


def document_for(server: Muster, there: Mapping[str, Sequence[str]], sync_body: Json) -> Json:
    """Return the server's document.

    Args:
        there: values that name what is there, by the parameter, or by the beginning of a path and the
            parameter: `/api/v2/tokens id`.
        sync_body: a body for the sync endpoint.
    """
    document = closed(server.client.get("/api/v2/openapi.json").raise_for_status().json())
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                name_values(parameter, path, there)
            if path.startswith("/api/v2/segment-target"):
                content = operation["requestBody"]["content"]["application/json"]
                content["example"] = sync_body
                content["schema"] = {"anyOf": [{"const": sync_body}, {}]}
    return document


def name_values(parameter: Json, path: str, there: Mapping[str, Sequence[str]]) -> None:
    """Let a parameter of a path be one of the values that there are, or any other."""
    name = parameter["name"]
    found = next(
        (
            values
            for place, values in there.items()
            if place in (name, f"{path.partition('{')[0].rstrip('/')} {name}")
        ),
        None,
    )
    if found is not None:
        parameter.pop("example", None)
        parameter["schema"].pop("examples", None)
        parameter["examples"] = {value: {"value": value} for value in found}
        parameter["schema"] = {"anyOf": [{"enum": list(found)}, parameter["schema"]]}
