"""A `shuniu` command as a child of a nursery, which has imported what `shuniu serve` imports."""

import os
from collections.abc import Sequence

import shuniu.cli  # noqa: F401 - it keeps gRPC's core quiet, which reads that once, when it is first imported
from cli import serving  # noqa: F401 - imported before the fork, once for all children
from cli.command import shuniu as program


def child(arguments: Sequence[str], output: str, errors: str) -> int:
    """Run the command with these arguments; what it says goes to the ends of files."""
    for number, file in ((1, output), (2, errors)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), number)
    try:
        program(args=list(arguments), prog_name="shuniu")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
