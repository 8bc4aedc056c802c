"""Whose step an issuing key waits for, in each state. A license waits for nobody: its issuer prepares and signs it at one sitting."""

from collections.abc import Mapping
from typing import Final

from hub.access import Duty
from hub.desk import AUTHORITY, Notice, Waiting
from licenses.model.issuing_key import IssuingKey, KeyState

KEY_TURNS: Final[Mapping[KeyState, str]] = {
    KeyState.PENDING: "LicenseService/AdmitIssuingKey",
    KeyState.ACTIVE: "",
    KeyState.REVOKED: "",
    KeyState.RETIRED: "",
}
"""The rpc that answers, which is the authority's; empty where nobody's step is awaited."""


def key_waits(key: IssuingKey) -> tuple[Waiting, ...]:
    """Return whose steps a key waits for; no law's time runs for any."""
    step = KEY_TURNS[key.state]
    return (Waiting(step=step, department=AUTHORITY, duties=(Duty.RULE,)),) if step else ()


def told_of_key(kind: str, key: IssuingKey, by: str = "") -> tuple[Notice, ...]:
    """Return what a department is told of its key; nothing of what it did itself (USCC)."""
    return () if key.department == by else (Notice(kind=kind, department=key.department, duties=(Duty.LICENSES,)),)
