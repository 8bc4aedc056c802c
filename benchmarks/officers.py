"""What it costs a Query to know whether the officer whom it names is one: `python -m benchmarks.officers [--officers N]`."""

import argparse
import time
import timeit
from datetime import UTC, datetime
from statistics import median
from typing import Final

from certs.model import MEMBER_DUTIES, Department, register
from certs.roster import Office, Roster
from hub.access import ACCESS, Caller, Duty, Role

ROUNDS: Final = 9
CALLS: Final = 200_000
EACH: Final = 500
NOON: Final = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def an_office(place: int, count: int) -> Office:
    """Return a department with many officers, registered."""
    uscc = f"11640000{place:010d}"
    department = Department(uscc, "某某厅", "", "640000", NOON, registered_from=NOON)
    duties = frozenset({Duty.REQUESTS})
    return Office.of(department, [register(uscc, f"NO-{number}", "王工", duties, MEMBER_DUTIES, NOON) for number in range(count)])


def main() -> None:
    """Measure the look-up among many officers, and print the median of some rounds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--officers", type=int, default=100_000)
    count = parser.parse_args().officers
    offices = [an_office(place, EACH) for place in range(count // EACH)]
    roster = Roster(lambda _uscc: None, lambda: offices)
    row, callers = ACCESS["/shuniu.v1.ExchangeService/Query"], [Caller(one.department, "main", frozenset({Role.MEMBER})) for one in offices]
    caller, number = callers[len(callers) // 2], f"NO-{EACH // 2}"
    timer = timeit.Timer(lambda: roster.vouch(caller, number, row, NOON), timer=time.process_time)
    seconds = [timer.timeit(CALLS) / CALLS for _ in range(ROUNDS)]
    print(f"{count:,} officers of {len(offices)} departments: {median(seconds) * 1e6:.2f} us of CPU a call (at most {max(seconds) * 1e6:.2f})")


if __name__ == "__main__":
    main()
