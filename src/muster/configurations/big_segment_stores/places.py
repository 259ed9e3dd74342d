"""Where big segment stores are, and how to get in: what the API calls their `config`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from muster.core.errors import InvalidRequestError, NotFoundError
from muster.core.pointers import Json, format_pointer
from muster.core.secrets import MASK, Secret
from muster.core.texts import check_boolean, check_text

REDIS: Final = "redis"
DYNAMODB: Final = "dynamodb"
_REDIS_PORT: Final = 6379
_REDIS_NAMES: Final = ("host", "port", "username", "password", "tlsEnabled")
_DYNAMO_NAMES: Final = ("tableName", "region", "roleArn", "externalId")
_AT: Final = "/config"
_HOST: Final = re.compile(r"[^\s/@?#:]+|[0-9A-Fa-f.]*(?::[0-9A-Fa-f.]*){2,8}")
"""A name, or an address of IPv4 or IPv6."""
_PORT: Final = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class RedisPlace:
    """A Redis server.

    Attributes:
        username: "" for none.
        password: None for none.
    """

    kind: ClassVar[str] = REDIS
    host: str
    port: int
    username: str
    password: Secret | None
    tls_enabled: bool

    def to_json(self) -> dict[str, Json]:
        """Return the place as it is shown: a mask stands for the password."""
        secret: dict[str, Json] = {} if self.password is None else {"password": MASK}
        return {
            "host": self.host,
            "port": str(self.port),
            "username": self.username,
            **secret,
            "tlsEnabled": self.tls_enabled,
        }


@dataclass(frozen=True, slots=True)
class DynamoPlace:
    """A table of DynamoDB.

    Attributes:
        role_arn: the role of AWS to assume; "" for none.
        external_id: what to name when assuming it; "" for none.
    """

    kind: ClassVar[str] = DYNAMODB
    table_name: str
    region: str
    role_arn: str
    external_id: str

    def to_json(self) -> dict[str, Json]:
        """Return the place as it is shown."""
        return {
            "tableName": self.table_name,
            "region": self.region,
            "roleArn": self.role_arn,
            "externalId": self.external_id,
        }


StorePlace: TypeAlias = RedisPlace | DynamoPlace


def check_kind(kind: str) -> str:
    """Return the kind of a big segment store.

    Raises:
        NotFoundError: there is none of this name.
    """
    if kind not in (REDIS, DYNAMODB):
        raise NotFoundError(
            f"There are no big segment stores {kind[:64]!r}: a store is {REDIS} or {DYNAMODB}."
        )
    return kind


def read_place(kind: str, config: Json, before: StorePlace | None = None) -> StorePlace:
    """Return the place that a `config` describes.

    Args:
        kind: `redis` or `dynamodb`.
        before: what it was, where it is to be another. A mask for the password is the password of before,
            but not for another host or port: else whoever may change these could have it sent to
            themselves.

    Raises:
        InvalidRequestError: it is none, or has a member that such a place has not.
    """
    if not isinstance(config, dict):
        raise InvalidRequestError("config is an object.", pointer=_AT)
    if kind == DYNAMODB:
        return _read_dynamo(config)
    return _read_redis(config, before if isinstance(before, RedisPlace) else None)


def _read_redis(config: Mapping[str, Json], before: RedisPlace | None) -> RedisPlace:
    _check_names(config, REDIS, _REDIS_NAMES)
    host, port = _text(config, "host"), _port(config.get("port"))
    if not _HOST.fullmatch(host):
        raise InvalidRequestError(
            "host is the name or the address of a Redis server, without scheme, port and path.",
            pointer=f"{_AT}/host",
        )
    if before is not None and (before.host, before.port) != (host, port):
        _check_password_again(config, before)
    tls = config.get("tlsEnabled")
    return RedisPlace(
        host=host,
        port=port,
        username=_optional_text(config, "username"),
        password=_password(config, None if before is None else before.password),
        tls_enabled=tls is not None and check_boolean(tls, "tlsEnabled", f"{_AT}/tlsEnabled"),
    )


def _read_dynamo(config: Mapping[str, Json]) -> DynamoPlace:
    _check_names(config, DYNAMODB, _DYNAMO_NAMES)
    return DynamoPlace(
        table_name=_text(config, "tableName"),
        region=_text(config, "region"),
        role_arn=_optional_text(config, "roleArn"),
        external_id=_optional_text(config, "externalId"),
    )


def _check_names(config: Mapping[str, Json], kind: str, known: Sequence[str]) -> None:
    for name in config:
        if name not in known:
            raise InvalidRequestError(
                f"A {kind} store has no {name[:64]!r}. What it has: {', '.join(known)}.",
                pointer=format_pointer("config", name[:64]),
            )


def _text(config: Mapping[str, Json], name: str) -> str:
    text = _optional_text(config, name)
    if not text:
        raise InvalidRequestError(f"config has no {name}.", pointer=f"{_AT}/{name}")
    return text


def _optional_text(config: Mapping[str, Json], name: str) -> str:
    value = config.get(name)
    return "" if value is None else check_text(value, name, f"{_AT}/{name}").strip()


def _port(value: Json) -> int:
    """Return a port, which clients write as a text or as a number."""
    if value in (None, ""):
        return _REDIS_PORT
    is_number = type(value) is int or (isinstance(value, str) and _PORT.fullmatch(value))
    if not is_number or not 1 <= int(value) <= 65535:
        raise InvalidRequestError("port is a number from 1 to 65535.", pointer=f"{_AT}/port")
    return int(value)


def _password(config: Mapping[str, Json], before: Secret | None) -> Secret | None:
    value = config.get("password")
    if value in (None, ""):
        return None
    text = check_text(value, "password", f"{_AT}/password")
    if text != MASK:
        return Secret(text)
    if before is None:
        raise InvalidRequestError(
            f"{MASK} is what is shown instead of a password: send the password itself.",
            pointer=f"{_AT}/password",
        )
    return before


def _check_password_again(config: Mapping[str, Json], before: RedisPlace) -> None:
    if before.password is not None and config.get("password") == MASK:
        raise InvalidRequestError(
            "The password that is kept is for the host and the port of before: send it again, or another "
            "one, together with the new host or port.",
            pointer=f"{_AT}/password",
        )
