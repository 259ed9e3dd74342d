"""Secrets: a type that prints masked, how new ones are made, and how they are kept and compared."""

import hashlib
import hmac
import secrets
from typing import Final

from muster.core.ids import new_uuid

MASK: Final = "********"
"""What stands for a secret where it is not shown."""
_ACCESS_TOKEN: Final = "api-"


class Secret:
    """A text that must not be shown by accident: `str`, `repr` and formatting give a mask.

    Call `reveal` where the text itself is needed.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text

    @property
    def ending(self) -> str:
        """The last four characters, which name a secret to its owner without giving it away."""
        return self._text[-4:]

    @property
    def masked(self) -> str:
        """The secret with all but its first and last four characters hidden: `sdk-********9f3e`.

        It is for keys that begin with what they are: of those nothing more than `ending` is given away.
        """
        return f"{self._text[:4]}{MASK}{self.ending}"

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and equal_secrets(self._text, other._text)

    def __hash__(self) -> int:
        return hash(self._text)


def new_access_token() -> Secret:
    """Return a new access token: `api-` and a UUID."""
    return Secret(f"{_ACCESS_TOKEN}{new_uuid()}")


def looks_like_access_token(text: str) -> bool:
    """Tell whether somebody gave an access token itself where its id was to be."""
    return text.startswith(_ACCESS_TOKEN)


def new_sdk_key() -> str:
    """Return a new SDK key: `sdk-` and a UUID."""
    return f"sdk-{new_uuid()}"


def new_mobile_key() -> str:
    """Return a new mobile key: `mob-` and a UUID."""
    return f"mob-{new_uuid()}"


def new_webhook_secret() -> Secret:
    """Return a new secret to sign deliveries of a webhook with: 256 random bits in hexadecimal digits."""
    return Secret(secrets.token_hex(32))


def new_relay_proxy_key() -> Secret:
    """Return a new key of a Relay Proxy configuration: `rel-` and a UUID."""
    return Secret(f"rel-{new_uuid()}")


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a secret as 64 hexadecimal digits: what is stored of an access token,
    or of the key of a Relay Proxy configuration.

    Both carry 122 random bits, so a fast hash is enough for them; it is not for passwords.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def equal_secrets(one: str, other: str) -> bool:
    """Tell in constant time whether two secrets (or their hashes) are equal."""
    return hmac.compare_digest(
        one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass")
    )
