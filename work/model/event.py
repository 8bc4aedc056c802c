"""What a department is told, and the events of its stream: numbered without a gap, in the order in which they were committed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.access import Duty
from work.model.delivery import NOTICE, Happening
from work.model.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldNotice:
    """A notice as it is kept."""

    id: str
    department: str
    kind: str
    resource: str
    title: str
    duties: tuple[Duty, ...]
    time: datetime
    article: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"notices/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEvent:
    """One thing that happened: `kind` is posted, settled or notice; what it is about stands as it stood then. `token` resumes behind it."""

    department: str
    seq: int
    kind: str
    time: datetime
    about: Work | ToldNotice
    token: str

    @property
    def happening(self) -> Happening:
        """Return what is sent of it to the targets of the department."""
        about = self.about
        work = about if isinstance(about, Work) else None
        return Happening(
            event=self.kind,
            about=about.name,
            department=self.department,
            word=about.step if isinstance(about, Work) else about.kind,
            resource=about.resource,
            duties=about.duties,
            time=self.time,
            due_time=work.due_time if work else None,
            article=about.article,
            token=self.token,
        )

    @property
    def is_notice(self) -> bool:
        """Tell whether something is told, and no work posted or settled."""
        return self.kind == NOTICE
