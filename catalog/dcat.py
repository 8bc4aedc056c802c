"""The published directory as DCAT-AP 3.0.1 (SEMIC): one catalog, one dataset per entry, one service for what can be queried.

Export only, never the form in which entries are kept. Names follow the European vocabularies where DCAT-AP asks for them.
`dct:accessRights` says what the public may have: PUBLIC only where opening is unconditional; 无条件共享 means every department
and not everybody, and stands in `dct:rights` in words.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote

from catalog.model import Entry, OpenType, ShareType, UpdatePeriod
from catalog.rdf import SYNTAXES, Iri, Node, Plain, Value, Words

_EU: Final = "http://publications.europa.eu/resource/authority/"
_CHINESE: Final = Iri(_EU + "language/ZHO")
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


def export(site: Site, entries: Iterable[Entry], known: Collection[str], syntax: str) -> Iterator[bytes]:
    """Yield the directory in "turtle" or "json-ld", UTF-8, an entry at a time; `known` are the names of all its entries.

    The same entries in the same order give the same bytes.
    """
    return SYNTAXES[syntax](_Writer(site, known).write(entries))


class _Writer:
    """Makes the nodes of one export; what several datasets share is made once."""

    def __init__(self, site: Site, names: Collection[str]) -> None:
        self._site, self._names = site, names
        self._made: list[Node] = []
        self._known: set[Iri] = set()
        # what is said of these two grows with every entry, so it is written when all were read
        self._catalog = Node(Iri(site.base + "catalog"))
        self._service = Node(Iri(site.base + "services/exchange"))

    def write(self, entries: Iterable[Entry]) -> Iterator[Node]:
        """Yield the nodes of the directory: its head, each entry with what it needs, and at last what all of them have in common."""
        newest: datetime | None = None
        self._head()
        for entry in entries:
            self._dataset(entry)
            newest = max((time for time in (newest, entry.publish_time) if time), default=None)
            yield from self._take()
        if newest is not None:
            self._catalog.add("dct:modified", _time(newest))
        yield from (*self._take(), *(node for node in (self._service, self._catalog) if node.values))

    def _take(self) -> list[Node]:
        made, self._made = self._made, []
        return made

    def _head(self) -> None:
        site = self._site
        catalog = self._node(self._catalog.iri, "dcat:Catalog")
        catalog.add("dct:title", Words(site.title))
        catalog.add("dct:description", Words(f"{site.publisher_title}发布的政务数据目录：已发布的全部目录条目"))
        catalog.add("dct:publisher", self._agent(site.publisher, site.publisher_title))
        catalog.add("dct:language", self._shared(_CHINESE, "dct:LinguisticSystem"))
        catalog.add("dcat:themeTaxonomy", self._scheme())

    def _dataset(self, entry: Entry) -> None:
        node = self._node(Iri(self._site.base + entry.name), "dcat:Dataset")
        self._catalog.add("dcat:dataset", node.iri)
        self._identity(node, entry)
        self._times(node, entry)
        self._responsible(node, entry)
        self._rights(node, entry)
        for name in entry.source.derived_from:
            other = Iri(self._site.base + name)
            node.add("prov:wasDerivedFrom", other)
            # dct:source names a dataset of this same file; an entry that is not in force is not in it
            if name in self._names:
                node.add("dct:source", other)
        if entry.serving_system:
            self._serve(node, entry)

    def _identity(self, node: Node, entry: Entry) -> None:
        node.add("dct:title", Words(entry.title))
        node.add("dct:description", Words(entry.abstract))
        for keyword in entry.keywords:
            node.add("dcat:keyword", Words(keyword))
        node.add("dct:identifier", Plain(entry.name))
        node.add("dcat:version", Plain(str(entry.version)))
        if entry.version > 1:
            node.add("dcat:previousVersion", Iri(f"{node.iri.text}/versions/{entry.version - 1}"))
        code = self._node(Iri(f"{node.iri.text}#code"), "adms:Identifier")
        code.add("skos:notation", Plain(entry.resource_code))
        node.add("adms:identifier", code.iri)
        node.add("dcat:theme", self._theme(entry.class_path))
        node.add("dct:spatial", self._region(entry.region))
        node.add("dct:language", _CHINESE)
        if entry.series:
            self._in_series(node, entry.series)

    def _times(self, node: Node, entry: Entry) -> None:
        node.add("dct:accrualPeriodicity", self._shared(Iri(f"{_EU}frequency/{_FREQUENCY[entry.update_period]}"), "dct:Frequency"))
        if entry.publish_time is not None:
            node.add("dct:issued", _time(entry.publish_time))
        # when the data changed; where the provider does not say, when the entry did
        if (changed := entry.data_update_time or entry.publish_time) is not None:
            node.add("dct:modified", _time(changed))

    def _responsible(self, node: Node, entry: Entry) -> None:
        node.add("dct:publisher", self._agent(f"{self._site.base}departments/{entry.provider}", entry.provider_title or entry.provider))
        if entry.steward:
            contact = self._node(Iri(f"{node.iri.text}#contact"), "vcard:Kind", "vcard:Organization")
            contact.add("vcard:fn", Words(entry.steward))
            if entry.steward_phone:
                # RFC 3966: blanks and brackets only help the eye
                contact.add("vcard:hasTelephone", Iri("tel:" + re.sub(r"[^0-9+]", "", entry.steward_phone)))
            node.add("dcat:contactPoint", contact.iri)
        # only titles in 《》: what else stands in a legal basis is prose
        for title in _TITLE.findall(f"{entry.legal_basis}{entry.refusal_basis}"):
            node.add("dcatap:applicableLegislation", self._law(title))

    def _rights(self, node: Node, entry: Entry) -> None:
        node.add("dct:accessRights", self._shared(Iri(f"{_EU}access-right/{_access(entry)}"), "dct:RightsStatement"))
        terms = self._node(Iri(f"{node.iri.text}#sharing"), "dct:RightsStatement")
        ground = entry.share_condition or entry.refusal_reason
        terms.add("rdfs:label", Words(f"{_SHARING[entry.share_type]}：{ground}" if ground else _SHARING[entry.share_type]))
        node.add("dct:rights", terms.iri)

    def _serve(self, node: Node, entry: Entry) -> None:
        service = self._service
        # said with the first dataset that it serves: a directory that serves nothing names no service
        if not service.values:
            service.kinds = ("dcat:DataService",)
            service.add("dct:title", Words("数据共享交换服务"))
            service.add("dct:description", Words("shuniu.v1.ExchangeService（gRPC），凭共享授权按主键查询"))
            service.add("dcat:endpointURL", Iri(self._site.endpoint))
            self._catalog.add("dcat:service", service.iri)
        served = self._node(Iri(f"{node.iri.text}#query"), "dcat:Distribution")
        served.add("dct:title", Words(f"{entry.title}（查询）"))
        served.add("dcat:accessURL", node.iri)
        served.add("dcat:accessService", service.iri)
        node.add("dcat:distribution", served.iri)
        service.add("dcat:servesDataset", node.iri)

    def _agent(self, address: str, name: str) -> Iri:
        return self._shared(Iri(address), "foaf:Agent", ("foaf:name", Words(name)))

    def _scheme(self) -> Iri:
        return self._shared(Iri(self._site.base + "themes"), "skos:ConceptScheme", ("dct:title", Words("政务信息资源分类")))

    def _theme(self, path: tuple[str, ...]) -> Iri:
        iri = Iri(f"{self._site.base}themes/{'/'.join(quote(part, safe='') for part in path)}")
        if iri in self._known:
            return iri
        broader = [("skos:broader", self._theme(path[:-1]))] if len(path) > 1 else []
        return self._shared(iri, "skos:Concept", ("skos:prefLabel", Words(path[-1])), ("skos:inScheme", self._scheme()), *broader)

    def _region(self, code: str) -> Iri:
        return self._shared(Iri(f"{self._site.base}regions/{code}"), "dct:Location", ("dct:identifier", Plain(code)))

    def _in_series(self, node: Node, title: str) -> None:
        said = (("dct:title", Words(title)), ("dct:description", Words(f"{title}系列")))
        node.add("dcat:inSeries", self._shared(Iri(f"{self._site.base}series/{quote(title, safe='')}"), "dcat:DatasetSeries", *said))

    def _law(self, title: str) -> Iri:
        return self._shared(Iri(f"{self._site.base}legislation/{quote(title, safe='')}"), "eli:LegalResource", ("dct:title", Words(title)))

    def _node(self, iri: Iri, *kinds: str) -> Node:
        node = Node(iri, kinds)
        self._made.append(node)
        return node

    def _shared(self, iri: Iri, kind: str, *said: tuple[str, Value]) -> Iri:
        """Return a node that several name, made with the first that does.

        Of a term of a European vocabulary the class is said too: the official shapes look for it in the same file.
        """
        if iri not in self._known:
            self._known.add(iri)
            node = self._node(iri, kind)
            for name, value in said:
                node.add(name, value)
        return iri


def _access(entry: Entry) -> str:
    if entry.open_type is OpenType.UNCONDITIONAL:
        return "PUBLIC"
    # closed to the public but shared among departments is RESTRICTED
    return "NON_PUBLIC" if entry.share_type is ShareType.REFUSED and entry.open_type is OpenType.CLOSED else "RESTRICTED"


def _time(moment: datetime) -> Plain:
    return Plain(moment.isoformat(), "xsd:dateTime")
