"""What the hub sends by itself: webhooks and mail that do not arrive, and messages that nobody gets because nothing is sent any more."""

from collections.abc import Iterator

from cli.doctor.result import CheckResult, ill, well
from hub.config import Config
from hub.db import Tx
from work.store import DEAD, TO_SEND, DeliveryStore, TargetStore

_SHOWN = 5
_CHECK = "deliveries"
_LIST = "shuniu delivery list --identity DIR"
_DEAD_LIST = "shuniu delivery dead list --identity DIR"


def deliveries(tx: Tx, config: Config) -> Iterator[CheckResult]:
    """Tell which targets the last attempt did not reach, and how many messages could not be delivered. The inbox and the streams have them all."""
    counts, failing = DeliveryStore(tx).counts(), TargetStore(tx).failing()
    waiting, dead = counts[TO_SEND], counts[DEAD]
    if waiting and not config.delivery.sends:
        en, zh = f"{waiting} messages wait, and this hub sends nothing", f"有{waiting}条消息待推送，而本枢纽未启用推送"
        mend = "set `networks` or `smtp` under [delivery] in shuniu.toml, or have the departments remove their targets"
        yield ill(_CHECK, en, zh, mend, "请在 shuniu.toml 的 [delivery] 中设置 `networks` 或 `smtp`，或者请有关部门删除通知目标")
    elif failing:
        listed = ", ".join(f"{department}/{target} ({fault})" for department, target, fault in failing[:_SHOWN])
        more, more_zh = (f" +{len(failing) - _SHOWN}", f"等{len(failing)}个") if len(failing) > _SHOWN else ("", "")
        en = f"the last attempt at {listed}{more} failed; {waiting} messages wait, {dead} could not be delivered"
        zh = f"最近一次推送未成功：{listed}{more_zh}；待推送{waiting}条，投递失败{dead}条"
        show = f"{_LIST}; {_DEAD_LIST}"
        yield ill(_CHECK, en, zh, f"{show}  # in the name of the department, which mends its receiver", f"{show}  # 以该部门身份查看，由其修复接收端")
    elif dead:
        en = f"{dead} messages of the last 90 days could not be delivered, now everything arrives: {_DEAD_LIST}"
        yield well(_CHECK, en, f"90天内有{dead}条消息投递失败，目前推送正常：{_DEAD_LIST}")
    else:
        yield well(_CHECK, f"no target fails; {waiting} messages wait", f"各通知目标推送正常，待推送{waiting}条")
