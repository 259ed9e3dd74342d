"""The signature of deliveries."""

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from muster.core.secrets import Secret
from muster.webhooks.signature import sign


def test_it_is_what_openssl_says() -> None:
    """`printf '{"a":1}' | openssl dgst -sha256 -hmac frobozz`."""
    expected = "ef15f1a2403ace790a0380526758b6304b229fe3f356bb5839d5890e17aaca00"
    assert sign(Secret("frobozz"), b'{"a":1}') == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.binary(), st.binary())
def test_it_is_right_for_the_body_and_for_no_other(secret: str, body: bytes, other: bytes) -> None:
    signature = sign(Secret(secret), body)
    assert signature == hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    assert (sign(Secret(secret), other) == signature) is (other == body)
