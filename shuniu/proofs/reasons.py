"""What anybody may find in a copy of the log, with or without a hub: keys, notes, checkpoints, proofs, tiles, and the tree itself."""

from typing import Final

from shuniu.catalogue import IntegrityError, InvalidInputError, NotFoundError, Reason
from shuniu.words import Word

NOTE: Final = Word("note", "note", "签名文本")
CHECKPOINT: Final = Word("checkpoint", "checkpoint", "检查点")
VERIFIER_KEY: Final = Word("verifier_key", "verifier key", "验证密钥")
_AGAIN_EN: Final = "obtain it again from the log"
_AGAIN_ZH: Final = "请从日志重新获取"
_KEEP_EN: Final = "keep these files, and call the auditor"
_KEEP_ZH: Final = "请保全相关文件，并通知审计人员"


def _note(en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(
        error=InvalidInputError,
        reason="MALFORMED_NOTE",
        en=f"malformed {{what}}: {en}",
        zh=f"{{what}}格式不正确：{zh}",
        next_en=_AGAIN_EN,
        next_zh=_AGAIN_ZH,
    )


def _proof(en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(
        error=InvalidInputError,
        reason="MALFORMED_PROOF",
        en=f"malformed proof: {en}",
        zh=f"证明格式不正确：{zh}",
        next_en=_AGAIN_EN,
        next_zh=_AGAIN_ZH,
    )


def _false(reason: str, en: str, zh: str) -> Reason[IntegrityError]:
    return Reason(error=IntegrityError, reason=reason, en=en, zh=zh, next_en=_KEEP_EN, next_zh=_KEEP_ZH)


def _no_proof(en: str, zh: str) -> Reason[IntegrityError]:
    return _false("PROOF_FAILED", f"the proof does not hold: {en}", f"证明不成立：{zh}")


def _file(en: str, zh: str, reason: str = "") -> Reason[IntegrityError]:
    return Reason(error=IntegrityError, reason=reason, en=en, zh=zh, next_en=_AGAIN_EN, next_zh=_AGAIN_ZH)


def _name(en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(
        error=InvalidInputError,
        en=en,
        zh=zh,
        next_en="take the names from C2SP tlog-tiles and the size of the checkpoint",
        next_zh="请按 C2SP tlog-tiles 和检查点规模取得文件名",
    )


def _tree(en: str, zh: str) -> Reason[IntegrityError]:
    return Reason(error=IntegrityError, en=en, zh=zh, next_en="shuniu audit verify", next_zh="shuniu audit verify")


# --- keys and notes
NOT_BASE64: Final = _note("not base64", "不是 base64 编码")
STRAY_BITS: Final = _note("base64 with stray bits", "base64 编码含多余位")
KEY_NAME: Final = _note("a key name is not empty and has neither spaces nor plus signs", "密钥名不得为空，不得含空格或加号")
KEY_LENGTH: Final = _note("an Ed25519 key has 32 bytes", "Ed25519 公钥应为32字节")
KEY_FORM: Final = _note("expected name+hash+key", "应为“名称+杂凑值+密钥”")
KEY_ALGORITHM: Final = _note("not an Ed25519 key", "不是 Ed25519 密钥")
KEY_HASH: Final = _note("its hash should be {expected}", "杂凑值应为 {expected}")
KEY_NOT_TEXT: Final = Reason(error=InvalidInputError, en="the key is not text", zh="密钥不是文本", next_en=_AGAIN_EN, next_zh=_AGAIN_ZH)
SIGNATURE_LINE: Final = _note("a signature line is an em dash, a name and base64", "签名行应为破折号、名称和 base64 编码")
SIGNATURE_SHORT: Final = _note("a signature is longer than its key ID", "签名过短")
NOTE_TOO_LONG: Final = _note("more than {most} bytes", "超过{most}字节")
NOTE_NOT_UTF8: Final = _note("not UTF-8", "不是 UTF-8 编码")
NOTE_CONTROL: Final = _note("control characters", "含控制字符")
NOTE_FORM: Final = _note("expected a text, an empty line and signature lines", "应为正文、空行和签名行")
NOTE_SIGNATURES: Final = _note("more than {most} signatures", "签名超过{most}个")
BAD_SIGNATURE: Final = _false("BAD_SIGNATURE", "the signature of {name} does not fit the text", "{name} 的签名与正文不符")
NO_KNOWN_SIGNATURE: Final = Reason(
    error=IntegrityError,
    reason="NO_KNOWN_SIGNATURE",
    en="no known key signed this note",
    zh="没有已知密钥的签名",
    next_en="check that it belongs to this log, and obtain it again",
    next_zh="请确认其属于该日志，并重新获取",
)

# --- checkpoints
CHECKPOINT_LINES: Final = _note("its lines are not empty and have no control characters", "各行不得为空，不得含控制字符")
CHECKPOINT_SIZE: Final = _note("impossible size", "日志规模无效")
CHECKPOINT_ROOT: Final = _note("impossible root", "根杂凑值无效")
CHECKPOINT_FORM: Final = _note("expected origin, size and root, each on its line", "应依次为来源、规模和根杂凑值，各占一行")
WRONG_ORIGIN: Final = Reason(
    error=IntegrityError,
    reason="WRONG_ORIGIN",
    en="a checkpoint of {origin}, not of {expected}",
    zh="检查点属于 {origin}，不属于 {expected}",
    next_en="obtain the checkpoint of the right log",
    next_zh="请获取正确日志的检查点",
)

# --- proofs
NOT_IN_LOG: Final = Reason(
    error=InvalidInputError,
    en="record {index} is not in a log of {size} records",
    zh="规模为{size}的日志没有第{index}条记录",
    next_en="send an index below the size",
    next_zh="请填写小于日志规模的序号",
)
SIZES_UNRELATED: Final = Reason(
    error=InvalidInputError,
    en="there is no consistency proof from size {size1} to size {size2}",
    zh="规模{size1}与{size2}之间没有一致性证明",
    next_en="send an older size of at least 1 and a newer one that is not smaller",
    next_zh="旧规模应不小于1，新规模应不小于旧规模",
)
PROOF_INDEX: Final = _proof("index {index} is not in a tree of {size} leaves", "序号{index}不在规模为{size}的日志树中")
PROOF_SIZES: Final = _proof("sizes {size1} and {size2} admit no consistency proof", "规模{size1}与{size2}之间没有一致性证明")
PROOF_LONG: Final = _proof("it has hashes left over", "有多余的杂凑值")
PROOF_SHORT: Final = _proof("it ends too early", "杂凑值不足")
PROOF_EMPTY: Final = _proof("it is empty", "内容为空")
PROOF_NEEDLESS: Final = _proof("two heads of one size need no hashes", "规模相同时不需要杂凑值")
PROOF_HASHES: Final = _proof("it has more than {most} hashes", "杂凑值超过{most}个")
PROOF_HASH_LENGTH: Final = _proof("every hash is 32 bytes long", "杂凑值应为32字节")
PROOF_FILE_LONG: Final = _proof("more than {most} bytes", "超过{most}字节")
PROOF_NOT_JSON: Final = _proof("not JSON in ASCII", "不是 ASCII 编码的 JSON")
PROOF_MEMBERS: Final = _proof("expected an object with {members}", "应为含有 {members} 的对象")
PROOF_SPELLING: Final = _proof("unusual white space or a repeated member", "空白异常或者成员重复")
PROOF_NUMBER: Final = _proof("{member} is not a number of leaves", "{member} 不是有效的条数")
PROOF_HEX: Final = _proof("a hash is 64 lower-case hexadecimal digits", "杂凑值应为64位小写十六进制数")
PROOF_LIST: Final = _proof("its hashes are not a list of at most {most}", "应为至多{most}个杂凑值的列表")
LEAF_NOT_IN_TREE: Final = _no_proof("leaf {index} is not in the tree of {size} leaves with this root", "第{index}条不在该日志树中")
LOG_FORKED: Final = _no_proof("two different roots for the same size {size}: the log was forked", "规模同为{size}而根杂凑值不同，日志已分叉")
LOG_NOT_EXTENDED: Final = _no_proof("the log of {size2} records does not extend the log of {size1}", "{size2}条的日志不是{size1}条日志的延续")

# --- tiles
TILE_IMPOSSIBLE: Final = _name("no tile has such a level, index or width", "没有这样的日志分片")
TILE_PATH: Final = _name("not the path of a tile", "不是日志分片的路径")
TILE_SPELLING: Final = _name("not the canonical path of a tile", "不是日志分片的规范路径")
NO_SUCH_SUBTREE: Final = _name("the log has no such complete subtree", "日志中没有这样的完整子树")
ENTRY_TOO_LONG: Final = Reason(
    error=InvalidInputError,
    en="a log entry has at most {most} bytes",
    zh="一条日志不得超过{most}字节",
    next_en="write a shorter record",
    next_zh="请缩短记录",
)
BUNDLE_BROKEN: Final = _file("the bundle breaks off or runs over in entry {entry}", "条目包在第{entry}条处中断或溢出")
TILE_NOT_HASHES: Final = _file("a tile is a row of 32-byte hashes", "日志分片应由32字节的杂凑值组成")
FILE_TOO_LONG: Final = _file("not a file of at most {most} bytes", "不是至多{most}字节的普通文件")
FILE_UNREADABLE: Final = _file("the file cannot be read: {problem}", "文件无法读取：{problem}")
TILE_LENGTH: Final = _file("{path} has {found} bytes where {expected} are expected", "{path} 长度为{found}字节，应为{expected}字节")
BUNDLE_LENGTH: Final = _file("{path} has {found} entries where {expected} are expected", "{path} 有{found}条，应为{expected}条")
FILE_MISSING: Final = Reason(error=NotFoundError, en="the file is missing", zh="文件缺失", next_en=_AGAIN_EN, next_zh=_AGAIN_ZH)

# --- the tree
TREE_SIZE: Final = _tree("a tree size lies between 0 and 2^63 - 1", "日志树规模应在0至2^63-1之间")
TREE_PARTS: Final = _tree(
    "a tree of {size} leaves has {count} complete subtrees, not {found}", "规模为{size}的日志树应有{count}棵完整子树，实有{found}棵"
)
TREE_HASH: Final = _tree("every hash of a tree is 32 bytes long", "日志树的杂凑值应为32字节")
TREE_LENGTH: Final = _tree("a stored tree has an impossible length", "存储的日志树长度无效")
