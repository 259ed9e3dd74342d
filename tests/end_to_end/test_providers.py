"""Every bundled integration, end to end: its partner's own bodies over HTTP, the outcome over REST.

The shapes are the partners' published ones; the bodies are made up here.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.harness import Muster, quote

INTEGRATIONS = Path(__file__).parents[2] / "integrations"
URL = "https://cohorts.example.com/beta"
SEGMENT_HEADERS = {"LD-API-Version": "20240415", "User-Agent": "SegmentSyncAudiences/1.1.0"}

Body = dict[str, Any]
Entry = tuple[str | int, bool]
"""A member as a body lists it: its id, and whether it enters (or leaves)."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort as a partner speaks of it; a partner sends what its shape has a place for."""

    environment: str
    id: str | int
    name: str | None = "Beta testers"
    url: str | None = URL
    kind: str = "device"


@dataclass(frozen=True, slots=True)
class Partner:
    """What a partner sends.

    Attributes:
        write: makes a body of a cohort and its entries; of an acting partner all entries agree.
        per_member: each member says whether it enters, and names its cohort.
        arrays: where the object is that holds the arrays `add` and `remove`; empty for none.
    """

    write: Callable[[Cohort, Sequence[Entry]], Body]
    per_member: bool = False
    arrays: tuple[str, ...] = ()
    says_kind: bool = True
    says_url: bool = False
    gets_json: bool = False

    def bodies(self, cohort: Cohort, entries: Sequence[Entry]) -> Iterator[Body]:
        """Yield the bodies for entries that need not agree: one, or one for each action."""
        acting = not (self.per_member or self.arrays)
        entering = [entry for entry in entries if entry[1]]
        leaving = [entry for entry in entries if not entry[1]]
        for batch in (entering, leaving) if acting and leaving and entering else (entries,):
            yield self.write(cohort, batch)


def amplitude(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Amplitude does: the cohort stands in each member."""
    about = {"cohortId": cohort.id, "cohortName": cohort.name, "cohortUrl": cohort.url}
    batch = [{"userId": key, "value": enters, **about} for key, enters in entries]
    return {"environmentId": cohort.environment, "batch": batch}


def segment(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Segment does: much like Amplitude, with a kind and no URL."""
    about = {"cohortId": cohort.id, "cohortName": cohort.name}
    batch = [{"userId": key, **about, "value": enters} for key, enters in entries]
    return {"environmentId": cohort.environment, "contextKind": cohort.kind, "batch": batch}


def census(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Census does: Segment's shape in snake case."""
    about = {"cohort_id": cohort.id, "cohort_name": cohort.name}
    batch = [{**about, "user_id": key, "value": enters} for key, enters in entries]
    return {"environment_id": cohort.environment, "context_kind": cohort.kind, "batch": batch}


def arrays(entries: Sequence[Entry]) -> Body:
    """Return entries as the two arrays that several partners send."""
    return {
        "add": [{"id": key} for key, enters in entries if enters],
        "remove": [{"id": key} for key, enters in entries if not enters],
    }


def listed(place: str) -> Callable[[Cohort, Sequence[Entry]], Body]:
    """Return the writer of a partner that keeps its two arrays at a place of the body."""

    def write(cohort: Cohort, entries: Sequence[Entry]) -> Body:
        return {
            "environmentId": cohort.environment,
            "contextKind": cohort.kind,
            "cohortId": cohort.id,
            "cohortName": cohort.name,
            "cohortUrl": cohort.url,
            place: arrays(entries),
        }

    return write


def heap(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Heap does."""
    data = {"segment": {"id": cohort.id, "name": cohort.name}, **arrays(entries)}
    return {"parameters": {"environment_id": cohort.environment}, "heap": {"data": data}}


def sample(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as the framework's first example does: the environment is a field of a form."""
    field = {"field_id": "environment", "value": {"id": cohort.environment, "name": "Mine"}}
    data = {"segment": {"id": cohort.id, "name": cohort.name}, **arrays(entries)}
    return {"customer_config": {"fields": [field]}, "data": data}


def hightouch(cohort: Cohort, entries: Sequence[Entry]) -> Body:
    """Write as Hightouch does: one action for the whole body."""
    return {
        "environmentId": cohort.environment,
        "contextKind": cohort.kind,
        "cohortId": cohort.id,
        "cohortName": cohort.name,
        "action": "add" if all(enters for _, enters in entries) else "remove",
        "members": [{"integration_distinct_id": key} for key, _ in entries],
    }


def acted(
    prefix: str, member: str, enter: str, leave: str
) -> Callable[[Cohort, Sequence[Entry]], Body]:
    """Return the writer of a partner that puts an action beside its parameters."""

    def write(cohort: Cohort, entries: Sequence[Entry]) -> Body:
        return {
            "action": enter if all(enters for _, enters in entries) else leave,
            "contextKind": cohort.kind,
            "parameters": {
                f"{prefix}_project_id": cohort.environment,
                f"{prefix}_cohort_id": cohort.id,
                f"{prefix}_cohort_name": cohort.name,
                "members": [{"email": f"{key}@example.com", member: key} for key, _ in entries],
            },
        }

    return write


MIXPANEL = acted("mixpanel", "mixpanel_distinct_id", "members", "remove_members")
TEALIUM = acted("tealium", "member_id", "add_member", "remove_member")
ZEOTAP = acted("integration", "integration_distinct_id", "add_members", "remove_members")

PARTNERS = {
    "amplitude": Partner(amplitude, per_member=True, says_kind=False, says_url=True),
    "census-synced-segments": Partner(census, per_member=True),
    "fulcrum": Partner(listed("included"), arrays=("included",), says_url=True),
    "heap-inbound": Partner(heap, arrays=("heap", "data"), says_kind=False, gets_json=True),
    "hightouch": Partner(hightouch),
    "mixpanel": Partner(MIXPANEL, gets_json=True),
    "rudderstack": Partner(listed("listData"), arrays=("listData",), says_url=True),
    "sample-cohorts": Partner(sample, arrays=("data",), says_kind=False),
    "segment-audiences": Partner(segment, per_member=True),
    "sumatra-synced-segments": Partner(listed("included"), arrays=("included",), says_url=True),
    "tealium-synced-segments": Partner(TEALIUM, says_kind=False),
    "zeotap": Partner(ZEOTAP, says_kind=False),
}
PER_MEMBER = [key for key, partner in PARTNERS.items() if partner.per_member]
TWO_ARRAYS = [key for key, partner in PARTNERS.items() if partner.arrays]
ACTING = [key for key in PARTNERS if key not in PER_MEMBER + TWO_ARRAYS]
SENDING_URL = [key for key, partner in PARTNERS.items() if partner.says_url]


@pytest.fixture(scope="module")
def environment(server: Muster) -> str:
    """The client-side ID of `production`."""
    return server.environment_id()


def adding(*keys: str | int) -> list[Entry]:
    """Return entries that add these members."""
    return [(key, True) for key in keys]


def removing(*keys: str | int) -> list[Entry]:
    """Return entries that remove these members."""
    return [(key, False) for key in keys]


def accept(answer: httpx.Response, integration: str) -> None:
    """Check that a request was applied, and answered as its manifest says."""
    if PARTNERS[integration.lower()].gets_json:
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["status"] == "success"
    else:
        assert (answer.status_code, answer.content) == (204, b""), answer.text


def sync(server: Muster, integration: str, cohort: Cohort, entries: Sequence[Entry]) -> None:
    """Send entries as the integration's partner would, and check that they were accepted."""
    for body in PARTNERS[integration].bodies(cohort, entries):
        accept(server.push(integration, body), integration)


def show(server: Muster, segment_key: str, environment: str = "production") -> Body:
    """Return a segment as the REST API shows it."""
    found = server.client.get(f"/api/v2/segments/default/{environment}/{segment_key}")
    shown: Body = found.raise_for_status().json()
    return shown


def included(server: Muster, segment_key: str, keys: Iterable[str]) -> set[str]:
    """Return those of the keys that the segment includes, each asked for by itself."""
    return {key for key in keys if server.includes(segment_key, key)}


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


class TestAnswersInJson:
    """What the partners are answered whose manifests have a jsonResponseBody."""

    def test_heap_hears_which_segment_it_wrote(self, server: Muster, environment: str) -> None:
        body = heap(Cohort(environment, "json/1"), adding("ann"))
        before = server.segments().keys()
        answer = server.push("heap-inbound", body)
        (key,) = server.segments().keys() - before
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
        assert answer.json() == {
            "projectId": "default",
            "environmentId": "production",
            "segmentId": key,
            "segmentUrl": f"{server.url}/default/production/segments/{key}",
            "status": "success",
        }

    def test_heap_hears_why_it_failed(self, server: Muster, environment: str) -> None:
        body = heap(Cohort(environment, "json-2"), adding("ann", "", "bob"))
        answer = server.push("heap-inbound", body)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
        said = answer.json()
        assert said["status"] == "failure"
        assert said["segmentId"] == "heap-inbound-json-2"
        assert said["error"]["code"] == 400
        assert said["error"]["message"].startswith("/heap/data/add/1/id: found an empty string")
        assert "heap-inbound-json-2" not in server.segments()

    def test_mixpanel_hears_its_action(self, server: Muster, environment: str) -> None:
        body = MIXPANEL(Cohort(environment, "json"), adding("ann"))
        for action in ("members", "add_members", "remove_members"):
            answer = server.push("mixpanel", body | {"action": action})
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
            assert answer.json() == {"action": action, "status": "success"}

    def test_mixpanel_hears_of_a_conflict(self, server: Muster, environment: str) -> None:
        cohort = Cohort(environment, "json-conflict")
        sync(server, "mixpanel", cohort, adding("ann"))
        answer = server.push("mixpanel", MIXPANEL(replace(cohort, kind="user"), adding("bob")))
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/json")
        said = answer.json()
        assert (said["action"], said["status"]) == ("members", "failure")
        assert said["error"]["code"] == 409
        assert "kind device" in said["error"]["message"]
        assert server.count("mixpanel-json-conflict") == 1

    @pytest.mark.parametrize("integration", ["heap-inbound", "mixpanel"])
    @pytest.mark.parametrize(
        ("content", "media_type", "status"),
        [
            (b"{", "application/json", 400),
            (b"", "application/json", 400),
            (b"{}", "text/plain", 415),
        ],
    )
    def test_a_body_that_can_not_be_read(
        self, server: Muster, integration: str, content: bytes, media_type: str, status: int
    ) -> None:
        headers = {"Content-Type": media_type}
        path = f"/api/v2/segment-targets/{integration}"
        answer = server.client.post(path, content=content, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
        said = answer.json()
        assert said["status"] == "failure"
        assert said["error"]["code"] == status
        assert said["error"]["message"]

    @pytest.mark.parametrize(
        "hostile",
        ['", "status": "forged", "x": "', "\\", "{{statusCode}}", "</script>", "\n\u2028"],
    )
    def test_a_hostile_value_adds_nothing(
        self, server: Muster, environment: str, hostile: str
    ) -> None:
        body = MIXPANEL(Cohort(environment, "json-hostile"), adding("ann"))
        answer = server.push("mixpanel", body | {"action": hostile})
        assert answer.json() == {"action": hostile, "status": "success"}


class TestSegmentsConnectionTest:
    """What Segment's destination asks before it sends anything."""

    def test_the_client_side_id(self, server: Muster, environment: str) -> None:
        with httpx.Client(base_url=server.url, headers=SEGMENT_HEADERS) as anyone:
            for method in ("HEAD", "GET"):
                found = anyone.request(method, f"/sdk/goals/{environment}")
                assert found.status_code == 200
                assert found.headers["content-type"] == "application/json"
                for unknown in ("0" * 24, environment.upper() + "0", "production", quote("a/b")):
                    assert anyone.request(method, f"/sdk/goals/{unknown}").status_code == 404
            assert anyone.head(f"/sdk/goals/{environment}").content == b""

    def test_the_token(self, server: Muster) -> None:
        found = server.client.get("/api/v2/versions", headers=SEGMENT_HEADERS)
        assert found.status_code == 200
        said = found.json()
        assert said["currentVersion"] == said["latestVersion"] == 20240415
        assert 20240415 in said["validVersions"]
        with httpx.Client(base_url=server.url, headers=SEGMENT_HEADERS) as anyone:
            for headers in ({}, {"Authorization": "api-00000000-0000-0000-0000-000000000000"}):
                refused = anyone.get("/api/v2/versions", headers=headers)
                assert refused.status_code == 401
                assert refused.json().keys() == {"code", "message", "id"}
                assert refused.json()["code"] == "unauthorized"

    def test_then_it_sends_with_the_same_headers(self, server: Muster, environment: str) -> None:
        body = segment(Cohort(environment, "tested"), adding("ann"))
        accept(server.push("segment-audiences", body, headers=SEGMENT_HEADERS), "segment-audiences")
        assert server.count("segment-audiences-tested") == 1
