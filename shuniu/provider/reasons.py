"""What can be wrong with what a department serves, in both languages: rows of the catalogue.

How an entry and what its system serves may differ are findings rather than errors: a provider prints and logs them, the hub lists them and
refuses an entry for those that contradict it.
"""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import ConfigError, IllegalStateError, NotFoundError, Reason

# --- entry and resource
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

# --- files
FILE_MISSING: Final = Reason(
    error=ConfigError,
    reason="FILE_MISSING",
    en="there is no file {file}",
    zh="找不到文件 {file}",
    next_en="correct the path",
    next_zh="请修正文件路径",
)
FILE_EMPTY: Final = Reason(
    error=ConfigError,
    reason="FILE_EMPTY",
    en="{file} is empty",
    zh="文件 {file} 为空",
    next_en="export it anew, with a header row",
    next_zh="请重新导出，并包含标题行",
)
FILE_ENCODING: Final = Reason(
    error=ConfigError,
    reason="FILE_ENCODING",
    en="{file} is not in {encoding}",
    zh="文件 {file} 的编码不是 {encoding}",
    next_en="state its encoding, which may be {likely}, or save it as {likely}",
    next_zh="请注明其实际编码（可能是 {likely}），或将其另存为 {likely}",
)
FILE_LINE: Final = Reason(
    error=ConfigError,
    reason="FILE_LINE",
    en="line {line} of {file} is no CSV: {problem}",
    zh="文件 {file} 第{line}行不符合 CSV 格式：{problem}",
    next_en="correct the quotation marks of that line, or export the file anew",
    next_zh="请修正该行的引号，或重新导出",
)
FILE_WITHOUT_HEADER: Final = Reason(
    error=ConfigError,
    reason="FILE_WITHOUT_HEADER",
    en="the first row of {file} looks like data, not like the names of columns",
    zh="文件 {file} 的首行像是数据，而不是列名",
    next_en='export it with a header row, or name the columns: columns = ["id_number", ...]',
    next_zh='请导出时包含标题行，或在配置中列出列名：columns = ["id_number", ...]',
)
FILE_COLUMNS: Final = Reason(
    error=ConfigError,
    reason="FILE_COLUMN",
    en="{file} has two columns {column}",
    zh="文件 {file} 中有两列名为 {column}",
    next_en="rename one of them",
    next_zh="请将其中一列改名",
)
FILE_COLUMN: Final = Reason(
    error=ConfigError,
    reason="FILE_COLUMN",
    en="{file} has no column {column}; it has {known}",
    zh="文件 {file} 没有 {column} 列，现有的列：{known}",
    next_en="correct the name, map it under `names`, or state the delimiter if the columns were not told apart",
    next_zh="请修正列名，或在 `names` 下注明对应关系；如各列未能分开，请注明分隔符",
)
FILE_KEY_TYPE: Final = Reason(
    error=ConfigError,
    reason="FILE_KEY_TYPE",
    en="column {column} of {file} cannot be the key: its type has several spellings of one value",
    zh="文件 {file} 的 {column} 列不能作为查询键：该类型的同一个值有多种写法",
    next_en="choose a column of text or whole numbers, or serve it as text",
    next_zh="请选择文本或整数类型的列，或将其按文本提供",
)
FILE_DOUBTFUL: Final = Reason(
    error=ConfigError,
    reason="FILE_DOUBTFUL",
    en="{file} cannot be read as stated: of {rows} rows {ragged} have another number of cells than the header, {spoilt} are not in the encoding",
    zh="文件 {file} 与所注明的格式不符：共{rows}行，其中{ragged}行的列数与标题行不同，{spoilt}行不是所注明的编码",
    next_en="state the delimiter and the encoding that it has",
    next_zh="请注明实际的分隔符和编码",
)
FILE_CHANGES: Final = Reason(
    error=ConfigError,
    reason="FILE_CHANGES",
    en="{file} changed while it was read",
    zh="文件 {file} 在读取过程中发生变化",
    next_en="write a new file under another name and rename it to this one when it is complete",
    next_zh="请先以其他名称写入新文件，完成后再改为此名称",
)
FILE_INDEX: Final = Reason(
    error=ConfigError,
    reason="FILE_INDEX",
    en="{file} cannot be read, or its index not be written in {folder}: {problem}",
    zh="无法读取文件 {file}，或无法在 {folder} 中建立索引：{problem}",
    next_en="see that the file may be read and that the folder has room for twice its size, or name another folder with `index`",
    next_zh="请核对文件的读取权限，并确认该目录的剩余空间不小于文件的两倍，或用 `index` 另选目录",
)
FILE_UNREADABLE: Final = Reason(
    error=ConfigError,
    reason="FILE_UNREADABLE",
    en="{file} is no Parquet file, or is damaged ({problem})",
    zh="文件 {file} 不是 Parquet 文件，或者已损坏（{problem}）",
    next_en="export it anew",
    next_zh="请重新导出",
)
ARROW_MISSING: Final = Reason(
    error=ConfigError,
    reason="ARROW_MISSING",
    en="Parquet files need pyarrow, which is not installed",
    zh="读取 Parquet 文件需要 pyarrow，本机尚未安装",
    next_en='pip install "shuniu[arrow]"',
    next_zh='pip install "shuniu[arrow]"',
)
TABLE_MISSING: Final = Reason(
    error=ConfigError,
    reason="TABLE_MISSING",
    en="tables need SQLAlchemy, which is not installed",
    zh="提供数据库表需要 SQLAlchemy，本机尚未安装",
    next_en='pip install "shuniu[table]"',
    next_zh='pip install "shuniu[table]"',
)

# --- HTTP services
SERVICE_SETTING: Final = Reason(
    error=ConfigError,
    reason="SERVICE_SETTING",
    en="{key} of resource {resource} cannot be used: {problem}",
    zh="数据资源 {resource} 的 {key} 填写有误（{problem}）",
    next_en="correct it; docs/guides/provider.md has an example",
    next_zh="请更正；示例见 docs/guides/provider.zh-CN.md",
)
SERVICE_FILE: Final = Reason(
    error=ConfigError,
    reason="SERVICE_FILE",
    en="what {key} of resource {resource} names cannot be used: {problem}",
    zh="数据资源 {resource} 的 {key} 所指内容无法使用（{problem}）",
    next_en="correct the path, the file's content, or who may read it",
    next_zh="请核对路径、文件内容和读取权限",
)
SERVICE_FIELD: Final = Reason(
    error=ConfigError,
    reason="SERVICE_FIELD",
    en="{column} of resource {resource} stands in `as_text` or `optional` and cannot: it has neither path nor type, or is the key",
    zh="数据资源 {resource} 的 {column} 不能列入 `as_text` 或 `optional`：未填写其路径或类型，或者它是查询键",
    next_en="name it under `names`, or take it out of the list",
    next_zh="请在 `names` 下填写其路径，或从列表中删去",
)
SERVICE_KEY_TYPE: Final = Reason(
    error=ConfigError,
    reason="SERVICE_KEY_TYPE",
    en="{column} of resource {resource} cannot be the key: its type has several spellings of one value",
    zh="数据资源 {resource} 的 {column} 不能作为查询键：该类型的同一个值有多种写法",
    next_en="choose a field of text or whole numbers, or serve it as text",
    next_zh="请选择文本或整数类型的信息项，或将其按文本提供",
)

# --- the configuration of a provider
SETTINGS_UNREADABLE: Final = Reason(
    error=ConfigError,
    en="{path} cannot be read as TOML: {problem}",
    zh="配置文件 {path} 不是有效的 TOML：{problem}",
    next_en="correct the line named",
    next_zh="请修正所指的行",
)
SETTINGS_KEY: Final = Reason(
    error=ConfigError,
    en="unknown key {key!r} in the provider's configuration",
    zh="提供方配置文件中有未知配置项 {key}",
    next_en="known keys: {known}",
    next_zh="可用配置项：{known}",
)
SETTINGS_TYPE: Final = Reason(
    error=ConfigError,
    en="{key} in the provider's configuration must be a {type}",
    zh="提供方配置项 {key} 的类型有误，应为 {type}",
    next_en="correct the value",
    next_zh="请修正该值",
)
SETTINGS_CHOICE: Final = Reason(
    error=ConfigError,
    en="{key} in the provider's configuration has a value that it cannot have",
    zh="提供方配置项 {key} 的取值有误",
    next_en="choose one of {known}",
    next_zh="可选的值：{known}",
)
SETTINGS_MISSING: Final = Reason(
    error=ConfigError,
    reason="SETTINGS_MISSING",
    en="{key} is missing or empty: without it there is nothing to serve",
    zh="缺少 {key} 或其内容为空，无法提供数据",
    next_en="fill it in; docs/guides/provider.md has an example",
    next_zh="请填写；示例见 docs/guides/provider.zh-CN.md",
)
SETTINGS_SOURCE: Final = Reason(
    error=ConfigError,
    en="{key} must name a table, a file, or the address of an HTTP service",
    zh="{key} 应指明一张表、一个文件或一个 HTTP 服务地址，三者择一",
    next_en="give `table`, with a database, or `file`, or `url` alone",
    next_zh="请填写 `table`（并指明数据库）、`file`，或仅填写 `url`",
)
SETTINGS_OF_OTHER_SOURCE: Final = Reason(
    error=ConfigError,
    en="{key} is for a {source} alone, and would do nothing here",
    zh="{key} 仅适用于 {source}，在此不起作用",
    next_en="delete it",
    next_zh="请删去",
)
SETTINGS_TWICE: Final = Reason(
    error=ConfigError,
    en="two resources have the name {resource}",
    zh="有两个数据资源同名：{resource}",
    next_en="give one of them another `name`",
    next_zh="请用 `name` 为其中一个另行命名",
)
SETTINGS_URL: Final = Reason(
    error=ConfigError,
    en="{key} and {other} both name the address",
    zh="{key} 与 {other} 重复指明了地址",
    next_en="keep one of them",
    next_zh="请保留其中一项",
)
SETTINGS_ZONE: Final = Reason(
    error=ConfigError,
    en="{zone!r} is no time zone",
    zh="{zone} 不是有效的时区名称",
    next_en="give an IANA name, for example Asia/Shanghai or UTC",
    next_zh="请填写 IANA 时区名称，例如 Asia/Shanghai 或 UTC",
)
