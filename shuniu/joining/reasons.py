"""What can be wrong about joining, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`)."""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import InvalidInputError, Reason

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
