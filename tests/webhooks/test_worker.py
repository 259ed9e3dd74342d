"""Delivering what is queued: signed, filtered, tried again, by one worker at a time."""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import orjson
import pytest

from muster.access.policy import Policy
from muster.audit.model import AuditEntry
from muster.core.errors import UnavailableError
from muster.core.secrets import Secret
from muster.webhooks.model import Outcome, Webhook
from muster.webhooks.sender import Answer
from muster.webhooks.worker import KEEP_DELIVERIES_FOR, LEASE, RETRY_AFTER
from tests.clock import START
from tests.webhooks.receiver import Receiver, receiving
from tests.webhooks.stores import Hooks


@pytest.fixture
def webhook(hooks: Hooks, receiver: Receiver) -> Webhook:
    """A webhook that is signed, and gets everything."""
    return hooks.service.create_webhook(receiver.url, secret=Secret("frobozz"))


class Waiting:
    """A sender that waits until it is let go, and knows how many wait."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.gate = asyncio.Event()

    async def send(
        self,
        url: str,  # noqa: ARG002 - the Protocol names it
        headers: Mapping[str, str],  # noqa: ARG002
        body: bytes,
    ) -> Answer:
        """Wait."""
        self.bodies.append(body)
        await self.gate.wait()
        return Answer(200)


async def eventually(condition: object) -> None:
    """Wait until something is so."""
    assert callable(condition)
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came to be so"
        await asyncio.sleep(0.01)


async def test_each_entry_is_delivered_once_and_signed(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    entries = [hooks.change() for _ in range(11)]
    worker = hooks.make_worker()
    await worker.deliver_due()
    await worker.deliver_due()
    assert sorted(one.entry["_id"] for one in receiver.received) == sorted(
        one.id for one in entries
    )
    for one in receiver.received:
        assert one.is_signed_with("frobozz")
        assert not one.is_signed_with("other")
        assert one.headers["user-agent"] == "Muster/test"
        assert one.headers["content-type"] == "application/json"
    log = hooks.deliveries(webhook)
    assert sorted(one.entry_id for one in log) == sorted(one.id for one in entries)
    assert {(one.attempt, one.status, one.error, one.outcome) for one in log} == {
        (1, 200, None, Outcome.DELIVERED)
    }


async def test_one_that_is_not_signed_has_no_signature(hooks: Hooks, receiver: Receiver) -> None:
    hooks.service.create_webhook(receiver.url, signed=False)
    hooks.change()
    await hooks.make_worker().deliver_due()
    assert "x-ld-signature" not in receiver.received[0].headers


async def test_statements_choose_entries_as_a_search_of_the_log_does(
    hooks: Hooks, receiver: Receiver
) -> None:
    wanted = Policy.parse(
        [
            {"effect": "allow", "actions": ["update*"], "resources": ["proj/*:env/*:segment/*"]},
            {"effect": "deny", "actions": ["updateName"], "resources": ["*"]},
        ]
    )
    webhook = hooks.service.create_webhook(receiver.url, statements=wanted)
    tags_too = hooks.change()
    name_only = hooks.change(accesses=tags_too.accesses[:1])
    await hooks.make_worker().deliver_due()
    assert [one.entry["_id"] for one in receiver.received] == [tags_too.id]
    assert [one.entry_id for one in hooks.deliveries(webhook)] == [tags_too.id]
    hooks.service.update_webhook(webhook.id, {"statements": None})
    hooks.clock.advance(seconds=3600)
    await hooks.make_worker().deliver_due()
    assert name_only.id not in [one.entry["_id"] for one in receiver.received]


async def test_what_fails_is_tried_again_and_then_given_up(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    receiver.answers = [500, 302, 404, 503, 400, 200]
    entry = hooks.change()
    worker = hooks.make_worker()
    for pause in RETRY_AFTER:
        await worker.deliver_due()
        sent = len(receiver.received)
        hooks.clock.advance(seconds=pause.total_seconds() - 0.001)
        await worker.deliver_due()
        assert len(receiver.received) == sent, "tried again too early"
        hooks.clock.advance(seconds=0.001)
    await worker.deliver_due()
    hooks.clock.advance(seconds=86_400)
    await worker.deliver_due()
    assert len({one.body for one in receiver.received}) == 1
    log = hooks.deliveries(webhook)
    assert [(one.attempt, one.status, one.outcome) for one in log] == [
        (1, 500, Outcome.FAILED),
        (2, 302, Outcome.FAILED),
        (3, 404, Outcome.FAILED),
        (4, 503, Outcome.FAILED),
        (5, 400, Outcome.GIVEN_UP),
    ]
    assert {one.entry_id for one in log} == {entry.id}
    assert all(one.error for one in log)
    hooks.change()
    await worker.deliver_due()
    assert hooks.deliveries(webhook)[-1].outcome is Outcome.DELIVERED


async def test_one_that_recovers_gets_the_rest(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    receiver.answers = [500]
    hooks.change()
    worker = hooks.make_worker()
    await worker.deliver_due()
    hooks.clock.advance(seconds=RETRY_AFTER[0].total_seconds())
    await worker.deliver_due()
    log = hooks.deliveries(webhook)
    assert [(one.attempt, one.status) for one in log] == [(1, 500), (2, 200)]


async def test_a_webhook_that_is_off_or_gone_gets_nothing_more(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    gone = hooks.service.create_webhook(receiver.url)
    hooks.change()
    hooks.service.update_webhook(webhook.id, {"is_on": False})
    hooks.service.delete_webhook(gone.id)
    await hooks.make_worker().deliver_due()
    hooks.service.update_webhook(webhook.id, {"is_on": True})
    await hooks.make_worker().deliver_due()
    [received] = receiver.received
    assert received.entry["name"] == receiver.url, "what turned it on again is delivered"
    assert hooks.deliveries(gone) == []


async def test_a_slow_webhook_holds_up_no_other(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    with receiving() as slow:
        slow.hangs.set()
        hooks.service.create_webhook(slow.url)
        entries = [hooks.change() for _ in range(30)]
        worker = hooks.make_worker()
        running = asyncio.create_task(worker.run())
        await asyncio.to_thread(receiver.wait_for, len(entries), seconds=25)
        assert 1 <= len(slow.received) <= 4
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_of_two_servers_one_delivers_an_entry(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    entries = [hooks.change() for _ in range(20)]
    workers = [hooks.make_worker() for _ in range(3)]
    await asyncio.gather(*(worker.deliver_due() for worker in workers))
    delivered = [one.entry["_id"] for one in receiver.received]
    assert sorted(delivered) == sorted(one.id for one in entries)


async def test_what_a_server_died_with_is_delivered_when_its_lease_ends(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    entry = hooks.change()
    now = hooks.clock.now()
    hooks.store.claim(webhook.id, now=now, until=now + LEASE, limit=1)
    worker = hooks.make_worker()
    await worker.deliver_due()
    assert receiver.received == []
    hooks.clock.advance(seconds=LEASE.total_seconds())
    await worker.deliver_due()
    assert [one.entry["_id"] for one in receiver.received] == [entry.id]


async def test_what_a_server_stops_amid_is_due_at_once(hooks: Hooks, webhook: Webhook) -> None:
    hooks.change()
    sender = Waiting()
    running = asyncio.create_task(hooks.make_worker(sender).run())
    await eventually(lambda: sender.bodies)
    assert hooks.store.list_due_webhooks(hooks.clock.now()) == []
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert hooks.store.list_due_webhooks(hooks.clock.now()) == [webhook.id]
    assert hooks.deliveries(webhook) == []


async def test_it_goes_on_after_the_store_failed(
    hooks: Hooks, receiver: Receiver, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.change()
    worker = hooks.make_worker()

    def fail(*_: object, **__: object) -> None:
        raise UnavailableError("The disk is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(hooks.store, "settle", fail)
        await worker.deliver_due()
        patch.setattr(hooks.store, "claim", fail)
        await worker.deliver_due()
    assert len(receiver.received) == 1
    hooks.clock.advance(seconds=LEASE.total_seconds())
    await worker.deliver_due()
    assert len(receiver.received) == 2, "what may have arrived is sent again rather than lost"
    assert [one.attempt for one in hooks.deliveries(webhook)] == [1]


async def test_an_entry_is_sent_as_it_is_rendered(hooks: Hooks, webhook: Webhook) -> None:
    entry = hooks.change(kind="größe")
    sender = Waiting()
    sender.gate.set()
    await hooks.make_worker(sender).deliver_due()
    assert [orjson.loads(body) for body in sender.bodies] == [{"_id": entry.id, "name": "change 1"}]


async def test_half_of_a_surrogate_pair_can_be_sent(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    worker = hooks.make_worker(render=lambda entry: {"after": dict(entry.after or {})})
    hooks.change(after={"description": "\ud800"})
    await worker.deliver_due()
    [received] = receiver.received
    assert json.loads(received.body) == {"after": {"description": "\ud800"}}
    assert received.is_signed_with("frobozz")


async def test_what_can_t_be_sent_is_given_up_like_all_that_fails(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    def fail(_: AuditEntry) -> dict[str, str]:
        raise ZeroDivisionError

    worker = hooks.make_worker(render=fail)
    hooks.change()
    for pause in (*RETRY_AFTER, LEASE):
        await worker.deliver_due()
        hooks.clock.advance(seconds=pause.total_seconds())
    await worker.deliver_due()
    log = hooks.deliveries(webhook)
    assert [one.outcome for one in log] == [Outcome.FAILED] * 4 + [Outcome.GIVEN_UP]
    assert log[0].error == "Muster could not send it: its log says why."
    assert receiver.received == []


async def test_the_log_of_old_deliveries_goes(
    hooks: Hooks, receiver: Receiver, webhook: Webhook
) -> None:
    worker = hooks.make_worker()
    hooks.change()
    await worker.deliver_due()
    hooks.clock.advance(seconds=KEEP_DELIVERIES_FOR.total_seconds())
    hooks.change()
    await worker.deliver_due()
    await worker.prune()
    assert len(hooks.deliveries(webhook)) == 2
    hooks.clock.advance(seconds=1)
    await worker.prune()
    [left] = hooks.deliveries(webhook)
    assert left.at == START + KEEP_DELIVERIES_FOR
    assert left.duration == timedelta()
