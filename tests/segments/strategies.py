"""Rules and targets of segments, of all kinds that there can be."""

from typing import Any

from hypothesis import strategies as st

from muster.segments.rules import OPERATORS

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
CONTEXT_KEYS = TEXTS.filter(bool)
KINDS = st.sampled_from(["user", "org", "device.v-1"])
VALUES = st.one_of(
    TEXTS, st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
)


@st.composite
def clauses(draw: st.DrawFn) -> dict[str, Any]:
    """Return a clause as a client sends it."""
    op = draw(st.sampled_from(sorted(OPERATORS)))
    values: st.SearchStrategy[Any] = VALUES
    if op == "matches":
        values = st.sampled_from(["^a", "b$", "[0-9]+"])
    elif op in ("endsWith", "startsWith", "contains", "segmentMatch"):
        values = TEXTS
    return {
        "attribute": "" if op == "segmentMatch" else draw(CONTEXT_KEYS),
        "op": op,
        "values": draw(st.lists(values, max_size=4)),
        "negate": draw(st.booleans()),
        "contextKind": draw(KINDS),
    }


RULES = st.fixed_dictionaries(
    {"clauses": st.lists(clauses(), min_size=1, max_size=3)},
    optional={
        "weight": st.integers(0, 100_000),
        "rolloutContextKind": KINDS,
        "bucketBy": CONTEXT_KEYS,
        "description": TEXTS,
    },
)
"""Rules as a client sends them."""
