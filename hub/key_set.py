"""The keys of a hub: the one list from which they are made, checked, told to the operator, and read by those who use them.

A new key is a row here with `Maker.RELEASE`: `shuniu keys add` makes it for a hub of the release before.
"""

import hashlib
from pathlib import Path
from typing import Final

from hub.signer import ED25519, ES256, SYMMETRIC, HubKey, Maker, Ring
from shuniu.sm2.keys import SM2_SM3
from shuniu.words import Word

_DOMAIN: Final = b"shuniu key set 1"

LOG: Final = HubKey("log", ED25519, Word("log", "the checkpoints of the access log; it is the log's identity", "访问日志的检查点；即日志的身份"))
CA: Final = HubKey("ca", ES256, Word("ca", "the certificates of all systems; it is the hub's identity", "各业务系统的证书；即枢纽的身份"))
PSEUDONYM: Final = HubKey("pseudonym", SYMMETRIC, Word("pseudonym", "finding a person's records in the log", "在日志中查找某人的记录"))
LICENSE_CONTENT: Final = HubKey(
    "license-content", SYMMETRIC, Word("license-content", "reading the holders of licenses in the database", "读取数据库中证照的持证人")
)
ROWS: Final = HubKey(
    "rows", SYMMETRIC, Word("rows", "the proof that rows of the database are what the log wrote", "数据行与日志一致的证明"), Maker.RELEASE
)
FILES: Final = HubKey(
    "files",
    SYMMETRIC,
    Word("files", "reading the data files of providers, and questions that wait, in the database", "读取数据库中各部门的数据文件和待答查询"),
    Maker.RELEASE,
)
LISTS: Final = HubKey(
    "lists", ES256, Word("lists", "trust lists and status lists, with which licenses are verified", "核验证照所用的信任列表和状态列表")
)
RELEASE: Final = HubKey(
    "release", ES256, Word("release", "the releases of the directory, and the messages to receivers", "目录发布版，以及推送给接收方的消息")
)
SM2_CA: Final = HubKey("sm2-ca", SM2_SM3, Word("sm2-ca", "the certificates of seal signers and of the seal maker", "印章签名人和制章者的证书"))
SEAL_MAKER: Final = HubKey("seal-maker", SM2_SM3, Word("seal-maker", "the seals that were made", "已制作的电子印章"))
HUB_SERVER: Final = HubKey(
    "hub-server",
    ES256,
    Word("hub-server", "TLS of the hub's ports; its certificate is made anew at a start", "枢纽端口的 TLS；启动时可重新签发其证书"),
    Maker.ANYTIME,
)
KEYS: Final = (LOG, CA, PSEUDONYM, LICENSE_CONTENT, FILES, ROWS, LISTS, RELEASE, SM2_CA, SEAL_MAKER, HUB_SERVER)
"""Every key of a hub."""
_IDENTITY: Final = (LOG, CA)
"""The keys that every release has had and that are never changed: whoever holds an old checkpoint knows the one, whoever enrolled the other."""


def fingerprint(ring: Ring) -> str:
    """Return which hub this is, as its database knows it: SHA-256 in hexadecimal over the public keys of log and CA.

    Each is a SubjectPublicKeyInfo behind its name and length.
    """
    digest = hashlib.sha256(_DOMAIN)
    for key in _IDENTITY:
        public = ring.signer(key).public_der
        digest.update(f"\n{key.name} {len(public)}\n".encode() + public)
    return digest.hexdigest()


def is_complete(folder: Path) -> bool:
    """Tell whether the keys that the fingerprint rests on are there."""
    return all((folder / key.file).is_file() for key in _IDENTITY)
