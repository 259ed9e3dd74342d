"""Fields of what is sent, described as narrowly as they are read.

They only describe. The domain checks what is sent, whoever sends it, and its messages say more.
"""

from typing import Any, Final

from pydantic import Field

from muster.core.naming import MAX_KEY_LENGTH, MAX_NAME_LENGTH, MAX_TAGS

KEY: Final[Any] = Field(
    json_schema_extra={"pattern": rf"^[a-zA-Z0-9][a-zA-Z0-9_.-]{{0,{MAX_KEY_LENGTH - 1}}}$"}
)
"""A key that something new is to have."""
NAME: Final[Any] = Field(json_schema_extra={"minLength": 1, "maxLength": MAX_NAME_LENGTH})
"""What people call something."""
TAG: Final[Any] = Field(json_schema_extra={"pattern": r"^[a-zA-Z0-9_.-]{1,64}$"})
TAGS: Final[Any] = Field(json_schema_extra={"maxItems": MAX_TAGS})
COLOR: Final[Any] = Field(json_schema_extra={"pattern": "^[0-9a-fA-F]{6}$"})
TTL_MINUTES: Final[Any] = Field(json_schema_extra={"minimum": 0, "maximum": 60})
EMAIL: Final[Any] = Field(json_schema_extra={"pattern": r"^[^@\s]+@[^@\s]+$"})
