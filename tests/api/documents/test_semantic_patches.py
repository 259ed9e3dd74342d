"""What is described of semantic patches is what is read."""

from collections.abc import Callable
from typing import Any

import pytest

from muster.api.documents.document import component_schemas
from muster.api.documents.flag_patches import FlagSemanticPatch
from muster.api.documents.segment_patches import SegmentSemanticPatch
from muster.core.errors import InvalidRequestError
from muster.segments.instructions import follow_instructions
from tests.flags.instructed import follow
from tests.segments.test_instructions import BIG

UNKNOWN = {"kind": "addColour"}


@pytest.mark.parametrize(
    ("patch", "ask"),
    [
        (SegmentSemanticPatch, lambda: follow_instructions(BIG, [UNKNOWN])),
        (FlagSemanticPatch, lambda: follow(UNKNOWN)),
    ],
)
def test_each_instruction_that_there_is_is_described(
    patch: type, ask: Callable[[], object]
) -> None:
    described = {
        kind
        for schema in component_schemas([patch.__name__]).values()
        for kind in kinds_of(schema["properties"].get("kind", {}))
    }
    with pytest.raises(InvalidRequestError) as caught:
        ask()
    _, _, named = caught.value.message.partition("one of ")
    assert described == set(named.rstrip(".").split(", "))


def kinds_of(schema: Any) -> set[str]:
    """Return the values that a schema of a field allows."""
    return {schema["const"]} if "const" in schema else set(schema.get("enum", ()))
