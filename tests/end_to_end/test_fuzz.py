"""Twenty thousand hostile requests: none breaks the server, and none that is refused changes anything.

What an accepted request has to change is told by `muster.payloads`, which has tests of its own: from
it a model of the server is kept beside the server.
"""

import http.client
import json
import re
import shutil
import socket
import sys
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, repeat
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import pytest

from muster.core.ids import IntegrationKey, SegmentId
from muster.core.pointers import resolve
from muster.payloads.errors import InvalidPayloadError
from muster.payloads.json import decode_body
from muster.payloads.model import SyncChanges
from muster.payloads.parser import RequestParser
from muster.segments.keys import synced_segment_key
from muster.storage.files.catalog import bundled_integrations, read_catalog
from muster.storage.rocksdb.database import Database
from muster.storage.rocksdb.reader import RocksMembershipReader
from muster.sync.catalog import Integration
from tests.end_to_end.harness import TOKEN, Muster, log_lines, running
from tests.end_to_end.hostile import MAX_BODY_BYTES, Attack, Attacker, Manner

REQUESTS = 21_600
BATCHES = 9
CONNECTIONS = 4
ANSWER_SECONDS = 10.0
VARIABLES: Final = {"MUSTER_MAX_BODY_BYTES": str(MAX_BODY_BYTES)}
HEADERS: Final = {
    *("date", "content-type", "content-length", "x-request-id", "connection", "allow"),
}
TEMPLATE_FIELDS: Final = {
    "heap-inbound": {"projectId", "environmentId", "segmentId", "segmentUrl"},
    "mixpanel": {"action"},
}
"""The fields that a jsonResponseBody always has, beside `status` and, of a failure, `error`."""
DEEP: Final = re.compile(rb'(?:[\[{]|\{"x":|\[\{"id":){500}')
"""The beginning of a value so deep that the template engine does not get to its end."""
WITHOUT_TEMPLATE: Final = {401, 404, 405}
"""Statuses of requests that never came to the integration."""
SOCKET_BUFFER_BYTES: Final = 60_000
"""Of a longer request, part may be unread when the server answers and closes; then the answer is lost."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came over the connection."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes


class Connection:
    """A keep-alive connection; opened again when the server has closed it."""

    def __init__(self, server: Muster) -> None:
        url = httpx.URL(server.url)
        self._address = (url.host, url.port)
        self._socket: socket.socket | None = None

    def exchange(self, attack: Attack) -> Answer | None:
        """Send a request; return the answer, or None when the server hung up without one.

        Raises:
            TimeoutError: there was neither in time.
        """
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=ANSWER_SECONDS)
        answer, closes = None, True
        try:
            self._socket.sendall(attack.wire)
            if attack.manner is Manner.BROKEN:  # it may wait for more, which will not come
                with suppress(OSError):  # the server may have closed it by now
                    self._socket.shutdown(socket.SHUT_WR)
            with closing(http.client.HTTPResponse(self._socket, method=attack.method)) as response:
                response.begin()
                answer = Answer(response.status, response.headers, response.read())
                closes = response.will_close
        except (ConnectionError, http.client.HTTPException):
            answer = None
        if closes or attack.manner is Manner.BROKEN:
            self.close()
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


Shown = tuple[str, str, str, int]
"""What is compared of a segment: its name, URL, context kind and count."""


@dataclass(slots=True)
class Kept:
    """A segment as the model knows it."""

    name: str
    url: str
    kind: str
    members: set[str] = field(default_factory=set)

    @property
    def shown(self) -> Shown:
        """The segment as it is compared."""
        return self.name, self.url, self.kind, len(self.members)


@dataclass(slots=True)
class Ledger:
    """The segments that one integration has to have, by the keys of environment and segment."""

    integration: IntegrationKey
    parser: RequestParser
    environments: dict[str, str]
    """The environments' keys by their client-side IDs."""
    segments: dict[tuple[str, str], Kept] = field(default_factory=dict)

    def foresee(self, document: bytes) -> int:
        """Return the status that a document gets when it is sent as it should be."""
        if len(document) > MAX_BODY_BYTES:
            return 413
        try:
            changes = self.parser.parse(decode_body(document))
        except InvalidPayloadError:
            return 400
        if changes.environment_id not in self.environments:
            return 400
        kinds = {kept.kind for place in self._places(changes) if (kept := self.segments.get(place))}
        if kinds - {changes.context_kind}:
            return 409
        return 200 if self.integration in TEMPLATE_FIELDS else 204

    def apply(self, document: bytes) -> None:
        """Apply an accepted document."""
        changes = self.parser.parse(decode_body(document))
        for place, cohort in zip(self._places(changes), changes.cohorts, strict=True):
            new = Kept(cohort.name or cohort.cohort_id, cohort.url or "", changes.context_kind)
            kept = self.segments.setdefault(place, new)
            kept.name = cohort.name or kept.name
            kept.url = cohort.url or kept.url
            kept.members.difference_update(cohort.removed)
            kept.members.update(cohort.added)

    def _places(self, changes: SyncChanges) -> list[tuple[str, str]]:
        environment = self.environments[changes.environment_id]
        return [
            (environment, synced_segment_key(self.integration, cohort.cohort_id))
            for cohort in changes.cohorts
        ]


def read_json(text: bytes) -> Any:
    """Return a JSON document, of which no object has a name twice."""

    def to_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(pairs) == len({name for name, _ in pairs}), "a field stands there twice"
        return dict(pairs)

    return json.loads(text.decode(), object_pairs_hook=to_dict)


def strike(connection: Connection, attack: Attack, ledger: Ledger) -> int:
    """Send an attack, check its answer by itself, and enter it into the ledger if it was accepted.

    Returns:
        The status; 0 where the server hung up.
    """
    started = time.monotonic()
    answer = connection.exchange(attack)
    assert time.monotonic() - started < ANSWER_SECONDS
    if answer is None:
        refused = attack.document is None or len(attack.document) > MAX_BODY_BYTES
        is_cut_off = refused and len(attack.wire) > SOCKET_BUFFER_BYTES
        assert attack.manner is Manner.BROKEN or is_cut_off, "it was not answered"
        return 0
    assert 200 <= answer.status < 500
    if attack.manner is Manner.BROKEN:
        assert answer.status >= 400, "what is not HTTP was accepted"
        return answer.status
    check_answer(answer, attack, ledger.integration)
    if attack.manner is Manner.FAIR and attack.document is not None:
        assert answer.status == ledger.foresee(attack.document)
    if answer.status < 300:
        assert attack.document is not None, "there was nothing to accept"
        ledger.apply(attack.document)
    return answer.status


def check_answer(answer: Answer, attack: Attack, integration: str) -> None:
    """Check the form of an answer of Muster's own."""
    assert {name.lower() for name in answer.headers} <= HEADERS
    if attack.method == "HEAD":
        return
    if answer.status == 204:
        assert answer.content == b""
        assert integration not in TEMPLATE_FIELDS
        return
    assert answer.headers["content-type"] == "application/json"
    content = read_json(answer.content)
    by_template = integration in TEMPLATE_FIELDS and answer.status not in WITHOUT_TEMPLATE
    if by_template and not (content.keys() == {"code", "message"} and is_deep(attack.document)):
        check_template(answer, content, integration)
        if integration == "mixpanel" and (action := find_action(attack)) is not None:
            assert content["action"] == action
    else:
        assert answer.status >= 400
        # Where no endpoint is, the REST API answers, which gives its errors an id.
        assert content.keys() - ({"id"} if answer.status == 404 else {}) == {"code", "message"}
        assert content["code"]
        assert content["message"]
        assert all(isinstance(text, str) for text in content.values())


def is_deep(document: bytes | None) -> bool:
    """Tell whether a template that shows a part of a document may fail for its depth."""
    return document is not None and DEEP.search(document) is not None


def find_action(attack: Attack) -> str | None:
    """Return the word that an answer of mixpanel's has to repeat, where the server has read one."""
    document = attack.document
    if attack.manner is not Manner.FAIR or document is None or len(document) > MAX_BODY_BYTES:
        return None
    try:
        action = resolve(decode_body(document), ("action",))
    except InvalidPayloadError:
        return None
    return action if isinstance(action, str) else None


def check_template(answer: Answer, content: Any, integration: str) -> None:
    """Check what a jsonResponseBody has rendered."""
    failed = answer.status >= 400
    assert failed or answer.status == 200
    assert content.keys() - {"error"} == TEMPLATE_FIELDS[integration] | {"status"}
    assert content["status"] == ("failure" if failed else "success")
    assert ("error" in content) is failed
    if failed:
        assert content["error"].keys() == {"message", "code"}
        assert content["error"]["code"] == answer.status
        assert content["error"]["message"]
    if integration == "heap-inbound":
        assert content["environmentId"] in {"", "production", "test"}
        assert content["projectId"] in {"", "default"}


@dataclass(frozen=True, slots=True)
class Front:
    """An integration under attack, and what it has to have."""

    attacker: Attacker
    ledger: Ledger

    def assault(self, server: Muster, attacks: Iterable[Attack]) -> Counter[int]:
        """Send attacks one after the other; return how many got which status.

        Raises:
            AssertionError: an answer was not as it should be; the attack is shown.
        """
        statuses = Counter[int]()
        with closing(Connection(server)) as connection:
            for number, attack in enumerate(attacks):
                try:
                    statuses[strike(connection, attack, self.ledger)] += 1
                except (AssertionError, OSError, ValueError) as error:
                    error.add_note(describe(attack, number, self.ledger.integration))
                    raise
        return statuses

    def differences(self, server: Muster) -> list[str]:
        """Compare the integration's segments with what they have to be."""
        expected = {place: kept.shown for place, kept in self.ledger.segments.items()}
        found = {
            place: show(one)
            for place, one in list_segments(server).items()
            if one["_external"] == self.ledger.integration
        }
        return [
            f"{place}: expected {expected.get(place)}, found {found.get(place)}"
            for place in sorted(expected.keys() | found.keys())
            if expected.get(place) != found.get(place)
        ]


def describe(attack: Attack, number: int, integration: str) -> str:
    """Say which attack it was, in a way that can be sent again."""
    wire = attack.wire if len(attack.wire) < 5000 else attack.wire[:5000] + b" ..."
    return f"attack {number} on {integration} ({attack.title}), {attack.manner}:\n{wire!r}"


def list_segments(server: Muster) -> dict[tuple[str, str], dict[str, Any]]:
    """Return every segment of both environments, by the keys of environment and segment."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for environment in ("production", "test"):
        path: str | None = f"/api/v2/segments/default/{environment}?limit=1000"
        while path:
            page = server.client.get(path).raise_for_status().json()
            found |= {(environment, one["key"]): one for one in page["items"]}
            path = page["_links"].get("next", {}).get("href")
    return found


def show(segment: dict[str, Any]) -> Shown:
    """Return of a segment what is compared."""
    count = segment["_unboundedMetadata"]["includedCount"]
    return segment["name"], segment["_externalLink"], segment["unboundedContextKind"], count


def bundled() -> list[Integration]:
    """Return the integrations that come with Muster."""
    return [one for one in read_catalog([bundled_integrations()]).catalog if one.parser]


def make_front(integration: Integration, environments: dict[str, str]) -> Front:
    """Return the front at an integration."""
    assert integration.parser is not None
    strangers = {"production": 0.02, "0" * 24: 0.02, next(iter(environments)).upper(): 0.02}
    weights = dict(zip(environments, (1.0, 0.1), strict=True)) | strangers
    random = Random(f"fuzz {integration.key}")
    return Front(
        Attacker(integration.key, integration.parser, weights, TOKEN, random),
        Ledger(integration.key, integration.parser, environments),
    )


def find_culprit(pristine: Path, scratch: Path, make: Callable[[], Front], sent: int) -> str:
    """Tell after which of the attacks sent so far server and model differ: bisect on new servers."""

    def differ(length: int) -> bool:
        data_dir = scratch / f"first-{length}" / "data"
        shutil.copytree(pristine, data_dir)
        with running(data_dir, variables=VARIABLES) as server:
            front = make()
            front.assault(server, islice(front.attacker.attacks(), length))
            return bool(front.differences(server))

    length = bisect_left(range(sent + 1), True, key=differ)
    if length > sent:
        return "It did not happen again: it may be a matter of timing."
    front = make()
    culprit = next(islice(front.attacker.attacks(), length - 1, None))
    return "Brought about by " + describe(culprit, length - 1, front.ledger.integration)


@pytest.mark.slow
def test_hostile_requests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pristine, data_dir = tmp_path / "pristine", tmp_path / "muster" / "data"
    with running(pristine) as server:
        environments = {server.environment_id(key): key for key in ("production", "test")}
    shutil.copytree(pristine, data_dir)
    makers = [partial(make_front, one, environments) for one in bundled()]
    fronts = [make() for make in makers]
    size = REQUESTS // BATCHES // len(fronts)
    statuses = Counter[int]()
    with running(data_dir, variables=VARIABLES) as server:
        for sent in range(size, size * BATCHES + 1, size):
            batches = [list(islice(one.attacker.attacks(), size)) for one in fronts]
            with ThreadPoolExecutor(CONNECTIONS) as pool:
                for part in pool.map(Front.assault, fronts, repeat(server), batches):
                    statuses += part
            for front, make in zip(fronts, makers, strict=True):
                if differences := front.differences(server):
                    culprit = find_culprit(pristine, tmp_path, make, sent)
                    pytest.fail("\n".join([*differences, culprit]))
        ids = {
            place: SegmentId(one["_unboundedMetadata"]["segmentId"])
            for place, one in list_segments(server).items()
        }
        assert server.client.get("/readyz").status_code == 200
    assert not [line for line in log_lines(server) if "Traceback" in line or '"error"' in line]
    with Database.open(data_dir / "memberships") as database:
        reader = RocksMembershipReader(database)
        for front in fronts:
            for place, kept in front.ledger.segments.items():
                assert {*reader.list_members(ids[place], limit=1_000_000)} == kept.members
    assert statuses.total() >= 20_000
    assert statuses.keys() >= {0, 200, 204, 400, 401, 404, 405, 409, 413, 415}
    with capsys.disabled():
        counts = ", ".join(
            f"{status or 'hung up'}: {n:,}" for status, n in sorted(statuses.items())
        )
        sys.stdout.write(f"\n{statuses.total():,} hostile requests ({counts})\n")
