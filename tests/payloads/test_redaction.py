"""Redacted bodies: nothing of a member is left in them, and they are read as they were."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import Json
from muster.payloads.builder import build, split
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.model import CohortChanges, SyncChanges
from muster.payloads.parser import RequestParser
from muster.payloads.redaction import Redactor
from tests.payloads.strategies import PARSERS

SECRET = b"0123456789abcdef"
AMPLITUDE: dict[str, Any] = {
    "environmentIdPath": "/environmentId",
    "cohortIdPath": "/batch/0/cohortId",
    "cohortNamePath": "/batch/0/cohortName",
    "memberArrayPath": "/batch",
    "memberArrayParser": {
        "memberIdPath": "/userId",
        "booleanMembershipPath": "/value",
        "cohortIdPath": "/cohortId",
        "cohortNamePath": "/cohortName",
    },
}


def redact(spec: Json, body: Json) -> Json:
    """Redact a body of a manifest."""
    return Redactor(RequestParser.compile(spec).spec, SECRET).redact(body)


def test_what_a_member_is_known_by_is_hashed_and_the_cohort_is_kept() -> None:
    member = {"userId": "ann", "cohortId": "c1", "cohortName": "Testers", "value": False}
    body = {"environmentId": "e1", "batch": [member | {"email": "ann@example.com", "age": 41}]}
    redacted = redact(AMPLITUDE, body)
    (shown,) = redacted["batch"]
    assert shown["userId"].startswith("hashed-")
    assert shown["email"].startswith("hashed-")
    assert shown["age"].startswith("hashed-")
    assert {name: shown[name] for name in ("cohortId", "cohortName", "value")} == {
        "cohortId": "c1",
        "cohortName": "Testers",
        "value": False,
    }
    assert redacted["environmentId"] == "e1"


def test_members_that_are_plain_texts_are_hashed() -> None:
    spec = {
        "environmentIdPath": "/e",
        "cohortIdPath": "/c",
        "cohortNamePath": "/n",
        "addMemberArrayPath": "/add",
        "removeMemberArrayPath": "/remove",
        "memberArrayParser": {"memberIdPath": ""},
    }
    redacted = redact(spec, {"e": "e1", "c": 7, "n": None, "add": ["ann", 12], "remove": ["ann"]})
    assert redacted["add"][0] == redacted["remove"][0] != "ann"
    assert redacted["add"][1].startswith("hashed-")
    assert (redacted["e"], redacted["c"]) == ("e1", 7)


@pytest.mark.parametrize("broken", ["", None, True, {}, "x" * 257, "a\0b"])
def test_what_is_wrong_with_an_id_stays_wrong(broken: Json) -> None:
    parser = RequestParser.compile(AMPLITUDE)
    body = {"environmentId": "e1", "batch": [{"userId": broken, "cohortId": "c1", "value": True}]}
    refusals = []
    for one in (body, redact(AMPLITUDE, body)):
        with pytest.raises(InvalidPayloadError) as caught:
            parser.parse(one)
        refusals.append((caught.value.pointer, caught.value.message))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize(("key", "parser"), PARSERS.items())
def test_bundled_integrations_read_a_redacted_body_as_it_was(
    key: str, parser: RequestParser
) -> None:
    cohort = CohortChanges("c1", "Testers", None, ["ann", "bob"], ["cid"])
    for changes in split(parser, SyncChanges("e1", "user", (cohort,))):
        body = build(parser, changes)
        redacted = Redactor(parser.spec, SECRET).redact(body)
        assert not any(name in orjson.dumps(redacted).decode() for name in ("ann", "bob", "cid"))
        read = parser.parse(redacted)
        assert [
            (one.cohort_id, one.name, len(one.added), len(one.removed)) for one in read.cohorts
        ] == [
            (one.cohort_id, one.name, len(one.added), len(one.removed)) for one in changes.cohorts
        ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_any_document_can_be_redacted(body: Json) -> None:
    redact(AMPLITUDE, body)
