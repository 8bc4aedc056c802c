"""Failures of a department's HTTP service in words: for the hub, and for the operator at the start. No word of an answer is in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import grpc

from shuniu.errors import FetchError, SourceError, UnreachableError
from shuniu.provider.http.faults import Fault, ServiceError
from shuniu.provider.http.template import Server


@dataclass(frozen=True)
class _Row:
    """What the hub hears of one kind of failure; `{resource}` and `{column}` are filled in."""

    code: grpc.StatusCode
    reason: str
    en: str
    zh: str
    next_en: str
    next_zh: str


_DEPARTMENT: Final = ("inform the providing department, whose log has the kind of error", "请联系提供部门查看其日志")
_ROWS: Final[Mapping[Fault, _Row]] = {
    Fault.ANSWER: _Row(
        grpc.StatusCode.INTERNAL,
        "SOURCE_ANSWER_INVALID",
        "the provider's service answered about {resource} in another form than its configuration states",
        "提供方业务服务关于 {resource} 的应答与配置的格式不符",
        *_DEPARTMENT,
    ),
    Fault.FAILED: _Row(
        grpc.StatusCode.INTERNAL,
        "SOURCE_FAILED",
        "the provider's service refused the question about {resource}",
        "提供方业务服务拒绝了对 {resource} 的查询",
        *_DEPARTMENT,
    ),
    Fault.FORBIDDEN: _Row(
        grpc.StatusCode.FAILED_PRECONDITION,
        "SOURCE_FORBIDDEN",
        "the provider's service does not let the provider in",
        "提供方业务服务拒绝提供方程序访问",
        "ask the providing department to renew the token or the client certificate of its provider",
        "请提供部门更新其提供方程序所用的令牌或客户端证书",
    ),
    Fault.GONE: _Row(
        grpc.StatusCode.FAILED_PRECONDITION,
        "SOURCE_GONE",
        "the provider's service is no longer at the address of {resource}",
        "{resource} 所用的业务服务地址已失效",
        "ask the providing department to correct the address",
        "请提供部门更正地址",
    ),
    Fault.KEY: _Row(
        grpc.StatusCode.INVALID_ARGUMENT,
        "INVALID_KEY",
        "the key is none that {resource} can be asked for",
        "查询键的值不能用于查询 {resource}",
        "correct the key",
        "请修正查询键的值",
    ),
    Fault.OTHER_KEY: _Row(
        grpc.StatusCode.DATA_LOSS,
        "RECORD_OF_OTHER_KEY",
        "the provider's service answered with a record of {resource} under another key than was asked for",
        "提供方业务服务返回了 {resource} 中其他查询键的记录",
        "inform the providing department: does its service search by parts of a key, is a cache before it?",
        "请联系提供部门核查其业务服务是否按部分匹配查询，或者经由缓存",
    ),
    Fault.PLACE: _Row(
        grpc.StatusCode.FAILED_PRECONDITION,
        "SOURCE_PLACE_FORBIDDEN",
        "the name of the provider's service leads outside the networks of its configuration",
        "提供方业务服务的域名解析到了配置的网段以外",
        "ask the providing department to check its name server, or `networks` in its configuration",
        "请提供部门核查其域名解析，或者配置中的 `networks`",
    ),
    Fault.SLOW: _Row(
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "SOURCE_SLOW",
        "the provider's service took too long over {resource}",
        "提供方业务服务查询 {resource} 超时",
        "try again in a few seconds; where it happens again, inform the providing department",
        "请过几秒重试；如再次发生，请联系提供部门",
    ),
    Fault.TOO_LARGE: _Row(
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "TOO_LARGE",
        "the provider's service answered about {resource} with more than one answer may have",
        "提供方业务服务关于 {resource} 的应答超过大小上限",
        "inform the providing department: one key should have few records",
        "请联系提供部门，使每个查询键对应较少的记录",
    ),
    Fault.UNREACHABLE: _Row(
        grpc.StatusCode.UNAVAILABLE,
        "SOURCE_UNREACHABLE",
        "the provider's service does not answer",
        "提供方业务服务无响应",
        "try again in a few seconds",
        "请过几秒重试",
    ),
    Fault.UNTRUSTED: _Row(
        grpc.StatusCode.FAILED_PRECONDITION,
        "SOURCE_UNTRUSTED",
        "the certificate of the provider's service is not trusted",
        "提供方业务服务的证书不受信任",
        "ask the providing department to renew the certificate, or to correct `ca_file` in its configuration",
        "请提供部门更新证书，或更正配置中的 `ca_file`",
    ),
    Fault.VALUE: _Row(
        grpc.StatusCode.DATA_LOSS,
        "BAD_RECORD",
        "field {column} of {resource} is missing, or not of its type",
        "{resource} 的 {column} 缺失或者与类型不符",
        "ask the providing department to correct the record, or the path or type of the field in its configuration",
        "请提供部门修正该记录，或更正配置中该信息项的路径或类型",
    ),
}


def failure(error: ServiceError, resource: str) -> FetchError:
    """Return what the hub may know of a failure."""
    row = _ROWS[error.fault]
    facts = {"resource": resource, "column": error.column}
    return FetchError(
        row.code,
        row.reason,
        row.en.format(**facts),
        message_zh=row.zh.format(**facts),
        next_action=row.next_en,
        next_action_zh=row.next_zh,
        retry_after=error.retry_after,
        facts={"column": error.column} if error.column else {},
        cause=error.cause,
    )


def start_error(error: ServiceError, server: Server) -> SourceError:
    """Return what an operator reads when the service cannot be reached at the start: host and port, and nothing else of its address."""
    where = f"{server.host}:{server.port} ({error.cause})"
    if error.fault in {Fault.UNREACHABLE, Fault.SLOW}:
        return UnreachableError(
            f"the service cannot be reached: {where}",
            message_zh=f"无法连接业务服务：{where}",
            next_action="check host and port, and that it runs; then start again",
            next_action_zh="请核对主机和端口，并确认其正在运行，然后重新启动",
        )
    row = _ROWS[error.fault]
    return SourceError(
        f"{row.en}: {where}",
        message_zh=f"{row.zh}：{where}",
        next_action="correct `ca_file`, `networks` or `url` in the configuration, then start again",
        next_action_zh="请更正配置中的 `ca_file`、`networks` 或 `url`，然后重新启动",
    )
