"""What can be wrong in the file of license types; each row names the block."""

from typing import Final

from hub.errors import ConfigError, InvalidInputError, Reason


def _row(en: str, zh: str, next_en: str = "correct {place} in the file of license types", next_zh: str = "请修正{place}") -> Reason[ConfigError]:
    return Reason(error=ConfigError, en=en, zh=zh, next_en=next_en, next_zh=next_zh)


NOT_TOML: Final = _row("the license types are not TOML: {problem}", "证照类型文件不是有效的 TOML：{problem}", "correct the line", "请修正所指的行")
NOT_BLOCKS: Final = _row(
    "the license types are a list of [[type]] blocks and nothing else",
    "证照类型文件应只含 `[[type]]` 块",
    "remove everything else, or restore the file",
    "请删除其他内容，或恢复该文件",
)
CODE_TWICE: Final = _row("{place}: the code {code} stands twice", "{place}：代码 {code} 重复")
CODE_WRONG: Final = _row("{place}: code is the USCC of the authority and three digits", "{place}：代码应为定义机构的统一社会信用代码加3位数字")
HOLDER_KINDS_WRONG: Final = _row(
    "{place}: holder_kinds are 111 (citizen) and 001 (organisation)", "{place}：持证主体代码类型应为111（公民）或001（组织）"
)
HOLDERS_WRONG: Final = _row("{place}: holders is at least 1", "{place}：持证主体数量至少为1")
FIELD_TWICE: Final = _row("{place}: a field stands twice", "{place}：信息项重复")
TOO_MANY_PUBLIC: Final = _row("{place}: a code holds at most {most} public fields", "{place}：公开信息项不得超过{most}项")
FIELD_NAME_WRONG: Final = _row("{place}: the name of a business field is KZ_ and capitals", "{place}：信息项名称应为 `KZ_` 加大写字母")
PATTERN_WRONG: Final = _row("{place}: pattern of {name}: {problem}", "{place}：{name} 的格式表达式有误：{problem}")
TERM_WRONG: Final = _row(
    '{place}: {key}: a term is "长期" or a number with "years", "months" or "days"',
    "{place}：`{key}` 应为“长期”，或数字加 `years`、`months` 或 `days`",
)
NOT_A_TABLE: Final = _row("{place}: not a table", "{place}：应为表")
KEYS_MISSING: Final = _row("{place}: missing {keys}", "{place}：缺少 {keys}")
KEYS_UNKNOWN: Final = _row("{place}: unknown {keys}", "{place}：有未知项 {keys}")
VALUE_WRONG: Final = _row("{place}: {key} must be {kind}, and not empty", "{place}：`{key}` 应为{kind}，且不得为空")

TERM: Final = Reason(
    error=InvalidInputError,
    reason="TERM",
    en='a term is "长期" or a number with "years", "months" or "days"',
    zh="期限应为“长期”，或数字加 `years`、`months` 或 `days`",
    next_en='write it like "长期", "5 years", "6 months" or "30 days"',
    next_zh="例如“长期”或 `5 years`",
)
