"""Clients that write without a pause, and know what has to be there once the server is killed."""

import http.client
import itertools
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import httpx

from tests.end_to_end.harness import TOKEN

INTEGRATION = "segment-audiences"
"""Its bodies can say everything at once: many cohorts, their names, who enters and who leaves."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort as a writer left it: its name, and those of its members whom that writer added."""

    name: str
    members: frozenset[str] = frozenset()


Cohorts = Mapping[str, Cohort]
"""Cohorts by their ids."""
Delta = frozenset[tuple[str, frozenset[str], frozenset[str]]]
"""What a request changes: for each cohort its id, who enters and who leaves."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, and the cohorts that it touches as they are before and after it."""

    body: Body
    before: Cohorts
    after: Cohorts

    @property
    def delta(self) -> Delta:
        """The members that enter and leave; empty for a request that only renames."""
        nobody = Cohort("")
        pairs = ((one, self.before.get(one, nobody), cohort) for one, cohort in self.after.items())
        changes = (
            (one, after.members - before.members, before.members - after.members)
            for one, before, after in pairs
        )
        return frozenset(change for change in changes if change[1] or change[2])


class Writer:
    """Sends one request after the other, and knows what has to be there.

    Its cohorts are its own, but for one in each round that all writers fill. Its members' keys begin
    with its name, so what it put into that one can be told apart.
    """

    def __init__(self, name: str, environment: str) -> None:
        self.name = name
        self.cohorts: dict[str, Cohort] = {}
        self.in_flight: Request | None = None
        self.acknowledged: dict[str, Request] = {}
        """The requests answered in this round, by the server's id for each."""
        self._environment = environment
        self._random = Random(f"writer {name}")
        self._numbers = itertools.count()
        self._shared = ""

    def work(self, url: str, shared: str) -> None:
        """Send requests until the server is gone."""
        self._shared = shared
        address = httpx.URL(url)
        with closing(http.client.HTTPConnection(address.host, address.port, timeout=30)) as line:
            while True:
                request = self.in_flight = self._next_request()
                try:
                    request_id = self._send(line, request.body)
                except (OSError, http.client.HTTPException):
                    return
                self.acknowledged[request_id] = request
                self.settle(there=True)

    def settle(self, *, there: bool) -> None:
        """Note what has become of the request in flight."""
        if there and self.in_flight is not None:
            self.cohorts.update(self.in_flight.after)
        self.in_flight = None

    def _send(self, line: http.client.HTTPConnection, body: Body) -> str:
        headers = {"Authorization": TOKEN, "Content-Type": "application/json"}
        path = f"/api/v2/segment-targets/{INTEGRATION}"
        line.request("POST", path, json.dumps(body), headers)
        answer = line.getresponse()
        text = answer.read()
        assert answer.status == 204, (answer.status, text)
        return answer.headers["X-Request-Id"]

    def _next_request(self) -> Request:
        deed = self._random.choices(("found", "change", "rename", "mix"), (2, 6, 2, 4))[0]
        own = [one for one in self.cohorts if one.startswith(self.name)]
        touched: dict[str, Cohort] = {}
        if deed == "found" or not own:
            touched = dict([self._found()])
        elif deed == "change":
            touched = dict([self._change(self._random.choice(own[-20:]))])
        elif deed == "rename":
            touched = dict([self._rename(self._random.choice(own))])
        else:
            some = self._random.sample(own, min(len(own), 2))
            touched = dict([*map(self._change, some), self._found(), self._share()])
        before = {one: self.cohorts[one] for one in touched if one in self.cohorts}
        return Request(self._body(before, touched), before, touched)

    def _found(self) -> tuple[str, Cohort]:
        cohort_id = f"{self.name}-{next(self._numbers)}"
        return cohort_id, Cohort(f"New {cohort_id}", self._new_members())

    def _change(self, cohort_id: str) -> tuple[str, Cohort]:
        old = self.cohorts[cohort_id]
        leaving = self._random.sample(sorted(old.members), len(old.members) // 2)
        return cohort_id, replace(old, members=old.members - {*leaving} | self._new_members())

    def _rename(self, cohort_id: str) -> tuple[str, Cohort]:
        old = self.cohorts[cohort_id]
        return cohort_id, replace(old, name=f"Name {next(self._numbers)} of {cohort_id}")

    def _share(self) -> tuple[str, Cohort]:
        old = self.cohorts.get(self._shared, Cohort("Shared by all"))
        return self._shared, replace(old, members=old.members | self._new_members())

    def _new_members(self) -> frozenset[str]:
        count = self._random.choices((1, 3, 30, 800), (6, 6, 6, 1))[0]
        return frozenset(f"{self.name}-{next(self._numbers)}" for _ in range(count))

    def _body(self, before: Cohorts, after: Cohorts) -> Body:
        batch = []
        for cohort_id, cohort in after.items():
            old = before.get(cohort_id, Cohort("")).members
            # One who stays is named too: a repeat changes nothing, and carries a new name.
            repeated = sorted(old & cohort.members)[:1]
            flags = dict.fromkeys(old - cohort.members, False) | dict.fromkeys(
                [*(cohort.members - old), *repeated], True
            )
            batch += [
                {"userId": key, "cohortId": cohort_id, "cohortName": cohort.name, "value": value}
                for key, value in flags.items()
            ]
        self._random.shuffle(batch)
        return {"environmentId": self._environment, "batch": batch}
