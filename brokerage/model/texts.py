"""The texts that people write into a case, beside those of all packages (`hub.wording`): each with its cap."""

from hub.wording import Statement, Text


class Scenario(Text):
    """应用场景: for what the data is used."""

    field, cap, several_lines = "scenario", 1_000, True


class Scope(Text):
    """使用范围: whose data, of which place and time."""

    field, cap, several_lines = "scope", 1_000, True


class Gap(Text):
    """补正事项: one thing that a request lacks."""

    field, cap, several_lines = "gaps", 500, True


class Supplement(Statement):
    """补正材料: what the consumer answers to all gaps."""

    field = "supplement"
