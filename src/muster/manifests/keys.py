"""Integration keys: the names of integrations' folders, in lower case."""

import re
from typing import Final

from muster.core.errors import InvalidRequestError
from muster.core.ids import IntegrationKey

MAX_INTEGRATION_KEY_LENGTH: Final = 64
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)


def parse_integration_key(name: str) -> IntegrationKey:
    """Return the canonical key of an integration whose folder has this name.

    Raises:
        InvalidRequestError: the name is not 1 to 64 letters, digits, `.`, `_` or `-` of ASCII, or
            does not begin with a letter or digit.
    """
    # Not every character whose lower case is ASCII is ASCII: U+212A becomes "k".
    key = name.lower() if name.isascii() else name
    if len(key) > MAX_INTEGRATION_KEY_LENGTH or not _KEY.fullmatch(key):
        raise InvalidRequestError(
            f"{name[:80]!r} can't be an integration's key: a key has 1 to "
            f"{MAX_INTEGRATION_KEY_LENGTH} of a-z, 0-9, '.', '_' and '-', and begins with a letter "
            "or a digit. Rename the folder."
        )
    return IntegrationKey(key)
