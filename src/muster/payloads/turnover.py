"""Sample bodies that keep a server at work: members enter a cohort and leave it again, without end.

A batch is some members; first bodies let it in, later bodies let it out. Some batches are always in, so
that one that leaves has surely entered before, though requests overtake each other. Once all batches
had their turn the first enters again, which is as much work for the server as it was at first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from muster.payloads.parser import RequestParser
from muster.payloads.sampling import SampleShape, fit_members, make_samples

_FEWEST_BATCHES: Final = 4


@dataclass(frozen=True, slots=True)
class Message:
    """A body that is ready to be sent.

    Attributes:
        content: JSON in UTF-8.
        members: how many members it names.
    """

    content: bytes
    members: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What lets some members in, and what lets them out again."""

    entering: tuple[Message, ...]
    leaving: tuple[Message, ...]

    @property
    def messages(self) -> tuple[Message, ...]:
        """All of them."""
        return (*self.entering, *self.leaving)


@dataclass(frozen=True, slots=True)
class TurnoverPlan:
    """How many batches take turns, and how many of them are in at a time."""

    batches: int
    inside: int


def make_batch(parser: RequestParser, shape: SampleShape, index: int) -> Batch:
    """Return one of the batches of a shape, each of which has members of its own.

    Args:
        shape: `added` says how many members of each cohort a batch has.
        index: which batch, from 0.

    Raises:
        BuildError: the manifest can't say that.
    """
    first = shape.skipped + index * shape.added * shape.cohorts
    entering = replace(shape, removed=0, skipped=first)
    leaving = replace(shape, added=0, removed=shape.added, skipped=first)
    return Batch(_messages(parser, entering), _messages(parser, leaving))


def fit_batch(parser: RequestParser, shape: SampleShape, max_bytes: int) -> SampleShape:
    """Return the shape of batches with as many members as keep each body within a size.

    Raises:
        BuildError: a body with one member is larger, or the manifest can't say what is asked for.
    """

    def measure(added: int) -> int:
        batch = make_batch(parser, replace(shape, added=added), 0)
        return max(len(message.content) for message in batch.messages)

    return replace(shape, added=fit_members(measure, max_bytes))


def plan_turnover(first: Batch, requests: int, overlapping: int, max_bytes: int) -> TurnoverPlan:
    """Return how many batches to make.

    Args:
        first: one of them; the others are much like it.
        requests: how many requests will be sent.
        overlapping: how many of them may be under way at once.
        max_bytes: how much all bodies together may take, where four batches or more do.
    """
    needed = -(-requests // min(len(first.entering), len(first.leaving)))
    size_bytes = sum(len(message.content) for message in first.messages)
    batches = max(_FEWEST_BATCHES, min(needed, max_bytes // size_bytes))
    return TurnoverPlan(batches, min(2 * overlapping, batches // 2))


def take_turns(batches: Sequence[Batch], inside: int) -> Iterator[Message]:
    """Yield bodies without end: batches enter until some are in, then one leaves as another enters.

    Args:
        batches: more than `inside`.
        inside: how many are in at a time.
    """
    for batch in batches[:inside]:
        yield from batch.entering
    turn = 0
    while True:
        yield from batches[turn % len(batches)].leaving
        yield from batches[(turn + inside) % len(batches)].entering
        turn += 1


def _messages(parser: RequestParser, shape: SampleShape) -> tuple[Message, ...]:
    samples = make_samples(parser, shape)
    return tuple(Message(sample.encode(), sample.members) for sample in samples)
