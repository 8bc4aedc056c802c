"""The `shuniu` command: a thin door over the client library and the server; no rule lives here."""

from importlib import import_module


def main() -> None:
    """Run the command line; what a subcommand needs is loaded when it runs."""
    import_module("cli.command").run()
