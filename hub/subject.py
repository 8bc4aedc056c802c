"""Whose data it is: the kind of identifier and the identifier, which never shows in a repr and enters the log as a pseudonym alone."""

from dataclasses import InitVar, dataclass, field
from typing import Self

from hub.identifiers import canonical


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it was: `domain` names the kind of ID ("cn-id", "uscc"), the ID is in its one spelling (`hub.identifiers`).

    `told_in` is the field of the request that a refusal is to name.
    """

    domain: str
    id: str = field(repr=False)
    told_in: InitVar[str] = "subject"

    def __post_init__(self, told_in: str) -> None:
        object.__setattr__(self, "id", canonical(self.domain, self.id, told_in))

    @classmethod
    def unchecked(cls, domain: str, written: str) -> Self:
        """Return a subject as earlier releases named it, in capitals and without blanks around it: to find again what stands in their records.

        Nothing new may be logged under it where the identifier could be read.
        """
        subject = object.__new__(cls)
        object.__setattr__(subject, "domain", domain)
        object.__setattr__(subject, "id", written.strip().upper())
        return subject
