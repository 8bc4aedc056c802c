"""A system's identity on disk: key.pem (mode 0600, made here, never sent), cert.pem, ca.pem and system.json in one folder."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cryptography import x509

from shuniu.errors import IdentityError

KEY: Final = "key.pem"
CERTIFICATE: Final = "cert.pem"
CA: Final = "ca.pem"
SYSTEM: Final = "system.json"
SCHEME: Final = "shuniu://"
OWNER_ONLY: Final = 0o600
_JOIN: Final = "get a token from the authority and run `shuniu join`"
_JOIN_ZH: Final = "请向数据共享主管部门申请注册令牌，然后执行 `shuniu join`"


@dataclass(frozen=True)
class Identity:
    """Key, certificate and trust of one system, all PEM; the key is not shown when the object is printed."""

    ca: bytes
    certificate: bytes
    key: bytes = field(repr=False)

    @property
    def leaf(self) -> x509.Certificate:
        """Return the system's own certificate, parsed."""
        try:
            return x509.load_pem_x509_certificate(self.certificate)
        except ValueError as error:
            raise IdentityError(
                f"{CERTIFICATE} is not a certificate",
                message_zh=f"{CERTIFICATE} 不是证书文件，或者已损坏",
                next_action=_JOIN,
                next_action_zh=_JOIN_ZH,
            ) from error

    @property
    def hub(self) -> str:
        """Return the hub's short name, from the certificate's own URI shuniu://<hub>/dept/..."""
        names = [uri for uri in uris_of(self.leaf) if uri.startswith(SCHEME)]
        hub = names[0].removeprefix(SCHEME).partition("/")[0] if len(names) == 1 else ""
        if not hub:
            raise IdentityError(f"{CERTIFICATE} names no hub", message_zh="证书中没有枢纽名称", next_action=_JOIN, next_action_zh=_JOIN_ZH)
        return hub


def uris_of(certificate: x509.Certificate) -> list[str]:
    """Return the URIs among a certificate's subject alternative names (RFC 5280 section 4.2.1.6)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def read_identity(folder: Path | str) -> Identity:
    """Return the identity in a folder; raise IdentityError naming the file that is missing or may be read by others."""
    place = Path(folder)
    try:
        # refused rather than mended: whoever could read the key may have done so
        if (place / KEY).stat().st_mode & 0o077:
            mend = f"chmod 600 {place / KEY}"
            raise IdentityError(f"{KEY} may be read by others", message_zh="私钥文件可被其他用户读取", next_action=mend, next_action_zh=mend)
        return Identity(*(_pem(place / name) for name in (CA, CERTIFICATE, KEY)))
    except OSError as error:
        missing = Path(error.filename or place).name
        raise IdentityError(
            f"no identity in {place}: {missing} cannot be read",
            message_zh=f"{place} 中无法读取 {missing}",
            next_action=_JOIN,
            next_action_zh=_JOIN_ZH,
        ) from error


def _pem(path: Path) -> bytes:
    """Return a PEM file's bytes; gRPC ends the whole process when it is handed an empty key or certificate."""
    data = path.read_bytes()
    if b"-----BEGIN " not in data:
        raise IdentityError(
            f"{path.name} is empty or damaged",
            message_zh=f"{path.name} 为空或已损坏",
            next_action=f"restore {path} from a backup, or run `shuniu join` again",
            next_action_zh=f"请从备份恢复 {path}，或重新执行 `shuniu join`",
        )
    return data


def read_system(folder: Path | str) -> dict[str, Any]:
    """Return what system.json says: names, roles and the hub's addresses."""
    place = Path(folder) / SYSTEM
    try:
        known = json.loads(place.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise IdentityError(
            f"{SYSTEM} cannot be read in {place.parent}",
            message_zh=f"{place.parent} 中无法读取 {SYSTEM}",
            next_action=_JOIN,
            next_action_zh=_JOIN_ZH,
        ) from error
    return known if isinstance(known, dict) else {}


def refuse_occupied(folder: Path) -> None:
    """Raise IdentityError when the folder holds an identity, or a part of one, already."""
    found = next((name for name in (KEY, CERTIFICATE, CA, SYSTEM) if (folder / name).exists()), None)
    if found is not None:
        raise IdentityError(
            f"{folder} holds an identity already ({found})",
            message_zh=f"该目录已有身份文件（{found}）",
            next_action="choose another folder, or move the old one away",
            next_action_zh="请另选目录，或移走原有目录",
        )


def write_new(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files that must not exist yet, the first of them deciding who wins; each appears whole or not at all, mode 0600."""
    for name, data in files.items():
        temporary = _write_aside(folder / name, data)
        try:
            # a link fails where the name exists; renaming would replace the file
            os.link(temporary, folder / name)
        except FileExistsError:
            refuse_occupied(folder)
            raise
        finally:
            temporary.unlink()


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Replace the content of a file at once: a reader sees the old or the new one."""
    _write_aside(folder / name, data).replace(folder / name)


def _write_aside(path: Path, data: bytes) -> Path:
    """Return a new file beside `path`, with the data safely on disk."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return temporary
