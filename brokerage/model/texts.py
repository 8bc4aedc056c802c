"""The texts that people write into a case, beside those of all packages (`hub.wording`): each with its cap.

What the log repeats as the reason of a step is searched as strictly as a reason is: the log would refuse it otherwise.
"""

from brokerage.model.reasons import COMPLAINT_NAMES_A_PERSON
from hub.wording import CaseNumber, Guard, LegalBasis, Reasons, Statement, Text


class Ground(LegalBasis):
    """使用依据: the law or duty that needs the data."""

    guard = Guard.STRICT


class Scenario(Text):
    """应用场景: for what the data is used."""

    field, cap, several_lines, guard = "scenario", 1_000, True, Guard.STRICT


class Scope(Text):
    """使用范围: whose data, of which place and time."""

    field, cap, several_lines = "scope", 1_000, True


class Gap(Text):
    """补正事项: one thing that a request lacks."""

    field, cap, several_lines, guard = "gaps", 500, True, Guard.STRICT


class Supplement(Statement):
    """补正材料: what the consumer answers to all gaps."""

    field = "supplement"


class DisposalTerms(Text):
    """处置要求: what the provider wants done with the data once the grant ends."""

    field, cap, several_lines = "disposal_terms", 1_000, True


class Description(Statement):
    """所需数据: what data a demand wishes for."""

    field, guard = "description", Guard.STRICT


class WishedField(Text):
    """所需数据项: one data item that a demand wishes for, in words."""

    field, cap, guard = "wished_fields", 100, Guard.STRICT


class Claim(Statement):
    """争议内容: what one party of a dispute says, or what two agree on."""

    guard = Guard.STRICT


class Outcome(Reasons):
    """处理结果: what was decided; the log repeats it."""

    field = "outcome"


class DocumentNumber(CaseNumber):
    """文号: the number of a government's document."""

    field = "document_number"


class Grievance(Statement):
    """投诉内容: what a citizen complains of. Whoever complains stands in the filing department's own file, and in no text here."""

    guard, in_clear = Guard.STRICT, COMPLAINT_NAMES_A_PERSON


class ComplaintAnswer(Statement):
    """投诉答复: what the department answers; as strict as the complaint."""

    field, guard, in_clear = "answer", Guard.STRICT, COMPLAINT_NAMES_A_PERSON


class ContactReference(CaseNumber):
    """联系档案号: the filing department's own file number, by which it finds the citizen."""

    field = "contact_reference"


class Process(Text):
    """使用过程: how the data was used, by which systems and steps."""

    field, cap, several_lines, guard = "process", 1_000, True, Guard.STRICT


class Effect(Text):
    """使用成效: what came of the use."""

    field, cap, several_lines, guard = "effect", 1_000, True, Guard.STRICT


class Storage(Text):
    """存储情况: where and how the data is kept."""

    field, cap, several_lines, guard = "storage", 1_000, True, Guard.STRICT


class Destruction(Text):
    """销毁情况: what was destroyed, when and how, or that nothing was."""

    field, cap, several_lines, guard = "destruction", 1_000, True, Guard.STRICT
