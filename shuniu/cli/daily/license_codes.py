"""`shuniu license qr` and `attach-stamp`: a license's code drawn for paper, and the department's seal on its signed bytes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import Desk, connected
from shuniu.cli.daily.license_keys import officer_option
from shuniu.cli.daily.printing import show
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import FILE, PLACE, identity_of, officer_of
from shuniu.cli.output import print_json
from shuniu.cli.reasons import NO_CODE_YET, NOT_A_LICENSE_CODE
from shuniu.cli.verifying import read_file
from shuniu.codes.reading import looks_like_a_code, text_in
from shuniu.v1.license_pb2 import AttachStampRequest, GetLicenseRequest

if TYPE_CHECKING:
    from shuniu.v1.license_pb2 import License

_STAMPING = "加盖电子印章"


@click.command()
@click.argument("source", metavar="IDENTIFIER|FILE")
@click.option("--out", type=PLACE, required=True, metavar="FILE.png|.svg", help="图片文件 the picture to write.")
@click.option("--scale", type=click.IntRange(1, 20), default=4, show_default=True, help="PNG 每个模块的像素 pixels a module of a PNG.")
@click.option("--text", "as_text", is_flag=True, help="画证照码文本而非链接 draw the text EL1:... where there is a link too.")
@identity_of("身份目录，按标识取码时使用 to get the code by its license's identifier.", required=False)
@officer_of("经办人，按标识取码时记入日志 who looks; it goes into the log.", required=False)
@click.option("--reason", metavar="TEXT", help="理由，按标识取码时记入日志 why; it goes into the log.")
@json_option
def qr(*, source: str, out: Path, scale: int, as_text: bool, as_json: bool, **looks: Any) -> None:
    """画二维码 Draw a code as a QR picture: from a FILE that holds its text or link, or from the register by its license's IDENTIFIER.

    From the register the link is drawn, which any telephone's camera opens, where the hub has a public address; --text draws the text.
    """
    code = _code_of(source, **looks, as_text=as_text)
    draw_into(out, code, scale)
    if as_json:
        print_json({"file": str(out), "code": code})
    else:
        click.echo(str(out))


def draw_into(out: Path, code: str, scale: int = 4) -> None:
    """Write the picture of a code; the file's name says which kind."""
    kind = out.suffix.lower()
    if kind not in {".png", ".svg"}:
        raise click.UsageError(f"{out} 的扩展名应为 .png 或 .svg: name a .png or .svg")
    # loaded here: what draws is an extra, and no other command should need it
    drawing = import_module("shuniu.codes.drawing")
    out.write_bytes(drawing.draw_svg(code) if kind == ".svg" else drawing.draw(code, scale))


def _code_of(source: str, *, identity: Path | None, officer: str | None, reason: str | None, as_text: bool) -> str:
    if Path(source).is_file():
        text = text_in(read_file(Path(source)))
        if not looks_like_a_code(text):
            raise NOT_A_LICENSE_CODE()
        return text
    if identity is None or not officer or not reason:
        raise click.UsageError(
            f"{source} 不是文件；按证照标识取码需要 --identity、--officer 与 --reason: "
            "this is no file; to get a code by its license's identifier, give --identity, --officer and --reason"
        )
    with connected(identity, DEADLINE) as hub:
        found: License = hub.licenses.GetLicense(GetLicenseRequest(name=full_name(source), searcher=officer, reason=reason))
    if not found.code:
        raise NO_CODE_YET(name=found.name)
    return found.code if as_text or not found.link else found.link


def full_name(given: str) -> str:
    """Return the resource name of a license for its identifier."""
    return given if given.startswith("licenses/") else f"licenses/{given}"


@click.command("attach-stamp")
@click.argument("name", metavar="IDENTIFIER")
@click.option(
    "--stamp", type=FILE, required=True, metavar="FILE", help="签章文件 the stamp over the license's signed bytes, as `shuniu seal stamp` wrote it."
)
@officer_option
@identity_option
@json_option
def attach_stamp(*, name: str, stamp: Path, officer: str, identity: Path, as_json: bool) -> None:
    """附加签章 Attach the department's seal to a license. It is read first, and that look is on the log under the officer's name."""
    with connected(identity, DEADLINE) as hub:
        now: Any = hub.licenses.GetLicense(GetLicenseRequest(name=full_name(name), searcher=officer, reason=_STAMPING))
        after = hub.licenses.AttachStamp(AttachStampRequest(name=now.name, etag=now.etag, stamp=read_file(stamp)))
        show(Desk(hub), after, json=as_json)
