"""What anybody can check without trusting the hub: a license code, and a copy of the access log."""

import sys
from dataclasses import asdict
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cli.options import ADDRESS, CA_FILE, FILE, FOLDER
from cli.output import ExitCode, plain, print_json
from hub.clock import SystemClock
from hub.errors import InvalidInputError
from licenses import status_list, trust_list
from licenses.code import PREFIX
from licenses.status_list import PublishedStatus
from licenses.verification import Verdict
from licenses.verification import verify as judge

LARGEST: Final = 8 << 20
_PICTURES: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_EXIT: Final = {"valid": ExitCode.OK, "invalid": ExitCode.NO, "undetermined": ExitCode.UNKNOWN}
_MARK: Final = {"valid": ("✓ 有效 VALID", "green"), "invalid": ("✗ 无效 INVALID", "red"), "undetermined": ("? 无法判定 UNDETERMINED", "yellow")}
_LINES: Final = (
    ("license_type_title", "证照 license"),
    ("license_type", "类型代码 type"),
    ("number", "证照编号 number"),
    ("identifier", "证照标识 identifier"),
    ("issuer_title", "颁发机构 issuer"),
    ("issuer", "机构代码 issuer's USCC"),
    ("holder", "持证主体 holder"),
    ("issue_date", "颁发日期 issued"),
    ("valid_to", "有效期至 valid to"),
    ("status_reason", "原因说明 issuer's words"),
    ("status_age_seconds", "状态数据时长（秒）age of the status, seconds"),
)


@click.command()
@click.argument("code", metavar="TEXT|IMAGE-FILE|-")
@click.option("--trust-list", type=FILE, metavar="FILE", help="信任列表 the hub's trust list, fetched earlier.")
@click.option("--status-list", "status_lists", type=FILE, multiple=True, metavar="FILE", help="状态列表 a status list; may be repeated.")
@click.option("--key", type=FILE, metavar="FILE", help="枢纽公钥 PEM of the key that signs the hub's lists, received by a trusted way.")
@click.option("--hub", type=ADDRESS, help="在线核验 verify online at the hub's public port.")
@click.option("--ca", type=CA_FILE, help="枢纽 CA 证书 the hub's CA certificate, for --hub.")
@click.option("--at", metavar="TIME", help="核验时刻 judge as of this moment, for example 2027-01-01T09:00:00+08:00; offline only.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    code: str,
    trust_list: Path | None,
    status_lists: tuple[Path, ...],
    key: Path | None,
    hub: str | None,
    ca: bytes | None,
    at: str | None,
    as_json: bool,
) -> None:
    """核验证照码 Verify a license code: its text, a PNG or JPEG picture of its QR code, or - for either on standard input.

    Offline with --trust-list, --status-list and --key (nothing is fetched), or online with --hub and --ca.
    Exit codes: 0 valid, 1 invalid, 2 wrong input (not a license code), 3 cannot be told.
    """
    text = _text_of(code)
    if not text.startswith(PREFIX):
        raise InvalidInputError(
            "this is not a license code", zh="这不是电子证照码", reason="NOT_A_LICENSE_CODE", next_action="scan the QR code printed on the license"
        )
    if hub and ca and not (trust_list or status_lists or key or at):
        verdict = _online(text, hub, ca)
    elif trust_list and key and not (hub or ca):
        verdict = _offline(text, trust_list, status_lists, key, _moment(at))
    else:
        raise click.UsageError("离线须给出 --trust-list、--status-list 与 --key，在线须给出 --hub 与 --ca: offline or online, one of the two")
    _show(verdict, as_json=as_json)
    ctx.exit(_EXIT[verdict["outcome"]])


def _offline(text: str, trust: Path, statuses: tuple[Path, ...], key: Path, at: datetime) -> dict[str, Any]:
    signer = _public_key(key)
    lists = [status_list.decode(_read(path), signer) for path in statuses]
    verdict = judge(text, trust_list.decode(_read(trust), signer), PublishedStatus(lists), at)
    return {"mode": "offline", **_facts(verdict)}


def _facts(verdict: Verdict) -> dict[str, Any]:
    return {
        "outcome": verdict.outcome.value,
        "reason": "OK" if verdict.outcome == "valid" else str(verdict.reason),
        "message": verdict.message,
        "message_zh": verdict.zh,
        "issuer": verdict.issuer,
        "issuer_title": verdict.department,
        "license_type": verdict.type_code,
        "license_type_title": verdict.name,
        "identifier": verdict.identifier,
        "number": verdict.number,
        "holder": verdict.holder_short,
        "issue_date": verdict.issue_date.isoformat() if verdict.issue_date else "",
        "valid_to": verdict.valid_to.isoformat() if verdict.valid_to else "",
        "status_reason": "",
        "status_age_seconds": None if verdict.status_age is None else int(verdict.status_age.total_seconds()),
        "status_old": verdict.amber,
        "check_time": verdict.checked_at.isoformat(timespec="seconds"),
    }


def _online(text: str, hub: str, ca: bytes) -> dict[str, Any]:
    client, pb = import_module("shuniu.client"), import_module("shuniu.v1.license_pb2")
    with client.connect_public(hub, ca) as public:
        answer = public.licenses.VerifyCode(pb.VerifyCodeRequest(code=text))
    names = ("reason", "message", "message_zh", *(name for name, _ in _LINES if name != "status_age_seconds"))
    outcome = pb.Verdict.Name(answer.verdict).removeprefix("VERDICT_").lower()
    facts: dict[str, Any] = {name: getattr(answer, name) for name in names}
    known = outcome if outcome in _EXIT else "undetermined"
    return {
        "mode": "online",
        "outcome": known,
        **facts,
        "status_age_seconds": None,
        "status_old": False,
        "check_time": answer.check_time.ToJsonString(),
    }


def _show(verdict: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(verdict)
        return
    mark, colour = _MARK[verdict["outcome"]]
    click.secho(mark, fg=colour, bold=True)
    click.echo(f"  {plain(verdict['message_zh'])} {plain(verdict['message'])} [{plain(verdict['reason'])}]")
    for name, label in _LINES:
        if verdict[name] not in {"", None}:
            click.echo(f"  {label}: {plain(str(verdict[name]))}")
        elif name == "valid_to" and verdict["identifier"]:
            click.echo(f"  {label}: 长期 without end")
    if verdict["status_old"]:
        click.echo("  状态数据已超过一天，建议联网核验: what is known of the status is older than a day; better verify online")


def _text_of(argument: str) -> str:
    """Return the code's text from an argument, a text file, a picture, or standard input."""
    if argument == "-":
        return _text_in(sys.stdin.buffer.read(LARGEST + 1))
    if argument.startswith(PREFIX) or not Path(argument).is_file():
        return argument
    return _text_in(_read(Path(argument)))


def _text_in(data: bytes) -> str:
    if data.startswith(_PICTURES):
        text: str = import_module("licenses.qr").read(data)
        return text
    return data.decode("utf-8", "replace").strip("\r\n")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InvalidInputError(f"{path} is larger than 8 MiB", zh="文件过大", reason="FILE_TOO_LARGE")
    return data


def _public_key(path: Path) -> ec.EllipticCurvePublicKey:
    try:
        key = load_pem_public_key(_read(path))
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidInputError(
            f"{path} is no PEM public key on P-256", zh="公钥文件格式错误", reason="PUBLIC_KEY",
            next_action="take `public_key_pem` of LicenseService/GetTrustList, and compare it with what the authority published",
        )  # fmt: skip
    return key


def _moment(text: str | None) -> datetime:
    if text is None:
        return SystemClock().now()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInputError("--at is a time with its zone", field="at", zh="--at 应为带时区的时刻", next_action="--at 2027-01-01T09:00:00+08:00")
    return at


@click.group()
def audit() -> None:
    """核验日志 Check the access log without trusting the hub."""


@audit.command("verify")
@click.argument("directory", type=FOLDER)
@click.option("--vkey", metavar="KEY", help="日志公钥 the log's verifier key, received by a trusted way: the key, or a file that holds it.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def audit_verify(ctx: click.Context, *, directory: Path, vkey: str | None, as_json: bool) -> None:
    """核验日志副本 Check every file of a copy of the log: signature, records, tree, proofs; name the first file and record that do not fit."""
    key = _read(Path(vkey)).decode("utf-8", "replace").strip() if vkey and Path(vkey).is_file() else vkey
    verdict = import_module("audit.offline").verify_directory(directory, key)
    if as_json:
        print_json({"ok": verdict.ok, "pinned": key is not None, **asdict(verdict), "root": verdict.root.hex()})
    else:
        _show_log(verdict, pinned=key is not None)
    ctx.exit(ExitCode.OK if verdict.ok else ExitCode.NO)


def _show_log(verdict: Any, *, pinned: bool) -> None:
    if verdict.ok:
        click.secho("✓ 日志完整 the log is whole", fg="green", bold=True)
    else:
        click.secho("✗ 日志被改动 the log does not hold", fg="red", bold=True)
    for label, value in (
        ("日志 log", verdict.origin),
        ("条数 records", verdict.size),
        ("根 root", verdict.root.hex()),
        ("签名 signed by", verdict.signer),
    ):
        click.echo(f"  {label}: {plain(str(value))}")
    for finding in verdict.findings:
        click.secho(f"  {plain(finding.zh)}\n  {plain(finding.en)}", fg="red")
    for notice in verdict.notices:
        click.echo(f"  注 note: {plain(notice)}")
    if verdict.ok and not pinned:
        click.echo("  注 note: 未指定日志公钥，仅能证明日志完整 the key in the folder was believed: whole, but whose? give --vkey KEY")
