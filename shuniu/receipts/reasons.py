"""What can be wrong with kept receipts, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shuniu.catalogue import ConfigError, IllegalStateError, IntegrityError, InvalidInputError, Reason

if TYPE_CHECKING:
    from typing import Self

    from shuniu.receipts.receipt import KeptAnswer

_KEEP_EN: Final = "keep the file as it is; compare it with a backup, and report it to the auditor"
_KEEP_ZH: Final = "请原样保留该文件，与备份比对，并报告审计人员"


class NotKeptError(ConfigError):
    """An answer came and could not be kept: the access is on the log all the same, so the answer is here and nothing needs to be asked twice."""

    kept: KeptAnswer | None = None
    """The answer with its receipt, to be kept by hand: `kept.to_json()`."""

    def of(self, kept: KeptAnswer) -> Self:
        """Return this error with the answer in it."""
        self.kept = kept
        return self


# --- keeping
RECEIPTS_FOLDER: Final = Reason(
    error=ConfigError,
    reason="RECEIPTS_FOLDER",
    en="receipts cannot be kept in {folder}: {problem}",
    zh="无法在 {folder} 中保存存证回执：{problem}",
    next_en="name a folder that this program may write; nothing was asked of the hub",
    next_zh="请另选可写的目录；尚未向枢纽发出任何调用",
)
RECEIPT_NOT_KEPT: Final = Reason(
    error=NotKeptError,
    reason="RECEIPT_NOT_KEPT",
    en="the answer came, and {file} cannot be written: {problem}",
    zh="结果已返回，但无法写入 {file}：{problem}",
    next_en="mend the folder; do not ask again: the answer with its receipt is in the error (`error.kept`), and `shuniu call` has printed it",
    next_zh="请修复目录，不必重新查询：结果与存证回执在错误对象中（`error.kept`），`shuniu call` 已将其输出",
)
RECEIPT_PLACE_TAKEN: Final = Reason(
    error=NotKeptError,
    reason="RECEIPT_PLACE_TAKEN",
    en="the answer came, and {file} holds another receipt already",
    zh="结果已返回，但 {file} 已存有另一份存证回执",
    next_en="use one folder for each hub; the answer with its receipt is in the error (`error.kept`), and `shuniu call` has printed it",
    next_zh="每个枢纽请各用一个目录；结果与存证回执在错误对象中（`error.kept`），`shuniu call` 已将其输出",
)

# --- checking: what is needed
RECEIPTS_NO_KEY: Final = Reason(
    error=InvalidInputError,
    reason="RECEIPTS_NO_KEY",
    en="the key of the log is not known, so no proof can be judged",
    zh="没有日志公钥，无法判定任何证明",
    next_en="give it with --vkey, take a copy of the log with --log, or ask the hub with --fetch",
    next_zh="请用 --vkey 给出公钥，用 --log 给出日志副本，或者用 --fetch 向枢纽索取",
)
RECEIPTS_OTHER_KEY: Final = Reason(
    error=IntegrityError,
    reason="RECEIPTS_OTHER_KEY",
    en="the log is signed by {found}, not by the key that is trusted here: {expected}",
    zh="日志由 {found} 签名，而此处信任的公钥是 {expected}",
    next_en="compare both with what the authority published; nothing was written",
    next_zh="请与数据共享主管部门公布的公钥核对；未写入任何内容",
)

# --- checking: what is wrong with one receipt
NOT_A_RECEIPT: Final = Reason(
    error=InvalidInputError,
    reason="NOT_A_RECEIPT",
    en="the file is no kept answer with its receipt",
    zh="文件不是随存证回执保存的查询结果",
    next_en=_KEEP_EN,
    next_zh=_KEEP_ZH,
)
RECEIPT_MISNAMED: Final = Reason(
    error=IntegrityError,
    reason="RECEIPT_MISNAMED",
    en="the file is named for another record than {index}, which its receipt names",
    zh="文件名与回执所指的第{index}条记录不符",
    next_en=_KEEP_EN,
    next_zh=_KEEP_ZH,
)
RECEIPT_OF_OTHER_LOG: Final = Reason(
    error=IntegrityError,
    reason="RECEIPT_OF_OTHER_LOG",
    en="the receipt is of the log {found}, not of {expected}",
    zh="回执属于日志 {found}，不属于 {expected}",
    next_en="check it with that log's key; use one folder for each hub",
    next_zh="请用该日志的公钥核对；每个枢纽请各用一个目录",
)
RECEIPT_OTHER_PROOF: Final = Reason(
    error=IntegrityError,
    reason="RECEIPT_OTHER_PROOF",
    en="the proof in the file is not of this receipt, or not of its own checkpoint",
    zh="文件中的证明不属于该回执，或者与所附检查点不符",
    next_en=_KEEP_EN,
    next_zh=_KEEP_ZH,
)
RECEIPT_OTHER_RECORD: Final = Reason(
    error=IntegrityError,
    reason="RECEIPT_OTHER_RECORD",
    en="this is not record {index}, which the receipt names",
    zh="不是回执所指的第{index}条记录",
    next_en=_KEEP_EN,
    next_zh=_KEEP_ZH,
)
RECEIPT_NOTHING_RELEASED: Final = Reason(
    error=IntegrityError,
    reason="RECEIPT_NOTHING_RELEASED",
    en="record {index} does not say that anything was released",
    zh="第{index}条记录未表明已提供数据",
    next_en=_KEEP_EN,
    next_zh=_KEEP_ZH,
)
RECEIPT_OTHER_ANSWER: Final = Reason(
    error=IntegrityError,
    reason="RECEIPT_OTHER_ANSWER",
    en="record {index} speaks of another answer",
    zh="第{index}条记录所指不是该查询结果",
    next_en=_KEEP_EN,
    next_zh=_KEEP_ZH,
)
RECEIPT_OTHER_FILE: Final = Reason(
    error=IntegrityError,
    reason="RECEIPT_OTHER_FILE",
    en="{file} is not what was delivered: its bytes are not those of the receipt",
    zh="{file} 不是当时交付的内容：其字节与回执不符",
    next_en=_KEEP_EN,
    next_zh=_KEEP_ZH,
)

# --- checking: what is not known
RECEIPT_FILE_MISSING: Final = Reason(
    error=IllegalStateError,
    reason="RECEIPT_FILE_MISSING",
    en="the table that the receipt speaks of cannot be read: {file}",
    zh="无法读取回执所指的数据文件：{file}",
    next_en="name the folder in which it lies with --files",
    next_zh="请用 --files 给出该文件所在的目录",
)
RECEIPT_UNPROVEN: Final = Reason(
    error=IllegalStateError,
    reason="RECEIPT_UNPROVEN",
    en="no proof was fetched for record {index} yet",
    zh="尚未取得第{index}条记录的证明",
    next_en="run it with --fetch, or with --log and a copy of the log",
    next_zh="请加 --fetch 执行，或者用 --log 给出日志副本",
)
RECEIPT_NOT_COVERED: Final = Reason(
    error=IllegalStateError,
    reason="RECEIPT_NOT_COVERED",
    en="record {index} is behind the checkpoint, which covers {size} records",
    zh="检查点只含{size}条记录，尚未包含第{index}条",
    next_en="take a newer checkpoint; the log signs one within seconds",
    next_zh="请使用更新的检查点；日志每隔数秒签发一个",
)
RECEIPT_NOT_COMPARED: Final = Reason(
    error=IllegalStateError,
    reason="RECEIPT_NOT_COMPARED",
    en="record {index} stands in the log; what it says of the answer was not read yet",
    zh="第{index}条记录在日志之中；尚未读取其所记的摘要值，未与查询结果核对",
    next_en="run it with --compare: each record that is read is a look on the log",
    next_zh="请加 --compare 执行：每读取一条记录，日志都会登记一次查看",
)
RECEIPT_WITHOUT_SALT: Final = Reason(
    error=IllegalStateError,
    reason="RECEIPT_WITHOUT_SALT",
    en="the answer was kept without its salt: whether record {index} speaks of it cannot be told",
    zh="保存时未留盐值，无法核对第{index}条记录所指是否为该查询结果",
    next_en="keep the salt with the receipt: the hub has no copy",
    next_zh="请将盐值与回执一并保存：枢纽没有副本",
)
RECEIPT_ERASED: Final = Reason(
    error=IllegalStateError,
    reason="RECEIPT_ERASED",
    en="record {index} was erased by record {erasure}: the receipt still proves that it stands there, not what it said",
    zh="第{index}条记录的内容已由第{erasure}条记录依法删除，回执仍证明其存在",
    next_en="read the record of the erasure for its legal ground",
    next_zh="请查看删除记录所载的法律依据",
)
RECEIPT_RECORD_UNREAD: Final = Reason(
    error=IllegalStateError,
    reason="RECEIPT_RECORD_UNREAD",
    en="record {index} stands in the log, and the hub does not show it: {problem}",
    zh="第{index}条记录在日志之中，但枢纽未予显示：{problem}",
    next_en="read it as a system of the department that called; ask the hub's operator where the record is damaged",
    next_zh="请以发起调用的部门的业务系统读取；记录损坏的，请向枢纽运行人员了解情况",
)
