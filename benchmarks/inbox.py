"""How long the inbox of a department with many open pieces of work takes at the server, page by page: `python -m benchmarks.inbox`."""

import sys
import time
from datetime import timedelta
from statistics import median, quantiles

from hub.access import Duty
from hub.desk import Thing, Waiting
from tests.end_to_end.test_second_persons import WORKER, staff
from tests.web.office import officer_at
from tests.world import PROVIDER, World
from work.model import work_of
from work.store import WorkStore

_ROUNDS = 30
_DUTIES = (Duty.REQUESTS, Duty.CORRECTIONS, Duty.DIRECTORY)


def fill(world: World, department: str, count: int) -> None:
    """Put so many pieces of work into the table: due over half a year, a tenth of them over time."""
    at = world.clock.now()
    for start in range(0, count, 5_000):
        with world.hub.db.begin() as tx:
            store = WorkStore(tx)
            for number in range(start, min(start + 5_000, count)):
                due = at + timedelta(days=number % 180 - 18)
                waiting = Waiting(
                    step="BrokerageService/ApproveDataRequest", department=department, due_time=due, duties=(_DUTIES[number % 3],), article="第二十条"
                )
                store.insert(work_of(f"{number:026d}", Thing(f"dataRequests/{number:026d}", f"第{number}号申请"), waiting, at))


def main() -> None:
    """Fill a hub and ask for its pages."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with World() as world:
        by = world.member(PROVIDER)
        staff(by)
        guest = officer_at(world, by, WORKER)
        fill(world, by.department, count)
        middle = guest.get("/inbox.json").json["next_page_token"]
        for path in ("/inbox", "/inbox?show=over", "/inbox?duty=requests", f"/inbox?page={middle}"):
            took, spent = [], time.process_time()
            for _ in range(_ROUNDS):
                begin = time.perf_counter()
                assert guest.get(path).status == 200
                took.append((time.perf_counter() - begin) * 1000)
            spent = (time.process_time() - spent) * 1000 / _ROUNDS  # of hub and browser together: it is the same on a busy machine
            print(f"{count} open, {path[:30]}: median {median(took):.1f} ms, p95 {quantiles(took, n=20)[-1]:.1f} ms, CPU {spent:.1f} ms")


if __name__ == "__main__":
    main()
