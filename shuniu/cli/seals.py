"""`shuniu seal verify` and `trust`: seals and stamps verified, online or by their bytes alone; the CAs of other makers that are trusted."""

from __future__ import annotations

from datetime import timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from shuniu import connect, pem
from shuniu.cli.department import identity_option, json_option, members_address
from shuniu.cli.options import ADDRESS, CA_FILE, FILE, officer_of
from shuniu.cli.output import plain, print_json
from shuniu.cli.reasons import SEAL_SOURCE, STAMP_WITHOUT_DOCUMENT
from shuniu.cli.stamp_verifying import exit_of, show
from shuniu.cli.verifying import moment_of, read_file
from shuniu.seals import Report, Result, Trust, read_certificate, verify_seal, verify_signature
from shuniu.seals.kinds import STAMP, kind_of
from shuniu.sm2 import sm3
from shuniu.v1 import seal_pb2 as pb
from shuniu.zone import in_beijing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_RESULTS: Final = {
    Result.VALID: pb.REPORT_RESULT_VALID,
    Result.VALID_WHEN_SIGNED: pb.REPORT_RESULT_VALID_WHEN_SIGNED,
    Result.INDETERMINATE: pb.REPORT_RESULT_INDETERMINATE,
    Result.INVALID: pb.REPORT_RESULT_INVALID,
}
_PEM_HEAD: Final = b"-----BEGIN "
title_option = click.option("--title", required=True, metavar="TEXT", help="名称，写入核验报告 what reports call this CA.")
officer_option = officer_of("经办人编号，记入日志 the officer's number; it goes into the log.")
reason_option = click.option("--reason", required=True, metavar="TEXT", help="理由，记入日志 why; it goes into the log.")


@click.command()
@click.argument("file", type=FILE, metavar="FILE")
@click.option("--document", type=FILE, help="签章所在原文 the document that the stamp was set on.")
@click.option("--hub", type=ADDRESS, help="枢纽公开端口，联机核验 the hub's public port, to verify online; with --ca.")
@click.option("--ca", type=CA_FILE, help="枢纽 CA 证书 the hub's CA certificate.")
@click.option(
    "--trust", "roots", type=FILE, multiple=True, help="所信任 CA 的证书，离线核验 a CA's certificate to trust, PEM or DER, to verify offline."
)
@click.option("--at", metavar="TIME", help="核验时刻 verify as of this time, for example 2027-01-01T09:00:00+08:00.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    file: Path,
    document: Path | None,
    hub: str | None,
    ca: bytes | None,
    roots: tuple[Path, ...],
    at: str | None,
    as_json: bool,
) -> None:
    """核验印章或签章 Verify a seal, or with --document a stamp on it (DER).

    Online the hub's register is asked as well; offline the bytes alone are judged, under the CAs of --trust: nobody knows then what was revoked.

    Exit codes: 0 valid, 1 invalid, 2 wrong input, 3 indeterminate, 4 valid when signed (expired or revoked since).
    """
    data = read_file(file)
    if document is None and kind_of(data) == STAMP:
        raise STAMP_WITHOUT_DOCUMENT(file=file)
    digest = None if document is None else sm3(read_file(document))
    if hub and ca and not roots:
        report = _online(hub, ca, data, digest, at)
    elif roots and not hub and not ca:
        report = _offline(roots, data, digest, moment_of(at))
    else:
        raise SEAL_SOURCE()
    show(report, as_json=as_json)
    ctx.exit(exit_of(report))


@click.group()
def trust() -> None:
    """其他制章者 The CAs of other makers of seals that the authority trusts: add, list, remove."""


@trust.command("add")
@click.argument("certificate", type=FILE, metavar="CERTIFICATE-FILE")
@identity_option
@title_option
@reason_option
@officer_option
@json_option
def add(*, certificate: Path, identity: Path, title: str, reason: str, officer: str, as_json: bool) -> None:
    """信任 Trust a CA (PEM or DER): from now on chains of seals may end there."""
    request = pb.AddSealTrustRequest(certificate=read_file(certificate), title=title, reason=reason, officer=officer)
    with connect(members_address(identity), identity) as hub:
        tell([hub.seals.AddSealTrust(request)], as_json=as_json)


@trust.command("list")
@identity_option
@json_option
def list_(*, identity: Path, as_json: bool) -> None:
    """查看 List the CAs of other makers that are trusted."""
    with connect(members_address(identity), identity) as hub:
        tell(hub.seals.GetSealTrust(pb.GetSealTrustRequest()).trusts, as_json=as_json)


@trust.command("remove")
@click.argument("name", metavar="sealTrusts/ID")
@identity_option
@reason_option
@officer_option
@json_option
def remove(*, name: str, identity: Path, reason: str, officer: str, as_json: bool) -> None:
    """移除 Remove a trust: no report rests on it from now on."""
    with connect(members_address(identity), identity) as hub:
        tell([hub.seals.RemoveSealTrust(pb.RemoveSealTrustRequest(name=name, reason=reason, officer=officer))], as_json=as_json)


def _online(hub: str, ca: bytes, data: bytes, digest: bytes | None, at: str | None) -> pb.SealReport:
    # loaded here, as `shuniu verify` does: a wrong option needs no gRPC
    with import_module("shuniu.client").connect_public(hub, ca) as public:
        request = pb.VerifySealRequest(seal=data) if digest is None else pb.VerifyStampRequest(signature=data, digest=digest)
        if at is not None:
            request.at.FromDatetime(moment_of(at))
        report: pb.SealReport = (public.seals.VerifySeal if digest is None else public.seals.VerifyStamp)(request)
    return report


def _offline(roots: Iterable[Path], data: bytes, digest: bytes | None, at: datetime) -> pb.SealReport:
    rests_on = Trust(tuple(read_certificate(_der(read_file(root))) for root in roots))
    report = verify_seal(data, rests_on, at) if digest is None else verify_signature(data, None, rests_on, at, digest=digest)
    return _message(report)


def _der(data: bytes) -> bytes:
    return pem.unarmor(data, "CERTIFICATE") or b"" if data.lstrip().startswith(_PEM_HEAD) else data


def _message(report: Report) -> pb.SealReport:
    """Return a report on bytes as the hub would send it."""
    steps = [
        pb.ReportStep(step=one.name, result=_RESULTS[one.result], reason=one.reason, message=one.message, message_zh=one.zh) for one in report.steps
    ]
    worst = next((one.reason for one in report.complaints if one.result is report.result), "OK")
    message = pb.SealReport(result=_RESULTS[report.result], reason=worst, steps=steps, expired_since=report.result is Result.VALID_WHEN_SIGNED)
    message.check_time.FromDatetime(report.at)
    return message


def tell(trusts: Iterable[pb.SealTrust], *, as_json: bool) -> None:
    """Print trusts in other makers."""
    known = list(trusts)
    if as_json:
        print_json([_facts(one) for one in known])
        return
    if not known:
        click.echo("未信任其他制章者的 CA no CA of another maker is trusted")
    for one in known:
        certificate = read_certificate(one.certificate)
        click.echo(f"{plain(one.name)}  {plain(one.title)}")
        click.echo(f"  CA: {plain(certificate.subject.common_name)}，至 until {in_beijing(certificate.not_after)}")
        click.echo(f"  理由 reason: {plain(one.reason)}")
        if one.HasField("remove_time"):
            click.echo(f"  已移除 removed: {in_beijing(one.remove_time.ToDatetime(timezone.utc))} {plain(one.remove_reason)}")


def _facts(trust_: pb.SealTrust) -> dict[str, str]:
    certificate = read_certificate(trust_.certificate)
    return {
        "name": trust_.name,
        "title": trust_.title,
        "subject": certificate.subject.common_name,
        "not_after": certificate.not_after.isoformat(),
        "sm3": sm3(trust_.certificate).hex(),
        "create_time": trust_.create_time.ToJsonString(),
        "reason": trust_.reason,
        "remove_time": trust_.remove_time.ToJsonString() if trust_.HasField("remove_time") else "",
        "remove_reason": trust_.remove_reason,
    }
