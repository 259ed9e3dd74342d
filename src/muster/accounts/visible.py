"""Pages of a list of which a principal sees only a part."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

from muster.core.paging import Page, PageRequest

_READ_AT_ONCE: Final = 1000
_T = TypeVar("_T")


def read_all(list_page: Callable[[PageRequest], Page[_T]]) -> Iterator[_T]:
    """Yield a whole list.

    Args:
        list_page: gives a page of it.
    """
    read = 0
    while True:
        part = list_page(PageRequest(_READ_AT_ONCE, read))
        yield from part.items
        read += len(part.items)
        if not part.items or read >= part.total_count:
            return


def visible_page(
    list_page: Callable[[PageRequest], Page[_T]],
    may_see: Callable[[_T], bool],
    page: PageRequest,
    order: Callable[[Sequence[_T]], Sequence[_T]] | None = None,
) -> Page[_T]:
    """Return a page of what may be seen, counted as if there were nothing else.

    It reads the whole list, so it is for short ones: projects, tokens.

    Args:
        list_page: gives a page of the whole list.
        may_see: tells whether an item is shown.
        page: which part of what is shown is wanted.
        order: puts what is shown into another order than that of the list.
    """
    seen: Sequence[_T] = [item for item in read_all(list_page) if may_see(item)]
    if order is not None:
        seen = order(seen)
    return Page(seen[page.offset : page.offset + page.limit], len(seen), page)
