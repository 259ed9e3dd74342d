"""Which addresses the public can open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.manifests.addresses import find_address_fault


@pytest.mark.parametrize(
    "address",
    [
        "https://acme.io",
        "https://docs.acme.io:8443/integrations/launchdarkly?from=ld#setup",
        "https://bücher.de/hilfe",
        "https://8.8.8.8/docs",
        "HTTPS://ACME.IO",
    ],
)
def test_an_address_of_the_public_web_has_no_fault(address: str) -> None:
    assert find_address_fault(address) == ""


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("", "does not begin with https://"),
        ("$FIX_ME", "does not begin with https://"),
        ("http://acme.io/docs", "does not begin with https://"),
        ("acme.io/docs", "does not begin with https://"),
        ("https://[::1", "is not an address"),
        ("https://acme.io:port/", "is not an address"),
        ("https://acme.io/our docs", "has a space in it"),
        ("https://acme.io ", "has a space in it"),
        ("https://www.example.com/docs", "is an example"),
        ("https://EXAMPLE.ORG", "is an example"),
        ("https://", "does not lead to a public host"),
        ("https://localhost:3000/docs", "does not lead to a public host"),
        ("https://wiki/docs", "does not lead to a public host"),
        ("https://docs.corp.internal", "does not lead to a public host"),
        ("https://10.0.0.1/docs", "does not lead to a public host"),
        ("https://[::1]/docs", "does not lead to a public host"),
    ],
)
def test_the_fault_of_any_other_is_named(address: str, fault: str) -> None:
    assert find_address_fault(address) == fault


@given(st.text() | st.text(alphabet="https:/[]@%.#? x").map("https://{}".format))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(find_address_fault(text), str)
