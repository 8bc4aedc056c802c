"""`shuniu license key new` and `register`: the key that signs licenses is made here, proves that it is held here, and never leaves."""

from __future__ import annotations

from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shuniu.cli.daily.commands import DEADLINE
from shuniu.cli.daily.desk import Desk, connected
from shuniu.cli.daily.printing import show
from shuniu.cli.department import identity_option, json_option
from shuniu.cli.options import FILE, PLACE, officer_of
from shuniu.cli.output import print_json
from shuniu.cli.signing_keys import license_key, new_license_key
from shuniu.cli.verifying import moment_of
from shuniu.codes.cose import key_id, signer_of
from shuniu.folder import read_identity
from shuniu.possession import issuing_key_proof
from shuniu.v1.identity_pb2 import WhoAmIRequest
from shuniu.v1.license_pb2 import RegisterIssuingKeyRequest

key_option = click.option(
    "--key", "key_file", type=FILE, required=True, metavar="FILE", help="签发密钥文件，不离开本机 the key's file; the key never leaves this machine."
)
officer_option = officer_of("经办人 officer.")


@click.command()
@click.option("--out", type=PLACE, required=True, metavar="FILE", help="密钥文件，不得已存在 the file to make; it must not exist.")
@json_option
def new(*, out: Path, as_json: bool) -> None:
    """生成签发密钥 Make a key for signing licenses (P-256), in a file that only you can read (0600). Keep a copy where nobody else gets it."""
    name = f"issuingKeys/{key_id(new_license_key(out).public_key()).hex()}"
    if as_json:
        print_json({"name": name, "file": str(out)})
        return
    click.secho(f"已生成 made: {out} (0600)", fg="green")
    click.echo(f"下一步 next:\n  shuniu license key register --key {out} --type CODE --officer NO --identity DIR")


@click.command()
@key_option
@click.option(
    "--type", "license_types", multiple=True, required=True, metavar="CODE", help="证照类型代码，可重复 a type that it signs; may be repeated."
)
@click.option("--until", metavar="TIME", help="签发至，最长五年，默认两年 may sign until then: five years at most, two without it.")
@officer_option
@identity_option
@json_option
def register(*, key_file: Path, license_types: tuple[str, ...], until: str | None, officer: str, identity: Path, as_json: bool) -> None:
    """登记签发密钥 Register the public half of a key; it signs once the authority has admitted it."""
    key = license_key(key_file)
    der = spki_of(key)
    with connected(identity, DEADLINE) as hub:
        department = hub.identity.WhoAmI(WhoAmIRequest()).department
        # signed over the hub's name, the department and the types: a copy of the request proves nothing elsewhere
        proof = signer_of(key)(issuing_key_proof(read_identity(identity).hub, department, license_types, der))
        request = RegisterIssuingKeyRequest(public_key=der, license_types=license_types, proof=proof, officer=officer)
        if until is not None:
            request.not_after.FromDatetime(moment_of(until))
        show(Desk(hub), hub.licenses.RegisterIssuingKey(request), json=as_json)
    if not as_json:
        click.echo("等待主管部门启用 the authority admits it next: shuniu license key admit", err=True)


def spki_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public half as the hub takes it."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
