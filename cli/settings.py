"""The text of a new `shuniu.toml`: every key with its meaning; those that nobody set stand there as comments with their defaults."""

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from hub.config import Config
from hub.delivery import Delivery
from hub.limits import Limits
from hub.reach import origin_of, refuse_unreachable
from hub.reasons.operation import WEB_URL_MISSING
from hub.sign_in import SignIn

MEANINGS: Final[Mapping[str, tuple[str, str]]] = {
    "hub": ("枢纽简称，写入每个身份证书", "short name of the hub; part of every identity's URI"),
    "authority": ("数据共享主管部门的统一社会信用代码", "USCC of the authority that runs the hub"),
    "authority_title": ("主管部门全称", "its full name"),
    "region": ("行政区划代码，GB/T 2260", "GB/T 2260 code of the hub's region"),
    "data": ("密钥、证书、日志与内置数据库所在目录，相对于本文件", "folder of keys, certificates, log and embedded database, relative to this file"),
    "database": ("数据库地址；留空为内置 SQLite", "for example postgresql://shuniu@db.example/shuniu; empty means SQLite in the data folder"),
    "members": ("部门端口：gRPC，须出示客户端证书", "gRPC with client certificates"),
    "public": ("公开端口：gRPC，注册与核验", "gRPC without: enrolment and verification"),
    "members_address": (
        "各部门访问部门端口的“主机:端口”，写入邀请；留空自动推断",
        "host:port under which departments reach that port, told in invitations; empty derives it",
    ),
    "public_address": ("各部门访问公开端口的“主机:端口”", "the same for the public port"),
    "web": ("网页地址", "web pages; a reverse proxy gives them TLS"),
    "web_url": (
        "网页的对外地址，写入每个证照",
        "how the world reaches the web pages, for example https://share.example.gov.cn; it stands in every license",
    ),
    "server_names": ("枢纽证书中的域名与 IP", "DNS names and IP addresses in the hub's own certificate"),
    "log_origin": ("访问日志的名称", "origin of the access log, a URL without scheme; never change it once the log has begun"),
    "local": (
        "仅供本机试用的枢纽：网页和日志的地址可以只在本机有效",
        "a hub for a trial on this machine: pages and log may have addresses that nobody else reaches",
    ),
    "practice": (
        "演练枢纽：仅供本机，时钟可由成员系统向前调整；建库后不可更改",
        "a hub for practice, on this machine alone: its members may move its clock on; never changed once the database was made",
    ),
    "officers": (
        "新登记部门的经办人：registered 只认已登记的工号；recorded 在导入名单之前未登记的工号也予办理，并在日志中注明",
        "officers of departments registered from now on: registered, their numbers alone; recorded, others too until their list is there",
    ),
    "entry_assessment": (
        "目录条目缺少风险评估、分类分级内容的：told 予以受理并告知主管部门；required 不予受理",
        "entries that leave their assessment or classification open: told, taken and the authority is told; required, refused",
    ),
    "probe_minutes": (
        "服务探测间隔（分钟），至多1440；0为不探测",
        "minutes between two probes of the service behind an entry, 1440 at most; 0 probes none",
    ),
    "browsing_records": (
        "同一办件编号一天内可调取多少个不同主体的记录，超过的告知使用、提供部门和审计人员；0为不告知",
        "records of so many different subjects a case may read in a day before consumer, provider and auditors are told; 0 tells nobody",
    ),
    "data_file_mib": (
        "单个数据文件的大小上限（MiB）；校验时枢纽另需约六倍的内存",
        "how large an uploaded data file may be, MiB; while one is checked, the hub takes some six times as much memory",
    ),
    "use_record_years": ("使用记录在授权期满后的保存年数，至少3年", "years for which records of use are kept after their grant; 3 at least"),
    "clock_profile": ("办理时限方案，为时限文件中的一个", "profile of statutory clocks: one of the file `clocks`"),
    "clocks": (
        "办理时限文件，相对于本文件；留空为随版本提供的时限",
        "file of statutory clocks, relative to this file; empty means those of the release",
    ),
    "license_types": (
        "证照类型文件，相对于本文件；留空为随版本提供的类型",
        "file of license types, relative to this file; empty means those of the release",
    ),
    "checkpoint_seconds": ("检查点最长间隔（秒）", "longest time between a record and the checkpoint that covers it"),
    "provider_concurrency": ("单个提供方的并发上限", "calls under way at one provider"),
    "provider_timeout": ("等待提供方的最长时间（秒）", "longest wait for a provider, seconds"),
    "provider_networks": (
        "数据提供方所在网段；留空则除枢纽本机及链路本地地址外均可",
        "networks in which providers may stand, for example 10.64.0.0/12; empty means anywhere but on this machine and link-local",
    ),
    "clock_checked_from": (
        "此序号之前的记录写于时钟超前期间，不与系统时间比较",
        "records before this index were written under a clock that was ahead; the clock is not compared with them",
    ),
    "synonyms": (
        "目录检索的同义词文件，相对于本文件；在随附词表之外增补",
        "a file of names of the same meaning for the directory's search, relative to this file; see catalog/synonyms.toml",
    ),
    "organizer": ("页脚“主办单位”；留空为主管部门全称", "who runs the site, at the foot of each page; empty means the authority's full name"),
    "contact": ("页脚“联系方式”，如服务电话；留空不显示", "telephone or address for help, at the foot of each page; empty leaves it out"),
    "icp_filing": ("页脚“ICP备案”编号；留空不显示", "number of the ICP filing, at the foot of each page; empty leaves it out"),
    "police_filing": ("页脚“公安备案”编号；留空不显示", "number of the filing with the public security; empty leaves it out"),
    "font": ("印章字体文件；留空自动查找", "a font file with Chinese characters for seal pictures; empty searches the usual places"),
}

LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "refusals_per_second": (
        "单个业务系统每秒逐条入日志的拒绝次数",
        "refusals of one system written one by one in a second; the rest is summed up",
    ),
    "refusal_bytes_per_second": ("单个业务系统的拒绝记录每秒可占的日志字节数", "bytes of log that the refusals of one system may take in a second"),
    "writes_per_second": (
        "单个业务系统每秒可作的写入调用数（授权下的查询除外）",
        "calls of one system that write in a second; queries under a grant do not count",
    ),
    "write_bytes_per_second": ("单个业务系统写入调用每秒的请求字节数", "bytes of the requests of such calls in a second"),
    "strangers_at_once": ("公众页面与核验同时办理数", "pages and verifications of strangers under way at a time"),
    "strangers_waiting": (
        "公众排队上限；单个地址至多占四分之三，部门调用期间至多占八分之一",
        "how many of them wait; from one address three quarters, and an eighth while departments call",
    ),
    "strangers_share": ("部门调用期间公众可用的单核时间比例", "share of one core's time for strangers while departments call"),
    "stranger_body_bytes": ("公众上传内容同时占用内存的上限（字节）", "bytes of bodies of strangers held in memory at a time"),
    "member_connections": ("部门端口连接数上限", "connections at the members' port"),
    "public_connections": ("公开端口与网页各自的连接数上限", "connections at the public port, and as many at the web pages"),
    "connections_per_address": ("单个地址在单个端口的连接数上限", "connections of one address at one port"),
    "handshake_seconds": ("建立连接（TLS 与 HTTP/2）的时限（秒）", "how long a connection may take until TLS and HTTP/2 stand, seconds"),
}
"""The keys of the table `[limits]`."""
DELIVERY: Final[Mapping[str, tuple[str, str]]] = {
    "networks": (
        "可推送待办消息的网段；留空不推送",
        "networks into which webhooks are sent, for example 10.64.0.0/12; empty: none is sent",
    ),
    "ca": (
        "核对接收方和邮件服务器所用的 CA 证书文件，相对于本文件；留空为本机的 CA 证书",
        "file of CA certificates (PEM) of receivers and mail server, relative to this file; empty means those of the machine",
    ),
    "smtp": ("邮件服务器“主机:端口”；留空不发邮件", "mail server as host:port; empty: no mail is sent"),
    "smtp_tls": (
        "与邮件服务器的连接：starttls、implicit 或 none",
        "starttls, implicit (TLS from the first byte), or none for a relay on this machine",
    ),
    "sender": ("发件邮箱", "address from which mail is sent"),
    "credentials": (
        "邮件服务器用户名和口令的文件（权限 0600，各占一行），相对于本文件；留空不登录",
        "file of mode 0600 with user's name and password, a line each, relative to this file; empty: none are asked for",
    ),
    "digest_minutes": ("同一邮箱的汇总邮件间隔（分钟）；逾期事项即时发送", "minutes between two digests to one address; what is over comes at once"),
}
"""The keys of the table `[delivery]`."""
SIGN_IN: Final[Mapping[str, tuple[str, str]]] = {
    "issuer": ("统一身份认证的 issuer；留空不接入", "issuer of the identity provider (OpenID Connect); empty: none"),
    "title": ("登录页上显示的名称", "what people call it, on the sign-in page"),
    "client": ("客户端标识", "the hub's client id at the provider"),
    "secret": (
        "客户端密钥文件（权限 0600），相对于本文件；留空为公开客户端",
        "file of mode 0600 with the client secret, relative to this file; empty: a public client, by PKCE alone",
    ),
    "ca": (
        "核对统一身份认证服务所用的 CA 证书文件，相对于本文件；留空为本机的 CA 证书",
        "file of CA certificates (PEM) of the provider, relative to this file; empty means those of the machine",
    ),
    "scopes": ("请求的范围", "scopes that are asked for"),
    "department": ("经办人所属部门统一社会信用代码的属性名", "claim with the USCC of an officer's department"),
    "officer": ("经办人编号的属性名", "claim with an officer's number"),
    "person": ("姓名的属性名", "claim with a citizen's or representative's name"),
    "id_number": ("身份证件号码的属性名", "claim with a citizen's ID number"),
    "company": ("所代表企业统一社会信用代码的属性名", "claim with the USCC of the company that somebody represents"),
    "company_name": ("企业名称的属性名", "claim with the company's name"),
}
"""The keys of the table `[sign_in]`."""
_TABLES: Final = {
    "limits": ("# 各方用量上限 What one caller, and all strangers together, may take.", Limits(), LIMITS),
    "delivery": ("# 待办和通知的推送 Whither notice of work is sent, beside inbox and stream.", Delivery(), DELIVERY),
    "sign_in": ("# 网页登录 Signing in to the pages by an identity provider.", SignIn(), SIGN_IN),
}
"""The tables, which stand last in the file."""


def settings_text(settings: Mapping[str, Any]) -> str:
    """Return the file's text for the values that are set; the others are shown with their defaults."""
    lines = ["# 枢纽配置 Configuration of a Shuniu hub. `shuniu doctor --config <this file>` checks it.", ""]
    for item in fields(Config):
        if item.name in _TABLES:
            continue
        zh, en = MEANINGS[item.name]
        mark, value = ("", settings[item.name]) if item.name in settings else ("# ", getattr(Config(), item.name))
        lines += [f"# {zh} {en}", f"{mark}{item.name} = {_toml(value)}", ""]
    for table, (line, usual, meanings) in _TABLES.items():
        lines += [line, f"[{table}]", ""]
        for name, (zh, en) in meanings.items():
            chosen = settings.get(table, {})
            mark, value = ("", chosen[name]) if name in chosen else ("# ", getattr(usual, name))
            lines += [f"# {zh} {en}", f"{mark}{name} = {_toml(value)}", ""]
    return "\n".join(lines)


def with_addresses(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a new hub with the two addresses that outlive them; raise ConfigError for one that nobody could reach.

    A hub that is `local` prints localhost: for browsers that is a safe place, as 127.0.0.1 is not.
    """
    if settings.get("local"):
        return {"web": "localhost:7480", **settings}
    if not settings.get("web_url"):
        raise WEB_URL_MISSING()
    url = settings["web_url"].rstrip("/")
    refuse_unreachable(url, settings.get("log_origin"))
    return {"log_origin": origin_of(url), **settings, "web_url": url}


def _toml(value: Any) -> str:
    """Return a value as TOML writes it; the escapes of a JSON string are TOML's too."""
    if isinstance(value, str | Path):
        # JSON lets DEL stand as it is, TOML does not
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return repr(value)
