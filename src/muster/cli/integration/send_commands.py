"""Commands for a shell that send a body, ready to be pasted."""

import re
import shlex
from pathlib import Path
from typing import Final

import orjson

from muster.cli.output import printable
from muster.core.pointers import Json
from muster.core.secrets import Secret

MAX_INLINE_BYTES: Final = 65_536
"""The largest body that a command may hold; Linux takes arguments of up to 128 KiB."""
TOKEN_VARIABLE: Final = "MUSTER_TOKEN"
_NOT_ASCII: Final = re.compile("[^\x00-\x7e]+")


def write_json(value: Json, *, indented: bool = False) -> str:
    """Return a value as JSON that a terminal may show: what could steer it is escaped, as JSON does."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indented else None).decode()
    return _NOT_ASCII.sub(lambda found: _escape(found[0]), text)


def curl_command(endpoint: str, body: str | Path, token: Secret | None = None) -> str:
    """Return a command that sends a body with curl.

    Args:
        endpoint: the address that takes it.
        body: JSON, or the file that holds it.
        token: an access token; None for what the shell has in MUSTER_TOKEN.
    """
    if isinstance(body, Path):
        data = f"--data-binary {shlex.quote(f'@{_plain(body)}')}"
    else:
        data = f"-d {shlex.quote(body)}"
    return (
        f"curl -i {shlex.quote(endpoint)} \\\n"
        f"  -H {_header('Authorization: ', token)} \\\n"
        f"  -H 'Content-Type: application/json' \\\n"
        f"  {data}"
    )


def httpie_command(endpoint: str, body: str | Path, token: Secret | None = None) -> str:
    """Return a command that sends a body with HTTPie, of version 3 or newer; see `curl_command`."""
    if isinstance(body, Path):
        options, data = "", f"< {shlex.quote(_plain(body))}"
    else:
        options, data = " --ignore-stdin", f"--raw {shlex.quote(body)}"
    return (
        f"http{options} POST {shlex.quote(endpoint)} \\\n"
        f"  {_header('Authorization:', token)} \\\n"
        f"  Content-Type:application/json \\\n"
        f"  {data}"
    )


def _header(name: str, token: Secret | None) -> str:
    if token is None:
        return f'"{name}${TOKEN_VARIABLE}"'
    return shlex.quote(f"{name}{token.reveal()}")


def _plain(path: Path) -> str:
    """Return a path that no program takes for an option or for its standard input."""
    text = str(path)
    return f"./{text}" if text.startswith("-") else text


def _escape(text: str) -> str:
    return "".join(
        character if printable(character) == character else f"\\u{ord(character):04x}"
        for character in text
    )
