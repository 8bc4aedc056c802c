"""`shuniu seal stamp` and `save`: a seal used on a document that stays on this machine, as does the key; a seal's own file and picture."""

from __future__ import annotations

import uuid
from pathlib import Path

import click

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import connected
from shuniu.cli.daily.license_keys import officer_option
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import FILE, PLACE
from shuniu.cli.output import print_json
from shuniu.cli.reasons import FILE_THERE, SEAL_NOT_MADE
from shuniu.cli.signing_keys import seal_key
from shuniu.cli.verifying import read_file
from shuniu.sm2 import sm3
from shuniu.v1.seal_pb2 import CompleteStampRequest, GetSealRequest, PrepareStampRequest


@click.command()
@click.argument("document", type=FILE, metavar="FILE")
@click.option("--seal", "seal_name", required=True, metavar="ID", help="印章，须已启用 the seal; it must be active.")
@click.option("--signer", required=True, metavar="SERIAL", help="签章者证书 the signer's certificate.")
@click.option("--key", "key_file", type=FILE, required=True, metavar="FILE", help="签章密钥文件，不离开本机 the signer's key; it stays here.")
@click.option("--purpose", required=True, metavar="CODE", help="事项编码 code of the service item.")
@click.option("--case-number", required=True, metavar="TEXT", help="办件编号 case number.")
@click.option(
    "--property",
    "what",
    metavar="TEXT",
    help="所签内容，ASCII 字符 what was sealed.  [default: the file's name]",
)
@click.option("--out", type=PLACE, metavar="FILE", help="签章文件（DER） the stamp.  [default: FILE.stamp]")
@officer_option
@identity_option
@json_option
def stamp(
    *,
    document: Path,
    seal_name: str,
    signer: str,
    key_file: Path,
    purpose: str,
    case_number: str,
    what: str | None,
    out: Path | None,
    officer: str,
    identity: Path,
    as_json: bool,
) -> None:
    """签章 Seal a document. The hub gets its SM3 digest alone, logs the use, checks the signature, and gives back the stamp (DER)."""
    place = out or document.with_name(f"{document.name}.stamp")
    if place.exists():
        raise FILE_THERE(file=place)
    key = seal_key(key_file)
    request = PrepareStampRequest(
        seal=_full("seals", seal_name),
        signer=_full("signerCertificates", signer),
        digest=sm3(read_file(document)),
        property=what or document.name,
        officer=officer,
        purpose=purpose,
        case_number=case_number,
        request_id=str(uuid.uuid4()),
    )
    with connected(identity, DEADLINE) as hub:
        prepared = hub.seals.PrepareStamp(request)
        signed = CompleteStampRequest(name=prepared.name, etag=prepared.etag, signature=key.sign(prepared.to_be_signed))
        done = hub.seals.CompleteStamp(signed)
    place.write_bytes(done.signature)
    if as_json:
        print_json({"name": done.name, "stamp": str(place)})
    else:
        click.secho(f"已签章 stamped: {place}  {done.name}", fg="green")


@click.command()
@click.argument("name", metavar="ID")
@click.option("--out", type=PLACE, required=True, metavar="DIR", help="目录 the folder to write into.")
@identity_option
@json_option
def save(*, name: str, out: Path, identity: Path, as_json: bool) -> None:
    """保存印章 Write a seal's data (DER, .esl) and its picture (PNG) into a folder."""
    with connected(identity, DEADLINE) as hub:
        found = hub.seals.GetSeal(GetSealRequest(name=_full("seals", name)))
    if not found.seal:
        raise SEAL_NOT_MADE(name=found.name)
    out.mkdir(parents=True, exist_ok=True)
    files = {out / f"{found.es_id}.esl": found.seal, out / f"{found.es_id}.png": found.picture}
    for file, data in files.items():
        file.write_bytes(data)
    if as_json:
        print_json({"name": found.name, "files": [str(file) for file in files]})
    else:
        click.echo("\n".join(map(str, files)))


def _full(collection: str, given: str) -> str:
    return given if given.startswith(f"{collection}/") else f"{collection}/{given}"
