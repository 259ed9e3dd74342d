"""Policies, as they are given on the command line."""

import sys
from pathlib import Path

import orjson
import typer

from muster.access.policy import Policy
from muster.core.errors import InvalidRequestError


def read_policy(argument: str, option: str = "--policy") -> Policy:
    """Return the policy that the value of an option gives.

    Args:
        argument: JSON, the path of a file that holds it, or `-` for standard input.
        option: the option, for the message.

    Raises:
        BadParameter: it is none, or can't be read.
    """
    try:
        return Policy.parse(orjson.loads(_policy_text(argument)))
    except OSError as error:
        raise _wrong_policy(f"{argument} can't be read: {error.strerror}.", option) from error
    except orjson.JSONDecodeError as error:
        raise _wrong_policy(f"Not JSON: {error}.", option) from error
    except InvalidRequestError as error:
        where = f"{error.pointer}: " if error.pointer else ""
        raise _wrong_policy(where + error.message, option) from error


def _policy_text(argument: str) -> bytes:
    if argument == "-":
        return sys.stdin.buffer.read()
    if argument.lstrip().startswith(("[", "{")):
        return argument.encode("utf-8", "surrogateescape")
    return Path(argument).read_bytes()


def _wrong_policy(message: str, option: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=option)
