"""A seal office on the command line: key, request, certificate, seal, stamp; the same commands on both machines."""

import json
import stat
from pathlib import Path

import click
import pytest

from cli.command import HUB
from shuniu.cli.command import DAILY, DEPARTMENT, program
from tests.cli.processes import run
from tests.world import AUTHORITY, OFFICER, PROVIDER, PURPOSE


def by(world, kind, *arguments):
    done = run(*arguments, "--identity", world.member(kind).folder, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def signer(world, tmp_path_factory):
    """Give a signer's key with its certificate, both by commands."""
    folder = tmp_path_factory.mktemp("signer")
    made = json.loads(run("seal", "certificate", "request", "--key", folder / "key.pem", "--out", folder / "signer.csr", "--json").stdout)
    assert made["new_key"] is True
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
    issued = by(world, PROVIDER, "seal", "certificate", "issue", folder / "signer.csr", "--out", folder / "signer.pem", "--officer", OFFICER)
    assert (folder / "signer.pem").read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    return folder / "key.pem", issued["name"].removeprefix("signerCertificates/"), issued["not_after"]


def applied(world, signer, title="银川市市场监督管理局"):
    _, serial, until = signer
    given = ("--kind", "法定名称章", "--title", title, "--signer", serial, "--valid-to", until, "--officer", OFFICER)
    return by(world, PROVIDER, "seal", "apply", *given)["name"].removeprefix("seals/")


def test_a_seal_goes_its_way_from_application_to_a_stamp_that_is_valid(world, signer, tmp_path):
    name, (key, serial, _) = applied(world, signer), signer
    assert name in {one["name"].removeprefix("seals/") for one in by(world, AUTHORITY, "seal", "list")}
    assert "SEAL_NOT_MADE" in run("seal", "save", name, "--out", tmp_path, "--identity", world.member(PROVIDER).folder).stderr
    assert by(world, AUTHORITY, "seal", "make", name, "--officer", "SJ-1")["state"] == "SEAL_STATE_MADE"
    assert by(world, PROVIDER, "seal", "activate", name, "--officer", OFFICER)["state"] == "SEAL_STATE_ACTIVE"
    _, picture = by(world, PROVIDER, "seal", "save", name, "--out", tmp_path)["files"]
    with Path(picture).open("rb") as file:
        assert file.read(4) == b"\x89PNG"
    document = tmp_path / "contract.pdf"
    document.write_bytes(b"%PDF-1.7 a contract")
    told = ("--seal", name, "--signer", serial, "--key", key, "--purpose", PURPOSE, "--case-number", "BJ-2026-1", "--officer", OFFICER)
    stamped = by(world, PROVIDER, "seal", "stamp", document, *told)
    assert stamped["stamp"] == f"{document}.stamp"
    assert "FILE_THERE" in run("seal", "stamp", document, *told, "--identity", world.member(PROVIDER).folder).stderr
    ca = world.member(PROVIDER).folder / "ca.pem"
    verify = ("seal", "verify", stamped["stamp"], "--document", document, "--hub", world.addresses["public"], "--ca", ca)
    assert run(*verify).returncode == 0, run(*verify).stderr
    document.write_bytes(b"%PDF-1.7 another")
    assert run(*verify).returncode == 1
    assert by(world, PROVIDER, "seal", "revoke", name, "--reason", "更换", "--officer", OFFICER, "--yes")["state"] == "SEAL_STATE_REVOKED"


def test_a_seal_may_be_refused_and_a_certificate_revoked(world, signer, tmp_path):
    name = applied(world, signer, "银川市某局")
    refused = by(world, AUTHORITY, "seal", "refuse", name, "--reason", "名称不符", "--officer", "SJ-1", "--yes")
    assert refused["state"] == "SEAL_STATE_REFUSED"
    run("seal", "certificate", "request", "--key", tmp_path / "key.pem", "--out", tmp_path / "a.csr")
    again = json.loads(run("seal", "certificate", "request", "--key", tmp_path / "key.pem", "--out", tmp_path / "b.csr", "--json").stdout)
    assert again["new_key"] is False
    issued = by(world, PROVIDER, "seal", "certificate", "issue", tmp_path / "b.csr", "--out", tmp_path / "b.pem", "--officer", OFFICER)
    revoked = by(world, PROVIDER, "seal", "certificate", "revoke", issued["name"], "--reason", "人员调离", "--officer", OFFICER, "--yes")
    assert revoked["revoke_reason"] == "人员调离"


def test_a_key_that_others_can_read_signs_nothing(world, signer, tmp_path):
    key, serial, _ = signer
    loose = tmp_path / "key.pem"
    loose.write_bytes(key.read_bytes())
    loose.chmod(0o640)
    done = run("seal", "stamp", loose, "--seal", "x", "--signer", serial, "--key", loose, "--purpose", PURPOSE, "--case-number", "B-1",
               "--officer", OFFICER, "--identity", world.member(PROVIDER).folder)  # fmt: skip
    assert (done.returncode, "KEY_READ_BY_OTHERS" in done.stderr) == (2, True)


def names(group: click.Command | None) -> dict[str, object]:
    """Return the commands of a group, and of the groups in it."""
    context = click.Context(click.Command("seal"))
    return {name: names(group.get_command(context, name)) for name in group.list_commands(context)} if isinstance(group, click.Group) else {}


def test_no_command_about_seals_vanishes_on_the_hubs_machine():
    here, there = (program(parts).get_command(click.Context(click.Command("x")), "seal") for parts in ([HUB, DEPARTMENT, DAILY], [DEPARTMENT, DAILY]))
    assert names(here) == names(there)
    assert {"apply", "stamp", "certificate", "trust", "verify"} <= names(here).keys()
