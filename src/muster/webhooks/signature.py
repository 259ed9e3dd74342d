"""The signature by which a receiver knows that a delivery is from here, and as it was sent."""

import hmac
from typing import Final

from muster.core.secrets import Secret

SIGNATURE_HEADER: Final = "X-LD-Signature"


def sign(secret: Secret, body: bytes) -> str:
    """Return the HMAC-SHA256 of a body: 64 lowercase hexadecimal digits."""
    return hmac.digest(secret.reveal().encode(), body, "sha256").hex()
