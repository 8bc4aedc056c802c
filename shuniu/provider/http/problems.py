"""What can be wrong with what the configuration says of a service, in both languages; none of them quotes it, for an address may hold a secret."""

from __future__ import annotations

from typing import Final

from shuniu.words import Word

ADDRESS: Final = Word(
    "address",
    "no http:// or https:// address of a host with a path, without user, password and #",
    "应为 http:// 或 https:// 开头、带路径的网址，不含用户名、密码和 #",
)
PORT: Final = Word("port", "no port", "端口无效")
CHARACTER: Final = Word(
    "character",
    "a character in path or query that is not percent-encoded, or a brace other than {key}",
    "路径或查询参数中有未经百分号编码的字符，或者 {key} 以外的花括号",
)
NOT_ONCE: Final = Word("not-once", "{key} must stand once, in the address or in the body", "{key} 应在网址或请求体中出现且仅出现一次")
NOT_WHOLE: Final = Word(
    "not-whole",
    "{key} must be a whole part of the path, a whole value of the query, or a whole text of the body",
    "{key} 应为路径中完整的一段、查询参数中完整的一个值，或者请求体中完整的一个文本",
)
BODY_OF_GET: Final = Word("body-of-get", "a body goes with POST", "只有 POST 可带请求体")
BODY: Final = Word("body", "the body is no JSON, or too long", "请求体不是有效的 JSON，或者过长")
PATH: Final = Word("path", "a path is like data.items or names[0].text", "路径应如 data.items 或 names[0].text")
SECONDS: Final = Word("seconds", "seconds, more than 0 and at most 60", "应为大于0、不超过60的秒数")
STATUS: Final = Word("status", "one of the statuses says nothing about a record", "所列状态码不能说明有无记录")
NETWORKS: Final = Word("networks", "networks are like 10.2.0.0/16", "网段应如 10.2.0.0/16")
HTTPS_ALONE: Final = Word("https-alone", "it goes with https://", "仅适用于 https://")
PAIR: Final = Word("pair", "a certificate goes with its key", "证书和私钥应同时填写")
ONE_OF_BOTH: Final = Word("one-of-both", "one of them", "二者择一")
PEM: Final = Word("pem", "no certificate or unencrypted key in PEM", "不是 PEM 格式的证书或未加密私钥")
UNREADABLE: Final = Word("unreadable", "it cannot be read", "无法读取")
NOT_SET: Final = Word("not-set", "the variable is not set", "环境变量未设置")
HEADERS: Final = Word(
    "headers",
    "lines are `Name: value`, each header once, 16 at most, and none that says how question and answer travel",
    "每行应为“名称: 值”，每个请求头一次，至多16个，且不得为控制传输方式的请求头",
)


class ProblemError(ValueError):
    """A part of the configuration cannot be used."""

    def __init__(self, problem: Word) -> None:
        """Say what is wrong."""
        super().__init__(problem.en)
        self.problem = problem
