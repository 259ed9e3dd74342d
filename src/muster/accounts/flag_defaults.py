"""What new flags of a project have, where whoever makes them says nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from muster.core.json_values import (
    read_boolean,
    read_integer,
    read_list,
    read_object,
    read_text,
    read_text_or_none,
)
from muster.core.naming import MAX_TAGS
from muster.core.pointers import Json


class BooleanFlagDefaults(NamedTuple):
    """What new flags have whose values are true and false.

    Attributes:
        true_name: what people call the variation whose value is true; "" for nothing.
        false_name: the same of the other.
        true_description: what it is for; "" for nothing.
        false_description: the same of the other.
        on_variation: what is served while the flag is on: 0 for true, 1 for false.
        off_variation: what is served while it is off, as an index, too.
    """

    true_name: str = ""
    false_name: str = ""
    true_description: str = ""
    false_description: str = ""
    on_variation: int = 0
    off_variation: int = 1


_TRUE_WHILE_ON: Final = BooleanFlagDefaults()


@dataclass(frozen=True, slots=True)
class NewFlagDefaults:
    """What new flags have.

    Attributes:
        tags: in order, each once.
        temporary: whether they are to be removed some day.
        booleans: what those have besides of whose values nothing is said.
    """

    tags: tuple[str, ...] = ()
    temporary: bool = True
    booleans: BooleanFlagDefaults = _TRUE_WHILE_ON

    def to_json(self) -> dict[str, Json]:
        """Return the defaults as the API shows them."""
        booleans = self.booleans
        return {
            "tags": list(self.tags),
            "temporary": self.temporary,
            "booleanDefaults": {
                "trueDisplayName": booleans.true_name,
                "falseDisplayName": booleans.false_name,
                "trueDescription": booleans.true_description,
                "falseDescription": booleans.false_description,
                "onVariation": booleans.on_variation,
                "offVariation": booleans.off_variation,
            },
        }


USUAL_FLAG_DEFAULTS: Final = NewFlagDefaults()
"""What new flags of a project have of which nobody said anything."""


def read_new_flag_defaults(fields: Mapping[str, Json]) -> NewFlagDefaults:
    """Return the defaults that an object spells; a text that is left out is empty.

    Raises:
        InvalidRequestError: it spells none.
    """
    booleans = read_object(
        fields.get("booleanDefaults"), "/booleanDefaults", "defaults of boolean flags"
    )

    def text(name: str) -> str:
        return read_text_or_none(booleans.get(name), f"/booleanDefaults/{name}") or ""

    def variation(name: str) -> int:
        what = "the index of a variation, 0 for true and 1 for false"
        return read_integer(booleans.get(name), f"/booleanDefaults/{name}", 0, 1, what)

    tags = read_list(fields.get("tags"), "/tags", MAX_TAGS, "tags")
    return NewFlagDefaults(
        tags=tuple(read_text(one, f"/tags/{index}") for index, one in enumerate(tags)),
        temporary=read_boolean(fields.get("temporary"), "/temporary"),
        booleans=BooleanFlagDefaults(
            true_name=text("trueDisplayName"),
            false_name=text("falseDisplayName"),
            true_description=text("trueDescription"),
            false_description=text("falseDescription"),
            on_variation=variation("onVariation"),
            off_variation=variation("offVariation"),
        ),
    )
