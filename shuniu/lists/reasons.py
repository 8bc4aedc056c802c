"""Why a list cannot be read, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`)."""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import ConfigError, InvalidInputError, Reason

OFFICER_LIST_FORM: Final = Reason(
    error=InvalidInputError,
    reason="OFFICER_LIST_FORM",
    en="{file} cannot be read as a list of officers: {problem}",
    zh="{file} 无法作为经办人名单读取：{problem}",
    next_en="save it as CSV (UTF-8 or GB 18030) or as an Excel workbook (.xlsx), with the header 工号,姓名,岗位职责",
    next_zh="请存为 CSV（UTF-8 或 GB 18030）或 Excel 工作簿（.xlsx），表头为：工号,姓名,岗位职责",
)
EXCEL_MISSING: Final = Reason(
    error=ConfigError,
    reason="EXCEL_MISSING",
    en="Excel workbooks need an extra that is not installed",
    zh="未安装读取 Excel 工作簿的组件",
    next_en='pip install "shuniu[excel]"; or save the list as CSV',
    next_zh='pip install "shuniu[excel]"；或将名单另存为 CSV',
)
