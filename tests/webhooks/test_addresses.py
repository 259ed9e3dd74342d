"""Addresses that are public, and those that are not."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.webhooks.addresses import is_public, literal_address

PUBLIC = ("8.8.8.8", "1.1.1.1", "93.184.216.34", "100.63.255.255", "172.32.0.1", "223.255.255.255")
CLOSED = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
)
CLOSED_IPV6 = (
    *("::/128", "::1/128", "::/96", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    *("100::/64", "64:ff9b:1::/48", "2001::/32", "2001:10::/28", "2001:db8::/32", "3fff::/20"),
    *("4000::/3", "e000::/4"),
)
closed_ipv4 = st.sampled_from(CLOSED).flatmap(lambda network: st.ip_addresses(network=network))
closed_ipv6 = st.sampled_from(CLOSED_IPV6).flatmap(lambda network: st.ip_addresses(network=network))
all_ipv4 = st.ip_addresses(v=4)


def mapped(address: IPv4Address) -> IPv6Address:
    return IPv6Address(f"::ffff:{address}")


def of_6to4(address: IPv4Address) -> IPv6Address:
    return IPv6Address((0x2002 << 112) | (int(address) << 80) | 1)


def of_nat64(address: IPv4Address) -> IPv6Address:
    return IPv6Address(f"64:ff9b::{address}")


embeddings = st.sampled_from([mapped, of_6to4, of_nat64])


@given(closed_ipv4 | closed_ipv6)
def test_none_of_a_closed_network_is_public(address: IPv4Address | IPv6Address) -> None:
    assert not is_public(address)


@given(all_ipv4, embeddings)
def test_an_embedded_address_is_as_public_as_it_is_itself(
    address: IPv4Address, embed: type[IPv6Address]
) -> None:
    assert is_public(embed(address)) is is_public(address)


@given(all_ipv4)
def test_whatever_python_calls_private_is_not_public(address: IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not is_public(address)


@pytest.mark.parametrize(
    "text", [*PUBLIC, "2606:4700:4700::1111", "2a00:1450:4001:800::200e", "2400:cb00::1"]
)
def test_addresses_of_the_internet_are_public(text: str) -> None:
    assert is_public(ip_address(text))


def test_metadata_of_clouds_is_out_of_reach() -> None:
    for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "fe80::a9fe:a9fe%2"):
        assert not is_public(ip_address(text))


@given(all_ipv4)
def test_an_address_is_read_however_it_is_written(address: IPv4Address) -> None:
    number = int(address)
    first, rest = number >> 24, number & 0xFFFFFF
    spellings = (str(address), str(number), hex(number), f"{first}.{rest}", f"0{first:o}.{rest}")
    assert {literal_address(text) for text in spellings} == {address}


def test_a_name_is_no_address() -> None:
    for name in ("example.com", "localhost", "a.1", "1.2.3.4.5", ""):
        assert literal_address(name) is None
    assert literal_address("::1") == IPv6Address("::1")
    assert literal_address("fe80::1%eth0") in IPv6Network("fe80::/10")
