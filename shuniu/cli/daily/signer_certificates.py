"""`shuniu seal certificate`: an SM2 key made on this machine, the request that proves it is held here, and the certificate for it."""

from __future__ import annotations

from datetime import timezone
from pathlib import Path
from typing import Final

import click

from shuniu import pem
from shuniu.cli.daily.commands import DEADLINE, group_of
from shuniu.cli.daily.desk import connected
from shuniu.cli.daily.license_keys import officer_option
from shuniu.cli.daily.rows import Group, Row
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import FILE, PLACE
from shuniu.cli.output import print_json
from shuniu.cli.reasons import FILE_THERE
from shuniu.cli.signing_keys import new_seal_key, seal_key
from shuniu.cli.verifying import read_file
from shuniu.seals.names import CertificateSubject
from shuniu.seals.request import make_csr
from shuniu.v1.seal_pb2 import IssueSignerCertificateRequest
from shuniu.zone import in_beijing

_SUBJECT: Final = CertificateSubject("signer")
"""What it says does not matter: the hub writes the name by which it knows the department."""
CERTIFICATE: Final = Group(
    command="certificate",
    line="签章者证书 Certificates of signers: make key and request, get the certificate, revoke it.",
    collection="signerCertificates",
    rows=(
        Row(
            "revoke",
            "SealService/RevokeSignerCertificate",
            "吊销 Revoke a signer's certificate; what it signed before stays valid where the hub recorded it.",
            needs=("reason", "officer"),
            ends=True,
        ),
    ),
    more=(("request", "shuniu.cli.daily.signer_certificates:request"), ("issue", "shuniu.cli.daily.signer_certificates:issue")),
)
certificate: Final = group_of(CERTIFICATE)


@click.command()
@click.option("--key", "key_file", type=PLACE, required=True, metavar="FILE", help="签章密钥文件，不存在则生成（0600） the key; a new one if none.")
@click.option("--out", type=PLACE, required=True, metavar="FILE", help="证书请求（PEM） the request.")
@json_option
def request(*, key_file: Path, out: Path, as_json: bool) -> None:
    """证书请求 Make a request for a certificate, signed with SM2 and the standards' user id; a first key is made on the way and stays here."""
    is_new = not key_file.exists()
    key = new_seal_key(key_file) if is_new else seal_key(key_file)
    out.write_bytes(pem.armor("CERTIFICATE REQUEST", make_csr(key, _SUBJECT)))
    if as_json:
        print_json({"request": str(out), "key": str(key_file), "new_key": is_new})
        return
    click.secho(f"已生成 made: {out}" + (f"、{key_file} (0600)" if is_new else ""), fg="green")
    click.echo(f"下一步 next:\n  shuniu seal certificate issue {out} --out signer.pem --officer NO --identity DIR")


@click.command()
@click.argument("request_file", type=FILE, metavar="REQUEST-FILE")
@click.option("--out", type=PLACE, required=True, metavar="FILE", help="证书（PEM） the certificate.")
@officer_option
@identity_option
@json_option
def issue(*, request_file: Path, out: Path, officer: str, identity: Path, as_json: bool) -> None:
    """签发证书 Have the hub issue the certificate that a request (PEM or DER) asks for."""
    if out.exists():
        raise FILE_THERE(file=out)
    with connected(identity, DEADLINE) as hub:
        issued = hub.seals.IssueSignerCertificate(IssueSignerCertificateRequest(csr=read_file(request_file), officer=officer))
    out.write_bytes(pem.armor("CERTIFICATE", issued.certificate))
    if as_json:
        print_json({"name": issued.name, "certificate": str(out), "not_after": issued.not_after.ToJsonString()})
        return
    click.secho(f"{issued.name}", fg="green")
    click.echo(f"  有效期至 valid to: {in_beijing(issued.not_after.ToDatetime(timezone.utc))}\n  证书 certificate: {out}")
