"""Grants joined with their entry versions, and open objections, for the registries in memory."""

from collections.abc import Callable
from dataclasses import replace

from brokerage.grants import LiveGrant, LiveGrants
from brokerage.live_objections import LiveObjections
from brokerage.model import Grant, Objection
from brokerage.store.aggregates import GrantStore, ObjectionStore
from brokerage.store.service_changes import IsDisputed, load_rules
from catalog.masking import stricter
from catalog.model import Entry, FieldType
from catalog.store import EntryStore
from hub.db import Database, Tx
from hub.errors import IntegrityError, NotFoundError
from hub.subject import Subject


def live_grants(db: Database, is_disputed: IsDisputed = lambda _tx, _change: False) -> LiveGrants:
    """Return the registry of all grants, which follows every change that is announced; a change that is disputed does not take effect."""
    grants = LiveGrants(lambda grant_id: load_live(db, grant_id), lambda: load_all_live(db), lambda entry: load_rules(db, entry, is_disputed))
    # before loading: a change in between is read twice and never missed
    db.on_change(grants.reload, grants.load_all)
    grants.load_all()
    return grants


def live_objections(db: Database, pseudonym: Callable[[Subject], bytes]) -> LiveObjections:
    """Return the registry of open objections to records, which follows every change that is announced."""

    def load_one(objection_id: str) -> Objection | None:
        with db.read() as tx:
            try:
                return ObjectionStore(tx).get(objection_id)
            except (NotFoundError, IntegrityError):
                return None

    def load_all() -> list[Objection]:
        with db.read() as tx:
            return ObjectionStore(tx).open_to_records()

    objections = LiveObjections(load_one, load_all, pseudonym)
    db.on_change(objections.reload, objections.load_all)
    objections.load_all()
    return objections


def load_live(db: Database, grant_id: str) -> LiveGrant | None:
    """Return a grant joined with its entry version, None where there is no such grant, or one that is not what the log says."""
    with db.read() as tx:
        try:
            grant = GrantStore(tx).get(grant_id)
            return _live(tx, grant, _entry(tx, grant))
        except (NotFoundError, IntegrityError):  # what is not as the log wrote it is told by the book of rows, and gives nothing
            return None


def load_all_live(db: Database) -> list[LiveGrant]:
    """Return every grant joined with its entry version; each version is read once."""
    with db.read() as tx:
        entries: dict[tuple[str, int], Entry] = {}
        found = []
        for grant in GrantStore(tx).all():
            at = (grant.entry, grant.entry_version)
            try:
                entries[at] = entries.get(at) or _entry(tx, grant)
            except (NotFoundError, IntegrityError):
                continue
            found.append(_live(tx, grant, entries[at]))
        return found


def _entry(tx: Tx, grant: Grant) -> Entry:
    # the version that the grant rests on, whatever is in force by now
    return EntryStore(tx).version(grant.entry.removeprefix("entries/"), grant.entry_version)


def _serving(tx: Tx, grant: Grant, entry: Entry) -> tuple[str, str]:
    """Return which system serves a grant as what: by its version, and where the provider has passed into another, by what is in force there."""
    if entry.provider != grant.provider:
        try:
            entry = EntryStore(tx).published(entry.id)
        except NotFoundError:
            return "", ""
    return (entry.serving_system, entry.serving_resource) if entry.provider == grant.provider else ("", "")


def _live(tx: Tx, grant: Grant, entry: Entry) -> LiveGrant:
    by_name = {field.name: field for field in entry.fields}
    granted = [by_name[name] for name in grant.terms.fields]
    key = entry.key_field
    system, resource = _serving(tx, grant, entry)
    return LiveGrant(
        grant=grant,
        entry_name=entry.name,
        entry_title=entry.title,
        fields=tuple(replace(field, mask=stricter(field.mask, grant.terms.masks.get(field.name, ""))) for field in granted),
        key_field=key.name if key else "",
        subject_domain=entry.subject_domain,
        provider=grant.provider,
        serving_system=system,
        serving_resource=resource,
        key_type=key.type if key else FieldType.STRING,
        entry_fields=frozenset(by_name),
        predicates={one.name: one for one in entry.predicates},
        scope_fields=tuple(by_name[row.field] for row in grant.terms.rows if row.field in by_name),
        follows_entry=entry.provider != grant.provider,
    )
