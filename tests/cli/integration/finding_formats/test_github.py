"""Findings as GitHub's workflow commands, read as its runner reads them."""

import re
from dataclasses import replace
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from muster.cli.integration.finding_formats.github import github_commands
from muster.cli.output import printable
from tests.cli.integration.finding_formats.findings import TOO_LARGE, UNKNOWN_KEY, checked

COMMAND = re.compile(r"::(\w+) ([^:\n]*)::([^\n]*)")
"""What the runner takes a line apart by: the properties end at the first `::`."""


def read_command(line: str) -> tuple[str, dict[str, str], str]:
    """Return the name, the properties and the message of a workflow command."""
    found = COMMAND.fullmatch(line)
    assert found, line
    properties = dict(pair.split("=", 1) for pair in found[2].split(","))
    return found[1], {name: unquote(value) for name, value in properties.items()}, unquote(found[3])


def test_each_finding_is_a_command() -> None:
    assert list(github_commands([checked(UNKNOWN_KEY, TOO_LARGE)])) == [
        (
            "::error file=integrations/acme/manifest.json,line=3,col=3,title=schema/unknown-key::"
            'There is no key "vershun" here.%0ADid you mean "version"?%0AAt /vershun'
        ),
        (
            "::warning file=integrations/acme/assets/square.svg,title=asset/too-large::"
            "It has 70,000 bytes."
        ),
    ]


def test_what_means_something_to_the_runner_is_escaped() -> None:
    finding = replace(TOO_LARGE, file="100%,a:b.svg", message="50 % :: a,b")
    (line,) = github_commands([checked(finding)])
    assert line == (
        "::warning file=integrations/acme/100%25%2Ca%3Ab.svg,title=asset/too-large::50 %25 :: a,b"
    )


@given(st.text(), st.text(), st.text().map("/{}".format), st.text(min_size=1))
def test_whatever_a_finding_says_is_one_command_that_says_it(
    message: str, hint: str, pointer: str, file: str
) -> None:
    finding = replace(UNKNOWN_KEY, message=message, hint=hint, pointer=pointer, file=file)
    (line,) = github_commands([checked(finding)])
    name, properties, told = read_command(line)
    said = [printable(text) for text in (message, hint, f"At {pointer}") if text]
    assert (name, told) == ("error", "\n".join(said))
    assert properties["file"] == printable(f"integrations/acme/{file}")
    assert properties["title"] == "schema/unknown-key"
