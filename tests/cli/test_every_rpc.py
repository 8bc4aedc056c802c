"""Every rpc of the hub is reached by a command that people can type on a department's machine."""

import importlib
import inspect

import click
import pytest

from shuniu.cli.calling import SERVICES
from shuniu.cli.command import DAILY, DEPARTMENT, program
from tests.cli.test_daily import ROWS

BY_ANOTHER = {
    "IdentityService/Enroll": "join",
    "IdentityService/RenewCertificate": "renew",
    "IdentityService/RequestHosts": "hosts",
    "IdentityService/ApproveHosts": "hosts",
    "IdentityService/RefuseHosts": "hosts",
    "IdentityService/CreateLoginLink": "login-link",
    "OfficerService/ImportOfficers": "officer import",
    "WorkService/WatchWork": "work watch",
    "CatalogService/ExportDirectory": "entry export",
    # a question about a person takes what only a program has; `call` reads it from a file and keeps the answer with its receipt
    "ExchangeService/Query": "call",
    "ExchangeService/Check": "call",
    "ExchangeService/QueryMany": "query-many",
    "ExchangeService/Stream": "stream",
    "ExchangeService/Download": "file download",
    "ExchangeService/Subscribe": "subscribe",
    "ExchangeService/AcknowledgeChanges": "subscribe",
    "FileService/BeginUpload": "file upload",
    "FileService/PutPart": "file upload",
    "FileService/CommitUpload": "file upload",
    "LicenseService/ListLicenseTypes": "license types",
    "LicenseService/RegisterIssuingKey": "license key register",
    "LicenseService/PrepareLicense": "license issue",
    "LicenseService/IssueLicense": "license issue",
    "LicenseService/AttachStamp": "license attach-stamp",
    "LicenseService/VerifyCode": "verify",
    "LicenseService/GetTrustList": "verify",
    "LicenseService/GetStatusList": "verify",
    "SealService/IssueSignerCertificate": "seal certificate issue",
    "SealService/PrepareStamp": "seal stamp",
    "SealService/CompleteStamp": "seal stamp",
    "SealService/VerifySeal": "seal verify",
    "SealService/VerifyStamp": "verify-stamp",
    "SealService/AddSealTrust": "seal trust add",
    "SealService/RemoveSealTrust": "seal trust remove",
    "SealService/GetSealTrust": "seal trust list",
    "AuditService/SearchAuditRecords": "audit search",
    "AuditService/GetAuditRecord": "audit show",
    "AuditService/GetCheckpoint": "audit grown",
    "AuditService/GetConsistencyProof": "audit grown",
    # a proof is for a program that checks it; `audit verify` checks a whole copy, `receipt` an answer
    "AuditService/GetInclusionProof": "call",
    "AuditService/ProposeErasure": "audit propose-erasure",
    "AuditService/GetErasure": "audit erasures",
    "AuditService/ListErasures": "audit erasures",
}
"""Rpcs that no row of a table names, and the command that calls each."""
INSIDE = {
    "work watch": ("shuniu.work_watching", "WatchWork("),
    "stream": ("shuniu.streams", ".Stream("),
    "file download": ("shuniu.downloads", ".Download("),
    "subscribe": ("shuniu.subscriptions", ".Subscribe("),
    "file upload": ("shuniu.uploading", None),
    "join": ("shuniu.enrolment", "Enroll("),
    "renew": ("shuniu.enrolment", "RenewCertificate("),
    "entry export": ("shuniu.cli.daily.entry_export", "ExportDirectory("),
    "license issue": ("shuniu.cli.daily.issue_run", None),
    "verify": ("shuniu.cli.list_fetching", None),
    "query-many": ("shuniu.client", "query_many("),
    "call": ("shuniu.cli.calling", "SERVICES"),
}
"""Where the call stands, of commands that do not make it in their own module; and in which words, where not by its name."""


def rpcs():
    return {f"{name}/{method.name}" for name, service in SERVICES.items() for method in service.methods}


def command(path):
    found: click.Command | None = program([DEPARTMENT, DAILY])
    for word in path.split():
        assert isinstance(found, click.Group), path
        found = found.get_command(click.Context(found), word)
    assert found is not None, path
    return found


def test_every_rpc_is_reached_by_a_command():
    rows = {row.rpc for _, row in ROWS}
    assert rpcs() - rows - BY_ANOTHER.keys() == set(), "give it a row in shuniu/cli/daily, or say here which command calls it"
    assert BY_ANOTHER.keys() <= rpcs(), "it is no rpc any more"
    assert not rows & BY_ANOTHER.keys(), "a row names it: it needs no mention here"


@pytest.mark.parametrize("rpc", sorted(BY_ANOTHER))
def test_the_command_that_is_named_calls_the_rpc(rpc):
    path, method = BY_ANOTHER[rpc], rpc.partition("/")[2]
    callback = command(path).callback
    assert callback is not None
    own = inspect.getsource(importlib.import_module(inspect.unwrap(callback).__module__))
    module, words = INSIDE.get(path, (None, None))
    other = inspect.getsource(importlib.import_module(module)) if module else ""
    # erasures are decided by one function that gets the verb
    verb = method.removesuffix("Erasure") if method.endswith("Erasure") else method
    assert method in own or f'"{verb}"' in own or method in other or (words is not None and words in other), path


def test_each_row_of_a_table_is_a_command_that_can_be_typed():
    for group, row in ROWS:
        parents = {"key": "license key", "certificate": "seal certificate", "dead": "delivery dead"}
        assert command(f"{parents.get(group.command, group.command)} {row.command}").name == row.command
