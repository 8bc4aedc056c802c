"""What anybody can check without trusting the hub: a license code."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from cryptography.hazmat.primitives.asymmetric import ec

from shuniu.cli.list_fetching import ListFolder
from shuniu.cli.list_memory import ListMemory, state_folder
from shuniu.cli.options import ADDRESS, CA_FILE, FILE, PLACE
from shuniu.cli.output import ExitCode, plain, print_json
from shuniu.cli.reasons import FILE_NOT_FOUND, FILE_TOO_LARGE, LIST_TOO_OLD, NOT_A_LICENSE_CODE, NOT_A_MOMENT, PUBLIC_KEY
from shuniu.codes import status_list, trust_list
from shuniu.codes.cose import key_id
from shuniu.codes.ec_keys import p256_from_pem
from shuniu.codes.file_kinds import UNKNOWN, kind_of
from shuniu.codes.identifier import ISSUER_NOT_A_USCC, LEGACY_CHECK
from shuniu.codes.reading import looks_like_a_code, text_in
from shuniu.codes.status_list import PublishedStatus, StatusList
from shuniu.codes.trust_list import TrustList
from shuniu.codes.verification import Outcome, Verdict
from shuniu.codes.verification import verify as judge
from shuniu.v1.license_pb2 import IssuedByPredecessor, VerifyCodeRequest, VerifyCodeResponse
from shuniu.v1.license_pb2 import Verdict as VerdictName
from shuniu.zone import in_beijing

LARGEST: Final = 32 << 20
_EXIT: Final = {"valid": ExitCode.OK, "invalid": ExitCode.NO, "undetermined": ExitCode.UNKNOWN, "unreadable": ExitCode.WRONG_INPUT}
_MARK: Final = {
    "valid": ("✓ 有效 VALID", "green"),
    "invalid": ("✗ 无效 INVALID", "red"),
    "undetermined": ("? 无法判定 UNDETERMINED", "yellow"),
    "unreadable": ("! 无法读取，请重新扫描 UNREADABLE, scan it again", "yellow"),
}
_PATH: Final = re.compile(r"[/\\]|\.[A-Za-z0-9]{2,5}$")
_SHOWN: Final = 200
_OF_ANSWER: Final = {
    "license_type_title": "证照名称 license",
    "license_type": "证照类型代码 type code",
    "number": "证照编号 number",
    "identifier": "电子证照标识 identifier",
    "issuer_title": "颁发机构 issuer",
    "issuer": "颁发机构代码 issuer's USCC",
    "holder": "持证主体 holder",
    "issue_date": "颁发日期 issued on",
    "valid_to": "有效期至 valid to",
    "status_reason": "颁发机构说明 the issuer says",
    "superseded_by": "现行证照标识 the license in its place",
}
_WARNING: Final = {
    LEGACY_CHECK: "标识的校验位按旧算法生成，与国家标准不符",
    ISSUER_NOT_A_USCC: "颁发机构代码不是统一社会信用代码",
}
_LINES: Final = {**_OF_ANSWER, "status_age_seconds": "状态数据时长（秒）age of the status data in seconds"}


@click.command()
@click.argument("code", metavar="TEXT|IMAGE-FILE|-", required=False)
@click.option("--fetch", type=PLACE, metavar="DIR", help="获取离线核验所需的全部列表 fetch all that verifying offline takes, with --hub and --ca.")
@click.option("--lists", type=PLACE, metavar="DIR", help="用 --fetch 获取的列表离线核验 verify offline with what --fetch put there.")
@click.option("--trust-list", type=FILE, metavar="FILE", help="信任列表 the hub's trust list, downloaded earlier.")
@click.option("--status-list", "status_lists", type=FILE, multiple=True, metavar="FILE", help="状态列表，可重复 a status list; may be repeated.")
@click.option("--key", type=FILE, metavar="FILE", help="枢纽公钥 the public key of the hub's lists in PEM, obtained over a channel you trust.")
@click.option("--hub", type=ADDRESS, help="在线核验 verify online at the hub's public port.")
@click.option("--ca", type=CA_FILE, help="枢纽 CA 证书 the hub's CA certificate, for --hub.")
@click.option("--at", metavar="TIME", help="核验时刻 verify as of this time, for example 2027-01-01T09:00:00+08:00; offline only.")
@click.option("--state", type=PLACE, metavar="DIR", help="记录用过的列表 where to remember which lists were seen, to refuse older ones.")
@click.option("--max-age", type=click.FloatRange(min=0), metavar="HOURS", help="不记录，只限列表时长 remember nothing; refuse lists older than this.")
@click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    code: str | None,
    fetch: Path | None,
    lists: Path | None,
    trust_list: Path | None,
    status_lists: tuple[Path, ...],
    key: Path | None,
    hub: str | None,
    ca: bytes | None,
    at: str | None,
    state: Path | None,
    max_age: float | None,
    as_json: bool,
) -> None:
    """核验证照码 Verify a license code: its text or link, a picture of its QR code, or - for either on standard input.

    Pictures are JPEG, PNG, WebP or AVIF; HEIC, the format of telephones, takes `pip install "shuniu[heic]"`.

    Online with --hub and --ca; offline with --lists, or with --trust-list, --status-list and --key (nothing is fetched). Offline, a list
    older than one that was seen before is refused: what was seen is remembered in the state folder. With --max-age nothing is remembered,
    with --at nothing is asked.
    Exit codes: 0 valid, 1 invalid, 2 wrong input (not a license code, or damaged on its way: scan it again), 3 undetermined.
    """
    if fetch is not None and hub and ca and code is None:
        _show_fetched(ListFolder(fetch).fetch(hub, ca), as_json=as_json)
        return
    if code is None or fetch is not None:
        raise click.UsageError("请给出证照码，或仅给出 --fetch、--hub 与 --ca: give a code, or --fetch with --hub and --ca alone")
    if lists is not None and not (trust_list or status_lists or key):
        kept = ListFolder(lists)
        trust_list, status_lists, key = kept.trust, kept.statuses, kept.key
    text = _text_of(code)
    if not looks_like_a_code(text):
        raise NOT_A_LICENSE_CODE()
    # the two ways do not mix: whoever gives lists and a hub has to say which of them to believe
    if hub and ca and not (trust_list or status_lists or key or at or state or max_age is not None):
        verdict = _online(text, hub, ca)
    elif trust_list and key and not (hub or ca):
        check = _Freshness(memory=None if at or max_age is not None else ListMemory(state or state_folder()), max_age=max_age)
        verdict = _offline(text, trust_list, status_lists, key, moment_of(at), check)
    else:
        raise click.UsageError(
            "离线核验请给出 --trust-list、--status-list 与 --key，在线核验请给出 --hub 与 --ca: "
            "give --trust-list, --status-list and --key to verify offline, or --hub and --ca to verify online"
        )
    _show(verdict, as_json=as_json)
    ctx.exit(_EXIT[verdict["outcome"]])


@dataclass(frozen=True)
class _Freshness:
    """How it is made sure that nobody hands out yesterday's lists: by what was seen before, or by their age in hours."""

    memory: ListMemory | None
    max_age: float | None

    def check(self, signer: bytes, trust: tuple[Path, TrustList], statuses: Sequence[tuple[Path, StatusList]], now: int) -> None:
        """Refuse a list that is too old."""
        signed_at = [(trust[0], trust[1].issued_at), *((path, one.issued_at) for path, one in statuses)]
        for path, issued_at in signed_at:
            hours = (now - issued_at) / 3600
            if self.max_age is not None and hours > self.max_age:
                raise LIST_TOO_OLD(path=path, hours=f"{hours:.1f}", most=f"{self.max_age:g}")
        if self.memory is not None:
            self.memory.follow(signer, trust[1], [one for _, one in statuses], now)


def _offline(text: str, trust: Path, statuses: tuple[Path, ...], key: Path, at: datetime, freshness: _Freshness) -> dict[str, Any]:
    signer = _public_key(key)
    lists = [(path, status_list.decode(read_file(path), signer)) for path in statuses]
    trusted = trust_list.decode(read_file(trust), signer)
    freshness.check(key_id(signer), (trust, trusted), lists, int(at.timestamp()))
    verdict = judge(text, trusted, PublishedStatus(one for _, one in lists), at)
    return {"mode": "offline", **facts_of(verdict)}


def _online(text: str, hub: str, ca: bytes) -> dict[str, Any]:
    # loaded here: verifying offline needs no gRPC
    with import_module("shuniu.client").connect_public(hub, ca) as public:
        answer = public.licenses.VerifyCode(VerifyCodeRequest(code=text))
    return {"mode": "online", **_facts(answer)}


def facts_of(verdict: Verdict) -> dict[str, Any]:
    """Return what a verdict says, by the names of the answer that the hub gives online."""
    issued, ends = (None if day is None else day.isoformat() for day in (verdict.issue_date, verdict.valid_to))
    return {
        "outcome": verdict.outcome.value,
        "reason": "OK" if verdict.outcome is Outcome.VALID else str(verdict.reason),
        "message": verdict.message,
        "message_zh": verdict.zh,
        "license_type_title": verdict.name,
        "license_type": verdict.type_code,
        "number": verdict.number,
        "identifier": verdict.identifier,
        "issuer_title": verdict.department,
        "issuer": verdict.issuer,
        "holder": verdict.holder_short,
        "issue_date": issued or "",
        "valid_to": ends or "",
        "status_reason": verdict.status_reason,
        "issued_by_predecessor": None,  # the hub says it online; offline the trust list says it behind the issuer's name
        "superseded_by": verdict.superseded_by,
        # what the fields are called, and whether the type's code was compared, only the hub knows
        "public": [{"name": name, "label": name, "label_en": name, "value": value} for name, value in verdict.public],
        "license_type_verified": None,
        "warnings": list(verdict.warnings),
        "status_age_seconds": None if verdict.status_age is None else int(verdict.status_age.total_seconds()),
        "status_old": verdict.amber,
        "foreign_host": verdict.foreign_host,
        "check_time": verdict.checked_at.isoformat(timespec="seconds"),
    }


def _facts(answer: VerifyCodeResponse) -> dict[str, Any]:
    """Return what the hub's answer says; `facts_of` says the same of a verdict."""
    outcome = VerdictName.Name(answer.verdict).removeprefix("VERDICT_").lower()
    texts = {name: getattr(answer, name) for name in ("reason", "message", "message_zh", *_OF_ANSWER)}
    return {
        "outcome": outcome if outcome in _EXIT else "undetermined",
        **texts,
        "public": [{name: getattr(one, name) for name in ("name", "label", "label_en", "value")} for one in answer.public_fields],
        "license_type_verified": answer.license_type_verified,
        "warnings": list(answer.warnings),
        "status_age_seconds": None,
        "status_old": False,
        "foreign_host": answer.foreign_host,
        "issued_by_predecessor": _predecessor(answer.issued_by_predecessor) if answer.HasField("issued_by_predecessor") else None,
        "check_time": answer.check_time.ToJsonString(),
    }


def _predecessor(passed: IssuedByPredecessor) -> dict[str, Any]:
    titles = {"predecessor_title": passed.predecessor_title, "successor_titles": list(passed.successor_titles)}
    return {**titles, "since": passed.since}


def _show(verdict: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(verdict)
        return
    mark, colour = _MARK[verdict["outcome"]]
    click.secho(mark, fg=colour, bold=True)
    click.echo(f"  {plain(verdict['message_zh'])} {plain(verdict['message'])} [{plain(verdict['reason'])}]")
    for name, label in _LINES.items():
        if verdict[name] not in {"", None}:
            click.echo(f"  {label}: {plain(str(verdict[name]))}")
        elif name == "valid_to" and verdict["identifier"]:
            click.echo(f"  {label}: 长期 no expiry date")
    _show_predecessor(verdict["issued_by_predecessor"])
    for one in verdict["public"]:
        labels = dict.fromkeys((one["label"], one["label_en"]))
        click.echo(f"  {plain(' '.join(labels))}: {plain(one['value'])}")
    if verdict["license_type_verified"] is False and verdict["identifier"]:
        click.echo("  证照类型代码未核对 the type code has not been checked against the text that the authority published")
    if verdict["foreign_host"]:
        click.secho(
            f"  该链接指向 {plain(verdict['foreign_host'])}，不是本枢纽的地址，请勿打开；网址未经签名，不影响核验结论"
            f"\n  the link leads to {plain(verdict['foreign_host'])}, which is not the hub's address: do not open it. "
            "The address is not signed and decided nothing here",
            fg="red",
        )
    for warning in verdict["warnings"]:
        click.echo(f"  {_WARNING.get(warning, '')} {plain(warning)}")
    if verdict["status_old"]:
        click.echo("  状态数据已超过一天，建议联网核验: the status data is older than a day; verify online if you can")


def _show_predecessor(passed: dict[str, Any] | None) -> None:
    """Say what became of the issuer, where that issues no more: the verdict stays what it is."""
    if passed is not None:
        heirs = "、".join(map(plain, passed["successor_titles"]))
        since = f"{plain(passed['since'])} {f'由 {heirs} 承继 it passed into these' if heirs else '已撤销 it was closed'}"
        click.echo(f"  承继情况 what became of the issuer: {since}")


def _show_fetched(kept: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(kept)
        return
    click.echo(f"已获取 {kept['hub']} 的信任列表（{kept['keys']} 个密钥）和 {kept['status_lists']} 份状态列表，存于 {kept['folder']}")
    click.echo(f"fetched the trust list ({kept['keys']} keys) and {kept['status_lists']} status lists")
    click.echo(f"可用至 serves until: {in_beijing(datetime.fromisoformat(kept['trust_list_until']))}")


def _text_of(argument: str) -> str:
    """Return the code's text from an argument, a text file, a picture, or standard input."""
    if argument == "-":
        return _text_in(sys.stdin.buffer.read(LARGEST + 1))
    # a code is never looked up as a file
    if looks_like_a_code(argument):
        return argument
    try:
        is_file = Path(argument).is_file()
    except (OSError, ValueError):  # longer than a path can be
        is_file = False
    if is_file:
        return _text_in(read_file(Path(argument)))
    if _PATH.search(argument) and "://" not in argument:
        raise FILE_NOT_FOUND(path=argument[:_SHOWN])
    return argument


def _text_in(data: bytes) -> str:
    if not data or kind_of(data) is not UNKNOWN:
        # loaded here: a text needs no reader of pictures
        text: str = import_module("shuniu.codes.qr").read(data)
        return text
    return text_in(data)


def read_file(path: Path) -> bytes:
    """Return the bytes of a file that is not too large."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise FILE_TOO_LARGE(path=path)
    return data


def _public_key(path: Path) -> ec.EllipticCurvePublicKey:
    key = p256_from_pem(read_file(path))
    if key is None:
        raise PUBLIC_KEY(path=path)
    return key


def moment_of(text: str | None) -> datetime:
    """Return the moment that an option names, now without one."""
    if text is None:
        return datetime.now(timezone.utc)
    try:
        # before Python 3.11 a Z is not read
        at = datetime.fromisoformat(f"{text[:-1]}+00:00" if text.endswith("Z") else text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise NOT_A_MOMENT(field="at")
    return at
