"""Rules of segments."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.errors import InvalidRequestError
from muster.segments.rules import read_rule, read_rules
from tests.segments.strategies import RULES

CLAUSE = {"attribute": "email", "op": "endsWith", "values": ["@example.com"]}


@given(st.lists(RULES, max_size=3))
def test_what_is_shown_is_read_again(sent: list[dict[str, Any]]) -> None:
    rules = read_rules(sent, "/rules")
    assert read_rules([rule.to_json() for rule in rules], "/rules") == rules


@given(RULES)
def test_each_rule_and_each_clause_gets_an_id(sent: dict[str, Any]) -> None:
    rule = read_rule(sent, "")
    ids = [rule.id, *(clause.id for clause in rule.clauses)]
    assert all(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ("all", "/rules"),
        (["rule"], "/rules/0"),
        ([{}], "/rules/0/clauses"),
        ([{"clauses": []}], "/rules/0/clauses"),
        ([{"clauses": [{**CLAUSE, "op": "resembles"}]}], "/rules/0/clauses/0/op"),
        ([{"clauses": [{**CLAUSE, "attribute": ""}]}], "/rules/0/clauses/0/attribute"),
        ([{"clauses": [{**CLAUSE, "values": "x"}]}], "/rules/0/clauses/0/values"),
        ([{"clauses": [{**CLAUSE, "values": ["x", 1]}]}], "/rules/0/clauses/0/values/1"),
        ([{"clauses": [{**CLAUSE, "values": ["\0"]}]}], "/rules/0/clauses/0/values/0"),
        ([{"clauses": [{**CLAUSE, "op": "in", "values": [None]}]}], "/rules/0/clauses/0/values/0"),
        (
            [{"clauses": [{**CLAUSE, "op": "matches", "values": ["("]}]}],
            "/rules/0/clauses/0/values/0",
        ),
        ([{"clauses": [{**CLAUSE, "negate": "no"}]}], "/rules/0/clauses/0/negate"),
        ([{"clauses": [{**CLAUSE, "contextKind": "multi"}]}], "/rules/0/clauses/0/contextKind"),
        ([{"clauses": [{**CLAUSE, "contextKind": False}]}], "/rules/0/clauses/0/contextKind"),
        ([{"clauses": [{**CLAUSE, "attribute": 0}]}], "/rules/0/clauses/0/attribute"),
        ([{"clauses": [{**CLAUSE, "_id": 0}]}], "/rules/0/clauses/0/_id"),
        ([{"clauses": [CLAUSE], "rolloutContextKind": []}], "/rules/0/rolloutContextKind"),
        ([{"clauses": [CLAUSE], "description": False}], "/rules/0/description"),
        ([{"clauses": [CLAUSE], "bucketBy": 0}], "/rules/0/bucketBy"),
        ([{"clauses": [CLAUSE], "weight": 1.5}], "/rules/0/weight"),
        ([{"clauses": [CLAUSE], "weight": -1}], "/rules/0/weight"),
        ([{"_id": "a", "clauses": [CLAUSE]}, {"_id": "a", "clauses": [CLAUSE]}], "/rules"),
    ],
    ids=str,
)
def test_what_can_be_no_rule_is_refused_where_it_is(sent: Any, pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        read_rules(sent, "/rules")
    assert caught.value.pointer == pointer


def test_the_segments_that_a_rule_asks_for_are_known() -> None:
    asks = {"attribute": "", "op": "segmentMatch", "values": ["a", "b"]}
    assert read_rule({"clauses": [CLAUSE, asks]}, "").segment_keys == {"a", "b"}
