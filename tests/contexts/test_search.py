"""Searching contexts: whatever they are known from, each once, in order, in pages of any size."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from muster.contexts import search as walking
from muster.contexts import service as services
from muster.contexts.filters import read_context_filter
from muster.contexts.model import ContextRecord, Position
from muster.contexts.search import ContextWalk
from muster.contexts.service import ContextQuery
from muster.core.errors import InvalidRequestError, NotFoundError
from muster.storage.sql.tables import contexts, segments
from tests.accounts.policies import allow, with_policy
from tests.clock import START
from tests.contexts.gallery import Gallery

MINUTE = timedelta(minutes=1)

kinds = st.sampled_from(["user", "device", "Org"])
keys = st.text("aBz/é\U0001f600\ue000", min_size=1, max_size=3)
"""Keys whose order by UTF-16, by a locale or without case is another than that by their bytes."""
recorded = st.dictionaries(
    st.tuples(kinds, keys, st.sampled_from([None, "web", "ios"])), st.integers(0, 9), max_size=12
)
memberships = st.lists(
    st.tuples(kinds, st.sets(keys, max_size=6), st.sets(keys, max_size=3)), max_size=4
)
filters = st.sampled_from(
    [
        None,
        "kind equals user",
        'kind anyOf ["device", "Org"]',
        "key startsWith a",
        "key contains z",
        'key anyOf ["a", "é", "B", "zz"]',
        '*.n equals 1 | key equals "B"',
        "*.n exists true",
        "*.n exists false, kind notEquals user",
        "user.n after 4",
        "applicationId equals web",
    ]
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(recorded, memberships, filters, st.integers(1, 7))
def test_pages_of_any_size_give_each_context_once_in_order(
    gallery: Gallery,
    seen: dict[tuple[str, str, str | None], int],
    members: list[tuple[str, set[str], set[str]]],
    filter_text: str | None,
    limit: int,
) -> None:
    _clear(gallery)
    place = gallery.environment.id
    model: dict[Position, ContextRecord] = {}
    for kind, included, excluded in members:
        gallery.add_segment(kind, included, excluded=excluded)
        for key in included | excluded:
            model[Position(kind, key)] = ContextRecord(place, kind, key, {})
    gallery.add_segment("user", ["elsewhere"], environment=gallery.other_environment)
    records = [
        ContextRecord(place, kind, key, {"n": number}, START + number * MINUTE, application_id)
        for (kind, key, application_id), number in seen.items()
    ]
    gallery.store.record_contexts(records)
    for record in sorted(records, key=lambda one: (one.last_seen_at, one.application_id or "")):
        known = model.get(record.position)
        if known is None or known.last_seen_at != record.last_seen_at:
            model[record.position] = record
    wanted = read_context_filter(filter_text)
    expected = [model[place] for place in sorted(model) if wanted.matches(model[place])]
    assert gallery.search_all(filter_text, limit) == expected
    page = gallery.search(filter_text, limit=limit, with_total=True)
    assert page.total_count == len(expected)


def _clear(gallery: Gallery) -> None:
    with gallery.engine.begin() as connection:
        connection.execute(contexts.delete())
        connection.execute(segments.delete())


@pytest.fixture
def many(gallery: Gallery) -> Gallery:
    """An environment with some hundred contexts of which every tenth was evaluated."""
    gallery.add_segment("user", [f"u{n:03}" for n in range(200)])
    gallery.add_segment("user", [f"u{n:03}" for n in range(100, 300)], excluded=["u300"])
    for n in range(0, 300, 10):
        gallery.record({"kind": "user", "key": f"u{n:03}", "ten": n})
    return gallery


def test_a_search_that_takes_long_goes_on_page_by_page(
    many: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "EFFORT", 1000)  # a hundred contexts
    page = many.search('key contains "99"', limit=2)
    assert [record.key for record in page.items] == ["u099"]
    assert page.continuation_token is not None
    assert many.found('key contains "99"', 2) == [
        ("user", "u099"),
        ("user", "u199"),
        ("user", "u299"),
    ]
    assert many.search("key contains u", with_total=True).total_count is None
    assert many.search("*.ten exists true", with_total=True).total_count == 30


def test_a_key_that_is_named_is_looked_up(many: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Iterator[object]:
        raise AssertionError("the contexts are read one after the other")

    monkeypatch.setattr(ContextWalk, "_read_on", refuse)
    for text in (
        "key equals u150",
        'kindKey equals {"kind": "user", "key": "u150"}',
        'id equals "user:u150"',
        'key anyOf ["nobody", "u150"], kind notEquals device',
    ):
        assert many.found(text) == [("user", "u150")]
    assert many.search("key equals u150", with_total=True).total_count == 1
    assert many.found('id equals "device:u150"') == []


def test_few_members_are_read_for_a_page(many: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0
    list_members = many.memberships.list_members

    def count(*arguments: object, **options: object) -> object:
        nonlocal read
        found = list_members(*arguments, **options)  # type: ignore[arg-type]
        read += len(found)
        return found

    monkeypatch.setattr(many.memberships, "list_members", count)
    assert len(many.search(limit=5).items) == 5
    assert read <= 3 * walking._FIRST_READ
    read = 0
    assert len(many.found("*.ten exists true")) == 30
    assert read == 0, "only what was evaluated has attributes"


def test_a_prefix_leads_to_its_place(many: Gallery) -> None:
    assert many.found("key startsWith u12", 3) == [("user", f"u12{n}") for n in range(10)]


def test_what_was_evaluated_has_attributes_and_the_rest_has_none(many: Gallery) -> None:
    ten, eleven = many.search('key anyOf ["u010", "u011"]').items
    assert (ten.attributes, ten.last_seen_at) == ({"ten": 10}, START)
    assert (eleven.attributes, eleven.last_seen_at) == ({}, None)


def test_a_page_is_of_one_environment(many: Gallery) -> None:
    page = many.service.search(
        None, many.project.key, many.other_environment.key, ContextQuery(with_total=True)
    )
    assert (list(page.items), page.total_count) == ([], 0)


def test_a_token_is_good_for_its_own_search_alone(many: Gallery) -> None:
    token = many.search(limit=2).continuation_token
    assert token is not None
    assert many.search(limit=3, continuation_token=token).items[0].key == "u002"
    place = many.other_environment.key
    with pytest.raises(InvalidRequestError, match="continuationToken"):
        many.service.search(None, many.project.key, place, ContextQuery(continuation_token=token))
    with pytest.raises(InvalidRequestError, match="continuationToken"):
        many.search("kind equals user", continuation_token=token)


@pytest.mark.parametrize("damage", ["", "x", "prefix", "cut", "swap", "é"])
def test_a_damaged_token_is_refused(many: Gallery, damage: str) -> None:
    token = many.search(limit=2).continuation_token
    assert token is not None
    damaged = {"prefix": f"A{token}", "cut": token[:-2], "swap": token.swapcase()}.get(
        damage, damage
    )
    if not damaged:
        assert many.search(limit=2, continuation_token=damaged).items[0].key == "u000"
        return
    with pytest.raises(InvalidRequestError, match="no token of this search"):
        many.search(limit=2, continuation_token=damaged)


@pytest.mark.parametrize("limit", [0, 51, -1])
def test_pages_have_bounds(gallery: Gallery, limit: int) -> None:
    with pytest.raises(InvalidRequestError, match="from 1 to 50"):
        gallery.search(limit=limit)


def test_whoever_may_not_view_the_project_finds_nothing(many: Gallery) -> None:
    reader = with_policy(allow("proj/default"))
    stranger = with_policy(allow("proj/other"))
    query = ContextQuery()
    place = (many.project.key, many.environment.key)
    assert many.service.search(reader, *place, query).items
    for look in (
        lambda: many.service.search(stranger, *place, query),
        lambda: many.service.get_contexts(stranger, *place, Position("user", "u000"), query),
        lambda: many.service.list_attribute_names(stranger, *place),
        lambda: many.service.list_attribute_values(
            stranger, *place, "ten", filter_text="kind equals user"
        ),
    ):
        with pytest.raises(NotFoundError):
            look()


def test_keys_come_in_the_order_of_their_bytes(gallery: Gallery) -> None:
    odd = ["Z", "a", "é", "\ue000", "\U0001f600"]
    gallery.add_segment("user", odd[::2])
    for key in odd[1::2]:
        gallery.record({"kind": "user", "key": key})
    found = [key for _, key in gallery.found()]
    assert found == odd
    assert all(one.encode() < other.encode() for one, other in pairwise(found))
