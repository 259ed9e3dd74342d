"""Manifests that try each assertion of a JSON Schema: values of other types, on both sides of each bound."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from muster.core.pointers import Json
from tests.framework.mutations import Place, at_place, walk

_TEXTS: Final = (
    "text",
    "a" * 60,
    "https://acme.example",
    "assets/square.svg",
    "1.0.0",
    "support@acme.example",
)
"""One of these fits wherever a text is asked for."""
_VALUES: Final[tuple[Json, ...]] = (
    None, 0, True, "text", [], [None], ["text"], {}, {"text": "text"},
)  # fmt: skip
_FORMS: Final = (
    "", "two words", "text\n", "HTTP://acme.example", "ftp://acme.example", "a.svg", "a.SVG", "a.svg\n",
    "1.0", "1.0.0-rc.1", "a@b", "/settings//import", "settings/import?a=b", "settings/",
)  # fmt: skip


def probes_of(theirs: Mapping[str, Json], ours: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield what was done, and the manifest; the bounds and the words tried are those of both schemas."""
    words = sorted(set(_found(theirs, "enum")) | set(_found(ours, "enum")))
    bounds = {
        bound
        for keyword in ("minLength", "maxLength")
        for bound in (*_found(theirs, keyword), *_found(ours, keyword))
    }
    texts = [*_FORMS, *("a" * n for bound in sorted(bounds) for n in (bound, bound + 1))]
    texts += ["https://" + "a" * (max(bounds) - 8), "https://" + "a" * (max(bounds) - 7)]
    for manifest, part in _samples(theirs):
        for place, value in walk(at_place(manifest, part), part):
            if _is_in_a_further_list_of_variables(place):
                continue
            yield from _probes_at(manifest, place, value)
            if isinstance(value, str):
                is_choice = _is_chosen(theirs, place)
                yield from _replaced(manifest, place, words if is_choice else texts)


def _is_in_a_further_list_of_variables(place: Place) -> bool:
    """Tell whether a place is in form variables of a capability: they are as those of the page."""
    return place[:1] == ("capabilities",) and "ormVariables" in "/".join(map(str, place[:-2]))


def _samples(schema: Mapping[str, Json]) -> Iterator[tuple[Json, Place]]:
    """Yield manifests that hold, together, all that a schema names; and which part of each is new."""
    whole = _sample(schema)
    capabilities = whole.pop("capabilities")
    required = {name: whole.pop(name) for name in schema["required"]}
    yield required, ()
    for name, value in whole.items():
        yield {**required, name: value}, (name,)
    for name, capability in capabilities.items():
        yield {**required, "capabilities": {name: capability}}, ("capabilities", name)


def _sample(schema: Mapping[str, Json]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        names = {name: _sample(part) for name, part in schema.get("properties", {}).items()}
        other = schema.get("additionalProperties")
        return {**names, "other": _sample(other)} if isinstance(other, dict) else names
    if kind == "array":
        return [_sample(schema["items"])]
    if kind == "boolean" or isinstance(kind, list):
        return True
    return next(text for text in _TEXTS if _fits(text, schema))


def _fits(text: str, schema: Mapping[str, Json]) -> bool:
    is_long_enough = schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 10_000)
    has_form = schema.get("format") != "email" or "@" in text
    return is_long_enough and has_form and re.search(schema.get("pattern", ""), text) is not None


def _probes_at(manifest: Json, place: Place, value: Json) -> Iterator[tuple[str, Json]]:
    if place:
        yield from _replaced(manifest, place, _VALUES)
        changed = deepcopy(manifest)
        del at_place(changed, place[:-1])[place[-1]]
        yield f"dropped {place}", changed
    if isinstance(value, dict):
        changed = deepcopy(manifest)
        at_place(changed, place)["unknown"] = "text"
        yield f"given an unknown key {place}", changed
    if isinstance(value, list):
        for count in (2, 3, 4):
            yield from _replaced(manifest, place, [value * count])


def _replaced(manifest: Json, place: Place, values: Sequence[Json]) -> Iterator[tuple[str, Json]]:
    for value in values:
        changed = deepcopy(manifest)
        at_place(changed, place[:-1])[place[-1]] = value
        yield f"{json.dumps(value)[:40]} at {place}", changed


def _is_chosen(schema: Mapping[str, Json], place: Place) -> bool:
    """Tell whether there is a choice of words at a place."""
    part: Any = schema
    for token in place:
        part = part.get("items", {}) if isinstance(token, int) else _property(part, token)
    return "enum" in part


def _property(part: Mapping[str, Json], name: str) -> Json:
    other = part.get("additionalProperties")
    return part.get("properties", {}).get(name) or (other if isinstance(other, dict) else {})


def _found(schema: Json, keyword: str) -> Iterator[Any]:
    """Yield all that a keyword gives in a schema, but for names of properties."""
    for place, value in walk(schema):
        if place[-1:] == (keyword,) and "propertyNames" not in place:
            yield from value if isinstance(value, list) else [value]
