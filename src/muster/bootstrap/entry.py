"""The program `muster`."""

from muster.bootstrap.runtime import ProgramRuntime
from muster.cli.app import build_cli


def main() -> None:
    """Run the command line."""
    build_cli(ProgramRuntime())()
