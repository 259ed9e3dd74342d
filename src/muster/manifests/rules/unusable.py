"""The rules that a server names when it leaves an integration out; each has a module of its own."""

from typing import Final

REQUEST_PARSER: Final = "request-parser/unusable"
RESPONSE_BODY: Final = "response-body/unusable"
