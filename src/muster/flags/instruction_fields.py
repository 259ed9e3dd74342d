"""What instructions about flags say: fields that name variations, and lists of what is to be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from muster.core.json_values import read_list, read_object, read_text_or_none
from muster.core.pointers import Json
from muster.flags.model import Flag, FlagPlace, Variation
from muster.flags.reading import check_weights, read_weight
from muster.flags.targeting import Rollout, Served, WeightedVariation
from muster.segments.instruction import Instruction


@dataclass(frozen=True, slots=True)
class FlagInstruction(Instruction):
    """An instruction, and the flag that it is about.

    Attributes:
        flag: as the instructions before this one have left it.
        now: when it is followed.
    """

    flag: Flag
    place: FlagPlace
    now: datetime

    def items(self, name: str, most: int, what: str) -> Sequence[Self]:
        """Return a field that is a list of objects, each with fields as an instruction has them.

        Args:
            most: how many there may be.
            what: what they are, for messages: `rules`.

        Raises:
            InvalidRequestError: it is missing, or none.
        """
        found = read_list(self.fields.get(name), self.at(name), most, what)
        return [
            replace(self, fields=read_object(one, pointer, f"one of the {what}"), pointer=pointer)
            for pointer, one in (
                (f"{self.at(name)}/{index}", one) for index, one in enumerate(found)
            )
        ]

    def variation(self, of: Flag | None = None) -> int:
        """Return the index of the variation whose id is `variationId`.

        Args:
            of: the flag that has it; None for the one that the instruction is about.

        Raises:
            InvalidRequestError: the flag has none with this id.
        """
        return self._index_of(self.text("variationId"), "variationId", of or self.flag)

    def variation_with(self, name: str) -> int:
        """Return the index of the variation whose value a field is.

        Raises:
            InvalidRequestError: the flag has none with this value.
        """
        index = self.flag.find_variation(self.fields.get(name))
        if index is not None:
            return index
        raise self.refused(name, f"the flag {self.flag.key} has no variation with this value")

    def served(self) -> Served:
        """Return what is to be served: the variation of `variationId`, or what `rolloutWeights` says.

        Raises:
            InvalidRequestError: it says neither of them, or both, or what can't be.
        """
        weights = self.fields.get("rolloutWeights")
        if (weights is None) == (self.fields.get("variationId") is None):
            raise self.refused("variationId", "expected one of two: variationId, or rolloutWeights")
        return self.variation() if weights is None else self._rollout(weights)

    def _rollout(self, weights: Json) -> Rollout:
        pointer = self.at("rolloutWeights")
        shares = read_object(weights, pointer, "weights by the ids of variations")
        variations = sorted(
            WeightedVariation(
                self._index_of(variation_id, "rolloutWeights", self.flag),
                read_weight(weight, f"{pointer}/{variation_id[:64]}"),
            )
            for variation_id, weight in shares.items()
        )
        check_weights(variations, pointer)
        return Rollout(
            tuple(variations),
            self.context_kind("rolloutContextKind"),
            read_text_or_none(self.fields.get("rolloutBucketBy"), self.at("rolloutBucketBy")),
        )

    def _index_of(self, variation_id: str, name: str, flag: Flag) -> int:
        for index, one in enumerate(flag.variations):
            if one.id == variation_id:
                return index
        known = ", ".join(map(_named, flag.variations[:20]))
        raise self.refused(
            name,
            f"the flag {flag.key} has no variation with the id {variation_id[:64]!r}. It has {known}",
        )


def _named(variation: Variation) -> str:
    return f"{variation.id} ({variation.name})" if variation.name else variation.id
