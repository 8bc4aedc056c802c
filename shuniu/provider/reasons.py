"""How an entry of the directory and what its system serves may differ, in both languages: rows of the catalogue.

They are findings rather than errors: a provider prints and logs them, the hub lists them and refuses an entry for those that contradict it.
"""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import IllegalStateError, NotFoundError, Reason

RESOURCE_NOT_SERVED: Final = Reason(
    error=NotFoundError,
    reason="RESOURCE_NOT_SERVED",
    en="the system does not serve a resource {resource}",
    zh="业务系统未提供资源 {resource}",
    next_en="serve it under that name, or correct the name of the serving resource in the entry",
    next_zh="请以该名称提供数据，或在目录条目中更正数据资源名称",
)
KEY_COLUMN_MISSING: Final = Reason(
    error=IllegalStateError,
    reason="KEY_COLUMN_MISSING",
    en="{resource} has no column {column}, which is the entry's key",
    zh="{resource} 没有 {column} 列，而目录条目以其为查询键",
    next_en="map {column} to the column that holds it (`--map {column}=COLUMN`, or `names` in the configuration), or correct the entry",
    next_zh="请将 {column} 对应到实际的列（`--map {column}=列名`，或提供方配置文件中的 `names`），或更正目录条目",
)
COLUMN_MISSING: Final = Reason(
    error=IllegalStateError,
    reason="COLUMN_MISSING",
    en="{resource} has no column {column}",
    zh="{resource} 没有 {column} 列",
    next_en="map {column} to the column that holds it (`--map {column}=COLUMN`, or `names` in the configuration), or drop it from the entry",
    next_zh="请将 {column} 对应到实际的列（`--map {column}=列名`，或提供方配置文件中的 `names`），或从目录条目中删去该信息项",
)
COLUMN_SPELT_OTHERWISE: Final = Reason(
    error=IllegalStateError,
    reason="COLUMN_MISSING",
    en="{resource} has no column {column}, but it has {twin}",
    zh="{resource} 没有 {column} 列，但有 {twin} 列",
    next_en='map it: `--map {column}={twin}`, or `{column} = "{twin}"` under `names` in the provider\'s configuration',
    next_zh='请将两者对应：`--map {column}={twin}`，或在提供方配置文件的 `names` 下填写 `{column} = "{twin}"`',
)
OTHER_KEY: Final = Reason(
    error=IllegalStateError,
    reason="OTHER_KEY",
    en="{resource} is served by the key {served}, and the entry's key is {column}",
    zh="{resource} 的查询键是 {served}，而目录条目的查询键是 {column}",
    next_en="serve it with the key {column}, or make {served} the key of the entry",
    next_zh="请以 {column} 为查询键提供数据，或将目录条目的查询键改为 {served}",
)
OTHER_TYPE: Final = Reason(
    error=IllegalStateError,
    reason="OTHER_TYPE",
    en="values of column {column} of {resource} are sent as {served}, and the entry says {type}",
    zh="{resource} 的 {column} 列按{served}传输，而目录条目的类型为{type}",
    next_en="correct the type in the entry; or change the column, or serve it as text (`--as-text {column}`) where the entry says text",
    next_zh="请更正目录条目中的类型；或修改该列；目录条目为文本类型的，可按文本提供（`--as-text {column}`）",
)
COLUMN_LONGER: Final = Reason(
    error=IllegalStateError,
    reason="COLUMN_LONGER",
    en="column {column} of {resource} holds up to {served} characters, and the entry says at most {length}",
    zh="{resource} 的 {column} 列最长{served}个字符，而目录条目规定最长{length}个",
    next_en="set the length in the entry to {served}, if such values exist",
    next_zh="如确有此长度的数据，请将目录条目中的长度改为{served}",
)
COLUMN_NULLABLE: Final = Reason(
    error=IllegalStateError,
    reason="COLUMN_NULLABLE",
    en="column {column} of {resource} may be empty, and the entry says that it never is",
    zh="{resource} 的 {column} 列可以为空，而目录条目规定不得为空",
    next_en="mark the field as nullable in the entry, or declare the column NOT NULL",
    next_zh="请在目录条目中将该信息项标为可空，或为该列设置非空约束",
)
