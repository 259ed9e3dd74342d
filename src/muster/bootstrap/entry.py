"""The program `muster`."""

import gc
import sys
from typing import Final

_INTERRUPTED: Final = 130
_COLLECTED_AFTER: Final = (50_000, 20, 50)
"""How many more objects there are when the garbage collector looks for cycles; by default, 700."""


def main() -> None:
    """Run the command line. Ctrl-C ends it quietly, also while it is still loading."""
    # Loading makes hundreds of thousands of objects that stay, and requests leave no cycles behind.
    gc.set_threshold(*_COLLECTED_AFTER)
    try:
        from muster.bootstrap.runtime import ProgramRuntime  # noqa: PLC0415 - it takes a while
        from muster.cli.app import build_cli  # noqa: PLC0415
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    build_cli(ProgramRuntime(), next(iter(sys.argv[1:]), None))()
