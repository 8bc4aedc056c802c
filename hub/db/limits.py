"""How long the hub waits for PostgreSQL; how a wait is ended is `shuniu.patience`."""

import math
from typing import Final

from shuniu.patience import WaitLimits

SERVING: Final = WaitLimits(statement=20, lock=5, answer=25)
HOLDING: Final = WaitLimits(statement=4, lock=4, answer=5)
"""For the connection that holds the hub's lock: its statements read no table."""
PATIENT: Final = WaitLimits(statement=0, lock=30, answer=math.inf)
"""For what reads or rewrites whole tables: migrations and `shuniu database check`."""
