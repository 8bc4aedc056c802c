"""The `shuniu` command: a thin door over the client library; no rule lives here. Other wheels add their commands (`shuniu.cli.command`)."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Final

QUIET_GRPC: Final = "ERROR"
# gRPC's core, which is C++, reads it once, when it is first imported. Below this it writes what the other side of a connection says, unescaped.
# The operator's own setting wins.
os.environ.setdefault("GRPC_VERBOSITY", QUIET_GRPC)


def main() -> None:
    """Run the command line; what a subcommand needs is loaded when it runs."""
    import_module("shuniu.cli.command").run()
