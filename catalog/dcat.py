"""The published directory as DCAT-AP 3.0.1 (SEMIC): one catalog, one dataset per entry, one service for what can be queried.

Export only, never the form in which entries are kept. Names follow the European vocabularies where DCAT-AP asks for them.
`dct:accessRights` says what the public may have: PUBLIC only where opening is unconditional; 无条件共享 means every department
and not everybody, and stands in `dct:rights` in words.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from rdflib import DCTERMS, FOAF, PROV, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef

from catalog.model import Entry, OpenType, ShareType, UpdatePeriod

DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")  # rdflib's own list stops before DCAT 3
ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
ELI: Final = Namespace("http://data.europa.eu/eli/ontology#")
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
_EU: Final = "http://publications.europa.eu/resource/authority/"
_CHINESE: Final = URIRef(_EU + "language/ZHO")
_FREQUENCY: Final = {
    UpdatePeriod.REALTIME: "UPDATE_CONT",
    UpdatePeriod.DAILY: "DAILY",
    UpdatePeriod.WEEKLY: "WEEKLY",
    UpdatePeriod.MONTHLY: "MONTHLY",
    UpdatePeriod.QUARTERLY: "QUARTERLY",
    UpdatePeriod.YEARLY: "ANNUAL",
    UpdatePeriod.IRREGULAR: "IRREG",
}
_SHARING: Final = {ShareType.UNCONDITIONAL: "无条件共享", ShareType.CONDITIONAL: "有条件共享", ShareType.REFUSED: "不予共享"}
_TITLE: Final = re.compile(r"《([^《》]{2,80})》")


@dataclass(frozen=True, slots=True)
class Site:
    """Who publishes the directory and under which addresses; `base` ends with a slash, `endpoint` is where the hub is called."""

    base: str
    title: str
    publisher: str
    publisher_title: str
    endpoint: str

    @classmethod
    def of_hub(cls, hub: str) -> "Site":
        """Return a site under a name that resolves nowhere (RFC 6761), for a hub that has no address yet."""
        base = f"https://shuniu.invalid/{quote(hub, safe='')}/"
        return cls(base, f"{hub} 政务数据目录", f"{base}authority", "数据共享主管部门", f"{base}grpc")

    @classmethod
    def of_pages(cls, web_url: str, publisher_title: str, members: str) -> "Site":
        """Return the site of a hub whose pages are at `web_url` and whose members call it at `members`, host:port."""
        return cls(f"{web_url}/", f"{publisher_title} 政务数据目录", f"{web_url}/authority", publisher_title, f"grpcs://{members}")


def export(site: Site, entries: Iterable[Entry], modified: datetime | None, syntax: str) -> bytes:
    """Return the directory in an rdflib syntax ("turtle", "json-ld"), UTF-8; `modified` is its last change. The same entries give the same bytes."""
    graph = to_graph(site, entries, modified)
    if syntax == "json-ld":
        return json.dumps(_order(json.loads(graph.serialize(format=syntax, auto_compact=True))), ensure_ascii=False, indent=1).encode()
    return graph.serialize(format=syntax, encoding="utf-8")


def to_graph(site: Site, entries: Iterable[Entry], modified: datetime | None) -> Graph:
    """Return the catalog as a graph."""
    return _Writer(site).write(sorted(entries, key=lambda entry: entry.id), modified)


class _Writer:
    """Collects the triples of one export; what several datasets share is written once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        # without rdflib's own prefixes: all of them would be written into the context of the JSON-LD
        self._graph = Graph(bind_namespaces="none")
        prefixes = {"adms": ADMS, "dcat": DCAT, "dcatap": DCATAP, "dct": DCTERMS, "eli": ELI, "foaf": FOAF, "prov": PROV, "rdfs": RDFS}
        for prefix, namespace in {**prefixes, "skos": SKOS, "vcard": VCARD, "xsd": XSD}.items():
            self._graph.bind(prefix, namespace)
        self._known: set[URIRef] = set()
        self._catalog = URIRef(site.base + "catalog")
        self._service = URIRef(site.base + "services/exchange")

    def write(self, entries: list[Entry], modified: datetime | None) -> Graph:
        known = {entry.name for entry in entries}
        self._head(modified)
        for entry in entries:
            self._dataset(entry, known)
        return self._graph

    def _head(self, modified: datetime | None) -> None:
        catalog, site = self._catalog, self._site
        self._type(catalog, DCAT.Catalog)
        self._words(catalog, DCTERMS.title, site.title)
        self._words(catalog, DCTERMS.description, f"{site.publisher_title}发布的政务数据目录：已发布的全部目录条目")
        self._add(catalog, DCTERMS.publisher, self._agent(site.publisher, site.publisher_title))
        self._add(catalog, DCTERMS.language, self._concept(_CHINESE, DCTERMS.LinguisticSystem))
        self._add(catalog, DCAT.themeTaxonomy, self._scheme())
        if modified is not None:
            self._add(catalog, DCTERMS.modified, _time(modified))

    def _dataset(self, entry: Entry, known: set[str]) -> None:
        node = URIRef(self._site.base + entry.name)
        self._type(node, DCAT.Dataset)
        self._add(self._catalog, DCAT.dataset, node)
        self._identity(node, entry)
        self._responsible(node, entry)
        self._rights(node, entry)
        for name in entry.source.derived_from:
            other = URIRef(self._site.base + name)
            self._add(node, PROV.wasDerivedFrom, other)
            # dct:source names a dataset of this same file; an entry that is not in force is not in it
            if name in known:
                self._add(node, DCTERMS.source, other)
        if entry.serving_system:
            self._serve(node, entry)

    def _identity(self, node: URIRef, entry: Entry) -> None:
        self._words(node, DCTERMS.title, entry.title)
        self._words(node, DCTERMS.description, entry.abstract)
        for keyword in entry.keywords:
            self._words(node, DCAT.keyword, keyword)
        self._plain(node, DCTERMS.identifier, entry.name)
        self._plain(node, DCAT.version, str(entry.version))
        if entry.version > 1:
            self._add(node, DCAT.previousVersion, URIRef(f"{node}/versions/{entry.version - 1}"))
        code = URIRef(f"{node}#code")
        self._type(code, ADMS.Identifier)
        self._plain(code, SKOS.notation, entry.resource_code)
        self._add(node, ADMS.identifier, code)
        self._add(node, DCAT.theme, self._theme(entry.class_path))
        self._add(node, DCTERMS.spatial, self._region(entry.region))
        self._add(node, DCTERMS.language, _CHINESE)
        self._add(node, DCTERMS.accrualPeriodicity, self._concept(URIRef(f"{_EU}frequency/{_FREQUENCY[entry.update_period]}"), DCTERMS.Frequency))
        if entry.series:
            self._add(node, DCAT.inSeries, self._series(entry.series))
        if entry.publish_time is not None:
            self._add(node, DCTERMS.issued, _time(entry.publish_time))
        # when the data changed; where the provider does not say, when the entry did
        if (changed := entry.data_update_time or entry.publish_time) is not None:
            self._add(node, DCTERMS.modified, _time(changed))

    def _responsible(self, node: URIRef, entry: Entry) -> None:
        self._add(node, DCTERMS.publisher, self._agent(f"{self._site.base}departments/{entry.provider}", entry.provider_title or entry.provider))
        if entry.steward:
            contact = URIRef(f"{node}#contact")
            self._type(contact, VCARD.Kind)
            self._type(contact, VCARD.Organization)
            self._words(contact, VCARD.fn, entry.steward)
            if entry.steward_phone:
                # RFC 3966: blanks and brackets only help the eye
                self._add(contact, VCARD.hasTelephone, URIRef("tel:" + re.sub(r"[^0-9+]", "", entry.steward_phone)))
            self._add(node, DCAT.contactPoint, contact)
        # only titles in 《》: what else stands in a legal basis is prose
        for title in _TITLE.findall(f"{entry.legal_basis}{entry.refusal_basis}"):
            self._add(node, DCATAP.applicableLegislation, self._law(title))

    def _rights(self, node: URIRef, entry: Entry) -> None:
        self._add(node, DCTERMS.accessRights, self._concept(URIRef(f"{_EU}access-right/{_access(entry)}"), DCTERMS.RightsStatement))
        terms = URIRef(f"{node}#sharing")
        self._type(terms, DCTERMS.RightsStatement)
        ground = entry.share_condition or entry.refusal_reason
        self._words(terms, RDFS.label, f"{_SHARING[entry.share_type]}：{ground}" if ground else _SHARING[entry.share_type])
        self._add(node, DCTERMS.rights, terms)

    def _serve(self, node: URIRef, entry: Entry) -> None:
        # written with the first dataset that it serves: a directory that serves nothing names no service
        if self._first(self._service):
            self._type(self._service, DCAT.DataService)
            self._words(self._service, DCTERMS.title, "数据共享交换服务")
            self._words(self._service, DCTERMS.description, "shuniu.v1.ExchangeService（gRPC），凭共享授权按主键查询")
            self._add(self._service, DCAT.endpointURL, URIRef(self._site.endpoint))
            self._add(self._catalog, DCAT.service, self._service)
        served = URIRef(f"{node}#query")
        self._type(served, DCAT.Distribution)
        self._words(served, DCTERMS.title, f"{entry.title}（查询）")
        self._add(served, DCAT.accessURL, node)
        self._add(served, DCAT.accessService, self._service)
        self._add(node, DCAT.distribution, served)
        self._add(self._service, DCAT.servesDataset, node)

    def _agent(self, iri: str, name: str) -> URIRef:
        node = URIRef(iri)
        if self._first(node):
            self._type(node, FOAF.Agent)
            self._words(node, FOAF.name, name)
        return node

    def _scheme(self) -> URIRef:
        node = URIRef(self._site.base + "themes")
        if self._first(node):
            self._type(node, SKOS.ConceptScheme)
            self._words(node, DCTERMS.title, "政务信息资源分类")
        return node

    def _theme(self, path: tuple[str, ...]) -> URIRef:
        node = URIRef(f"{self._site.base}themes/{'/'.join(quote(part, safe='') for part in path)}")
        if self._first(node):
            self._type(node, SKOS.Concept)
            self._words(node, SKOS.prefLabel, path[-1])
            self._add(node, SKOS.inScheme, self._scheme())
            if len(path) > 1:
                self._add(node, SKOS.broader, self._theme(path[:-1]))
        return node

    def _region(self, code: str) -> URIRef:
        node = URIRef(f"{self._site.base}regions/{code}")
        if self._first(node):
            self._type(node, DCTERMS.Location)
            self._plain(node, DCTERMS.identifier, code)
        return node

    def _series(self, title: str) -> URIRef:
        node = URIRef(f"{self._site.base}series/{quote(title, safe='')}")
        if self._first(node):
            self._type(node, DCAT.DatasetSeries)
            self._words(node, DCTERMS.title, title)
            self._words(node, DCTERMS.description, f"{title}系列")
        return node

    def _law(self, title: str) -> URIRef:
        node = URIRef(f"{self._site.base}legislation/{quote(title, safe='')}")
        if self._first(node):
            self._type(node, ELI.LegalResource)
            self._words(node, DCTERMS.title, title)
        return node

    def _concept(self, node: URIRef, kind: URIRef) -> URIRef:
        """Write the class of a term of a European vocabulary: the official shapes look for it in the same file."""
        if self._first(node):
            self._type(node, kind)
        return node

    def _first(self, node: URIRef) -> bool:
        """Tell whether the node was not written before, and remember it."""
        new = node not in self._known
        self._known.add(node)
        return new

    def _type(self, node: URIRef, kind: URIRef) -> None:
        self._add(node, RDF.type, kind)

    def _words(self, node: URIRef, predicate: URIRef, text: str) -> None:
        self._add(node, predicate, Literal(text, lang="zh"))

    def _plain(self, node: URIRef, predicate: URIRef, text: str) -> None:
        self._add(node, predicate, Literal(text))

    def _add(self, node: URIRef, predicate: URIRef, value: URIRef | Literal) -> None:
        self._graph.add((node, predicate, value))


def _access(entry: Entry) -> str:
    if entry.open_type is OpenType.UNCONDITIONAL:
        return "PUBLIC"
    # closed to the public but shared among departments is RESTRICTED
    return "NON_PUBLIC" if entry.share_type is ShareType.REFUSED and entry.open_type is OpenType.CLOSED else "RESTRICTED"


def _order(value: Any) -> Any:
    """Return JSON-LD with its lists sorted: they stand for sets, and the same entries have to give the same bytes."""
    if isinstance(value, dict):
        return {key: _order(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted(map(_order, value), key=lambda item: (item.get("@id", "") if isinstance(item, dict) else "", json.dumps(item)))
    return value


def _time(moment: datetime) -> Literal:
    return Literal(moment.isoformat(), datatype=XSD.dateTime)
