"""Schemas that take no field which they do not describe.

The published ones are open, as clients want them, for a later version may answer with more. Closed, they
show a field that an answer has and nobody described.
"""

from copy import deepcopy
from typing import Any

Json = dict[str, Any]


def closed(document: Json) -> Json:
    """Return an OpenAPI document whose answers' schemas are closed.

    Those of bodies that are sent stay open, for what is unknown in them is passed over.
    """
    strict = deepcopy(document)
    schemas = strict["components"]["schemas"]
    operations = [one for methods in strict["paths"].values() for one in methods.values()]
    answered = _named_in([one["responses"] for one in operations], schemas)
    sent = _named_in([one.get("requestBody") for one in operations], schemas)
    for name in answered - sent:
        _close(schemas[name])
    return strict


def _named_in(part: Any, schemas: Json) -> set[str]:
    """Return the names of the components that are referred to, in turn too."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            place, _, name = str(one.get("$ref", "")).rpartition("/")
            if place == "#/components/schemas" and name not in found:
                found.add(name)
                waiting.append(schemas[name])
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return found


def _close(schema: Json) -> None:
    if "properties" in schema:
        schema["additionalProperties"] = False
