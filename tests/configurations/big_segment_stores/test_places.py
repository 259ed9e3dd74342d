"""Reading where a big segment store is."""

from typing import Any

import pytest

from muster.configurations.big_segment_stores.places import (
    DynamoPlace,
    RedisPlace,
    StorePlace,
    read_place,
)
from muster.core.errors import InvalidRequestError
from muster.core.secrets import MASK, Secret

PLACE = RedisPlace("redis.example.com", 6379, "", Secret("pa55word"), tls_enabled=False)


@pytest.mark.parametrize(
    ("kind", "config", "place"),
    [
        ("redis", {"host": "h"}, RedisPlace("h", 6379, "", None, tls_enabled=False)),
        (
            "redis",
            {"host": " ::1 ", "port": 1, "username": "u", "password": "p", "tlsEnabled": True},
            RedisPlace("::1", 1, "u", Secret("p"), tls_enabled=True),
        ),
        (
            "redis",
            {"host": "10.0.0.1", "port": "65535", "username": None, "password": ""},
            RedisPlace("10.0.0.1", 65535, "", None, tls_enabled=False),
        ),
        ("dynamodb", {"tableName": "t", "region": "r"}, DynamoPlace("t", "r", "", "")),
        (
            "dynamodb",
            {"tableName": "t", "region": "r", "roleArn": "a", "externalId": "e"},
            DynamoPlace("t", "r", "a", "e"),
        ),
    ],
)
def test_a_config_is_read(kind: str, config: dict[str, Any], place: StorePlace) -> None:
    assert read_place(kind, config) == place
    assert read_place(kind, place.to_json(), place) == place


@pytest.mark.parametrize(
    ("kind", "config", "pointer", "said"),
    [
        ("redis", [], "/config", "an object"),
        ("redis", {}, "/config/host", "no host"),
        ("redis", {"host": "redis://h"}, "/config/host", "without scheme"),
        ("redis", {"host": "h:6379"}, "/config/host", "without scheme, port"),
        ("redis", {"host": "a b"}, "/config/host", "without scheme"),
        ("redis", {"host": 7}, "/config/host", "a number was found"),
        ("redis", {"host": "h", "port": 0}, "/config/port", "1 to 65535"),
        ("redis", {"host": "h", "port": "65536"}, "/config/port", "1 to 65535"),
        ("redis", {"host": "h", "port": True}, "/config/port", "1 to 65535"),
        ("redis", {"host": "h", "port": 1.5}, "/config/port", "1 to 65535"),
        ("redis", {"host": "h", "tlsEnabled": "true"}, "/config/tlsEnabled", "without quotes"),
        ("redis", {"host": "h", "password": 7}, "/config/password", "a number was found"),
        ("redis", {"host": "h", "password": "\ud800"}, "/config/password", "half of one"),
        ("redis", {"host": "h", "password": MASK}, "/config/password", "the password itself"),
        ("redis", {"host": "h", "username": "x" * 10_001}, "/config/username", "10,001"),
        ("redis", {"host": "h", "tls": True}, "/config/tls", "host, port, username"),
        ("dynamodb", {"tableName": "t"}, "/config/region", "no region"),
        ("dynamodb", {"region": "r", "tableName": ""}, "/config/tableName", "no tableName"),
        ("dynamodb", {"host": "h"}, "/config/host", "tableName, region"),
    ],
)
def test_what_is_no_config(kind: str, config: Any, pointer: str, said: str) -> None:
    with pytest.raises(InvalidRequestError, match=said) as refused:
        read_place(kind, config)
    assert refused.value.pointer == pointer


def test_a_mask_is_the_password_of_before() -> None:
    kept = {**PLACE.to_json(), "tlsEnabled": True, "username": "u"}
    assert kept["password"] == MASK
    read = read_place("redis", kept, PLACE)
    assert read == RedisPlace(PLACE.host, PLACE.port, "u", PLACE.password, tls_enabled=True)
    del kept["password"]
    assert read_place("redis", kept, PLACE) == RedisPlace(
        PLACE.host, PLACE.port, "u", None, tls_enabled=True
    )


@pytest.mark.parametrize("moved", [{"host": "evil.example.com"}, {"port": 6380}])
def test_a_password_is_not_sent_elsewhere_unless_it_is_given_again(moved: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequestError, match="send it again") as refused:
        read_place("redis", {**PLACE.to_json(), **moved}, PLACE)
    assert refused.value.pointer == "/config/password"
    given = {**PLACE.to_json(), **moved, "password": "pa55word"}
    read = read_place("redis", given, PLACE)
    assert isinstance(read, RedisPlace)
    assert read.password == PLACE.password


def test_a_password_is_in_no_text() -> None:
    assert "pa55word" not in f"{PLACE} {PLACE!r} {PLACE.to_json()}"
