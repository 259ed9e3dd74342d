"""Every bundled integration, end to end: its partner's own bodies over HTTP, the outcome over REST."""

import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import pytest

from tests.end_to_end.harness import INTEGRATIONS, Muster
from tests.end_to_end.partners import (
    PARTNERS,
    URL,
    Body,
    Cohort,
    Entry,
    accept,
    adding,
    included,
    removing,
    show,
    sync,
)

PER_MEMBER = [key for key, partner in PARTNERS.items() if partner.per_member]
TWO_ARRAYS = [key for key, partner in PARTNERS.items() if partner.arrays]
ACTING = [key for key in PARTNERS if key not in PER_MEMBER + TWO_ARRAYS]
SENDING_URL = [key for key, partner in PARTNERS.items() if partner.says_url]


def holder_of_arrays(integration: str, body: Body) -> Body:
    """Return the object of a body that holds the arrays `add` and `remove`."""
    held: Body = reduce(dict.__getitem__, PARTNERS[integration].arrays, body)
    return held


def test_every_bundled_integration_is_here() -> None:
    assert set(PARTNERS) == {folder.name for folder in INTEGRATIONS.iterdir() if folder.is_dir()}


@pytest.mark.parametrize("integration", PARTNERS)
class TestEveryPartner:
    """What holds for every integration."""

    PEOPLE = ("ann", "bob", "cleo", "dan", "eve")

    def test_adds_removes_and_repeats(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        cohort, key = Cohort(environment, "life"), f"{integration}-life"
        steps = [
            (adding(*self.PEOPLE), {*self.PEOPLE}),
            (removing("bob", "dan", "stranger"), {"ann", "cleo", "eve"}),
            (adding("bob", "ann"), {"ann", "bob", "cleo", "eve"}),
            (removing(*self.PEOPLE), set()),
            (adding("eve"), {"eve"}),
        ]
        for entries, expected in steps:
            sync(server, integration, cohort, entries)
            assert server.count(key) == len(expected)
            assert included(server, key, (*self.PEOPLE, "stranger")) == expected
            before = show(server, key)
            sync(server, integration, cohort, entries)
            assert show(server, key) == before

    def test_the_segment_tells_where_it_comes_from(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        partner, cohort = PARTNERS[integration], Cohort(environment, "origin-7.b_C")
        sync(server, integration, cohort, adding("ann"))
        shown = show(server, f"{integration}-origin-7.b_C")
        assert shown["key"] == f"{integration}-origin-7.b_C"
        assert shown["name"] == "Beta testers"
        assert shown["_external"] == integration
        assert shown["_externalLink"] == (URL if partner.says_url else "")
        assert shown["unbounded"] is True
        assert shown["unboundedContextKind"] == ("device" if partner.says_kind else "user")
        assert shown["generation"] == 1
        assert shown["_unboundedMetadata"]["includedCount"] == 1
        assert shown["_unboundedMetadata"]["excludedCount"] == 0
        assert shown["key"] not in server.segments("test")

    def test_the_name_follows_the_partners_last_word(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        cohort, key = Cohort(environment, "name", "First name"), f"{integration}-name"
        for name, expected in [
            ("First name", "First name"),
            ("Zweiter Name ☂", "Zweiter Name ☂"),
            (None, "Zweiter Name ☂"),
            ("", "Zweiter Name ☂"),
            ("First name", "First name"),
        ]:
            sync(server, integration, replace(cohort, name=name), adding("ann"))
            assert show(server, key)["name"] == expected
            assert server.count(key) == 1

    def test_a_cohort_without_a_name_is_called_by_its_id(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        cohort = Cohort(environment, "nameless", None, None)
        sync(server, integration, cohort, adding("ann"))
        assert show(server, f"{integration}-nameless")["name"] == "nameless"

    def test_numbers_are_ids_too(self, server: Muster, environment: str, integration: str) -> None:
        cohort, key = Cohort(environment, 1007), f"{integration}-1007"
        sync(server, integration, cohort, adding(42, "x7", 0, 2**63))
        assert server.count(key) == 4
        assert server.includes(key, "42")
        assert server.includes(key, "0")
        assert server.includes(key, "9223372036854775808")
        sync(server, integration, replace(cohort, id="1007"), removing("42", "0"))
        assert server.count(key) == 2

    def test_an_empty_array(self, server: Muster, environment: str, integration: str) -> None:
        cohort, key = Cohort(environment, "empty"), f"{integration}-empty"
        before = server.segments()
        sync(server, integration, cohort, [])
        if PARTNERS[integration].per_member:
            assert server.segments() == before
        else:
            assert server.segments().keys() - before.keys() == {key}
            assert show(server, key)["name"] == "Beta testers"
            assert server.count(key) == 0
        sync(server, integration, cohort, adding("ann"))
        sync(server, integration, cohort, [])
        assert server.count(key) == 1

    def test_keys_match_without_regard_to_case_on_both_paths(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        cohort = Cohort(environment, "case")
        before = server.segments()
        for number, (path, spelling) in enumerate(
            [
                ("segment-targets", integration.upper()),
                ("segment-target", integration),
                ("segment-target", integration.title()),
            ]
        ):
            body = PARTNERS[integration].write(cohort, adding(f"user-{number}"))
            accept(server.client.post(f"/api/v2/{path}/{spelling}", json=body), integration)
        assert server.segments().keys() - before.keys() == {f"{integration}-case"}
        assert show(server, f"{integration}-case")["_external"] == integration
        assert server.count(f"{integration}-case") == 3

    def test_gzip(self, server: Muster, environment: str, integration: str) -> None:
        keys = [f"user-{number}" for number in range(3000)]
        body = PARTNERS[integration].write(Cohort(environment, "gzip"), adding(*keys))
        plain = json.dumps(body).encode()
        halves = plain[: len(plain) // 2], plain[len(plain) // 2 :]
        for content in (gzip.compress(plain), b"".join(map(gzip.compress, halves))):
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            answer = server.client.post(
                f"/api/v2/segment-targets/{integration}", content=content, headers=headers
            )
            accept(answer, integration)
            assert server.count(f"{integration}-gzip") == 3000
        assert server.includes(f"{integration}-gzip", "user-2999")


@pytest.mark.parametrize("integration", SENDING_URL)
def test_the_url_follows_the_partners_last_word(
    server: Muster, environment: str, integration: str
) -> None:
    cohort, key, other = Cohort(environment, "url"), f"{integration}-url", f"{URL}?v=2&x=é"
    for url, expected in [(URL, URL), (other, other), (None, other), ("", other), (URL, URL)]:
        sync(server, integration, replace(cohort, url=url), adding("ann"))
        assert show(server, key)["_externalLink"] == expected


@pytest.mark.parametrize("integration", PER_MEMBER)
class TestPerMemberPartners:
    """Partners of whose members each says whether it enters, and which cohort."""

    def test_the_last_word_on_a_member_wins(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        cohort, key = Cohort(environment, "twice"), f"{integration}-twice"
        sync(server, integration, cohort, adding("ann", "dan"))
        entries = [
            *adding("ann", "bob", "cleo", "cleo"),
            *removing("ann", "bob", "dan"),
            *adding("bob"),
        ]
        sync(server, integration, cohort, entries)
        assert server.count(key) == 2
        assert included(server, key, ("ann", "bob", "cleo", "dan")) == {"bob", "cleo"}

    def test_a_body_may_name_several_cohorts(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        write = PARTNERS[integration].write
        one, two, three = (
            Cohort(environment, f"several-{number}", f"Cohort {number}") for number in (1, 2, 3)
        )
        sync(server, integration, two, adding("ann", "old"))
        body = write(one, adding("ann", "bob"))
        body["batch"] += write(two, removing("ann"))["batch"]
        body["batch"] += write(one, removing("bob"))["batch"]
        body["batch"] += write(three, adding("ann", "cleo", "dan"))["batch"]
        for _ in range(2):
            accept(server.push(integration, body), integration)
            keys = [f"{integration}-several-{number}" for number in (1, 2, 3)]
            assert [server.count(key) for key in keys] == [1, 1, 3]
            assert [server.includes(key, "ann") for key in keys] == [True, False, True]
            assert [show(server, key)["name"] for key in keys] == [
                "Cohort 1",
                "Cohort 2",
                "Cohort 3",
            ]

    def test_the_last_name_of_a_cohort_in_a_body_wins(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        cohort = Cohort(environment, "renamed", "Old")
        body = PARTNERS[integration].write(cohort, adding("ann"))
        new = PARTNERS[integration].write(replace(cohort, name="New"), adding("bob"))
        body["batch"] += new["batch"]
        accept(server.push(integration, body), integration)
        assert show(server, f"{integration}-renamed")["name"] == "New"


@pytest.mark.parametrize("integration", TWO_ARRAYS)
class TestPartnersOfTwoArrays:
    """Partners that send who enters and who leaves in one body."""

    def test_both_arrays_at_once(self, server: Muster, environment: str, integration: str) -> None:
        cohort, key = Cohort(environment, "both"), f"{integration}-both"
        sync(server, integration, cohort, adding("ann", "dan"))
        entries = [*removing("cleo", "dan"), *adding("ann", "bob", "bob", "cleo")]
        for _ in range(2):
            sync(server, integration, cohort, entries)
            assert server.count(key) == 2
            assert included(server, key, ("ann", "bob", "cleo", "dan")) == {"ann", "bob"}

    @pytest.mark.parametrize("absent", ["missing", "null"])
    def test_an_array_may_be_absent(
        self, server: Muster, environment: str, integration: str, absent: str
    ) -> None:
        cohort, key = Cohort(environment, absent), f"{integration}-{absent}"

        def push_without(arrays_left_out: Sequence[str], entries: Sequence[Entry]) -> int:
            body = PARTNERS[integration].write(cohort, entries)
            for name in arrays_left_out:
                holder_of_arrays(integration, body)[name] = None
                if absent == "missing":
                    del holder_of_arrays(integration, body)[name]
            accept(server.push(integration, body), integration)
            return server.count(key)

        assert push_without(["add", "remove"], []) == 0
        assert push_without(["remove"], adding("ann", "bob")) == 2
        assert push_without(["add"], removing("ann")) == 1
        assert push_without(["add", "remove"], []) == 1

    def test_a_thousand_identifiers_mixed(
        self, server: Muster, environment: str, integration: str
    ) -> None:
        cohort = Cohort(environment, "thousand")
        sync(server, integration, cohort, adding(*(f"user-{n}" for n in range(400))))
        entries = adding(*(f"user-{n}" for n in range(300, 900)))
        sync(server, integration, cohort, entries + removing(*(f"user-{n}" for n in range(400))))
        assert server.count(f"{integration}-thousand") == 500


@pytest.mark.parametrize("integration", ACTING)
def test_a_member_twice_in_one_action(server: Muster, environment: str, integration: str) -> None:
    cohort, key = Cohort(environment, "twice"), f"{integration}-twice"
    sync(server, integration, cohort, adding("ann", "bob", "ann", "cleo"))
    assert server.count(key) == 3
    sync(server, integration, cohort, removing("ann", "ann", "stranger"))
    assert server.count(key) == 2


@pytest.mark.parametrize("integration", ["mixpanel", "zeotap"])
def test_both_words_that_add(server: Muster, environment: str, integration: str) -> None:
    for number, word in enumerate(("members", "add_members"), start=1):
        cohort = Cohort(environment, "words")
        body = PARTNERS[integration].write(cohort, adding(f"user-{number}"))
        accept(server.push(integration, body | {"action": word}), integration)
        assert server.count(f"{integration}-words") == number


class TestOddCohortIds:
    """Two cohorts never share a segment, whatever their ids hold."""

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("odd/1", "odd 1"),
            ("odd 2", "odd-2"),
            ("odd%2F3", "odd/3"),
            ("odd-CASE", "odd-case"),
            ("caf\u00e9", "cafe\u0301"),
            ("\u65e5\u672c", "\u4e2d\u56fd"),
            ("\U0001f642", "\U0001f643"),
            ("odd\n4", "odd\t4"),
            (" odd5", "odd5 "),
            (".", ".."),
            ("\u212a", "K"),
            ("o" * 255 + "1", "o" * 255 + "2"),
            ("p" * 150, "p" * 151),
            ("/" * 256, "/" * 255),
        ],
    )
    def test_have_segments_of_their_own(
        self, server: Muster, environment: str, one: str, other: str
    ) -> None:
        before = server.segments().keys()
        sync(server, "hightouch", Cohort(environment, one), adding("ann"))
        first = server.segments().keys() - before
        sync(server, "hightouch", Cohort(environment, other), adding("bob", "cleo"))
        second = server.segments().keys() - before - first
        sync(server, "hightouch", Cohort(environment, one), adding("ann", "dan", "eve"))
        assert server.segments().keys() - before == first | second
        (first_key,), (second_key,) = first, second
        for key in (first_key, second_key):
            assert re.fullmatch(r"hightouch-[A-Za-z0-9._-]+", key)
            assert len(key) <= 128
        assert (server.count(first_key), server.count(second_key)) == (3, 2)
        assert not server.includes(first_key, "bob")
        assert not server.includes(second_key, "ann")

    def test_an_id_can_not_imitate_the_segment_of_another(
        self, server: Muster, environment: str
    ) -> None:
        before = server.segments().keys()
        sync(server, "hightouch", Cohort(environment, "imitated/id"), adding("ann"))
        (key,) = server.segments().keys() - before
        imitation = Cohort(environment, key.removeprefix("hightouch-"))
        sync(server, "hightouch", imitation, adding("mallory", "trudy"))
        assert server.count(key) == 1
        assert len(server.segments().keys() - before) == 2
