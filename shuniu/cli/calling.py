"""`shuniu call`: any rpc of the hub by its name, JSON in and out; what exists is read from the protos' own descriptors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message

from shuniu.calls import with_manners
from shuniu.cli.department import members_address
from shuniu.cli.options import ADDRESS, CA_FILE, PLACE, SPAN, identity_of, is_said
from shuniu.cli.output import plain, print_json
from shuniu.cli.pieces import write_pieces
from shuniu.cli.reasons import DRAFT_BLANKS, NO_FILE_IN_ANSWER, NO_SUCH_METHOD, NOT_THE_REQUEST, REQUEST_NOT_UTF8
from shuniu.cli.request_values import in_proto_names
from shuniu.client import Client, connect, connect_public, receipt_of
from shuniu.errors import DETAILS, ShuniuCallError
from shuniu.folder import replace_file
from shuniu.receipts import KeptAnswer, NotKeptError, ReceiptFolder
from shuniu.v1 import (
    audit_pb2,
    brokerage_pb2,
    case_pb2,
    catalog_pb2,
    exchange_pb2,
    files_pb2,
    identity_pb2,
    license_pb2,
    officer_pb2,
    practice_pb2,
    seal_pb2,
    work_pb2,
)
from shuniu.when_available import deadline_of

_FILES: Final = (
    identity_pb2,
    officer_pb2,
    work_pb2,
    catalog_pb2,
    brokerage_pb2,
    case_pb2,
    exchange_pb2,
    files_pb2,
    license_pb2,
    seal_pb2,
    audit_pb2,
    practice_pb2,
)
_PACKAGE: Final = "shuniu.v1."
_WITH_RECEIPT: Final = ("shuniu.v1.ExchangeService.Query", "shuniu.v1.ExchangeService.Check")
SERVICES: Final[Mapping[str, ServiceDescriptor]] = {name: one for file in _FILES for name, one in file.DESCRIPTOR.services_by_name.items()}
_BLANK: Final = "【待填"
_LISTED: Final = 5
_LARGEST: Final = 16 << 20  # bytes, twice the largest message; the hub refuses what is larger than that


@click.command()
@click.argument("method", required=False, metavar="SERVICE/METHOD", shell_complete=lambda _ctx, _param, typed: complete(typed))
@click.argument("body", default="{}", metavar="[JSON]")
@identity_of("身份目录 call as the system with this identity folder.", required=False)
@click.option("--hub", type=ADDRESS, help="枢纽地址 the address to call, if not the one in the identity folder; the public port with --ca.")
@click.option("--ca", type=CA_FILE, help="枢纽 CA 证书 call the public port without an identity.")
@click.option("--deadline", type=click.FloatRange(min=0.001), default=10.0, show_default=True, help="调用期限（秒）seconds.")
@click.option("--keep", type=PLACE, metavar="FILE", help="保存结果与回执 keep a Query's answer with receipt and salt; personal data, mode 0600.")
@click.option("--receipts", type=PLACE, metavar="DIR", help="保存到存证回执目录 keep it in a folder of receipts, as DIR/INDEX.json.")
@click.option("--out", type=PLACE, metavar="FILE", help="结果中的字节写入文件 write the bytes of the answer, streamed ones too, to a file.")
@click.option(
    "--when-available",
    type=SPAN,
    metavar="SPAN",
    help="提供方无法连接时等待的时长，例如 30m、2h、1d how long a Query or Check may wait for a provider that is away.",
)
@click.option("--list", "listing", is_flag=True, help="列出接口 list services and methods.")
@click.option("--describe", is_flag=True, help="说明接口：字段、可选值、请求模板 tell fields, values and a request to fill in; nothing is called.")
@click.option(
    "--json", "as_json", is_flag=True, help="供程序读取，与 --list 或 --describe 同用 one line of JSON for programs, with --list or --describe."
)
@click.pass_context
def call(
    ctx: click.Context,
    *,
    method: str | None,
    body: str,
    identity: Path | None,
    hub: str | None,
    ca: bytes | None,
    deadline: float,
    keep: Path | None,
    receipts: Path | None,
    out: Path | None,
    when_available: timedelta | None,
    listing: bool,
    describe: bool,
    as_json: bool,
) -> None:
    """调用接口 Call an rpc of the hub. The answer is JSON on standard output, the receipt goes to standard error.

    JSON is the request as text, - for standard input, or @FILE. A streamed answer is one JSON message per line.
    """
    if listing:
        _list(as_json=as_json)
        return
    if method is None:
        raise click.UsageError("缺少接口名，全部接口见 `shuniu call --list`: name a method; `shuniu call --list` shows them all")
    found = method_of(method)
    if describe:
        _describe(found, as_json=as_json)
        return
    if found.client_streaming:
        raise click.UsageError("批量查询请用 `shuniu query-many`: keys are sent one by one; use `shuniu query-many`")
    if out is not None:
        bytes_field(found)
    if (keep or receipts) is not None and found.full_name not in _WITH_RECEIPT:
        option = "--keep" if keep is not None else "--receipts"
        raise click.UsageError(
            f"只有 ExchangeService/Query 和 ExchangeService/Check 的结果带有存证回执: {option} is for these two, whose answers have a receipt"
        )
    if when_available is not None and found.full_name not in _WITH_RECEIPT:
        raise click.UsageError("只有 ExchangeService/Query 和 ExchangeService/Check 可以等待: --when-available is for these two")
    request = request_of(found, body_of(body))
    if ca is not None and not is_said(ctx, "identity"):
        identity = None  # to the public port, though the environment names an identity
    folder = None if receipts is None else ReceiptFolder(receipts)  # before anything is asked: a receipt must not be lost
    with _open(identity, hub, ca, deadline) as client:
        try:
            OneCall(client, found, deadline, keep, folder, out, when_available).run(request)
        except ShuniuCallError as error:
            # a call that never arrived has no trailers
            trailing = getattr(error.__cause__, "trailing_metadata", None)
            show_trailers(trailing() or () if trailing else ())
            raise


def method_of(name: str) -> MethodDescriptor:
    """Return the method that `Service/Method` names; a package in front and a dot in between are accepted."""
    service, _, method = name.strip("/").removeprefix(_PACKAGE).replace("/", ".").rpartition(".")
    found = SERVICES[service].methods_by_name.get(method) if service in SERVICES else None
    if found is None:
        raise NO_SUCH_METHOD(method=name)
    return found


def request_of(method: MethodDescriptor, text: str) -> Message:
    """Return the request message in the JSON text; an unknown field is refused."""
    problem = "not an object"
    _refuse_blanks(text)
    if text.lstrip().startswith("{"):  # the library takes [] for an empty message
        try:
            given = in_proto_names(method.input_type, json.loads(text, object_pairs_hook=_no_doubles))
            return json_format.ParseDict(given, message_factory.GetMessageClass(method.input_type)())
        except (json_format.ParseError, ValueError, RecursionError) as error:
            problem = str(error)
    raise NOT_THE_REQUEST(
        type=method.input_type.name, problem=problem, fields=_fields(method) or "{}", method=f"{method.containing_service.name}/{method.name}"
    )


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's members; JSON with a member twice says two things, and no reader knows which is meant."""
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in [earlier for earlier, _ in pairs[:place]])
        raise ValueError(f"duplicate key {twice}")
    return members


def _refuse_blanks(text: str) -> None:
    """Refuse a draft of `shuniu provide --describe` in which something is still to be filled in."""
    if _BLANK not in text:
        return
    from shuniu.provider.draft import BLANK, blanks_in  # noqa: PLC0415 - brings a server along, which a call does not need

    with suppress(ValueError, RecursionError):
        blanks = blanks_in(json.loads(text))
        if blanks:
            names = ", ".join(blanks[:_LISTED]) + (", ..." if len(blanks) > _LISTED else "")
            raise DRAFT_BLANKS(count=len(blanks), blanks=names, mark=BLANK)


def show_trailers(trailers: Iterable[tuple[str, str | bytes]]) -> None:
    """Print what came beside the answer, the receipt among it, on standard error; error details are printed elsewhere."""
    for key, value in trailers:
        if key != DETAILS and key.startswith("shuniu-"):
            click.echo(f"{key}: {value.hex() if isinstance(value, bytes) else plain(value)}", err=True)


@dataclass(frozen=True)
class OneCall:
    """One call over an open channel."""

    client: Client
    method: MethodDescriptor
    deadline: float
    keep: Path | None = None
    receipts: ReceiptFolder | None = None
    out: Path | None = None
    when_available: timedelta | None = None

    def run(self, request: Message) -> None:
        """Call and print."""
        # without a generated stub: any method can be called by its descriptor
        channel: Any = with_manners(self.client.channel, self.deadline, self.client.explain)
        kind = channel.unary_stream if self.method.server_streaming else channel.unary_unary
        # the answer's very bytes are kept, and read afterwards: the digest in the log is of these
        read = message_factory.GetMessageClass(self.method.output_type).FromString
        service = self.method.containing_service.full_name
        rpc = kind(f"/{service}/{self.method.name}", request_serializer=_serialize)
        if self.method.server_streaming and self.out is not None:
            name = bytes_field(self.method)
            size = write_pieces(self.out, (getattr(read(data), name) for data in rpc(request)))
            click.echo(f"{self.out}: {size:,} 字节 bytes", err=True)
            return
        if self.method.server_streaming:
            for data in rpc(request):
                click.echo(_json(read(data), None))
            return
        data, details = self._asked(rpc, request)
        trailers = details.trailing_metadata() or ()
        answer = read(data)
        if self.out is not None:
            _take_bytes(answer, bytes_field(self.method), self.out)
        click.echo(_json(answer, 2))
        show_trailers(trailers)
        if self.keep is not None or self.receipts is not None:
            self._keep(KeptAnswer(receipt_of(trailers), data))

    def _asked(self, rpc: Any, request: Any) -> tuple[bytes, Any]:
        """Call, and wait with a question that waits for its provider where that was asked for."""
        asked: tuple[bytes, Any]
        if self.when_available is None:
            asked = rpc.with_call(request)
        else:
            request.when_available_until.FromDatetime(deadline_of(self.when_available))
            asked = self.client.questions.patiently(request, lambda: rpc.with_call(request), _tell_waiting)
        return asked

    def _keep(self, kept: KeptAnswer) -> None:
        """Keep the answer with its receipt wherever it was asked for."""
        if self.keep is not None:
            replace_file(self.keep.parent, self.keep.name, kept.to_json().encode())
        if self.receipts is not None:
            try:
                click.echo(f"{self.receipts.keep(kept)}: 已保存 kept", err=True)
            except NotKeptError:
                click.echo(kept.to_json(), err=True)  # the access is on the log, and this is all there is of its receipt
                raise


def _tell_waiting(name: str) -> None:
    text = f"查询正在等待数据服务恢复：{name} the question waits for its provider; after Ctrl-C: shuniu question ask {name}"
    click.echo(text, err=True)


def _serialize(message: Message) -> bytes:
    return message.SerializeToString()


def _json(message: Message, indent: int | None) -> str:
    return json_format.MessageToJson(message, preserving_proto_field_name=True, ensure_ascii=False, indent=indent)


def _open(identity: Path | None, hub: str | None, ca: bytes | None, deadline: float) -> Client:
    if identity is not None and ca is None:
        return connect(hub or members_address(identity), identity, deadline=deadline)
    if identity is None and hub and ca:
        return connect_public(hub, ca, deadline=deadline)
    raise click.UsageError("请给出 --identity DIR，或同时给出 --hub 与 --ca: give --identity, or both --hub and --ca for the public port")


def body_of(text: str) -> str:
    """Return the text that an argument stands for: itself, standard input for -, a file's for @FILE."""
    try:
        if text == "-":
            return sys.stdin.buffer.read(_LARGEST).decode("utf-8-sig")
        if text.startswith("@"):
            with Path(text[1:]).open("rb") as file:
                return file.read(_LARGEST).decode("utf-8-sig")  # Windows' editors put a mark in front
    except UnicodeDecodeError as error:
        raise REQUEST_NOT_UTF8() from error
    return text


def _take_bytes(answer: Any, name: str, file: Path) -> None:
    """Write an answer's bytes to a file, and leave the rest of it to be printed."""
    size = write_pieces(file, [getattr(answer, name)])
    answer.ClearField(name)
    click.echo(f"{file}: {size:,} 字节 bytes", err=True)


def bytes_field(method: MethodDescriptor) -> str:
    """Return the field of the answer that is a file; an answer with none, or with several, has no such field."""
    found = [one.name for one in method.output_type.fields if one.type == one.TYPE_BYTES and not one.is_repeated]
    if len(found) != 1:
        raise NO_FILE_IN_ANSWER(method=method.name)
    return str(found[0])


def complete(typed: str) -> list[str]:
    """Return the methods that begin with what was typed, for a shell that completes."""
    return [name for service in SERVICES.values() for one in service.methods if (name := f"{service.name}/{one.name}").startswith(typed)]


def _describe(method: MethodDescriptor, *, as_json: bool) -> None:
    facts = import_module("shuniu.cli.describing").facts_of(method)
    if as_json:
        print_json(facts)
        return
    for line in import_module("shuniu.cli.describing").lines_of(facts):
        click.echo(line)
    click.echo("请求模板 a request to fill in (shuniu call ... @FILE):")
    click.echo(json.dumps(facts["template"], ensure_ascii=False, indent=2))


def _list(*, as_json: bool) -> None:
    describing = import_module("shuniu.cli.describing")
    if as_json:
        print_json([describing.facts_of(method) for service in SERVICES.values() for method in service.methods])
        return
    for name, service in SERVICES.items():
        click.secho(name, bold=True)
        for method in service.methods:
            click.echo(f"  {describing.row_of(method)}")


def _fields(method: MethodDescriptor) -> str:
    return ", ".join(field.name for field in method.input_type.fields)
