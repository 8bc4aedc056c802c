"""What can be wrong with erasing records of the log."""

from typing import Final

from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError, Reason

NO_RECORDS_NAMED: Final = Reason(
    error=InvalidInputError,
    reason="NO_RECORDS_NAMED",
    en="no record is named",
    zh="未指明要删除的记录",
    next_en="send indexes, or subject and subject_domain",
    next_zh="请填写记录序号，或者数据主体及其类型",
)
RECORDS_NAMED_TWICE: Final = Reason(
    error=InvalidInputError,
    reason="RECORDS_NAMED_TWICE",
    en="records are named both by their indexes and by their subject",
    zh="同时以序号和数据主体指明记录",
    next_en="send one of the two",
    next_zh="请只填写其中一项",
)
TOO_MANY_RECORDS: Final = Reason(
    error=InvalidInputError,
    reason="TOO_MANY_RECORDS",
    en="one erasure takes at most {most} records, these are {count}",
    zh="一次最多删除{most}条记录，现有{count}条",
    next_en="propose them in several parts; an access counts with its intent and all its outcomes",
    next_zh="请分次提议；一次访问的意图和结果一并计入",
)
NOTHING_TO_ERASE: Final = Reason(
    error=NotFoundError,
    reason="NOTHING_TO_ERASE",
    en="the log holds no record about this subject that could be erased",
    zh="日志中没有可以删除的该数据主体的记录",
    next_en="an access can be erased once its outcome is on the log; changes and administrative acts stay",
    next_zh="访问记录须在结果记入日志后方可删除；变更和管理类记录予以保留",
)
NOT_ERASABLE: Final = Reason(
    error=InvalidInputError,
    reason="NOT_ERASABLE",
    en="record {index} is not about a person, or something was decided by it; it stays",
    zh="第{index}条记录与个人无关，或者属于变更、管理、用印、删除类记录，应予保留",
    next_en="name records of accesses, refusals or searches that have a subject",
    next_zh="请指明涉及数据主体的访问、拒绝或查询记录",
)
ALREADY_ERASED: Final = Reason(
    error=IllegalStateError,
    reason="ALREADY_ERASED",
    en="record {index} was erased already, by record {by}",
    zh="第{index}条记录已由第{by}条记录删除",
    next_en="leave it out, or refuse this proposal and propose the others anew",
    next_zh="请将其剔除，或者驳回本提议后就其余记录重新提议",
)
ACCESS_OPEN: Final = Reason(
    error=IllegalStateError,
    reason="ACCESS_OPEN",
    en="record {index} is an access without its outcome; what came of it must be told before it can be erased",
    zh="第{index}条记录所述访问尚无结果，记入结果后方可删除",
    next_en="propose it again once the outcome is on the log; the next start of the hub writes a missing one",
    next_zh="请待结果记入日志后再提议；缺失的结果由枢纽下次启动时补记",
)
ACCESS_CHANGED: Final = Reason(
    error=IllegalStateError,
    reason="ACCESS_CHANGED",
    en="record {index} got another outcome since the erasure was proposed",
    zh="提议之后，第{index}条记录又有新的结果",
    next_en="refuse this proposal and propose the erasure anew",
    next_zh="请驳回本提议并重新提议",
)
NOT_ANOTHER_DEPARTMENT: Final = Reason(
    error=NotAllowedError,
    reason="NOT_ANOTHER_DEPARTMENT",
    en="the department that proposed an erasure does not decide it",
    zh="提议部门不得自行确认或驳回删除提议",
    next_en="ask an auditor of another department",
    next_zh="请由其他部门的审计人员办理",
)
NOT_ANOTHER_PERSON: Final = Reason(
    error=InvalidInputError,
    reason="NOT_ANOTHER_PERSON",
    en="the person who proposed an erasure does not decide it",
    zh="提议人不得自行确认或驳回删除提议",
    next_en="name the officer who decides",
    next_zh="请填写作出决定的经办人",
)
