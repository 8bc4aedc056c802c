"""How long the inbox of a department with many open pieces of work takes at the server, page by page: `python -m benchmarks.inbox [COUNT]`.

Over SQLite, or with `--postgresql` over a PostgreSQL of this machine.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles

from benchmarks.work import fill
from tests.end_to_end.test_second_persons import WORKER, staff
from tests.postgres import cluster
from tests.web.office import officer_at
from tests.world import PROVIDER, World

_ROUNDS = 30


@contextmanager
def a_world(*, on_postgresql: bool) -> Iterator[World]:
    """Give a hub on a database of the kind."""
    if not on_postgresql:
        with World() as world:
            yield world
        return
    with cluster() as url, World(database=url) as world:
        yield world


def main() -> None:
    """Fill a hub and ask for its pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    with a_world(on_postgresql=options.postgresql) as world:
        by = world.member(PROVIDER)
        staff(by)
        guest = officer_at(world, by, WORKER)
        fill(world.hub.db, by.department, options.count, world.clock.now())
        middle = guest.get("/inbox.json").json["next_page_token"]
        for path in ("/inbox", "/inbox?show=over", "/inbox?duty=requests", "/inbox?duty=seals", "/inbox?duty=audit", f"/inbox?page={middle}"):
            took, spent = [], time.process_time()
            for _ in range(_ROUNDS):
                begin = time.perf_counter()
                assert guest.get(path).status == 200
                took.append((time.perf_counter() - begin) * 1000)
            spent = (time.process_time() - spent) * 1000 / _ROUNDS  # of hub and browser together: it is the same on a busy machine
            said = f"median {median(took):.1f} ms, p95 {quantiles(took, n=20)[-1]:.1f}, least {min(took):.1f}; CPU {spent:.1f} ms"
            print(f"{options.count:,} open, {path[:30]}: {said}")


if __name__ == "__main__":
    main()
