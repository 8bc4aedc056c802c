"""The one line that invites a system: where the hub is, who joins, which CA is to be trusted, and the one-time token.

    shuniu://hub.example:7444/join.1/members=hub.example:7443/hub=ningxia/department=USCC/system=main/hosts=a.example,10.0.0.7/ca=.../token=.../check=...

Parts stand in this order, each once; `hosts` is left out where the system chooses them itself. `ca` is the SHA-256 of the CA's public key
(SubjectPublicKeyInfo, RFC 5280 section 4.1; base64url without padding, as RFC 7469 section 2.4 pins keys), `check` the first eight hexadecimal
digits of the SHA-256 of everything before it: what copying changes is noticed before anything is sent. No character needs quoting in a shell or
escaping in a URL, but for the brackets of an IPv6 address. A text is an invitation exactly when writing what was read gives it back (ADR 0040).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

from shuniu.joining.hosts import canonical, fault_of, hosts_from
from shuniu.joining.reasons import INVITATION_WRONG
from shuniu.words import Word

SCHEME: Final = "shuniu://"
LONGEST: Final = 4096
"""Characters: eight hosts of 253 characters and everything else have room in it."""
DIGEST_LENGTH: Final = 32
_QUOTES: Final = "'\"`‘’“”"
"""Marks that are copied along with a line out of a message."""
_FORM: Final = "join.1"
_CHECK: Final = re.compile(r"(.*)/check=([0-9a-f]{8})", re.DOTALL)
_NAME: Final = r"[a-z][a-z0-9-]{0,39}"
_LINE: Final = re.compile(
    rf"shuniu://(?P<public>[^/]+)/{re.escape(_FORM)}/members=(?P<members>[^/]+)/hub=(?P<hub>{_NAME})/department=(?P<department>[0-9A-Z]{{18}})"
    rf"/system=(?P<system>{_NAME})(?:/hosts=(?P<hosts>[^/]+))?/ca=(?P<ca>[A-Za-z0-9_-]{{43}})/token=(?P<token>[A-Za-z0-9_-]{{16,128}})"
)
_ADDRESS: Final = re.compile(r"(?P<host>[^\[\]:]+|\[[0-9a-f:.]+\]):(?P<port>[1-9][0-9]{0,4})")
_HIGHEST_PORT: Final = 65_535
_EMPTY: Final = Word("empty", "there is nothing", "内容为空")
_LONG: Final = Word("too long", f"it has more than {LONGEST} characters", f"超过{LONGEST}个字符")
_BROKEN: Final = Word("blank", "it holds a blank or a line break; it is one line without any", "含有空白或换行；邀请应为不含空白的一整行")
_WIDE: Final = Word("not ascii", "it holds full-width or other foreign characters", "含有全角字符或其他非英文字符")
_START: Final = Word(
    "start",
    f"it does not begin with {SCHEME} in small letters; the beginning is missing, or letters were changed",
    f"开头不是小写的 {SCHEME}，可能缺少开头部分或字母大小写有变",
)
_END: Final = Word("end", "its end is missing (/check= and eight digits)", "缺少末尾部分（/check= 及八位校验码）")
_CHANGED: Final = Word(
    "changed", "it was changed on its way: a letter's case, a missing or an additional character", "传递中有改动：字母大小写、缺字或多字"
)
_NEWER: Final = Word(
    "form", "it is of another form than this release reads; a newer hub may have made it", "格式与本版本不符，可能由更新版本的枢纽生成"
)


@dataclass(frozen=True)
class InvitationLine:
    """What an invitation says. `public` and `members` are host:port of the hub's two ports, `ca` 32 bytes; the token is not shown when printed."""

    public: str
    members: str
    hub: str
    department: str
    system: str
    ca: bytes
    token: str = field(repr=False)
    hosts: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the line."""
        hosts = f"/hosts={','.join(self.hosts)}" if self.hosts else ""
        ca = base64.urlsafe_b64encode(self.ca).decode().rstrip("=")
        who = f"/hub={self.hub}/department={self.department}/system={self.system}{hosts}"
        line = f"{SCHEME}{self.public}/{_FORM}/members={self.members}{who}/ca={ca}/token={self.token}"
        return f"{line}/check={_check_of(line)}"


def read_invitation(text: str) -> InvitationLine:
    """Return what a line says; raise InvalidInputError saying what is wrong with it. Blanks and quotation marks around the line are none of it."""
    line = text.lstrip("\ufeff").strip().strip(_QUOTES)
    why = _accident(line)
    if why is not None:
        raise INVITATION_WRONG(why=why)
    found = _LINE.fullmatch(line[: line.rindex("/check=")])
    said = None if found is None else _said(found)
    # Written and read back: one meaning has one spelling, and nothing stands in a line that is not read.
    if said is None or said.text() != line:
        raise INVITATION_WRONG(why=_NEWER)
    return said


def _accident(line: str) -> Word | None:
    """Return what copying did to a line, None where it came through."""
    if not line:
        return _EMPTY
    if len(line) > LONGEST:
        return _LONG
    if any(one.isspace() for one in line):
        return _BROKEN
    if not line.isascii():
        return _WIDE
    if not line.startswith(SCHEME):
        return _START
    found = _CHECK.fullmatch(line)
    return _changed(found) if found else _END


def _changed(found: re.Match[str]) -> Word | None:
    return None if _check_of(found[1]) == found[2] else _CHANGED


def _said(found: re.Match[str]) -> InvitationLine | None:
    hosts = tuple(found["hosts"].split(",")) if found["hosts"] else ()
    if not (_is_address(found["public"]) and _is_address(found["members"])) or any(fault_of(host) for host in hosts):
        return None
    if hosts_from(hosts[:1], "hosts") and hosts != tuple(dict.fromkeys(map(canonical, hosts))):
        return None
    ca = base64.urlsafe_b64decode(f"{found['ca']}=")
    return InvitationLine(found["public"], found["members"], found["hub"], found["department"], found["system"], ca, found["token"], hosts)


def _is_address(text: str) -> bool:
    found = _ADDRESS.fullmatch(text)
    if found is None or int(found["port"]) > _HIGHEST_PORT:
        return False
    host = found["host"]
    bare = host[1:-1] if host.startswith("[") else host
    return fault_of(bare) is None and canonical(bare) == bare and host.startswith("[") is (":" in bare)


def _check_of(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:8]
