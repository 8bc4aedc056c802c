"""What holds for every command: times with their zone for people, identity and officer out of the environment, JSON for programs."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from cli.command import shuniu
from cli.process import shuniu_command
from shuniu.cli.command import NOBODY_READS
from tests.cli.processes import ROOT, run
from tests.world import AUTHORITY, CONSUMER, OFFICER, PROVIDER

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
WITH_ZONE = re.compile(r"北京时间 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (北京时间 \(UTC\+8\)|Beijing time)")
SPARED = frozenset(
    {
        ("cli/demo/papers.py", "isoformat"),  # days in the documents that the demo issues
        ("cli/demo/ending.py", "isoformat"),  # days of the demo on their way to the hub
        ("cli/synthetic/tables.py", "isoformat"),  # rows of the demo's databases
        ("cli/revoking.py", "isoformat"),  # _text, which only the facts for --json use
        ("shuniu/cli/list_fetching.py", "isoformat"),  # the facts that --json prints; people get them through in_beijing
        ("shuniu/cli/daily/printing.py", "%Y"),  # columns of a table, which have no room: Beijing time to the minute
        ("shuniu/cli/daily/ledger.py", "isoformat"),  # a day of a license on its way to the hub
        ("shuniu/cli/daily/request_options.py", "isoformat"),  # a moment of a request on its way to the hub
    }
)


def leaves(group=shuniu, path=()):
    """Return every command that does something, by the words that reach it."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        found = group.get_command(ctx, name)
        if isinstance(found, click.Group):
            yield from leaves(found, (*path, name))
        else:
            yield (*path, name), found


LEAVES = dict(leaves())


@pytest.mark.parametrize(("flag", "variable"), [("--identity", "SHUNIU_IDENTITY"), ("--officer", "SHUNIU_OFFICER")])
def test_whoever_works_all_day_says_identity_and_officer_once(flag, variable):
    takers = {path: one for path, command in LEAVES.items() for one in command.params if flag in one.opts}
    assert len(takers) > 10
    assert {path: one.envvar for path, one in takers.items() if one.envvar != variable} == {}


def test_every_command_that_says_something_says_it_to_programs_too():
    """Each has --json; of the rest each has a reason."""
    without = {path for path, command in LEAVES.items() if not any("--json" in one.opts for one in command.params)}
    assert without == {
        ("completion",),  # what it prints is a program
        ("question", "ask"),  # it prints the answer as JSON, as `call` does
        ("query-many",),  # it prints lines of JSON, whoever reads them
        ("subscribe",),  # so does this
    }


def test_the_environment_names_the_identity_and_the_command_line_outweighs_it(world):
    mine, other = (str(world.member(kind).folder) for kind in (CONSUMER, PROVIDER))
    environment = {"SHUNIU_IDENTITY": mine}
    assert world.member(CONSUMER).department in run("call", "IdentityService/WhoAmI", env=environment).stdout
    assert world.member(PROVIDER).department in run("call", "IdentityService/WhoAmI", "--identity", other, env=environment).stdout
    assert run("login-link", env={"SHUNIU_IDENTITY": str(world.auditor().folder), "SHUNIU_OFFICER": OFFICER}).returncode == 0


def test_an_identity_in_the_environment_does_not_bar_the_public_port(world, tmp_path):
    ca = tmp_path / "ca.pem"
    ca.write_bytes(world.ca)
    public = ("call", "LicenseService/GetTrustList", "--hub", world.hub.addresses["public"], "--ca", ca)
    for environment in ({}, {"SHUNIU_IDENTITY": str(world.member(CONSUMER).folder)}):
        assert run(*public, env=environment).returncode == 0


def test_no_command_shows_a_moment_in_another_form():
    """Moments for people come from `shuniu.zone`; the forms of programs stand in functions for programs alone."""
    found = [one for place in ("cli", "shuniu/cli") for file in sorted((ROOT / place).rglob("*.py")) for one in forms_in(file)]
    assert found == []


def forms_in(file: Path):
    """Return where a module writes a moment by itself, outside of what it prints as JSON."""
    tree, name = ast.parse(file.read_text(encoding="utf-8")), str(file.relative_to(ROOT))
    spared = {
        id(inner)
        for node in ast.walk(tree)
        if (isinstance(node, ast.FunctionDef) and "facts" in node.name)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print_json")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"isoformat", "ToJsonString", "strftime"}:
            if id(node) not in spared and (name, node.attr) not in SPARED:
                yield name, node.lineno, node.attr
        elif (
            isinstance(node, ast.FormattedValue)
            and node.format_spec is not None
            and "%Y" in ast.unparse(node.format_spec)
            and (name, "%Y") not in SPARED
        ):
            yield name, node.lineno, "%Y"


def test_what_people_read_says_the_time_of_beijing(world, template, tmp_path):
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    folder, config = world.auditor().folder, tmp_path / "shuniu.toml"
    outputs = [
        run("token", "--config", config, "--department", world.member(AUTHORITY).department, "--system", "desk"),
        run("doctor", "--config", config),
        run("doctor", "--identity", folder),
        run("renew", folder),
        run("login-link", "--identity", folder, "--officer", OFFICER),
    ]
    for done in outputs:
        text = done.stdout + done.stderr
        assert WITH_ZONE.search(text), text
        assert not MOMENT.search(WITH_ZONE.sub("", text)), text


def test_output_that_nobody_reads_to_its_end_is_no_verdict():
    with subprocess.Popen([*shuniu_command("errors")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.read(10)
        started.stdout.close()
        assert started.wait(30) == NOBODY_READS
        assert started.stderr.read() == b""
