"""The hub's part of the `shuniu` command: a thin door over the server and its domains; no rule lives here.

What a department does with the command is `shuniu.cli`, to which this adds its commands (`cli.command`).
"""

from importlib import import_module

import shuniu.cli  # noqa: F401 - it keeps gRPC's core quiet, which reads that once, when it is first imported


def main() -> None:
    """Run the command line with all commands of this repository, whether or not the wheels are installed."""
    import_module("cli.command").run()
