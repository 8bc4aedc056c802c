"""Issuers that have passed into other departments, or were closed, in memory: every verification of one of their codes says so."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Final

from shuniu.codes.verification import IssuedByPredecessor

DEPARTMENTS: Final = "departments"
"""The topic of changes of departments."""


class Predecessors:
    """What became of issuers. Readers take no lock: the map is replaced whole."""

    def __init__(self, load: Callable[[], Mapping[str, IssuedByPredecessor]] = dict) -> None:
        """Take the way to the database; loads everything at once."""
        self._load, self._lock = load, Lock()
        self._known: Mapping[str, IssuedByPredecessor] = {}
        self.load_all()

    def find(self, issuer: str) -> IssuedByPredecessor | None:
        """Return what became of an issuer (USCC), None where it issues still."""
        return self._known.get(issuer)

    def load_all(self) -> None:
        """Read all anew; one lock over reading and keeping, so that an older reading never replaces a newer one."""
        with self._lock:
            self._known = self._load()

    def reload(self, topic: str, key: str) -> None:
        """Follow a change of a department: of its own state, or of the name that a successor has."""
        del key
        if topic == DEPARTMENTS:
            self.load_all()
