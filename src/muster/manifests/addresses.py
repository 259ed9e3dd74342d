"""Whether an address on the web is one that anybody can open."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

_EXAMPLE_DOMAINS: Final = ("example.com", "example.org", "example.net", "example.edu")
_LOCAL_DOMAINS: Final = (
    "example",
    "home.arpa",
    "internal",
    "invalid",
    "lan",
    "local",
    "localhost",
    "test",
)
"""Names that stand for examples (RFC 2606), and names that only lead somewhere in a private network."""


def find_address_fault(address: str) -> str:
    """Return why the public can't open an address over https; empty when it can."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return "is not an address"
    if parts.scheme != "https":
        return "does not begin with https://"
    if any(char.isspace() for char in address):
        return "has a space in it"
    if is_example_host(host):
        return "is an example"
    if not _is_public_host(host):
        return "does not lead to a public host"
    return ""


def is_example_host(host: str) -> bool:
    """Return whether a host's name is one that is reserved for examples (RFC 2606)."""
    return _lies_in(host.lower(), _EXAMPLE_DOMAINS)


def _is_public_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not _lies_in(host, _LOCAL_DOMAINS)


def _lies_in(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
