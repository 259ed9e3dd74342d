"""Targetings of flags, of all kinds that there can be, as clients send them."""

from typing import Any, Final

from hypothesis import strategies as st

from tests.segments.strategies import CONTEXT_KEYS, KINDS, TEXTS, clauses

VARIATIONS: Final = 4
"""How many variations the flags have."""
INDEXES: Final = st.integers(0, VARIATIONS - 1)


@st.composite
def rollouts(draw: st.DrawFn) -> dict[str, Any]:
    """Return a rollout whose weights add up."""
    chosen = draw(st.lists(INDEXES, min_size=1, max_size=VARIATIONS, unique=True))
    cuts = sorted(
        draw(st.lists(st.integers(0, 100_000), min_size=len(chosen) - 1, max_size=len(chosen) - 1))
    )
    weights = [high - low for low, high in zip([0, *cuts], [*cuts, 100_000], strict=True)]
    shown: dict[str, Any] = {
        "variations": [
            {"variation": index, "weight": weight}
            for index, weight in zip(chosen, weights, strict=True)
        ]
    }
    if draw(st.booleans()):
        shown |= {"contextKind": draw(KINDS), "bucketBy": draw(CONTEXT_KEYS)}
    return shown


SERVED: Final = st.one_of(
    st.fixed_dictionaries({"variation": INDEXES}),
    st.fixed_dictionaries({"rollout": rollouts()}),
)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """Return a rule."""
    return {
        "clauses": draw(st.lists(clauses(), min_size=1, max_size=2)),
        **draw(SERVED),
        "trackEvents": draw(st.booleans()),
        "description": draw(TEXTS),
    }


@st.composite
def targetings(draw: st.DrawFn) -> dict[str, Any]:
    """Return a targeting, in which each context is a target of one variation at most."""
    variation_of = draw(st.dictionaries(st.tuples(KINDS, CONTEXT_KEYS), INDEXES, max_size=6))
    targets: dict[str, list[dict[str, Any]]] = {"targets": [], "contextTargets": []}
    for (kind, key), variation in variation_of.items():
        place = "targets" if kind == "user" else "contextTargets"
        targets[place].append({"contextKind": kind, "variation": variation, "values": [key]})
    asked = draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=2, unique=True))
    shown = {
        "on": draw(st.booleans()),
        "fallthrough": draw(SERVED),
        "rules": draw(st.lists(rules(), max_size=3)),
        "prerequisites": [{"key": key, "variation": draw(INDEXES)} for key in asked],
        "trackEvents": draw(st.booleans()),
        "trackEventsFallthrough": draw(st.booleans()),
        **targets,
    }
    off_variation = draw(st.none() | INDEXES)
    return shown if off_variation is None else {**shown, "offVariation": off_variation}
