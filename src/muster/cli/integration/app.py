"""The commands of `muster integration`, in the order in which a partner's developer comes to them."""

import typer

from muster.cli.integration.docs import docs
from muster.cli.integration.new import new
from muster.cli.integration.replay import replay
from muster.cli.integration.sample import sample
from muster.cli.integration.serve import serve
from muster.cli.integration.submit import checklist, pack
from muster.cli.integration.try_payload import try_payload
from muster.cli.integration.validate import validate

app = typer.Typer(
    help="Build, check and try an integration: its manifest, its logos, its payloads.",
    no_args_is_help=True,
)
app.command("new")(new)
app.command("validate")(validate)
app.command("try")(try_payload)
app.command("sample")(sample)
app.command("serve")(serve)
app.command("replay")(replay)
app.command("docs")(docs)
app.command("checklist")(checklist)
app.command("pack")(pack)
