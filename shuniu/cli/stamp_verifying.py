"""A stamp on a document, verified online: only the hub's register knows whether the use was recorded and what was revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timezone
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from shuniu.cli.options import ADDRESS, CA_FILE, FILE
from shuniu.cli.output import ExitCode, plain, print_json
from shuniu.cli.verifying import moment_of, read_file
from shuniu.sm2 import sm3
from shuniu.v1 import seal_pb2 as pb
from shuniu.zone import in_beijing

_SAY: Final = {
    pb.REPORT_RESULT_VALID: ("✓ 有效 VALID", "green", ExitCode.OK),
    pb.REPORT_RESULT_VALID_WHEN_SIGNED: ("✓ 签章时有效 VALID_WHEN_SIGNED", "yellow", ExitCode.ENDED_SINCE),
    pb.REPORT_RESULT_INDETERMINATE: ("? 无法判定 INDETERMINATE", "yellow", ExitCode.UNKNOWN),
    pb.REPORT_RESULT_INVALID: ("✗ 无效 INVALID", "red", ExitCode.NO),
}
_UNKNOWN: Final = _SAY[pb.REPORT_RESULT_INDETERMINATE]
_LINES: Final[tuple[tuple[str, Callable[[pb.SealReport], str]], ...]] = (
    ("印章名称 seal", lambda report: report.title),
    ("印章编码 esID", lambda report: report.es_id),
    ("签章者 signer", lambda report: report.signer),
    ("签章时间 signed at", lambda report: in_beijing(report.sign_time.ToDatetime(timezone.utc)) if report.HasField("sign_time") else ""),
    ("用印登记 recorded as", lambda report: report.stamp),
    ("信任的其他制章者 rests on", lambda report: ", ".join(f"{one.title} ({one.name})" for one in report.trusts)),
)


@click.command("verify-stamp")
@click.argument("signature", type=FILE, metavar="SIGNATURE-FILE")
@click.argument("document", type=FILE, metavar="DOCUMENT-FILE")
@click.option("--hub", type=ADDRESS, required=True, help="枢纽公开端口 the hub's public port.")
@click.option("--ca", type=CA_FILE, required=True, help="枢纽 CA 证书 the hub's CA certificate.")
@click.option("--at", metavar="TIME", help="核验时刻 verify as of this time, for example 2027-01-01T09:00:00+08:00.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def verify_stamp(ctx: click.Context, *, signature: Path, document: Path, hub: str, ca: bytes, at: str | None, as_json: bool) -> None:
    """验证签章 Verify a stamp: a GB/T 38540 signature (DER) on a document, of which the hub gets the SM3 digest alone.

    Exit codes: 0 valid, 1 invalid, 2 wrong input, 3 indeterminate, 4 valid when signed (expired or revoked since).
    """
    request = pb.VerifyStampRequest(signature=read_file(signature), digest=sm3(read_file(document)))
    if at is not None:
        request.at.FromDatetime(moment_of(at))
    # loaded here, as `shuniu verify` does: a wrong option needs no gRPC
    with import_module("shuniu.client").connect_public(hub, ca) as public:
        report = public.seals.VerifyStamp(request)
    show(report, as_json=as_json)
    ctx.exit(exit_of(report))


def exit_of(report: pb.SealReport) -> ExitCode:
    """Return the exit code of a report."""
    return _SAY.get(report.result, _UNKNOWN)[2]


def show(report: pb.SealReport, *, as_json: bool) -> None:
    """Print a report on a seal or a stamp, step by step."""
    if as_json:
        print_json(_facts(report))
        return
    mark, colour, _ = _SAY.get(report.result, _UNKNOWN)
    click.secho(mark, fg=colour, bold=True)
    for label, value in _LINES:
        if value(report):
            click.echo(f"  {label}: {plain(value(report))}")
    for step in report.steps:
        sign, shade, _ = _SAY.get(step.result, _UNKNOWN)
        click.secho(f"  {sign[0]} {plain(step.step)} [{plain(step.reason)}] {plain(step.message_zh)} {plain(step.message)}", fg=shade)


def _facts(report: pb.SealReport) -> dict[str, Any]:
    steps = [
        {"step": one.step, "result": _name(one.result), "reason": one.reason, "message": one.message, "zh": one.message_zh} for one in report.steps
    ]
    told = {"result": _name(report.result), "reason": report.reason, "stamp": report.stamp, "es_id": report.es_id, "title": report.title}
    signed = report.sign_time.ToJsonString() if report.HasField("sign_time") else ""
    return {
        **told,
        "signer": report.signer,
        "sign_time": signed,
        "check_time": report.check_time.ToJsonString(),
        "trusts": [one.name for one in report.trusts],
        "steps": steps,
    }


def _name(result: pb.ReportResult.ValueType) -> str:
    return pb.ReportResult.Name(result).removeprefix("REPORT_RESULT_") if result in _SAY else "INDETERMINATE"
