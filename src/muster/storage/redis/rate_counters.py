"""Counters that servers share.

All counts of a window are the fields of one hash, beside the time when it ends. One script, which Redis
runs as one step and by its own clock, looks at all limits of a request and counts it: so servers whose
clocks differ agree, and each request costs one trip to Redis.
"""

import asyncio
from collections.abc import Sequence
from typing import Final, Self

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from muster.core.clock import from_millis
from muster.core.errors import ConfigurationError, UnavailableError
from muster.limits.model import WINDOW, Counts, Limit

KEY: Final = "muster:rate-limits"
"""The hash; its fields are the buckets, and `resets`."""
TIMEOUT_SECONDS: Final = 1.0
"""How long a request waits for Redis, before it goes through uncounted."""
_CONNECTIONS: Final = 16
_WINDOW_MILLIS: Final = int(WINDOW.total_seconds() * 1000)
_TAKE: Final = """
local key, window = KEYS[1], tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local resets = tonumber(redis.call('HGET', key, 'resets'))
if not resets or now >= resets or now < resets - window then
  resets = now + window
  redis.call('DEL', key)
  redis.call('HSET', key, 'resets', resets)
  redis.call('PEXPIRE', key, 2 * window)
end
local used, admitted = {}, 1
for i = 2, #ARGV, 2 do
  local count = tonumber(redis.call('HGET', key, ARGV[i])) or 0
  if count >= tonumber(ARGV[i + 1]) then admitted = 0 end
  used[#used + 1] = count
end
if admitted == 1 then
  for i = 2, #ARGV, 2 do
    used[i / 2] = redis.call('HINCRBY', key, ARGV[i], 1)
  end
end
return {admitted, resets, unpack(used)}
"""


class RedisRateCounters:
    """Implements `RateCounters`, from one event loop."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._take = client.register_script(_TAKE)

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the counters that lie in the database of a URL; it is not connected to yet.

        Raises:
            ConfigurationError: it is no URL of a Redis. The message does not hold it: it may have a
                password.
        """
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_CONNECTIONS,
                timeout=None,  # `take` bounds how long all of it may last
                socket_timeout=None,
                socket_connect_timeout=TIMEOUT_SECONDS,
                # A connection that Redis has closed meanwhile is opened again; nothing else is repeated.
                retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
            )
        except ValueError:
            raise ConfigurationError(
                "MUSTER_RATE_LIMIT_STORE can't be read, expected redis://host:6379/0, "
                "redis://:password@host/0, rediss:// for TLS or unix:///path."
            ) from None
        return cls(Redis(connection_pool=pool))

    async def take(self, limits: Sequence[Limit]) -> Counts:
        """Count a request; see `RateCounters`."""
        arguments: list[str | int] = [_WINDOW_MILLIS]
        for limit in limits:
            arguments += [limit.bucket, limit.most]
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                admitted, resets, *used = await self._take(keys=[KEY], args=arguments)
        except TimeoutError as error:
            raise UnavailableError(
                f"Redis can't count requests: no answer within {TIMEOUT_SECONDS:g} seconds."
            ) from error
        except (RedisError, OSError) as error:
            raise UnavailableError(f"Redis can't count requests: {error}") from error
        return Counts(bool(admitted), used, from_millis(resets))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
        await self._client.connection_pool.disconnect()
