"""Heads of requests that were read before: a client sends the same one again and again.

To read a head takes longer than to read what most sync requests have in their body.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

_END: Final = b"\r\n\r\n"
_LONGEST: Final = 2048
"""A longer head is not kept; in bytes."""
_MOST: Final = 1024
"""With so many kept, all are forgotten: who sends so many different ones sends hardly one twice."""


class KnownHead(NamedTuple):
    """What a request's head says.

    Attributes:
        integration_key: as the path gives it.
        route: the path of the request's route.
        headers: names in lower case, and values.
    """

    integration_key: str
    route: str
    headers: Sequence[tuple[bytes, bytes]]


class KnownHeads:
    """Remembers heads byte for byte, with what the HTTP parser made of them.

    A head may hold a token. Who it belongs to, and whether it is still good, is not remembered here.
    """

    def __init__(self) -> None:
        self._heads: dict[tuple[bytes, int], KnownHead] = {}

    def find(self, data: bytes) -> tuple[KnownHead, bytes] | None:
        """Return what is known of a head, and the body; None where the head is not known.

        Args:
            data: one request, whole.
        """
        size = data.find(_END) + len(_END)
        head = self._heads.get((data[:size], len(data)))
        return None if head is None else (head, data[size:])

    def learn(self, data: bytes, body: bytes, head: KnownHead) -> None:
        """Remember the head of a request that was read from these bytes, if they are all of it.

        Args:
            body: what the parser found to be the request's body.
        """
        size = data.find(_END) + len(_END)
        if len(_END) < size <= _LONGEST and data[size:] == body:
            if len(self._heads) >= _MOST:
                self._heads.clear()
            self._heads[data[:size], len(data)] = head
