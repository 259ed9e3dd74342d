"""Forms for tests."""

from typing import Any, Final

from muster.configurations.integrations.form import IntegrationForm
from muster.core.ids import IntegrationKey
from muster.core.pointers import Json

ACME: Final = IntegrationKey("acme")


def variable(key: str, kind: str = "string", **more: Json) -> dict[str, Any]:
    """Return a form variable as a manifest declares it."""
    return {"key": key, "name": key, "type": kind, "description": f"The {key}.", **more}


def form(*declared: dict[str, Any]) -> IntegrationForm:
    """Return the form of an integration that declares these variables."""
    return IntegrationForm.read(ACME, declared)


REGION: Final = variable("region", "enum", allowedValues=["eu", "us"])
API_KEY: Final = variable("apiKey", isSecret=True)
SITE: Final = variable("site", "uri", isOptional=True, defaultValue="")
