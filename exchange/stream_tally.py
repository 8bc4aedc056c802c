"""What monitors hear of streams: how many are open, what they delivered since the start, and why those ended that did not come to their end."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class StreamTally:
    """Of all streams of one process together. Written by the event loop alone, read by any thread."""

    open: int = 0
    frames: int = 0
    rows: int = 0
    bytes: int = 0
    portions: int = 0
    broken_off: Counter[str] = field(default_factory=Counter)
    """By the reason that the log has: `CANCELLED` where the consumer hung up."""

    def deliver(self, rows: int, size: int) -> None:
        """Count a frame that leaves."""
        self.frames, self.rows, self.bytes = self.frames + 1, self.rows + rows, self.bytes + size
