"""Where providers are registered, against the rule of where they may stand: what the hub does not dial is told before a query finds it out."""

from collections.abc import Iterator

from certs.places import ProviderPlaces
from certs.store import SystemStore
from cli.doctor.result import CheckResult, ill, well
from hub.config import Config
from hub.db import Tx
from hub.errors import InvalidInputError

_SHOWN = 5


def places(tx: Tx, config: Config) -> Iterator[CheckResult]:
    """Tell which registered addresses the hub does not dial; names are judged when they are dialled."""
    rule = ProviderPlaces.of(config)
    closed = [f"{one.department}/{one.system} ({one.endpoint})" for one in SystemStore(tx).all() if not _admits(rule, one.endpoint)]
    if not closed:
        yield well("providers", "the hub dials every address that providers registered", "各提供方登记的服务地址均可访问")
        return
    names = ", ".join(closed[:_SHOWN]) + ("" if len(closed) <= _SHOWN else f" +{len(closed) - _SHOWN}")
    mend = 'have them register the address of their own machine, or name its network in shuniu.toml: provider_networks = ["127.0.0.1/32"]'
    mend_zh = '请其登记自身机器的地址，或在 shuniu.toml 中写明所在网段：provider_networks = ["127.0.0.1/32"]'
    yield ill("providers", f"the hub does not dial {names}", f"枢纽不访问以下服务地址：{names}", mend, mend_zh)


def _admits(rule: ProviderPlaces, endpoint: str) -> bool:
    try:
        rule.admit(endpoint)
    except InvalidInputError:
        return False
    return True
