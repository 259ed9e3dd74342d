"""Every route is asked by every kind of caller; who may not, is told so and changes nothing.

The routes are those that the app really has: one without a row in `authorization_rows.py` fails.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.end_to_end import authorization_rows
from tests.end_to_end.authorization_rows import Row
from tests.end_to_end.authorization_rows_configurations import CONFIGURATION_ROWS
from tests.end_to_end.authorization_world import Callers, Need, Subject, World
from tests.end_to_end.harness import TOKEN, Muster, quote
from tests.end_to_end.rest import check_error
from tests.route_table import opened_app

ROWS = {**authorization_rows.ROWS, **CONFIGURATION_ROWS}
CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found"}
SHOWN, NOT_SHOWN = "a list with it", "a list without it"
Outcome = int | str
"""A status, or of a list whether it shows the subject."""
Credential = Callable[[Subject], str | None]
"""Gives the Authorization header of a caller, who may do what they may to this subject."""


@pytest.fixture(scope="module")
def world(server: Muster) -> Iterator[World]:
    """The server, as its admin fills it."""
    with httpx.Client(base_url=server.url, timeout=60) as client:
        yield World(server, client)


@pytest.fixture(scope="module")
def callers(world: World) -> Callers:
    """Those who ask."""
    return Callers.meet(world)


def test_every_route_has_a_row_and_every_row_a_route(tmp_path: Path) -> None:
    with opened_app(tmp_path / "data") as (_, routes):
        names = {f"{one.method} {one.path}" for one in routes}
    assert not names - ROWS.keys(), "add rows to tests/end_to_end/authorization_rows.py"
    assert not ROWS.keys() - names


@pytest.mark.parametrize("route", ROWS)
def test_who_may_and_who_may_not(route: str, world: World, callers: Callers) -> None:
    row = ROWS[route]
    done = SHOWN if row.shows else row.done
    subject, asked = row.subject(world), expectations(row, callers)
    for caller, (credential, expected) in asked.items():
        if expected != done:
            found = outcome(world, credential(subject), route, subject)
            assert found == expected, f"{caller}: {route} of {subject}"
    # It is still as it was: who may does it now.
    assert outcome(world, TOKEN, route, subject) == done, f"admin: {route} of {subject}"
    for caller, (credential, expected) in asked.items():
        if expected == done:
            fresh = row.subject(world)
            found = outcome(world, credential(fresh), route, fresh)
            assert found == done, f"{caller}: {route} of {fresh}"


def expectations(row: Row, callers: Callers) -> dict[str, tuple[Credential, Outcome]]:
    """Return what is expected for each kind of caller but the admin."""
    needs = [Need.parse(one) for one in row.needs]
    denied = Need.parse(row.denial) if row.denial else needs[0] if needs else ANYTHING

    def expected(status: int) -> Outcome:
        if row.shows is None:
            return status
        return SHOWN if status == row.done else NOT_SHOWN

    stranger = row.done if row.is_public else 401
    known = row.done if row.is_public else None
    found: dict[str, tuple[Credential, Outcome]] = {
        name: (lambda _, one=credential: one, stranger)  # type: ignore[misc]
        for name, credential in callers.strangers.items()
    }
    found["reader"] = (lambda _: callers.reader, expected(known or row.reader))
    found["writer"] = (lambda _: callers.writer, expected(known or row.writer))
    found["a policy that allows just this"] = (
        lambda subject: callers.with_needs(needs, subject),
        expected(row.done),
    )
    found["a policy that denies just this"] = (
        lambda subject: callers.without(denied, subject),
        # A list is shown to everybody, without what is not theirs to see.
        NOT_SHOWN if row.shows else known or row.denied,
    )
    found["a policy that allows this elsewhere"] = (
        lambda _: callers.elsewhere(needs or [ANYTHING]),
        NOT_SHOWN if row.shows else known or row.elsewhere,
    )
    return found


ANYTHING = Need("*", "proj/*")
"""What is denied, or allowed elsewhere, where a route takes nothing."""


def outcome(world: World, credential: str | None, route: str, subject: Subject) -> Outcome:
    """Ask, check what is answered, and tell what became of it."""
    row = ROWS[route]
    method, _, path = route.partition(" ")
    path = path.format_map({name: quote(value) for name, value in subject.items()})
    path += row.query.format_map(subject)
    answer = world.ask(credential, method, path, row.body_for(subject))
    if answer.status_code in CODES:
        if not path.startswith("/api/v2/segment-target"):  # its answers are the manifest's
            check_error(answer, answer.status_code, CODES[answer.status_code])
        return answer.status_code
    if row.shows is None or answer.status_code != row.done:
        return answer.status_code
    return SHOWN if row.shows(answer.json(), subject) else NOT_SHOWN
