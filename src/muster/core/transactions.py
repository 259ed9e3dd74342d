"""Transactions, as services speak of them."""

from contextlib import AbstractContextManager
from typing import Protocol


class Transactions(Protocol):
    """Begins transactions on a store."""

    def begin(self) -> AbstractContextManager[None]:
        """Hold a transaction that what this thread does to the store in the meantime belongs to.

        It is committed at the end, and rolled back by an exception. One that begins in another belongs to
        that one.

        Raises:
            UnavailableError: the store can't be reached, or ended the transaction.
        """
        ...
