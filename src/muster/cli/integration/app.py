"""The commands of `muster integration`."""

import typer

from muster.cli.integration.replay import replay

app = typer.Typer(
    help="Build, check and try an integration: its manifest, its logos, its payloads.",
    no_args_is_help=True,
)
app.command("replay")(replay)
