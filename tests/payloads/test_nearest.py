"""The nearest pointers that exist: what they are for typical slips, and what holds of any body."""

import time
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.core.pointers import MISSING, Json, parse_pointer, resolve
from muster.payloads.nearest import MAX_NEAREST, find_nearest
from tests.payloads.strategies import json_values, pointers

BODY: Final[dict[str, Any]] = {
    "environmentId": "e",
    "cohort_id": "c",
    "cohortName": "Beta testers",
    "action": "add",
    "members": [{"id": 1}, {"user_id": 2, "email": 3}, {"user_id": 4}],
    "data": {"segment": {"id": 1, "name": 2}, "added": []},
}


def nearest(pointer: str, body: Json = BODY) -> list[str]:
    """Return the pointers of a body that are nearest to one."""
    return find_nearest(body, parse_pointer(pointer))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("/cohortId", "/cohort_id"),
        ("/COHORTNAME", "/cohortName"),
        ("/evironmentid", "/environmentId"),
        ("/segment/id", "/data/segment/id"),
        ("/heap/data/segment/name", "/data/segment/name"),
        ("/data/add", "/data/added"),
        ("/batch/0/cohortId", "/cohort_id"),
        ("/data/segment/segmentName", "/data/segment/name"),
        ("/members/2/userId", "/members/2/user_id"),
        ("/members/9/userId", "/members/1/user_id"),
        ("/members/0/integration_distinct_id", "/members/0/id"),
    ],
)
def test_the_nearest_is_what_was_meant(wanted: str, found: str) -> None:
    assert nearest(wanted)[0] == found


def test_one_element_stands_for_all() -> None:
    body = {"batch": [{"user_id": number} for number in range(100)]}
    assert nearest("/batch/17/userId", body) == ["/batch/17/user_id"]
    assert nearest("/rows/0/user_id", body) == ["/batch/0/user_id"]


def test_elements_need_not_be_alike() -> None:
    assert nearest("/batch/0/userId", {"batch": [{}, {"userId": 1}]}) == ["/batch/1/userId"]


def test_where_nothing_is_like_it_its_neighbours_are_shown() -> None:
    assert nearest("/data/zzz") == ["/data/segment", "/data/added"]


def test_a_value_that_is_there_has_near_it_what_is_in_it() -> None:
    assert nearest("/data/segment") == ["/data/segment/id", "/data/segment/name"]
    assert nearest("/action") == []


def test_names_are_escaped() -> None:
    assert nearest("/ab", {"a/b": 1}) == ["/a~1b"]


@given(json_values, pointers)
def test_they_exist_and_are_few_and_are_not_the_one_itself(body: Json, pointer: str) -> None:
    found = nearest(pointer, body)
    assert len(found) == len(set(found)) <= MAX_NEAREST
    assert pointer not in found
    for one in found:
        assert resolve(body, parse_pointer(one)) is not MISSING


@given(st.dictionaries(st.text(max_size=5), json_values, min_size=1))
def test_a_body_that_has_anything_has_something_near(body: Json) -> None:
    assert nearest("/nothing is called so", body)


@pytest.mark.parametrize(
    "body",
    [
        {f"name{number}" * 1_000: number for number in range(50_000)},
        {"batch": [{f"k{number}": {"a": number}} for number in range(200_000)]},
        [[[[number] * 10] * 10] * 10 for number in range(10_000)],
    ],
    ids=["wide", "long", "nested"],
)
def test_a_large_body_takes_no_longer(body: Json) -> None:
    begun = time.process_time()
    nearest("/batch/100000/k/a/b" + "/x" * 20, body)
    assert time.process_time() - begun < 1
