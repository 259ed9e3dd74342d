"""Identifiers: their types, and how new ones are made."""

import os
import random
import time
import uuid
from typing import Final, NewType

AccountId = NewType("AccountId", str)
AuditEntryId = NewType("AuditEntryId", str)
"""24 hexadecimal digits."""
DeliveryId = NewType("DeliveryId", str)
"""24 hexadecimal digits; names one attempt to deliver an audit entry to a webhook."""
ProjectId = NewType("ProjectId", str)
ProjectKey = NewType("ProjectKey", str)
EnvironmentId = NewType("EnvironmentId", str)
"""24 hexadecimal digits; also the environment's client-side ID, which never changes."""
EnvironmentKey = NewType("EnvironmentKey", str)
FlagId = NewType("FlagId", str)
FlagKey = NewType("FlagKey", str)
IntegrationKey = NewType("IntegrationKey", str)
BigSegmentStoreId = NewType("BigSegmentStoreId", str)
"""24 hexadecimal digits; names one big segment store of an environment."""
IntegrationConfigurationId = NewType("IntegrationConfigurationId", str)
"""24 hexadecimal digits; names one configuration of an integration."""
MemberId = NewType("MemberId", str)
"""A member of the account: a person, not a member of a cohort."""
RelayProxyConfigurationId = NewType("RelayProxyConfigurationId", str)
"""24 hexadecimal digits; names one Relay Proxy configuration."""
RequestId = NewType("RequestId", str)
"""24 hexadecimal digits; names one sync request in the sync log and in the revision log."""
RoleId = NewType("RoleId", str)
"""24 hexadecimal digits; names one custom role."""
RoleKey = NewType("RoleKey", str)
SegmentId = NewType("SegmentId", str)
"""24 hexadecimal digits; a segment that is deleted and created again gets another."""
SegmentKey = NewType("SegmentKey", str)
TokenId = NewType("TokenId", str)
WebhookId = NewType("WebhookId", str)
"""24 hexadecimal digits."""


# To ask the system for each id would let go of the interpreter lock, thousands of times a second.
_random: Final = random.Random()  # noqa: S311 - ids are names, not secrets
os.register_at_fork(after_in_child=_random.seed)


def new_id() -> str:
    """Return a new id: 24 hexadecimal digits, the first eight the time in seconds, the rest random.

    Ids of one kind sort by age, so a table or a tree that is ordered by them grows at its end. Who has seen
    many of them may guess the next: what has to be a secret comes from `muster.core.secrets`.
    """
    return f"{int(time.time()):08x}{_random.getrandbits(64):016x}"


def new_uuid() -> str:
    """Return a new random UUID (version 4) in its usual text form."""
    return str(uuid.uuid4())
