"""Which encoding an XML file is in: https://www.w3.org/TR/xml/#sec-guessing."""

import codecs
import re
from typing import Final

_DECLARED: Final = re.compile(
    rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']"""
)
_SIGNS: Final = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
    (b"<\0", "UTF-16LE"),
    (b"\0<", "UTF-16BE"),
)
_NAMES: Final = {
    "utf-8": "UTF-8",
    "utf8": "UTF-8",
    "us-ascii": "US-ASCII",
    "ascii": "US-ASCII",
    "iso-8859-1": "ISO-8859-1",
    "latin1": "ISO-8859-1",
    "windows-1252": "ISO-8859-1",
}
"""Those that are read of those that may be declared, and what the parser calls them.

Windows-1252 differs from Latin-1 in quotes and the like, which are text here and no markup.
"""


class UnknownEncodingError(ValueError):
    """A file is in an encoding that is not read."""


def find_encoding(raw: bytes) -> str:
    """Return the parser's name for the encoding of an XML file, by how the file begins.

    The parser is told of it, and so never looks among Python's codecs for one that a file names.

    Raises:
        UnknownEncodingError: the file declares another one than UTF-8, UTF-16, ASCII or Latin-1.
    """
    for sign, name in _SIGNS:
        if raw.startswith(sign):
            return name
    declared = _DECLARED.match(raw[:1000])
    if declared is None:
        return "UTF-8"
    name = declared[1].decode("ascii").lower()
    if name not in _NAMES:
        raise UnknownEncodingError(f"The encoding {name} is not read here; save the file as UTF-8.")
    return _NAMES[name]
