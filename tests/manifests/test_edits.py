"""What changed between two manifests."""

import copy
import json

from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import MISSING, Json, parse_pointer, resolve
from muster.manifests.edits import Edit, list_edits

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab/~", max_size=2),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab/~", max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def test_the_innermost_values_are_named() -> None:
    before = {"name": "Acme", "links": {"site": "https://a", "docs": "https://d"}, "tags": ["a"]}
    after = {"name": "Acme", "links": {"site": "https://b"}, "tags": ["a", "b"]}
    assert list_edits(before, after) == [
        Edit("/links/site", "https://a", "https://b"),
        Edit("/links/docs", "https://d", MISSING),
        Edit("/tags/1", MISSING, "b"),
    ]


def test_true_is_not_one() -> None:
    assert list_edits({"isSecret": 1}, {"isSecret": True}) == [Edit("/isSecret", 1, True)]


def test_a_deep_document_is_compared_all_the_same() -> None:
    def nested(value: Json) -> Json:
        for _ in range(900):
            value = [value]
        return value

    assert len(list_edits(nested(1), nested(2))) == 1


@given(DOCUMENTS)
def test_nothing_changed_between_equals(document: Json) -> None:
    assert list_edits(document, copy.deepcopy(document)) == []


@given(DOCUMENTS, DOCUMENTS)
def test_each_edit_says_what_stands_at_its_pointer(before: Json, after: Json) -> None:
    edits = list_edits(before, after)
    for edit in edits:
        tokens = parse_pointer(edit.pointer)
        assert resolve(before, tokens) == edit.before
        assert resolve(after, tokens) == edit.after
    assert bool(edits) == (canonical(before) != canonical(after))


def canonical(document: Json) -> str:
    """Return a text that only equal documents share: true is not 1 there."""
    return json.dumps(document, sort_keys=True)
