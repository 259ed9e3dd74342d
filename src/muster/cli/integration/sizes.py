"""Sizes as users write them."""

import re
from typing import Final

import typer

_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.ASCII | re.IGNORECASE)
_UNITS: Final = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1000,
    "kib": 1024,
    "m": 1000**2,
    "mb": 1000**2,
    "mib": 1024**2,
}


def parse_size(text: str, *, max_bytes: int, option: str) -> int:
    """Return the bytes of a size such as 16MiB, 1MB or 64k.

    Raises:
        typer.BadParameter: it is none, or not from 1 to so many bytes.
    """
    found = _SIZE.fullmatch(text.strip())
    unit = _UNITS.get(found[2].lower()) if found else None
    if not found or unit is None:
        raise typer.BadParameter(
            f"{text!r} is no size; write 64k or 1MB (thousands), 64KiB or 16MiB (1,024s), or bytes.",
            param_hint=option,
        )
    size = int(float(found[1]) * unit)
    if not 1 <= size <= max_bytes:
        raise typer.BadParameter(
            f"{text} is not between 1 and {max_bytes:,} bytes.", param_hint=option
        )
    return size
