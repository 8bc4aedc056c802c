"""`shuniu file`: data files, by which a provider without a live service serves its entries."""

from __future__ import annotations

from typing import Final

from shuniu.cli.daily.commands import group_of
from shuniu.cli.daily.desk import by_get
from shuniu.cli.daily.rows import Group, Row

FILE: Final = Group(
    command="file",
    line="数据文件 Data files: upload one for an entry that no system serves, look, delete; download one under a grant.",
    collection="dataFiles",
    find=by_get("FileService/GetDataFile"),
    rows=(
        Row(
            "list",
            "FileService/ListDataFiles",
            "列出数据文件 List the department's data files; with --entry those of one entry.",
            columns=("name", "state", "entry", "number", "row_count", "fault_count", "size_bytes", "create_time", "erase_time"),
        ),
        Row("show", "FileService/GetDataFile", "查看数据文件 Show a data file; of a refused one each fault by row and column."),
        Row(
            "delete",
            "FileService/DeleteDataFile",
            "删除数据文件 Erase a data file: its entry can be queried no more until another one is uploaded.",
            needs=("reason", "officer"),
            ends=True,
        ),
    ),
    more=(("upload", "shuniu.cli.daily.file_upload:upload_file"), ("download", "shuniu.cli.daily.file_download:download_file")),
)

file: Final = group_of(FILE)
