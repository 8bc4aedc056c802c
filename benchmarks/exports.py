"""What an export of the whole directory costs, as the hub writes it for whoever asks: python -m benchmarks.exports [entries]."""

import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.search import fill
from catalog.dcat import Site
from catalog.export import Exporter, Format
from hub.db import Database

USUAL = 100_000
_MIB = 1 << 20


def main(count: int, folder: Path) -> None:
    """Fill a directory and write it in each format, and once more as it is."""
    db = Database(f"sqlite:///{folder / 'directory.db'}")
    db.create_tables()
    fill(db, count)
    exporter = Exporter(lambda: Site.of_hub("bench"))
    print(f"{count:,} entries; most memory before the first export {_memory():,.0f} MiB")
    for form in (*Format, *Format):
        begun, used = time.monotonic(), time.process_time()
        written = exporter.whole(db, form).result()
        spent = f"{time.process_time() - used:.2f} s of CPU, {time.monotonic() - begun:.2f} s"
        print(f"{form}: {len(written.body) / _MIB:,.0f} MiB in {spent}; most memory {_memory():,.0f} MiB")
    db.close()


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-") as passing:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else USUAL, Path(passing))
