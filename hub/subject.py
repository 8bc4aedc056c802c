"""Whose data it is: the kind of identifier and the identifier, which never shows in a repr and enters the log as a pseudonym alone."""

from dataclasses import dataclass, field
from typing import Final

from hub.reasons import SUBJECT_INCOMPLETE
from hub.wording import guard_lines

LONGEST_DOMAIN: Final = 32
LONGEST_ID: Final = 64


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it was: `domain` names the kind of ID ("cn-id", "uscc"); the ID is kept in capitals without blanks around it."""

    domain: str
    id: str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", self.id.strip().upper())  # one person, one pseudonym: 11010119900101123x is ...X
        if not self.domain or not self.id:
            raise SUBJECT_INCOMPLETE(field="subject")
        guard_lines("subject.domain", self.domain, LONGEST_DOMAIN)
        guard_lines("subject.id", self.id, LONGEST_ID)
