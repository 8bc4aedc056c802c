"""What can go wrong with one question to an HTTP service, before it is put into words."""

from __future__ import annotations

from enum import Enum, auto


class Fault(Enum):
    """What kind of failure it is."""

    ANSWER = auto()
    FAILED = auto()
    FORBIDDEN = auto()
    GONE = auto()
    KEY = auto()
    OTHER_KEY = auto()
    PLACE = auto()
    SLOW = auto()
    TOO_LARGE = auto()
    UNREACHABLE = auto()
    UNTRUSTED = auto()
    VALUE = auto()


class ServiceError(Exception):
    """One question failed. `cause` is a word of ours or of a library's class for the department's own log, and nothing of the answer."""

    def __init__(self, fault: Fault, cause: str = "", *, column: str = "", retry_after: float = 0.0) -> None:
        """Say what kind of failure it is; `column` is the field to blame where there is one."""
        super().__init__(fault.name)
        self.fault = fault
        self.cause = cause
        self.column = column
        self.retry_after = retry_after
