"""What can be wrong with a command on a department's machine, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`)."""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import ConfigError, ConflictError, InvalidInputError, NotFoundError, Reason

COMMAND_OF_HUB: Final = Reason(
    error=ConfigError,
    reason="COMMAND_OF_HUB",
    en="`shuniu {command}` belongs to the hub, whose wheel is not installed here",
    zh="`shuniu {command}` 是枢纽端命令，本机未安装枢纽软件包",
    next_en="on the hub's machine: pip install shuniu-hub; on a department's machine it is not needed",
    next_zh="请在枢纽服务器上执行 `pip install shuniu-hub`；部门侧无须安装",
)

# --- daily work
NOT_FOUND_IN_LIST: Final = Reason(
    error=NotFoundError,
    reason="NOT_FOUND_IN_LIST",
    en="{name} is not among those that this department sees",
    zh="本部门可见的内容中没有 {name}",
    next_en="look it up with the command's `list`",
    next_zh="请用该命令的 `list` 查询",
)

# --- keys on this machine
KEY_READ_BY_OTHERS: Final = Reason(
    error=ConfigError,
    reason="KEY_READ_BY_OTHERS",
    en="the key in {file} may be read by others",
    zh="私钥文件 {file} 可被其他用户读取",
    next_en="chmod 600 {file}; if somebody else may have read it, revoke the key and make another",
    next_zh="请执行 `chmod 600 {file}`；如可能已被他人读取，请吊销该密钥并另行生成",
)
NOT_A_LICENSE_KEY: Final = Reason(
    error=InvalidInputError,
    reason="NOT_A_LICENSE_KEY",
    en="{file} is not an unencrypted P-256 private key in PEM",
    zh="{file} 不是未加密的 P-256 私钥（PEM 格式）",
    next_en="give the file that `shuniu license key new` made",
    next_zh="请给出 `shuniu license key new` 生成的文件",
)
FILE_THERE: Final = Reason(
    error=InvalidInputError,
    reason="FILE_THERE",
    en="{file} exists already, and nothing is written over",
    zh="{file} 已存在，不予覆盖",
    next_en="choose another --out",
    next_zh="请用 --out 另选位置",
)

# --- licenses
NO_SUCH_LICENSE_TYPE: Final = Reason(
    error=NotFoundError,
    reason="NO_SUCH_LICENSE_TYPE",
    en="the hub has no license type {code}",
    zh="枢纽没有证照类型 {code}",
    next_en="list the types with `shuniu license types`",
    next_zh="请用 `shuniu license types` 查看全部证照类型",
)
NO_CODE_YET: Final = Reason(
    error=InvalidInputError,
    reason="NO_CODE_YET",
    en="{name} has no code: it is not issued yet",
    zh="{name} 尚未签发，没有证照码",
    next_en="issue it first",
    next_zh="请先签发",
)
LEDGER_FORM: Final = Reason(
    error=InvalidInputError,
    reason="LEDGER_FORM",
    en="{file} cannot be read as a ledger: {problem}",
    zh="{file} 无法作为台账读取：{problem}",
    next_en="save it as CSV (UTF-8 or GB 18030) with a header as `--template TYPE` writes it, or as one JSON object a line",
    next_zh="请存为 CSV（UTF-8 或 GB 18030），表头按 `--template 类型代码` 的输出，或每行一个 JSON 对象",
)
LEDGER_FAULTS: Final = Reason(
    error=InvalidInputError,
    reason="LEDGER_FAULTS",
    en="{file} has {count} faults; nothing was issued",
    zh="{file} 有{count}处错误，未签发任何证照",
    next_en="mend the cells that are named above, and run it again",
    next_zh="请更正以上各处后重新执行",
)
OFFICER_LIST_FAULTS: Final = Reason(
    error=InvalidInputError,
    reason="OFFICER_LIST_FAULTS",
    en="{file} has {count} faults; nothing was imported",
    zh="{file} 有{count}处错误，未导入任何经办人",
    next_en="mend the cells that are named above, and run it again",
    next_zh="请更正以上各处后重新执行",
)
DATA_FILE_FAULTS: Final = Reason(
    error=InvalidInputError,
    reason="DATA_FILE_FAULTS",
    en="{file} has {count} faults ({name}); nothing of it is in force",
    zh="{file} 有{count}处错误（{name}），未生效",
    next_en="mend the rows that are named above, and upload the file again",
    next_zh="请更正以上各行后重新上传",
)
LEDGER_BUSY: Final = Reason(
    error=ConflictError,
    reason="LEDGER_BUSY",
    en="another run writes {file} now",
    zh="另一次签发正在写入 {file}",
    next_en="wait until it has ended, then run this again: what it issued is not issued twice",
    next_zh="请待其结束后重新执行：已签发的不会重复签发",
)

# --- addresses
CANNOT_LISTEN: Final = Reason(
    error=ConfigError,
    reason="ADDRESS",
    en="{address} cannot be used to listen on",
    zh="无法监听地址 {address}",
    next_en="choose another --listen, for example 127.0.0.1:0 for any free port",
    next_zh="请用 --listen 另选地址；127.0.0.1:0 表示任意空闲端口",
)
HOST_NOT_IN_CERTIFICATE: Final = Reason(
    error=ConfigError,
    reason="HOST_NOT_IN_CERTIFICATE",
    en="the certificate in {folder} does not name the host {host}; the hub would refuse this server",
    zh="{folder} 中的证书不含主机名 {host}，枢纽将拒绝访问本服务",
    next_en="get a new token and run `shuniu join ... --host {host}`, or announce one of: {known}",
    next_zh="请申请新的注册令牌并执行 `shuniu join ... --host {host}`，或用 --announce 给出证书中已有的主机名：{known}",
)
# --- seals and stamps
STAMP_WITHOUT_DOCUMENT: Final = Reason(
    error=InvalidInputError,
    reason="STAMP_WITHOUT_DOCUMENT",
    en="{file} is a stamp on a document, which was not given",
    zh="{file} 是文档上的签章，但未提供原文",
    next_en="name the document as well: --document FILE",
    next_zh="请同时提供原文：--document FILE",
)
SEAL_NOT_MADE: Final = Reason(
    error=InvalidInputError,
    reason="SEAL_NOT_MADE",
    en="{name} is not made yet, or was refused",
    zh="{name} 尚未制作，或未获批准",
    next_en="look at its state with `shuniu seal show`",
    next_zh="请用 `shuniu seal show` 查看其状态",
)
SEAL_SOURCE: Final = Reason(
    error=InvalidInputError,
    reason="SEAL_SOURCE",
    en="it is not said on what the verification is to rest",
    zh="未指明核验依据",
    next_en="give --hub and --ca to ask the hub, or --trust with a CA's certificate to judge the bytes alone",
    next_zh="联机核验请用 --hub 和 --ca；仅核验数据本身请用 --trust 给出所信任 CA 的证书",
)

# --- entries of what is served
NO_KEY_TO_DRAFT: Final = Reason(
    error=InvalidInputError,
    reason="NO_KEY_TO_DRAFT",
    en="{table} has no primary key of one column",
    zh="{table} 没有单列主键",
    next_en="name the column by which records are asked for: --table {table}:COLUMN",
    next_zh="请指明查询键列：--table {table}:列名",
)
ENTRY_OF_OTHER_SYSTEM: Final = Reason(
    error=InvalidInputError,
    reason="ENTRY_OF_OTHER_SYSTEM",
    en="{entry} is served by the system {system}, and this identity is {own}",
    zh="{entry} 由业务系统 {system} 提供，而本身份目录属于业务系统 {own}",
    next_en="compare it on that system's machine, with its identity folder",
    next_zh="请在该系统所在机器上以其身份目录比对",
)
# --- the log
PROOF_SOURCE: Final = Reason(
    error=InvalidInputError,
    reason="PROOF_SOURCE",
    en="it is not said where the proof is to come from",
    zh="未指明证明的来源",
    next_en="give --identity DIR to fetch it from the hub, or --tiles DIR to make it out of a copy of the log; not both",
    next_zh="向枢纽索取请用 --identity 给出身份目录；由日志副本计算请用 --tiles 给出副本目录；二者只取其一",
)
COPY_INCOMPLETE: Final = Reason(
    error=NotFoundError,
    reason="COPY_INCOMPLETE",
    en="the copy in {folder} does not hold the {size} records of the newer checkpoint",
    zh="{folder} 中的日志副本不足新检查点所示的{size}条记录",
    next_en="copy the log again, at least as new as the newer checkpoint",
    next_zh="请重新复制日志，副本不得早于新检查点",
)

# --- calls
NO_SUCH_METHOD: Final = Reason(
    error=NotFoundError,
    en="the hub has no method {method!r}",
    zh="枢纽没有接口 {method}",
    next_en="list the methods with `shuniu call --list`",
    next_zh="请用 `shuniu call --list` 查看全部接口",
)
NO_FILE_IN_ANSWER: Final = Reason(
    error=InvalidInputError,
    reason="NO_FILE_IN_ANSWER",
    en="the answer of {method} has no bytes for --out, or several kinds of them",
    zh="{method} 的结果中没有可写入文件的内容，或不止一项",
    next_en="leave --out away; `shuniu call --describe` shows what a method answers",
    next_zh="请去掉 --out；`shuniu call --describe` 列出接口返回的内容",
)
NOT_THE_REQUEST: Final = Reason(
    error=InvalidInputError,
    reason="JSON",
    en="this JSON is not a {type}: {problem}",
    zh="请求内容不是 {type} 的 JSON：{problem}",
    next_en="its fields: {fields}; `shuniu call {method} --describe` shows them with their values, and a request to fill in",
    next_zh="可用字段：{fields}；字段含义、可选值和请求模板见 `shuniu call {method} --describe`",
)
VALUE_NOT_LISTED: Final = Reason(
    error=InvalidInputError,
    reason="VALUE_NOT_LISTED",
    en="{field}: {value!r} is no value of this list",
    zh="{field}没有“{value}”这一取值",
    next_en="one of: {known}",
    next_zh="请填写：{known}",
)
VALUES_NOT_LISTED: Final = Reason(
    error=InvalidInputError,
    reason="VALUES_NOT_LISTED",
    en="{count} values are in no list: {problems}",
    zh="有{count}处取值无效：{problems}",
    next_en="{known}",
    next_zh="{known}",
)
DRAFT_BLANKS: Final = Reason(
    error=InvalidInputError,
    reason="DRAFT_BLANKS",
    en="the draft has {count} blanks that are not filled in: {blanks}",
    zh="草稿中还有{count}处未填写：{blanks}",
    next_en="replace each text that begins with {mark}",
    next_zh="请替换每一处以 {mark} 开头的文本",
)
REQUEST_NOT_UTF8: Final = Reason(
    error=InvalidInputError,
    reason="JSON",
    en="the request is not UTF-8",
    zh="请求内容不是 UTF-8 编码",
    next_en="save the file as UTF-8",
    next_zh="请将文件另存为 UTF-8 编码",
)
KEYS_NOT_UTF8: Final = Reason(
    error=InvalidInputError,
    reason="KEYS_NOT_UTF8",
    en="the keys are not UTF-8; those before the line that is not were asked for",
    zh="数据主体标识的文件不是 UTF-8 编码；出错行之前的各个均已查询",
    next_en="save the file as UTF-8",
    next_zh="请将文件另存为 UTF-8 编码",
)

# --- verification
NOT_A_LICENSE_CODE: Final = Reason(
    error=InvalidInputError,
    reason="NOT_A_LICENSE_CODE",
    en="this is not a license code: its text begins with EL1:, or is a link with /V#",
    zh="这不是电子证照码：证照码文本以 EL1: 开头，或为含 /V# 的链接",
    next_en="scan the other code: the QR code of the license",
    next_zh="请改扫证照上的电子证照码",
)
FILE_NOT_FOUND: Final = Reason(
    error=InvalidInputError,
    reason="FILE_NOT_FOUND",
    en="there is no file {path}",
    zh="文件 {path} 不存在",
    next_en="check the path, or give the code itself",
    next_zh="请核对路径，或直接给出证照码文本",
)
FILE_TOO_LARGE: Final = Reason(
    error=InvalidInputError,
    reason="FILE_TOO_LARGE",
    en="{path} is larger than 32 MiB",
    zh="{path} 超过 32 MB",
    next_en="give the right file, or a smaller picture",
    next_zh="请核对文件，或缩小图片",
)
LISTS_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="LISTS_MISSING",
    en="{folder} holds no lists of a hub",
    zh="{folder} 中没有枢纽的列表",
    next_en="fetch them with `shuniu verify --fetch {folder} --hub HOST:PORT --ca FILE`",
    next_zh="请用 `shuniu verify --fetch {folder} --hub HOST:PORT --ca FILE` 获取",
)
LISTS_OF_ANOTHER_KEY: Final = Reason(
    error=InvalidInputError,
    reason="LISTS_OF_ANOTHER_KEY",
    en="the hub signs its lists with another key than {path}; nothing was replaced",
    zh="枢纽签名列表所用的公钥与 {path} 不同，未替换任何文件",
    next_en="compare the hub's key with what the authority published elsewhere; if it is right, fetch into a new folder",
    next_zh="请与主管部门另行公布的公钥核对；如核对无误，请改用新目录获取",
)
LIST_TOO_OLD: Final = Reason(
    error=InvalidInputError,
    reason="LIST_TOO_OLD",
    en="{path} was signed {hours} hours ago, and --max-age allows {most}",
    zh="{path} 签发已 {hours} 小时，超过 --max-age 所允许的 {most} 小时",
    next_en="fetch the list again, from the hub itself",
    next_zh="请直接从枢纽重新获取列表",
)
LIST_MEMORY_NOT_KEPT: Final = Reason(
    error=ConfigError,
    reason="LIST_MEMORY_NOT_KEPT",
    en="which lists were seen cannot be remembered in {folder}, so an older one could not be told from the newest",
    zh="无法在 {folder} 中记录用过的列表，不能防止使用旧列表",
    next_en="name a folder that may be written with --state, or say with --max-age how old a list may be",
    next_zh="请用 --state 指定可写目录，或用 --max-age 指定列表的最长时限",
)
LIST_MEMORY_DAMAGED: Final = Reason(
    error=ConfigError,
    reason="LIST_MEMORY_DAMAGED",
    en="{path} is not what this command wrote, so which lists were seen is not known",
    zh="{path} 已损坏，无法得知用过哪些列表",
    next_en="fetch both lists from the hub itself, then delete the file",
    next_zh="请先直接从枢纽获取两种列表，再删除该文件",
)
NOT_A_RECORD: Final = Reason(
    error=InvalidInputError,
    reason="JSON",
    en="this JSON is no record of the log",
    zh="该 JSON 不是一条访问记录",
    next_en="give what `shuniu call AuditService/GetAuditRecord` printed",
    next_zh="请给出 `shuniu call AuditService/GetAuditRecord` 的输出",
)
PUBLIC_KEY: Final = Reason(
    error=InvalidInputError,
    reason="PUBLIC_KEY",
    en="{path} is not a public key on P-256 in PEM",
    zh="{path} 不是 PEM 格式的 P-256 公钥",
    next_en="save `public_key_pem` of LicenseService/GetTrustList, and compare it with what the authority published",
    next_zh="请保存 LicenseService/GetTrustList 返回的 `public_key_pem`，并与主管部门公布的公钥核对",
)
NOT_A_MOMENT: Final = Reason(
    error=InvalidInputError,
    en="--at needs a time with its time zone",
    zh="--at 应为带时区的时间",
    next_en="--at 2027-01-01T09:00:00+08:00",
    next_zh="--at 2027-01-01T09:00:00+08:00",
)

# --- erasure
INDEXES_OR_SUBJECT: Final = Reason(
    error=InvalidInputError,
    reason="NO_RECORDS_NAMED",
    en="name the records either by --index or by --subject-file",
    zh="请以 --index 或 --subject-file 之一指明记录",
    next_en="--index 12 --index 13, or --subject-file FILE with the number in it",
    next_zh="--index 12 --index 13，或者 --subject-file 文件，文件中为证件号码",
)
NOTHING_WAITS: Final = Reason(
    error=InvalidInputError,
    reason="NOTHING_WAITS",
    en="{name} waits for no decision: {state}",
    zh="{name} 没有待决定的事项：{state}",
    next_en="look at it with shuniu audit erasures NAME, and propose the erasure anew where it is still wanted",
    next_zh="请用 `shuniu audit erasures` 查看；仍需删除的，请重新提议",
)
