"""What somebody should know of a sample body before they rely on what was made of it."""

from collections.abc import Iterator, Sequence
from typing import Final

from muster.core.pointers import format_pointer
from muster.payloads.explanation import Way
from muster.payloads.inference.ratings import (
    CERTAIN,
    LIKELY,
    UNNAMED_FLAG,
    find_verdict,
    names_environment,
    rate_action,
    rate_cohort_id,
    rate_environment_id,
    rate_flag,
)
from muster.payloads.inference.survey import Array, Column, Leaf, Survey, columns_of, survey
from muster.payloads.inference.ways import Layout, Mark

_SPELT: Final = ({"true", "false"}, {"0", "1"}, {"yes", "no"})


def list_remarks(body: Survey, layout: Layout, *, is_told: bool) -> Iterator[str]:
    """Yield sentences about a body.

    Args:
        layout: how it was taken.
        is_told: whether something in it tells members that enter from those that leave.
    """
    if not is_told or layout.rating.score < CERTAIN:
        yield from _remark_on_members(layout.columns)
        yield from _remark_on_cohorts_of_members(layout.arrays)
    if is_told and layout.way is Way.ACTION and _is_word(layout.marks[0]):
        yield (
            "One body shows one action. Every word that the matcher does not take removes, so name each "
            "word by which you add."
        )
    yield from _remark_on_environment(body.leaves)


def _is_word(mark: Mark) -> bool:
    return type(mark.leaf.value) is str


def _remark_on_members(columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        place = format_pointer(*column.tokens)
        rated = rate_flag(column.leaf.own_words)
        spelt = {str(value).lower() for value in column.values}
        if column.is_all(bool):
            if rated is None:
                yield (
                    f"{place} of a member seems to be true for those who leave. A boolean has to be true "
                    "for those who enter."
                )
        elif rated and rated.score > UNNAMED_FLAG and any(spelt <= words for words in _SPELT):
            yield (
                f"{place} of a member is no JSON boolean, but a text or a number. It has to be true or "
                "false, without quotes, to say whether a member enters."
            )
        elif None not in map(find_verdict, column.values) and rate_action(column.leaf):
            yield (
                f"{place} says in a word whether a member enters or leaves. A requestParser reads a "
                "boolean from a member, or one word for all members: send either."
            )


def _remark_on_cohorts_of_members(arrays: Sequence[Array]) -> Iterator[str]:
    """Yield a sentence on each array in the first member that names cohorts."""
    members = [array.elements[0] for array in arrays if array.elements]
    for inner in (array for member in members for array in survey(member).arrays):
        rated = [rate_cohort_id(column.leaf) for column in columns_of(inner.elements)]
        if inner.tokens and any(one and one.score >= LIKELY for one in rated):
            yield (
                f"{format_pointer(*inner.tokens)} of a member is an array of cohorts, which no "
                "requestParser reads. Send an entry for each cohort of a member."
            )


def _remark_on_environment(leaves: Sequence[Leaf]) -> Iterator[str]:
    if not any(map(rate_environment_id, leaves)):
        for leaf in leaves:
            if type(leaf.value) in (int, float) and names_environment(leaf):
                place = format_pointer(*leaf.tokens)
                yield f"{place} holds a number. A client-side ID is sent as a text, in quotes."
