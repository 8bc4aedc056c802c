"""What can be wrong about joining, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`)."""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import ConfigError, InvalidInputError, NotAllowedError, Reason, UnavailableError

HOST_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="HOST_WRONG",
    en="no certificate can name the host {host}: {why}",
    zh="主机名 {host} 无法写入证书：{why}",
    next_en="give a DNS name or an IP address of this system, for example data.dept.example; the token was not used",
    next_zh="请填写本业务系统的域名或 IP 地址，例如 data.dept.example；注册令牌尚未使用",
)
HOSTS_TOO_MANY: Final = Reason(
    error=InvalidInputError,
    reason="HOSTS_TOO_MANY",
    en="{count} hosts are asked for; a system's certificates name at most {most}",
    zh="请求了{count}个主机名；一个业务系统的证书至多写入{most}个",
    next_en="leave out those under which the system serves no data",
    next_zh="请去掉不用于提供数据的主机名",
)

# --- invitations
INVITATION_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="INVITATION_WRONG",
    en="this is no invitation: {why}",
    zh="邀请无效：{why}",
    next_en="copy the whole line once more, from shuniu:// to its last character; its token was not used",
    next_zh="请重新完整复制该行，从 shuniu:// 到最后一个字符；其中的令牌尚未使用",
)
CA_OF_ANOTHER: Final = Reason(
    error=NotAllowedError,
    reason="CA_OF_ANOTHER",
    en="{address} does not show the CA that the invitation names: another hub, or somebody in between; the token was not sent",
    zh="{address} 出示的 CA 与邀请中的不符，可能是另一枢纽或有人冒充；令牌未发送",
    next_en="compare the address with the invitation, and ask the authority; do not use the token elsewhere",
    next_zh="请核对邀请中的地址并询问数据共享主管部门；请勿将令牌用于他处",
)
CA_NOT_SHOWN: Final = Reason(
    error=UnavailableError,
    reason="CA_NOT_SHOWN",
    en="{address} does not answer in TLS ({problem}), so its CA could not be compared; the token was not sent",
    zh="{address} 未按 TLS 应答（{problem}），无法核对其 CA；令牌未发送",
    next_en="check that this machine can reach the address, then run the command again",
    next_zh="请确认本机可以连接该地址，然后重新执行",
)
CHAIN_UNREADABLE: Final = Reason(
    error=ConfigError,
    reason="CHAIN_UNREADABLE",
    en="Python 3.9 cannot read the CA that a server shows",
    zh="Python 3.9 无法读取服务器出示的 CA",
    next_en="get the CA certificate from the authority and give it with --ca; it is compared with the invitation",
    next_zh="请向数据共享主管部门索取 CA 证书，用 --ca 给出；程序会与邀请核对",
)
INVITED_OTHERWISE: Final = Reason(
    error=NotAllowedError,
    reason="INVITED_OTHERWISE",
    en="the hub made a certificate for {found}, the invitation is for {wanted}; it was not kept",
    zh="枢纽签发的证书属于 {found}，而邀请属于 {wanted}；证书未保存",
    next_en="report it to the authority that runs the hub",
    next_zh="请报告运行枢纽的数据共享主管部门",
)
HOST_NOT_INVITED: Final = Reason(
    error=InvalidInputError,
    reason="HOST_NOT_ALLOWED",
    en="{field}: {host} is none of the hosts that this token is for: {hosts}; the token was not used",
    zh="{field}：令牌只用于主机名 {hosts}，不含 {host}；令牌尚未使用",
    next_en="leave it out and ask for it once enrolled (`shuniu hosts request`), or ask the authority for a token with it",
    next_zh="请去掉该主机名，加入后再申请（`shuniu hosts request`），或请主管部门签发含有该主机名的令牌",
)
