"""`shuniu license issue`: one license, asked for on the terminal or given by options, or a whole ledger."""

from __future__ import annotations

import re
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from shuniu.cli.daily import commands
from shuniu.cli.daily.desk import connected
from shuniu.cli.daily.issue_results import FAILED, Outcome, Results
from shuniu.cli.daily.issue_run import Issuer, run
from shuniu.cli.daily.ledger import COLUMNS, Checker, Sheet, lines_of, read, template
from shuniu.cli.daily.license_codes import draw_into
from shuniu.cli.daily.license_types import type_in, types_of
from shuniu.cli.daily.licenses import LICENSE
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import FILE, PLACE, officer_of
from shuniu.cli.output import ExitCode, plain, print_json
from shuniu.cli.reasons import LEDGER_FAULTS
from shuniu.cli.signing_keys import license_key
from shuniu.cli.verifying import read_file
from shuniu.codes.code import packed_in
from shuniu.codes.cose import key_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric import ec

    from shuniu.cli.daily.ledger import Entry
    from shuniu.lists.officers import Fault
    from shuniu.v1.license_pb2 import LicenseType

_SHOWN: Final = 100
_IDENTIFIER: Final = re.compile(r"[0-9A-Z.]{1,128}")
_ASKED: Final = ("number", "holder_name", "case_number")


@click.command()
@click.option("--file", type=FILE, metavar="FILE", help="台账（CSV 或每行一个 JSON 对象），或一件证照的 JSON 文件 a ledger, or one license as JSON.")
@click.option("--template", metavar="TYPE", help="输出该证照类型的台账表头 write the header of a ledger for a type, and issue nothing.")
@click.option("--dry-run", is_flag=True, help="只检查，不签发 check all rows and issue nothing.")
@click.option("--key", "key_file", type=FILE, metavar="FILE", help="签发密钥文件，不离开本机 the key's file; the key never leaves this machine.")
@click.option("--type", "license_type", metavar="CODE", help="证照类型代码或名称 the type's code or Chinese name.")
@click.option("--case-number", metavar="TEXT", help="办件编号 case number; of a ledger, for rows without one.")
@officer_of("经办人 officer.", required=False)
@click.option("--number", metavar="TEXT", help="证照编号 number for humans.")
@click.option("--holder-name", metavar="TEXT", help="持证主体名称 the holder's name.")
@click.option(
    "--holder-code-file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE|-",
    help="存有持证主体代码的文件，- 为标准输入 a file with the holder's code: an argument could be read by others on this machine.",
)
@click.option("--valid-from", metavar="DAY", help="有效期起，默认今天 valid from; today without it.")
@click.option("--valid-to", metavar="DAY", help="有效期止，默认按类型 valid to; the type's term without it.")
@click.option("--field", "fields", multiple=True, metavar="KEY=VALUE", help="信息项，可重复；VALUE 可为 @文件 a business field; may be repeated.")
@click.option(
    "--out", type=PLACE, metavar="DIR", help="写入二维码、证照码和签名数据 write QR picture, code text and signed bytes of each license there."
)
@click.option(
    "--supersedes",
    metavar="LICENSE",
    help="拟取代的原证照，新证照可沿用其编号；签发后再用 supersede 取代 the license whose place it is to take: it may have the same number.",
)
@click.option("--results", type=PLACE, metavar="FILE", help="台账的结果文件 what became of each row.  [default: FILE.result.csv]")
@click.option("--together", type=click.IntRange(1, 32), default=8, show_default=True, help="同时办理的行数 rows in flight.")
@identity_option
@json_option
@click.pass_context
def issue(ctx: click.Context, /, *, identity: Path, as_json: bool, **said: Any) -> None:
    """签发证照 Issue one license, or all rows of a ledger (--file).

    The hub prepares each, this machine signs it, the hub issues it. Of a ledger all rows are checked first. What became of each row stands in
    a result file as it goes: run the same command again, after a crash too, and it goes on where it stopped; no row is issued twice.
    """
    with connected(identity, commands.DEADLINE) as hub:
        types = types_of(hub)
        if said["template"] is not None:
            click.echo(template(type_in(types, said["template"])), nl=False)
            return
        key = _key_for(said)
        sheet = read(read_file(said["file"]), said["file"]) if said["file"] is not None else Sheet([(1, _asked_for(types, said))])
        entries = _checked(types, key, sheet, said)
        if said["dry_run"]:
            _tell(as_json, {"rows": len(entries), "faults": 0}, f"{len(entries)}行检查无误 {len(entries)} rows are right; nothing was issued")
            return
        if said["supersedes"] and len(entries) > 1:
            raise click.UsageError("--supersedes 一次只用于一件证照: --supersedes is for one license at a time")
        former = LICENSE.full_name(said["supersedes"]) if said["supersedes"] else ""
        issuer = Issuer(hub, key, said["officer"], former)
        if len(entries) == 1 and said["results"] is None and (said["file"] is None or said["file"].suffix.lower() == ".json"):
            _one(issuer, entries[0], said["out"], as_json=as_json)
        else:
            ctx.exit(_ledger(issuer, entries, said, as_json=as_json))


def _key_for(said: Mapping[str, Any]) -> ec.EllipticCurvePrivateKey:
    if missing := [flag for flag, name in (("--key", "key_file"), ("--officer", "officer")) if not said[name]]:
        raise click.UsageError(f"缺少 {'、'.join(missing)}: missing {', '.join(missing)}")
    return license_key(said["key_file"])


def _checked(types: Mapping[str, LicenseType], key: ec.EllipticCurvePrivateKey, sheet: Sheet, said: Mapping[str, Any]) -> list[Entry]:
    """Return the entries of all rows; where one is wrong, tell all faults and issue nothing."""
    default = type_in(types, said["license_type"]).code if said["license_type"] else ""
    entries, faults = Checker(types, key_id(key.public_key()), default, said["case_number"] or "").check(sheet)
    if faults:
        _show(faults)
        raise LEDGER_FAULTS(file=said["file"] or "输入 the input", count=len(faults))
    return entries


def _show(faults: list[Fault]) -> None:
    for line in lines_of(faults[:_SHOWN]):
        click.echo(plain(line), err=True)
    if len(faults) > _SHOWN:
        click.echo(f"另有{len(faults) - _SHOWN}处 and {len(faults) - _SHOWN} more", err=True)


def _asked_for(types: Mapping[str, LicenseType], said: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the cells of the one license that the options describe; on a terminal, what is missing is asked for, the holder's code without echo."""
    cells = {name: said[name] for name in ("number", "holder_name", "valid_from", "valid_to", "case_number") if said[name]}
    if said["license_type"] is None and commands.can_ask():
        said = {**said, "license_type": click.prompt("证照类型 license type", err=True)}
    if said["license_type"]:
        cells["license_type"] = type_in(types, said["license_type"]).code
    for pair in said["fields"]:
        name, equals, value = pair.partition("=")
        if not equals:
            raise click.BadParameter(f"{pair!r} 应为“名称=值”: this is not KEY=VALUE", param_hint="--field")
        cells[name.strip()] = read_file(Path(value[1:])).decode("utf-8-sig").strip() if value.startswith("@") else value
    if said["holder_code_file"] is not None:
        source = said["holder_code_file"]
        cells["holder_code"] = (sys.stdin.readline() if str(source) == "-" else read_file(source).decode("utf-8-sig")).strip()
    return _prompted(types, cells) if commands.can_ask() else cells


def _prompted(types: Mapping[str, LicenseType], cells: dict[str, str]) -> dict[str, str]:
    for name in _ASKED:
        if not cells.get(name):
            cells[name] = click.prompt(COLUMNS[name], err=True)
    if not cells.get("holder_code"):
        cells["holder_code"] = click.prompt(f"{COLUMNS['holder_code']}（不显示 not shown）", hide_input=True, err=True)
    kind = types.get(cells.get("license_type", ""))
    for field in kind.fields if kind is not None else ():
        if field.required and not (cells.get(field.name) or cells.get(field.label)):
            cells[field.name] = click.prompt(f"{field.label} {field.name}", err=True)
    return cells


def _one(issuer: Issuer, entry: Entry, out: Path | None, *, as_json: bool) -> None:
    issued = issuer.issue(entry)
    if out is not None:
        _write_pictures(out, issued.identifier, issued.code, issued.link)
    facts = {"name": issued.name, "identifier": issued.identifier, "number": issued.number, "code": issued.code, "link": issued.link}
    text = f"已签发 issued: {issued.identifier}\n{issued.link or issued.code}"
    _tell(as_json, facts, text)


def _ledger(issuer: Issuer, entries: list[Entry], said: Mapping[str, Any], *, as_json: bool) -> int:
    file = said["results"] or Path(f"{said['file'] or 'license'}.result.csv")
    with Results(file) as results:
        with click.progressbar(length=len(entries), label="签发 issuing", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            run(issuer, entries, results, said["together"], bar.update)
        outcomes = [results.latest[issuer.request_of(one)] for one in entries]
    failed = [one for one in outcomes if one.state == FAILED]
    if said["out"] is not None:
        for one in outcomes:
            if one.state != FAILED:
                _write_pictures(said["out"], one.identifier, one.code, one.link)
    issued = len(outcomes) - len(failed)
    _show_failures(failed)
    text = f"已签发{issued}件，未签发{len(failed)}件 issued: {issued}, not issued: {len(failed)}\n结果 results: {file}"
    _tell(as_json, {"rows": len(entries), "issued": issued, "failed": len(failed), "results": str(file)}, text)
    return int(ExitCode.NO if failed else ExitCode.OK)


def _show_failures(failed: list[Outcome]) -> None:
    for one in failed[:_SHOWN]:
        click.echo(plain(f"第{one.row}行 row {one.row}: {one.error}"), err=True)


def _write_pictures(folder: Path, identifier: str, code: str, link: str) -> None:
    """Write what belongs to one license, unless an earlier run has: its picture last, so that where it stands all of it stands."""
    if _IDENTIFIER.fullmatch(identifier) is None:
        raise ValueError(identifier)
    picture = folder / f"{identifier}.png"
    if picture.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{identifier}.cose").write_bytes(zlib.decompress(packed_in(code)))
    (folder / f"{identifier}.txt").write_text(f"{link or code}\n", encoding="ascii")
    half = folder / f".{identifier}.png"
    draw_into(half, link or code)
    half.replace(picture)


def _tell(as_json: bool, facts: Mapping[str, Any], text: str) -> None:  # noqa: FBT001 - what the caller's own option says
    if as_json:
        print_json(facts)
    else:
        click.echo(text)
