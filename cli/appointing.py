"""The hub's own machine: appoint the authority's first people officer, and print the one-time link by which she signs in."""

from pathlib import Path

import click

from cli.first_officer import facts_of, lines_of
from cli.serving import config_option, console, existing_hub, json_option
from shuniu.cli.output import print_json


@click.command()
@click.argument("number", metavar="NUMBER")
@click.option("--name", "display_name", default="", help="姓名或称谓 what colleagues call the officer.  [default: the number]")
@config_option
@json_option
def appoint(*, number: str, display_name: str, config: Path, as_json: bool) -> None:
    """任命人员管理岗 Appoint the authority's first people officer and print a one-time link; whoever lost the passkey gets a new link. Logged."""
    settings = existing_hub(config)
    with console(settings) as certs:
        done = certs.appoint(settings.authority, number, display_name)
    if as_json:
        print_json(facts_of(settings, done))
        return
    click.echo("\n".join(lines_of(settings, done)))
