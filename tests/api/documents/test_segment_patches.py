"""What is described of semantic patches is what is read."""

from typing import Any

import pytest

from muster.api.documents.document import component_schemas
from muster.api.documents.segment_patches import SemanticPatch
from muster.core.errors import InvalidRequestError
from muster.segments.instructions import follow_instructions
from tests.segments.test_instructions import BIG


def test_each_instruction_that_there_is_is_described() -> None:
    schemas = component_schemas([SemanticPatch.__name__])
    described = {
        kind
        for schema in schemas.values()
        for kind in kinds_of(schema["properties"].get("kind", {}))
    }
    with pytest.raises(InvalidRequestError) as caught:
        follow_instructions(BIG, [{"kind": "turnFlagOn"}])
    _, _, named = caught.value.message.partition("one of ")
    assert described == set(named.rstrip(".").split(", "))


def kinds_of(schema: Any) -> set[str]:
    """Return the values that a schema of a field allows."""
    return {schema["const"]} if "const" in schema else set(schema.get("enum", ()))
