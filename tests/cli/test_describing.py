"""`shuniu call --describe`, `--list` and `--out`, and the shells' completion: nobody needs the protos to write a request."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest

from shuniu.cli.calling import SERVICES, request_of
from shuniu.cli.describing import facts_of, lines_of
from tests.cli.processes import ROOT, run
from tests.world import AUTHORITY, CONSUMER, PROVIDER

METHODS = [one for service in SERVICES.values() for one in service.methods]
CHINESE = re.compile("[一-鿿]")


def fields_in(fields):
    for one in fields:
        yield one
        yield from fields_in(one.get("fields", []))


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.name)
def test_every_method_is_told_with_all_that_is_inside(method):
    facts = facts_of(method)
    assert facts["comment"]
    every = [*fields_in(facts["request"]["fields"]), *fields_in(facts["answer"]["fields"])]
    assert [one["name"] for one in every if not CHINESE.search(one["word"])] == []
    assert [one["name"] for one in every if one["name"] not in {"key", "value"} and not one["comment"]] == []
    assert [value["name"] for one in every for value in one.get("values", []) if not value["comment"]] == []
    assert json.loads(json.dumps(facts)) == facts
    text = "\n".join(lines_of(facts))
    assert all(one["name"] in text and one["comment"] in text for one in every)


@pytest.mark.parametrize("method", METHODS, ids=lambda one: one.name)
def test_the_template_of_every_method_is_a_request(method):
    request = request_of(method, json.dumps(facts_of(method)["template"]))
    assert request.DESCRIPTOR is method.input_type


def test_a_description_has_nested_fields_closed_lists_and_their_chinese_names():
    done = run("call", "CatalogService/CreateEntry", "--describe")
    assert done.returncode == 0, done.stderr
    assert re.search(r"SHARE_TYPE_CONDITIONAL +有条件共享", done.stdout)
    assert re.search(r"fields +信息项 +Field，可重复 repeated", done.stdout)
    template = json.loads(done.stdout[done.stdout.index("\n{") :])
    assert CHINESE.search(template["entry"]["share_type"])


def test_the_list_is_there_for_programs_too():
    listed = json.loads(run("call", "--list", "--json").stdout)
    assert {one["method"] for one in listed} == {f"{one.containing_service.name}/{one.name}" for one in METHODS}
    one = json.loads(run("call", "--describe", "ExchangeService/Query", "--json").stdout)
    assert one in listed


def test_an_export_is_written_as_the_bytes_that_it_is(world, tmp_path):
    world.entry(world.member(PROVIDER))
    file, identity = tmp_path / "directory.ttl", world.member(CONSUMER).folder
    ask = ("call", "--identity", identity, "CatalogService/ExportDirectory", '{"format": "EXPORT_FORMAT_TURTLE"}')
    done = run(*ask, "--out", file)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert file.read_bytes().startswith(b"@prefix")
    before = file.read_bytes()
    assert run(*ask[:-1], '{"format": 99}', "--out", file).returncode != 0
    assert file.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def test_the_one_file_of_an_answer_is_written_and_the_rest_printed(world, tmp_path):
    file, identity = tmp_path / "trust.cose", world.member(CONSUMER).folder
    done = run("call", "--identity", identity, "LicenseService/GetTrustList", "--out", file)
    assert set(json.loads(done.stdout)) == {"public_key_pem"}
    assert file.stat().st_size > 0
    refused = run("call", "--identity", identity, "IdentityService/WhoAmI", "--out", file)
    assert (refused.returncode, "NO_FILE_IN_ANSWER" in refused.stderr) == (2, True)


@pytest.fixture
def path(tmp_path):
    """Where a shell finds the command."""
    program = tmp_path / "shuniu"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m cli "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def completed(path, words):
    """Return what a bash with the printed script offers for the last word."""
    script = f"""
        eval "$(shuniu completion bash)"
        COMP_WORDS=({" ".join(map(shlex.quote, words))}) COMP_CWORD={len(words) - 1}
        _shuniu_completion shuniu
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    where = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, cwd=ROOT, env=where).stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("shuniu", "ver"), {"verify", "verify-stamp"}),
        (("shuniu", "call", "ExchangeService/"), {"ExchangeService/Query"}),
        (("shuniu", "hosts", "app"), {"approve"}),
        (("shuniu", "call", "--desc"), {"--describe"}),
    ],
)
def test_bash_completes_commands_options_and_methods(path, words, offered):
    assert offered <= set(completed(path, words))


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_a_script_of_their_own(shell):
    assert f"_SHUNIU_COMPLETE={shell}_complete" in run("completion", shell).stdout


def test_who_may_not_export_is_told_so_and_no_file_is_left(world, tmp_path):
    file = tmp_path / "x.ttl"
    done = run("call", "--identity", world.member(AUTHORITY).folder, "CatalogService/ExportDirectory", "{}", "--out", file)
    assert done.returncode == 1
    assert not file.exists()
