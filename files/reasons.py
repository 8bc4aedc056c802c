"""What can be wrong with data files, in both languages: the package's rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import ConflictError, IllegalStateError, IntegrityError, InvalidInputError, LimitError, Reason, UnavailableError

FILE_ENTRY_SERVED: Final = Reason(
    error=IllegalStateError,
    reason="FILE_ENTRY_SERVED",
    en="{entry} is served by a system of its provider, which is asked instead of a file",
    zh="{entry}已由提供部门的业务系统提供服务，不接收数据文件",
    next_en="revise the entry without a serving system first, or correct the data in the system",
    next_zh="请在业务系统中更正数据；确需改用数据文件的，请先修订目录条目，取消服务系统",
)
FILE_ENTRY_NOT_PUBLISHED: Final = Reason(
    error=IllegalStateError,
    reason="FILE_ENTRY_NOT_PUBLISHED",
    en="{entry} is not published: nobody could be granted its data",
    zh="{entry}未发布，其数据不能共享",
    next_en="have the entry published, then upload",
    next_zh="请待目录条目发布后再上传",
)
FILE_ENTRY_WITHOUT_KEY: Final = Reason(
    error=IllegalStateError,
    reason="FILE_ENTRY_WITHOUT_KEY",
    en="{entry} has no key field of text or whole numbers, by which records of a file are found",
    zh="{entry}没有文本或整数类型的查询键，无法按键查询数据文件",
    next_en="revise the entry so that one such field is its key",
    next_zh="请修订目录条目，将一个文本或整数信息项设为查询键",
)
FILE_SIZE_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="FILE_SIZE_WRONG",
    en="a data file has 1 to {most} bytes",
    zh="数据文件的大小应为1至{most}字节",
    next_en="split the data between entries, or ask the hub's operator to raise data_file_mib",
    next_zh="请将数据分到多个目录条目，或请枢纽运维人员调高 data_file_mib",
)
FILE_DIGEST_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="FILE_DIGEST_WRONG",
    en="the SHA-256 of a file is written as 64 hexadecimal digits",
    zh="文件的 SHA-256 应为64位十六进制数字",
    next_en="compute it over the bytes of the file, for example with sha256sum",
    next_zh="请对文件内容计算，例如使用 sha256sum",
)
FILE_OFFSET_WRONG: Final = Reason(
    error=ConflictError,
    reason="FILE_OFFSET_WRONG",
    en="{received} bytes have come, the next ones begin there",
    zh="已收到{received}字节，应从此处继续",
    next_en="go on at that place",
    next_zh="请从该位置继续上传",
)
FILE_PART_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="FILE_PART_WRONG",
    en="a part has 1 to {most} bytes, and not more than are left of the file",
    zh="每次上传应为1至{most}字节，且不超过文件剩余部分",
    next_en="send the next bytes of the file",
    next_zh="请上传文件的后续内容",
)
FILE_INCOMPLETE: Final = Reason(
    error=IllegalStateError,
    reason="FILE_INCOMPLETE",
    en="{received} of {size} bytes have come",
    zh="文件共{size}字节，仅收到{received}字节",
    next_en="put the rest, then commit",
    next_zh="请上传其余部分后再提交",
)
FILE_CHECKS_BUSY: Final = Reason(
    error=LimitError,
    reason="FILE_CHECKS_BUSY",
    en="the hub checks another file at this moment",
    zh="枢纽正在校验另一个数据文件",
    next_en="commit again in a few seconds",
    next_zh="请于数秒后再次提交",
)
FILE_FORMAT_NOT_INSTALLED: Final = Reason(
    error=IllegalStateError,
    reason="FILE_FORMAT_NOT_INSTALLED",
    en="this hub has no reader of {format} files",
    zh="枢纽未安装 {format} 文件的读取组件",
    next_en='save the file as CSV; or ask the hub\'s operator to run pip install "shuniu-hub[{extra}]"',
    next_zh='请另存为 CSV 文件上传；或者请枢纽运维人员运行 pip install "shuniu-hub[{extra}]"',
)
FILE_DAMAGED: Final = Reason(
    error=IntegrityError,
    reason="FILE_DAMAGED",
    en="what is kept of {file} is not what was written, or files.secret is another one; nothing was released",
    zh="{file}的存储内容与写入时不一致，或者 files.secret 不是原来的密钥；未提供任何数据",
    next_en="the operator restores files.secret and the database of one backup; else its provider uploads the file anew",
    next_zh="请运维人员恢复同一份备份中的 files.secret 和数据库；不能恢复的，由提供部门重新上传",
)
STREAM_FILE_REPLACED: Final = Reason(
    error=IllegalStateError,
    reason="STREAM_FILE_REPLACED",
    en="{step}: a newer data file of {entry} is in force than the one with which this delivery began; nothing more was released",
    zh="{step}：交付期间，{entry}的数据文件已由新文件替换；未再提供数据",
    next_en="begin anew, without a token: no delivery is made of two files",
    next_zh="请不带续传标记，从头开始：同一次交换不混用两份文件",
)
NO_DATA_FILE: Final = Reason(
    error=UnavailableError,
    reason="NO_DATA_FILE",
    en="{step}: {entry} is served by no system, and no data file of it is in force",
    zh="{step}：{entry}没有服务系统，也没有有效的数据文件",
    next_en="ask the providing department to upload its data, or to name a serving system in the entry",
    next_zh="请提供部门上传数据文件，或在目录条目中指定服务系统",
)
FILE_WITHOUT_FIELD: Final = Reason(
    error=UnavailableError,
    reason="FILE_WITHOUT_FIELD",
    en="{step}: the data file in force for {entry} has no column {column}",
    zh="{step}：{entry}的有效数据文件没有“{column}”列",
    next_en="ask for other fields, or ask the providing department for a file with that column",
    next_zh="请调取其他信息项，或请提供部门上传含有该列的数据文件",
)
