"""The webhooks of a server elsewhere."""

from pydantic import Field

from muster.core.clock import from_millis
from muster.core.ids import WebhookId
from muster.remote.connection import Connection
from muster.remote.shapes import PolicyField, Shape
from muster.webhooks.model import Webhook


class WebhookShape(Shape):
    """A webhook, without its secret."""

    id: str = Field(alias="_id")
    url: str
    name: str = ""
    on: bool
    tags: tuple[str, ...]
    statements: PolicyField | None = None

    def to_model(self) -> Webhook:
        """Return the webhook; when it was made is not told, nor its secret."""
        return Webhook(
            id=WebhookId(self.id),
            url=self.url,
            name=self.name,
            secret=None,
            is_on=self.on,
            statements=self.statements,
            tags=self.tags,
            created_at=from_millis(0),
        )


class RemoteWebhooks:
    """Does what `WebhookService` does, as far as commands on a server elsewhere need it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get_webhook(self, webhook_id: str) -> Webhook:
        """Return the webhook with this id."""
        return self._connection.get(WebhookShape, "webhooks", webhook_id).to_model()
