"""From a sample body to a proposed requestParser."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from muster.core.pointers import Json, Tokens, format_pointer
from muster.core.wording import count_of
from muster.payloads.explanation import Way
from muster.payloads.inference.expectations import LOOKED_FOR
from muster.payloads.inference.names import name_beside, opposite_of
from muster.payloads.inference.proposal import Candidate, Confidence, Proposal, Reading
from muster.payloads.inference.ratings import (
    CERTAIN,
    LIKELY,
    Rating,
    find_verdict,
    rate_cohort_id,
    rate_cohort_name,
    rate_cohort_url,
    rate_context_kind,
    rate_environment_id,
    rate_member_id,
)
from muster.payloads.inference.remarks import list_remarks
from muster.payloads.inference.survey import Array, Leaf, Survey, columns_of, survey
from muster.payloads.inference.ways import Layout, list_arrays, list_layouts, rate_array
from muster.payloads.properties import (
    ParserProperty,
    matcher_of,
    properties_of,
)

_MOST_ALTERNATIVES: Final = 3
_WORTH_TAKING: Final = 20
"""From which rating on a candidate is taken for a property that there must be."""
_SHOWN_LENGTH: Final = 40

Rate: TypeAlias = Callable[[Leaf], Rating | None]


class _Find(NamedTuple):
    """A candidate in the making.

    Attributes:
        value: the property's value.
        sample: what the body holds there, as it is shown.
    """

    value: str
    sample: str
    rating: Rating


def _find_at(tokens: Tokens, value: Json, rating: Rating) -> _Find:
    return _Find(format_pointer(*tokens), _shorten(value), rating)


def infer(body: Json, way: Way | None = None) -> Proposal:
    """Propose a requestParser for bodies such as this one.

    What is found is proposed, not promised: `Proposal.missing` says what was not, and each reading how
    sure it is. Names are read in any case and with any mark between their words.

    Args:
        body: a decoded body, which may be any JSON value.
        way: what tells members that enter from those that leave, where that is known.
    """
    seen = survey(body)
    fitting = [one for one in list_layouts(seen) if way in {None, one.way}]
    layout = fitting[0] if fitting else _wayless_layout(seen, way)
    rivals = [one for one in fitting[1:] if one.way is layout.way]
    search = _Search(seen, layout, rivals)
    is_told = bool(fitting)
    chosen = layout.way if is_told else way
    return Proposal(
        way=chosen,
        why=layout.rating.why,
        confidence=_confidence(layout.rating),
        readings=search.readings(_properties(chosen)),
        remarks=tuple(list_remarks(seen, layout, is_told=is_told)),
    )


def _wayless_layout(body: Survey, way: Way | None) -> Layout:
    """Return the layout of a body in which nothing, or not the given way, tells who enters."""
    arrays = list_arrays(body)[:1]
    columns = columns_of([element for array in arrays for element in array.elements])
    if way is None:
        why = "there is no boolean in each member, no pair of arrays, no action for all members"
    else:
        why = "chosen, and not to be seen in this body"
    held = () if way is Way.ARRAY else tuple(arrays)
    return Layout(way or Way.BOOLEAN, Rating(0, why), held, columns)


def _properties(way: Way | None) -> Sequence[ParserProperty]:
    """Return the properties of a way; without one, those that every way has."""
    if way is not None:
        return properties_of(way)
    everywhere = frozenset.intersection(*(frozenset(properties_of(one)) for one in Way))
    return [one for one in ParserProperty if one in everywhere]


class _Search:
    """The search of a body whose layout is known."""

    def __init__(self, body: Survey, layout: Layout, rivals: Sequence[Layout]) -> None:
        self._layout = layout
        self._rivals = rivals
        self._outside = body.leaves_outside([array.tokens for array in layout.arrays])
        self._at, self._inside = _first_member_leaves(layout)

    def readings(self, wanted: Iterable[ParserProperty]) -> tuple[Reading, ...]:
        """Return what was found for some properties."""
        finds = self._find_all()
        cohort_ids = finds[ParserProperty.COHORT_ID]
        suggestions = {
            ParserProperty.COHORT_NAME: name_beside(cohort_ids[0].value) if cohort_ids else None,
            ParserProperty.MATCHER: _suggest_matcher(self._layout),
        }
        return tuple(_reading(one, finds[one], suggestions.get(one)) for one in wanted)

    def _find_all(self) -> Mapping[ParserProperty, Sequence[_Find]]:
        marks = self._marks()
        own_ids = self._columns(rate_cohort_id)
        return {
            ParserProperty.ENVIRONMENT_ID: self._places(rate_environment_id),
            ParserProperty.CONTEXT_KIND: self._places(rate_context_kind),
            ParserProperty.COHORT_ID: self._places(rate_cohort_id),
            ParserProperty.COHORT_NAME: self._companions(rate_cohort_name),
            ParserProperty.COHORT_URL: self._companions(rate_cohort_url),
            ParserProperty.MEMBERS: self._arrays(0),
            ParserProperty.ADDS: self._arrays(0),
            ParserProperty.REMOVES: self._arrays(1),
            ParserProperty.ACTION: marks,
            ParserProperty.MATCHER: _matchers(self._layout),
            ParserProperty.MEMBER_ID: self._member_ids(),
            ParserProperty.FLAG: marks,
            ParserProperty.MEMBER_COHORT_ID: own_ids,
            ParserProperty.MEMBER_COHORT_NAME: self._own_names() if own_ids else [],
        }

    def _places(self, rate: Rate) -> list[_Find]:
        """Rate what lies outside of the members, and what the first member holds."""
        return self._rate(rate, rate)

    def _companions(self, rate: Callable[[Leaf, Leaf | None], Rating | None]) -> list[_Find]:
        """Rate what stands beside the cohort's id, wherever that is."""
        outside = _best_leaf(self._outside, rate_cohort_id)
        inside = _best_leaf(self._inside, rate_cohort_id)
        return self._rate(lambda leaf: rate(leaf, outside), lambda leaf: rate(leaf, inside))

    def _rate(self, rate_outside: Rate, rate_inside: Rate) -> list[_Find]:
        finds = [
            _find_at(leaf.tokens, leaf.value, rated)
            for leaf in self._outside
            if (rated := rate_outside(leaf))
        ]
        for leaf in self._inside:
            rated = rate_inside(leaf)
            # An id of a member is not the cohort's unless it says so.
            if rated and rated.score >= LIKELY:
                weaker = Rating(rated.score - 1, f"{rated.why}, in the first member")
                finds.append(_find_at((*self._at, *leaf.tokens), leaf.value, weaker))
        return _ranked(finds)

    def _columns(self, rate: Rate) -> list[_Find]:
        """Rate what the members hold as what belongs to each of them."""
        rated = ((column.leaf, rate(column.leaf)) for column in self._layout.columns)
        return _ranked(
            _find_at(leaf.tokens, leaf.value, rating)
            for leaf, rating in rated
            if rating and rating.score >= LIKELY
        )

    def _own_names(self) -> list[_Find]:
        own_id = _best_leaf([column.leaf for column in self._layout.columns], rate_cohort_id)
        return self._columns(lambda leaf: rate_cohort_name(leaf, own_id))

    def _member_ids(self) -> list[_Find]:
        return _ranked(
            _find_at(column.tokens, column.values[0], rated)
            for column in self._layout.columns
            if (rated := rate_member_id(column))
        )

    def _arrays(self, index: int) -> list[_Find]:
        """Rate the layout's array of an index, and those of its rivals."""
        arrays = [
            one for layout in (self._layout, *self._rivals) for one in layout.arrays[index:][:1]
        ]
        return [
            _Find(format_pointer(*array.tokens), _count(array), self._rate_array(array, index))
            for array in dict.fromkeys(arrays)
        ]

    def _rate_array(self, array: Array, index: int) -> Rating:
        if not array.is_there:
            return Rating(LIKELY - 1, "not in this body; named as the opposite of the other")
        if self._layout.way is Way.ARRAY:
            says = "leave" if index else "enter"
            return Rating(self._layout.rating.score, f"its name says that they {says}")
        return rate_array(array) or Rating(1, "an array")

    def _marks(self) -> list[_Find]:
        return [
            _find_at(mark.leaf.tokens, mark.leaf.value, mark.rating) for mark in self._layout.marks
        ]


def _first_member_leaves(layout: Layout) -> tuple[Tokens, Sequence[Leaf]]:
    """Return where the first member is, and what it holds, placed from there on."""
    first = next((array for array in layout.arrays if array.elements), None)
    if first is None:
        return (), ()
    columns = columns_of(first.elements[:1])
    return (*first.tokens, "0"), [column.leaf for column in columns]


def _matchers(layout: Layout) -> list[_Find]:
    """Return the matcher for the likeliest action, if that adds."""
    if layout.way is not Way.ACTION or not layout.marks:
        return []
    action = layout.marks[0].leaf.value
    if type(action) is bool:
        rating = Rating(CERTAIN, "true for members that enter")
        return [_Find(matcher_of(["true"]), _shorten(action), rating)]
    if find_verdict(action) is not True:
        return []
    rating = Rating(CERTAIN, "this word adds; every other word removes")
    return [_Find(matcher_of([action]), _shorten(action), rating)]


def _suggest_matcher(layout: Layout) -> str | None:
    """Return the matcher for the opposite of an action that removes; None for any other action."""
    if layout.way is not Way.ACTION or not layout.marks:
        return None
    action = layout.marks[0].leaf.value
    opposite = opposite_of(action) if find_verdict(action) is False else None
    return None if opposite is None else matcher_of([opposite])


def _reading(wanted: ParserProperty, finds: Sequence[_Find], suggestion: str | None) -> Reading:
    threshold = LIKELY if wanted.is_optional else _WORTH_TAKING
    distinct = list({find.value: find for find in reversed(finds)}.values())[::-1]
    is_found = bool(distinct) and distinct[0].rating.score >= threshold
    chosen = _candidate(distinct.pop(0)) if is_found else None
    return Reading(
        property=wanted,
        chosen=chosen,
        alternatives=tuple(map(_candidate, distinct[:_MOST_ALTERNATIVES])),
        looked_for=LOOKED_FOR[wanted],
        suggestion=None if chosen else suggestion,
    )


def _candidate(find: _Find) -> Candidate:
    return Candidate(find.value, find.sample, find.rating.why, _confidence(find.rating))


def _confidence(rating: Rating) -> Confidence:
    if rating.score >= CERTAIN:
        return Confidence.CERTAIN
    return Confidence.LIKELY if rating.score >= LIKELY else Confidence.GUESS


def _ranked(finds: Iterable[_Find]) -> list[_Find]:
    """Return finds, the likeliest first; of equals the one that the body names first."""
    return sorted(finds, key=lambda find: -find.rating.score)


def _best_leaf(leaves: Iterable[Leaf], rate: Rate) -> Leaf | None:
    rated = [(rating.score, leaf) for leaf in leaves if (rating := rate(leaf))]
    return max(rated, key=lambda pair: pair[0])[1] if rated else None


def _count(array: Array) -> str:
    if not array.is_there:
        return ""
    return count_of(array.length, "member")


def _shorten(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[: _SHOWN_LENGTH - 1]}…"
