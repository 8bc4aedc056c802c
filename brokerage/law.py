"""How the brokerage cites the law on which its rules rest."""

from typing import Final

DECREE_809: Final = "政务数据共享条例（国务院令第809号）{}"
"""The regulation on the sharing of government data, State Council Decree 809, in force from 2025-08-01; `{}` stands for the article."""
