"""What can be wrong before a single sequence runs, in both languages."""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import ConfigError, InvalidInputError, Reason

NO_AUTHORITY: Final = Reason(
    error=ConfigError,
    reason="NO_AUTHORITY",
    en="{folder} is not the authority's identity folder",
    zh="{folder} 不是主管部门的身份目录",
    next_en="shuniu join INVITATION --out {folder}  # with the invitation that `shuniu init --practice` printed",
    next_zh="请用 `shuniu init --practice` 给出的邀请执行：shuniu join INVITATION --out {folder}",
)
NO_PRACTICE_HUB: Final = Reason(
    error=ConfigError,
    reason="NO_PRACTICE_HUB",
    en="the hub at {address} is not for practice: no departments are made up there",
    zh="{address} 不是演练枢纽，不得在其上虚设部门",
    next_en="run one with `shuniu serve --practice`, or bring identities of real departments and call `shuniu tck` with --yes",
    next_zh="请以 `shuniu serve --practice` 运行演练枢纽，或使用真实部门的身份并加 --yes 执行 `shuniu tck`",
)
NO_IDENTITIES: Final = Reason(
    error=ConfigError,
    reason="NO_IDENTITIES",
    en="{folder} holds no identity folder of a role: {roles}",
    zh="目录 {folder} 中没有任何角色的身份目录：{roles}",
    next_en="make them at a hub for practice with `shuniu tck --prepare`, or put those of real departments there",
    next_zh="请在演练枢纽上执行 `shuniu tck --prepare`，或放入真实部门的身份目录",
)
NO_SUCH_SEQUENCE: Final = Reason(
    error=InvalidInputError,
    reason="NO_SUCH_SEQUENCE",
    en="no sequence is called {pattern!r}",
    zh="没有名称符合“{pattern}”的测试序列",
    next_en="`shuniu tck --list` shows them all",
    next_zh="全部序列见 `shuniu tck --list`",
)
