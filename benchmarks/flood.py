"""A provider that answers with 60,000 fields that nobody asked for: `python benchmarks/flood.py FOLDER KEY`.

No department's own program does that, and the SDK sends what was asked for. It prints {"flood"} and runs until its parent goes.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

import uvloop

from tests.exchange.rogue import serve
from tests.exchange.wire import entry, part, text

FIELDS = 60_000


async def main(folder: Path, key: str) -> None:
    fields = [entry(b"id_number", text(key)), *(entry(b"f%05d" % number, text("x")) for number in range(FIELDS))]
    answer = part(1, b"".join(fields))
    port = await serve(folder, lambda _request: answer, lambda: b"\xff")  # its description is no reason to refuse its entry
    print(json.dumps({"flood": f"127.0.0.1:{port}"}), flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(0.5)


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), sys.argv[2]))
