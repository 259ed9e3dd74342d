"""One context by kind and key, and the attributes that contexts have."""

from datetime import timedelta
from typing import Any

import pytest

from muster.contexts import service as services
from muster.contexts.model import ContextRecord, Position
from muster.contexts.service import ContextPage, ContextQuery
from muster.core.errors import InvalidRequestError
from tests.clock import START
from tests.contexts.gallery import Gallery

ADA = Position("user", "ada")


@pytest.fixture
def filled(gallery: Gallery) -> Gallery:
    """Some people and a company, with attributes."""
    people: dict[str, dict[str, Any]] = {
        "ada": {
            "email": "ada@x.example",
            "address": {"city": "London"},
            "groups": ["eu", "beta"],
        },
        "bob": {
            "email": "bob@x.example",
            "address": {"city": "London"},
            "groups": ["eu"],
            "on": 1,
        },
        "cleo": {"address": {"city": "Cairo", "zip": None}, "on": True, "a/b": {}},
    }
    for minute, (key, attributes) in enumerate(people.items()):
        gallery.record(
            {"kind": "user", "key": key, **attributes}, at=START + timedelta(minutes=minute)
        )
    gallery.record({"kind": "org", "key": "acme", "email": "info@acme.example"})
    return gallery


def get(gallery: Gallery, position: Position = ADA, **query: Any) -> ContextPage:
    """Return what is known of a context."""
    return gallery.service.get_contexts(
        None, "default", gallery.environment.key, position, ContextQuery(**query)
    )


def names(gallery: Gallery, filter_text: str | None = None, limit: int = 100) -> dict[str, Any]:
    """Return names of attributes and their weights."""
    found = gallery.service.list_attribute_names(
        None, "default", gallery.environment.key, filter_text=filter_text, limit=limit
    )
    return {kind: [tuple(one) for one in weighted] for kind, weighted in found.items()}


def values(
    gallery: Gallery, attribute: str, filter_text: str | None = "kind equals user", limit: int = 50
) -> dict[str, Any]:
    """Return values of an attribute and their weights."""
    found = gallery.service.list_attribute_values(
        None,
        "default",
        gallery.environment.key,
        attribute,
        filter_text=filter_text,
        limit=limit,
    )
    return {kind: [tuple(one) for one in weighted] for kind, weighted in found.items()}


class TestOneContext:
    def test_each_application_has_its_own(self, gallery: Gallery) -> None:
        for application in ("web", None, "ios", "tv"):
            gallery.record(
                {"kind": "user", "key": "ada", "in": application}, application_id=application
            )
        gallery.add_segment("user", ["ada"])
        page = get(gallery, with_total=True)
        assert [one.application_id for one in page.items] == [None, "ios", "tv", "web"]
        assert page.total_count == 4
        found: list[ContextRecord] = []
        token = None
        while True:
            part = get(gallery, limit=3, continuation_token=token)
            found += part.items
            token = part.continuation_token
            if token is None:
                break
        assert found == list(page.items)
        ios = get(gallery, filter="applicationId equals ios", with_total=True)
        assert ([one.application_id for one in ios.items], ios.total_count) == (["ios"], 1)
        assert get(gallery, filter="applicationId equals none").items == []

    def test_a_member_is_known_by_its_key(self, gallery: Gallery) -> None:
        gallery.add_segment("user", ["bob"], excluded=["ada"])
        assert get(gallery).items == [ContextRecord(gallery.environment.id, "user", "ada", {})]
        assert get(gallery, Position("device", "ada")).items == []
        assert get(gallery, Position("user", "nobody"), with_total=True).total_count == 0

    @pytest.mark.parametrize(
        "query",
        [
            {"filter": "kind equals user"},
            {"filter": "applicationId before 1"},
            {"continuation_token": "x"},
            {"limit": 51},
        ],
    )
    def test_what_can_t_be_asked(self, gallery: Gallery, query: dict[str, Any]) -> None:
        with pytest.raises(InvalidRequestError):
            get(gallery, **query)


class TestAttributes:
    def test_names(self, filled: Gallery) -> None:
        assert names(filled) == {
            "org": [("/email", 1)],
            "user": [
                ("/address/city", 3),
                ("/email", 2),
                ("/groups", 2),
                ("/on", 2),
                ("/address/zip", 1),
                ("/a~1b", 1),
            ],
        }

    @pytest.mark.parametrize(
        ("filter_text", "found"),
        [
            ("kind equals org", {"org": ["/email"]}),
            ("kind equals robot", {}),
            ("name startsWith e", {"org": ["/email"], "user": ["/email"]}),
            (
                "kind equals user, name startsWith /address/",
                {"user": ["/address/city", "/address/zip"]},
            ),
            ("name startsWith x", {}),
        ],
    )
    def test_names_that_are_asked_for(
        self, filled: Gallery, filter_text: str, found: dict[str, list[str]]
    ) -> None:
        shown = names(filled, filter_text)
        assert {kind: [name for name, _ in weighted] for kind, weighted in shown.items()} == found

    def test_no_more_than_were_asked_for(self, filled: Gallery) -> None:
        assert names(filled, "kind equals user", 1) == {"user": [("/address/city", 3)]}
        assert values(filled, "/address/city", limit=1) == {"user": [("London", 2)]}

    @pytest.mark.parametrize(
        ("attribute", "filter_text", "found"),
        [
            ("/address/city", "kind equals user", [("London", 2), ("Cairo", 1)]),
            ("/address/city", "kind equals user, value startsWith L", [("London", 2)]),
            ("groups", "kind equals user", [("eu", 2), ("beta", 1)]),
            ("/groups", 'kind equals "user",value startsWith "b"', [("beta", 1)]),
            ("on", "kind equals user", [(1, 1), (True, 1)]),
            ("a/b", "kind equals user", [({}, 1)]),
            ("/a~1b", "kind equals user", [({}, 1)]),
        ],
    )
    def test_values(
        self, filled: Gallery, attribute: str, filter_text: str, found: list[Any]
    ) -> None:
        assert values(filled, attribute, filter_text) == {"user": found}

    def test_values_of_none(self, filled: Gallery) -> None:
        assert values(filled, "/nothing") == {}
        assert values(filled, "email", "kind equals robot") == {}

    @pytest.mark.parametrize(
        ("attribute", "filter_text", "says"),
        [
            ("email", None, "which kind"),
            ("email", "value startsWith a", "which kind"),
            ("email", "kind notEquals user", "compared by equals"),
            ("email", "kind equals user | value startsWith a", "only ','"),
            ("email", "kind equals user, (value startsWith a, value startsWith b)", "only ','"),
            ("email", "kind equals user, kind equals org", "compared twice"),
            ("email", 'kind equals ["user"]', "one text"),
            ("email", "kind equals user, name equals x", "no field 'name'"),
            ("/a~", "kind equals user", "JSON pointer"),
        ],
    )
    def test_values_that_can_t_be_asked_for(
        self, filled: Gallery, attribute: str, filter_text: str | None, says: str
    ) -> None:
        with pytest.raises(InvalidRequestError, match=says):
            values(filled, attribute, filter_text)

    def test_those_seen_last_are_told_of(
        self, filled: Gallery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "_SURVEYED", 2)
        assert values(filled, "/address/city") == {"user": [("Cairo", 1), ("London", 1)]}
