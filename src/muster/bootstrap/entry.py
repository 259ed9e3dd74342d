"""The program `muster`."""

import sys
from typing import Final

_INTERRUPTED: Final = 130


def main() -> None:
    """Run the command line. Ctrl-C ends it quietly, also while it is still loading."""
    try:
        from muster.bootstrap.runtime import ProgramRuntime  # noqa: PLC0415 - it takes a while
        from muster.cli.app import build_cli  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    build_cli(ProgramRuntime(), next(iter(sys.argv[1:]), None))()
