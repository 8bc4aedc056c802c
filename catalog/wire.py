"""Entries, hits and releases as protobuf messages and back. No rules: what is written is checked by the model."""

from datetime import date
from typing import Final, cast

from catalog.finding import Criteria, EntryHit, EntryHits
from catalog.model import UNASSESSED, Assessment, Entry, EntryContent, Field, Predicate, PredicateTerm, Source, check_entry
from catalog.model.directory_update import LONGEST_AGO, DirectoryUpdate, UpdateContent
from catalog.model.health import EntryHealth
from catalog.model.record_source import RecordSource, SourceContent
from catalog.reasons import CHANGE_DATE_WRONG
from catalog.release import Release
from catalog.serving import EntryCheck
from hub.clock import day_of
from hub.faults import Faults
from hub.wire import Shape, content
from shuniu.provider.comparison import Finding
from shuniu.v1 import catalog_pb2
from shuniu.v1 import directory_update_pb2 as pb
from shuniu.v1 import probe_pb2 as probe_pb
from shuniu.v1 import record_source_pb2 as sources_pb
from timing.wire import extension_to, timer_to

field_to: Final = Shape(catalog_pb2.Field, Field)
source_to: Final = Shape(catalog_pb2.Source, Source)
term_to: Final = Shape(catalog_pb2.PredicateTerm, PredicateTerm)
predicate_to: Final = Shape(catalog_pb2.Predicate, Predicate, terms=lambda one: map(term_to, one.terms))
assessment_to: Final = Shape(catalog_pb2.Assessment, Assessment)
entry_to: Final = Shape(
    catalog_pb2.Entry,
    Entry,
    fields=lambda entry: map(field_to, entry.fields),
    source=lambda entry: source_to(entry.source),
    predicates=lambda entry: map(predicate_to, entry.predicates),
    assessment=lambda entry: assessment_to(entry.assessment) if entry.assessment != UNASSESSED else None,
    clock=lambda entry: entry.timer and timer_to(entry.timer),
    pending_proposal=lambda _entry: "",  # the gate says it, to the department that proposed
    findings=lambda _entry: (),  # in the answers of two steps alone, where the service adds them
)
finding_to: Final = Shape(catalog_pb2.ServingFinding, Finding)
check_to: Final = Shape(catalog_pb2.EntryCheck, EntryCheck, findings=lambda check: map(finding_to, check.findings))
hit_to: Final = Shape(catalog_pb2.EntryHit, EntryHit, entry=lambda hit: entry_to(hit.entry))
hits_to: Final = Shape(catalog_pb2.SearchEntriesResponse, EntryHits, hits=lambda found: map(hit_to, found.hits))
release_to: Final = Shape(catalog_pb2.Release, Release)


def content_from(message: catalog_pb2.Entry) -> EntryContent:
    """Return what the provider wrote; what the hub fills in (name, version, etag, state, times) is not read.

    Raises InvalidInputError with all faults of the content where a part of it cannot be read.
    """
    faults = Faults()
    items = tuple(content(field, Field, f"entry.fields[{place}]", faults=faults) for place, field in enumerate(message.fields))
    source = content(message.source, Source, "entry.source", faults=faults)
    assessed = content(message.assessment, Assessment, "entry.assessment", faults=faults)
    asked = tuple(_predicate(one, f"entry.predicates[{place}]", faults) for place, one in enumerate(message.predicates))
    parts = {"fields": items, "source": source, "assessment": assessed, "predicates": asked}
    found = content(message, EntryContent, "entry", faults=faults, **parts)
    if faults:
        # the model would not be asked any more: what else is wrong is told in the same answer
        check_entry(found, beside=faults)
    return found


def _predicate(message: catalog_pb2.Predicate, path: str, faults: Faults) -> Predicate:
    terms = tuple(content(one, PredicateTerm, f"{path}.terms[{place}]", faults=faults) for place, one in enumerate(message.terms))
    return content(message, Predicate, path, faults=faults, terms=terms)


def criteria_from(request: catalog_pb2.SearchEntriesRequest) -> Criteria:
    """Return what a search asks for."""
    return content(request, Criteria, "")


update_to: Final = Shape(
    pb.DirectoryUpdate,
    DirectoryUpdate,
    clock=lambda update: update.timer and timer_to(update.timer),
    extension=lambda update: update.extension and extension_to(update.extension),
    change_date=lambda update: update.change_date.isoformat(),
)


def update_from(message: pb.DirectoryUpdate) -> UpdateContent:
    """Return what an officer writes of a change; raise InvalidInputError with all that is wrong with it."""
    faults = Faults()
    day = faults.take(lambda: _day(message.change_date), date.max)
    found = faults.take(lambda: content(message, UpdateContent, "directory_update", change_date=day), None)
    faults.refuse()
    return cast("UpdateContent", found)


def _day(text: str) -> date:
    if (day := day_of(text)) is None:
        raise CHANGE_DATE_WRONG(field="directory_update.change_date", days=LONGEST_AGO.days)
    return day


health_to: Final = Shape(probe_pb.EntryHealth, EntryHealth)
record_source_to: Final = Shape(sources_pb.RecordSource, RecordSource)


def record_source_from(request: sources_pb.AssignRecordSourceRequest) -> SourceContent:
    """Return what the authority writes when it names a source; raise InvalidInputError with all that is wrong with it."""
    return content(request, SourceContent, "")
