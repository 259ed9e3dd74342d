"""JSON Patch on representations."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.api.patches import MAX_OPERATIONS, Patch, apply_json_patch, apply_patch, read_patch
from muster.core.errors import (
    ConflictError,
    InapplicableChangeError,
    InvalidRequestError,
    MusterError,
)

SHOWN = {"_id": "1", "name": "old", "tags": ["a", "b"]}
CHANGEABLE = ("name", "tags", "description")


def patch(*operations: Any) -> dict[str, Any]:
    return apply_json_patch(SHOWN, list(operations), CHANGEABLE)


def test_operations_apply_in_their_order() -> None:
    assert patch(
        {"op": "test", "path": "/name", "value": "old"},
        {"op": "replace", "path": "/name", "value": "new"},
        {"op": "add", "path": "/tags/-", "value": "c"},
        {"op": "remove", "path": "/tags/0"},
    ) == {"_id": "1", "name": "new", "tags": ["b", "c"]}


def test_replacing_what_is_not_there_adds_it() -> None:
    assert patch({"op": "replace", "path": "/description", "value": "d"})["description"] == "d"


def test_what_is_written_as_it_was_is_no_change() -> None:
    assert patch({"op": "replace", "path": "/_id", "value": "1"}) == SHOWN


@pytest.mark.parametrize(
    ("operation", "error", "says"),
    [
        ({"op": "replace", "path": "/_id", "value": "2"}, InvalidRequestError, "_id can't be"),
        ({"op": "add", "path": "/new", "value": 1}, InvalidRequestError, "new can't be"),
        (
            {"op": "test", "path": "/name", "value": "x"},
            ConflictError,
            "at '/name' there is another",
        ),
        ({"op": "remove", "path": "/nothing"}, InapplicableChangeError, "applied at '/nothing'"),
        ({"op": "add", "path": "/a/b", "value": 1}, InapplicableChangeError, "can't be applied"),
        (
            {"op": "leap", "path": "/name"},
            InvalidRequestError,
            "/0/op: found 'leap', expected one of add",
        ),
        ({"path": "/name"}, InvalidRequestError, "/0/op: found nothing, expected one of add"),
        ({"op": "replace", "path": "", "value": 1}, InapplicableChangeError, "whole"),
        ({"op": "replace", "path": "name"}, InvalidRequestError, "not a JSON pointer"),
        ({"op": "replace"}, InvalidRequestError, "op and path"),
        ({"op": "copy", "path": "/name", "from": 1}, InvalidRequestError, "from is"),
        ({"op": "replace", "path": "/name", "from": {}}, InvalidRequestError, "from is"),
        ("replace", InvalidRequestError, "op and path"),
    ],
)
def test_what_can_not_be_applied_says_why(
    operation: Any, error: type[MusterError], says: str
) -> None:
    with pytest.raises(error, match=says):
        patch(operation)


@pytest.mark.parametrize(
    "wrong", [{"op": "test", "path": "/name", "value": "x"}, {"op": "remove", "path": "/nothing"}]
)
def test_the_operation_that_fails_is_named(wrong: Any) -> None:
    with pytest.raises(MusterError) as caught:
        patch({"op": "replace", "path": "/name", "value": "new"}, wrong)
    assert caught.value.pointer == "/1"


def test_what_is_no_patch_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="list of operations"):
        apply_json_patch(SHOWN, {"name": "new"}, CHANGEABLE)
    with pytest.raises(InvalidRequestError, match="at most"):
        patch(*[{"op": "test", "path": "/name", "value": "old"}] * (MAX_OPERATIONS + 1))


def test_copies_do_not_double_without_end() -> None:
    doubling = {"op": "copy", "from": "/tags", "path": "/tags/-"}
    assert len(patch(*[doubling] * 5)["tags"]) == 7
    with pytest.raises(InvalidRequestError, match="copies more than 50,000") as caught:
        patch(*[doubling] * 100)
    assert caught.value.pointer == "/14"


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)
_PATHS = st.sampled_from(
    ["", "/", "/name", "/tags", "/tags/0", "/tags/-", "/tags/9", "/~1", "/_id"]
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test", "x"])},
            optional={"path": _PATHS | _VALUES, "from": _PATHS | _VALUES, "value": _VALUES},
        ),
        max_size=4,
    )
)
def test_whatever_is_sent_applies_or_is_refused_and_changes_nothing_else(
    operations: list[dict[str, Any]],
) -> None:
    before = copy.deepcopy(SHOWN)
    try:
        patched = apply_json_patch(SHOWN, operations, CHANGEABLE)
    except MusterError:
        pass
    else:
        assert patched["_id"] == "1"
    assert before == SHOWN


OPERATIONS = [{"op": "replace", "path": "/name", "value": "new"}]


class TestPatchesInAllTheirForms:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            (OPERATIONS, Patch(operations=OPERATIONS)),
            ({"patch": OPERATIONS}, Patch(operations=OPERATIONS)),
            ({"patch": OPERATIONS, "comment": "so"}, Patch(operations=OPERATIONS, comment="so")),
            ({"patch": [], "comment": None}, Patch(operations=[])),
            ({"name": "new"}, Patch(merge={"name": "new"})),
            (
                {"merge": {"name": "new"}, "comment": "so"},
                Patch(merge={"name": "new"}, comment="so"),
            ),
            ({}, Patch(merge={})),
        ],
    )
    def test_each_form_is_read(self, body: Any, expected: Patch) -> None:
        assert read_patch(body) == expected

    @pytest.mark.parametrize(
        "body",
        [
            "text",
            None,
            1,
            {"patch": {}},
            {"merge": []},
            {"patch": [], "comment": 1},
            {"patch": [], "comment": "x" * 4097},
        ],
    )
    def test_what_is_no_patch_is_refused(self, body: Any) -> None:
        with pytest.raises(InvalidRequestError):
            read_patch(body)

    def test_a_json_patch_applies_as_it_does_alone(self) -> None:
        for body in (OPERATIONS, {"patch": OPERATIONS}):
            assert apply_patch(SHOWN, read_patch(body), CHANGEABLE) == patch(*OPERATIONS)

    @pytest.mark.parametrize(
        ("target", "merge", "expected"),
        [
            ({"a": "b"}, {"a": "c"}, {"a": "c"}),
            ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
            ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
            ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
            ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
            ({"a": {"b": "c", "d": 1}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d", "d": 1}}),
            ({"a": 1}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
            ({}, {"a": None}, {}),
        ],
    )
    def test_a_merge_patch_does_what_rfc_7386_says(
        self, target: Any, merge: Any, expected: Any
    ) -> None:
        before = copy.deepcopy(target)
        assert apply_patch(target, Patch(merge=merge), ("a", "b")) == expected
        assert target == before

    def test_what_can_not_be_changed_is_not_merged(self) -> None:
        with pytest.raises(InvalidRequestError) as refused:
            apply_patch(SHOWN, Patch(merge={"_id": "2"}), CHANGEABLE)
        assert refused.value.pointer == "/_id"
        with pytest.raises(InvalidRequestError, match="instructions can't be changed"):
            apply_patch(SHOWN, read_patch({"instructions": []}), CHANGEABLE)

    def test_what_is_nested_too_deeply_is_refused(self) -> None:
        deep: dict[str, Any] = {}
        for _ in range(100_000):
            deep = {"name": deep}
        with pytest.raises(InvalidRequestError, match="too deeply"):
            apply_patch(SHOWN, Patch(merge=deep), CHANGEABLE)
