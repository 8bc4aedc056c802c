"""The texts that people write into a case, beside those of all packages (`hub.wording`): each with its cap.

What the log repeats as the reason of a step is searched as strictly as a reason is: the log would refuse it otherwise.
"""

from hub.wording import Guard, LegalBasis, Statement, Text


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
