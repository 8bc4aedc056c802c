"""The hub of the demo as a process: the hub that `shuniu serve` runs, by a clock that begins some weeks ago and is set to the present meanwhile.

So a time limit of the law runs out within seconds, and what follows is what the hub does about it by itself. No option of `shuniu serve` sets a
clock: this program exists in `shuniu demo`, starts where nobody but this machine reaches the hub, and hears of the time from whoever started it.
"""

import logging
import os
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from cli.demo.identity_provider import ElsewhereError, refuse_elsewhere
from cli.running import MACHINE, Run, run_hub
from cli.serving import config_option, existing_hub
from hub.config import Config
from server import Hub
from shuniu.cli.options import PLACE

log = logging.getLogger(__name__)
PROGRAM: Final = "cli.demo.late_hub"
_STANDARD_INPUT: Final = 0
_STANDARD_OUTPUT: Final = 1
_LONGEST: Final = 256


class LateClock:
    """A clock that is late by so much. It is moved on and never back, as time itself."""

    def __init__(self, late: timedelta) -> None:
        """Begin so late."""
        self.late = late

    def now(self) -> datetime:
        """Return the moment at which this clock stands, in UTC."""
        return MACHINE.now() - self.late

    def catch_up(self, late: timedelta) -> None:
        """Be late by so much from now on; more than before is passed over."""
        self.late = max(timedelta(0), min(late, self.late))


@click.command()
@config_option
@click.option("--late", type=float, required=True, help="seconds by which the clock is late at the start.")
@click.option("--ready", type=PLACE)
@click.option("--parent", type=int)
def serve(*, config: Path, late: float, ready: Path | None, parent: int | None) -> None:
    """Run the hub of the demo until SIGTERM; each line on standard input sets by how many seconds its clock is late, and is answered."""
    settings, clock = existing_hub(config), LateClock(timedelta(seconds=late))
    check_here(settings)

    def begin(hub: Hub) -> None:
        threading.Thread(target=_follow, args=(hub, clock), name="time", daemon=True).start()

    run_hub(settings, Run(ready, parent, clock=clock, begin=begin), "info")


def check_here(settings: Config) -> None:
    """Raise ElsewhereError where somebody who is not on this machine might take the hub for a real one."""
    if not settings.local:
        raise ElsewhereError(settings.hub)
    refuse_elsewhere(settings.members, settings.public, settings.web, settings.web_url or settings.web)


def _follow(hub: Hub, clock: LateClock) -> None:
    """Move the clock on as the demo says, and do at once what the hub's own round of each minute does about time limits."""
    # not through sys.stdin: its lock would be held while the process ends
    while lines := os.read(_STANDARD_INPUT, _LONGEST).split():
        clock.catch_up(timedelta(seconds=float(lines[-1])))
        at = clock.now()
        hub.brokerage.sweep(at)
        hub.brokerage.sweep_service_changes(at)
        hub.certs.sweep_successions(at)
        hub.reminders.sweep(at)
        log.info("the clock of the demo is %s late", clock.late)
        os.write(_STANDARD_OUTPUT, b"done\n")


if __name__ == "__main__":
    serve()
