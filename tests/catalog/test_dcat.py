"""The export passes the official shapes of DCAT-AP 3.0.1 and says what the entries say."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import DCTERMS, FOAF, PROV, RDF, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic

from catalog.dcat import Site
from catalog.dcat import export as pieces
from catalog.model import Entry, EntryState, Level, OpenType, ShareType, Source, UpdatePeriod
from catalog.rdf import PREFIXES
from hub.ids import Ids
from tests.catalog.samples import MARKET, NOW, TITLES, a_business_entry, an_entry

SHAPES = Path(__file__).parents[3] / "shared" / "foreign" / "dcat-ap-3.0.1"
SITE = Site(
    "https://hub.example/", "宁夏政务数据目录", "https://hub.example/departments/authority", "宁夏回族自治区数据局", "https://hub.example:7443"
)
ADMS, DCAT, DCATAP, VCARD = (Namespace(PREFIXES[prefix]) for prefix in ("adms", "dcat", "dcatap", "vcard"))
EU = "http://publications.europa.eu/resource/authority/"


def _published(entry: Entry, place: int) -> Entry:
    made = NOW + timedelta(seconds=place)
    return replace(
        entry,
        id=Ids(bytes).new(made),
        provider_title=TITLES[entry.provider],
        state=EntryState.PUBLISHED,
        publish_time=made,
    )


def _directory() -> list[Entry]:
    first = _published(an_entry(), 0)
    refused = {"share_type": ShareType.REFUSED, "share_condition": "", "refusal_reason": "涉密", "refusal_basis": "《中华人民共和国保守国家秘密法》"}
    contents = [
        a_business_entry(series='企业"年报"', data_update_time=NOW, source=Source("", (first.name, "entries/" + "0" * 26))),
        an_entry(
            **refused, steward="", serving_system="", serving_resource="", title='a\\b "c" <d>', abstract="一\n二", class_path=("主题", "国防/安全")
        ),
        an_entry(open_type=OpenType.CONDITIONAL, open_condition="须实名", version=3, steward_phone="", region="640100", level=Level.CITY),
        *(an_entry(update_period=period) for period in UpdatePeriod),
    ]
    return [first, *(_published(content, place) for place, content in enumerate(contents, start=1))]


def export(site: Site, entries: list[Entry], syntax: str) -> bytes:
    return b"".join(pieces(site, entries, {entry.name for entry in entries}, syntax))


def to_graph(site: Site, entries: list[Entry]) -> Graph:
    return Graph().parse(data=export(site, entries, "turtle"), format="turtle")


def _node(entry: Entry) -> URIRef:
    return URIRef(SITE.base + entry.name)


@pytest.mark.skipif(not SHAPES.is_dir(), reason="the official DCAT-AP 3.0.1 shapes are not at ../shared/foreign/dcat-ap-3.0.1")
@pytest.mark.parametrize("syntax", ["turtle", "json-ld"])
def test_the_export_passes_the_official_shapes(syntax):
    graph = Graph().parse(data=export(SITE, _directory(), syntax), format=syntax)
    shapes = Graph().parse(SHAPES / "shapes.ttl").parse(SHAPES / "range.ttl")
    conforms, _, text = validate(graph, shacl_graph=shapes, inference="none", allow_warnings=False)
    assert conforms, text


@pytest.mark.skipif(not SHAPES.is_dir(), reason="the official DCAT-AP 3.0.1 shapes are not at ../shared/foreign/dcat-ap-3.0.1")
def test_the_shapes_would_notice_an_agent_that_is_not_called_one():
    graph = to_graph(SITE, _directory())
    graph.remove((None, RDF.type, FOAF.Agent))
    shapes = Graph().parse(SHAPES / "shapes.ttl").parse(SHAPES / "range.ttl")
    assert not validate(graph, shacl_graph=shapes, inference="none")[0]


def test_an_empty_directory_is_a_catalog_without_datasets():
    graph = to_graph(SITE, [])
    assert list(graph.subjects(RDF.type, DCAT.Catalog)) == [URIRef("https://hub.example/catalog")]
    assert not list(graph.objects(None, DCAT.dataset))


def test_every_entry_is_a_dataset_with_its_words_provider_and_times():
    entries = _directory()
    graph = to_graph(SITE, entries)
    assert set(graph.objects(None, DCAT.dataset)) == {_node(entry) for entry in entries} == set(graph.subjects(RDF.type, DCAT.Dataset))
    business = entries[1]
    node = _node(business)
    department = URIRef(f"{SITE.base}departments/{MARKET}")
    assert graph.value(node, DCTERMS.title) == Literal(business.title, lang="zh")
    assert graph.value(node, DCTERMS.description) == Literal(business.abstract, lang="zh")
    assert graph.value(node, DCTERMS.publisher) == department
    assert graph.value(department, FOAF.name) == Literal(TITLES[MARKET], lang="zh")
    assert (department, RDF.type, FOAF.Agent) in graph
    assert str(graph.value(node, DCTERMS.modified)).startswith("2026-03-02T01:00:00")
    assert str(graph.value(node, DCTERMS.issued)).startswith("2026-03-02T01:00:01")
    assert graph.value(node, DCTERMS.accrualPeriodicity) == URIRef(EU + "frequency/DAILY")
    assert graph.value(URIRef(f"{node}#code"), SKOS.notation) == Literal(business.resource_code)
    assert graph.value(node, ADMS.identifier) == URIRef(f"{node}#code")
    assert graph.value(URIRef(f"{node}#contact"), VCARD.hasTelephone) == URIRef("tel:09516136000")
    law = graph.value(node, DCATAP.applicableLegislation)
    assert graph.value(law, DCTERMS.title) == Literal("中华人民共和国市场主体登记管理条例", lang="zh")
    assert graph.value(graph.value(node, DCAT.inSeries), DCTERMS.title) == Literal(business.series, lang="zh")


def test_what_was_derived_says_so_and_only_known_entries_are_sources():
    entries = _directory()
    graph = to_graph(SITE, entries)
    node = _node(entries[1])
    assert len(set(graph.objects(node, PROV.wasDerivedFrom))) == 2
    assert list(graph.objects(node, DCTERMS.source)) == [_node(entries[0])]


def test_only_unconditional_opening_is_called_public():
    entries = _directory()
    graph = to_graph(SITE, entries)
    rights = [str(graph.value(_node(entry), DCTERMS.accessRights)).rsplit("/", 1)[-1] for entry in entries[:4]]
    assert rights == ["RESTRICTED", "PUBLIC", "NON_PUBLIC", "RESTRICTED"]
    shared_with_all_departments = _published(an_entry(share_type=ShareType.UNCONDITIONAL, share_condition=""), 0)
    graph = to_graph(SITE, [shared_with_all_departments])
    assert graph.value(_node(shared_with_all_departments), DCTERMS.accessRights) == URIRef(EU + "access-right/RESTRICTED")


def test_only_what_is_served_has_a_distribution_at_the_hubs_service():
    entries = _directory()
    graph = to_graph(SITE, entries)
    served = {_node(entry) for entry in entries if entry.serving_system}
    service = URIRef(SITE.base + "services/exchange")
    assert set(graph.objects(service, DCAT.servesDataset)) == served == set(graph.subjects(DCAT.distribution, None))
    assert graph.value(service, DCAT.endpointURL) == URIRef(SITE.endpoint)
    assert _node(entries[2]) not in served


def test_a_later_version_names_the_one_before():
    entries = _directory()
    graph = to_graph(SITE, entries)
    assert graph.value(_node(entries[3]), DCAT.previousVersion) == URIRef(f"{_node(entries[3])}/versions/2")
    assert graph.value(_node(entries[0]), DCAT.previousVersion) is None


def test_both_syntaxes_say_the_same_and_the_same_entries_give_the_same_bytes():
    entries = _directory()
    turtle, json_ld = (export(SITE, entries, syntax) for syntax in ("turtle", "json-ld"))
    assert isomorphic(Graph().parse(data=turtle, format="turtle"), Graph().parse(data=json_ld, format="json-ld"))
    assert (export(SITE, entries, "turtle"), export(SITE, entries, "json-ld")) == (turtle, json_ld)


ODD = "".join(map(chr, (*range(0x01, 0x20), 0x7F, 0x85, 0x2028, 0xFFFD))) + '\\"\\\\"""\'\'\'@zh .<>{}|^`%#é𠮷'


@pytest.mark.parametrize("syntax", ["turtle", "json-ld"])
def test_no_text_of_an_entry_ends_the_statement_in_which_it_stands(syntax):
    odd = {"title": ODD, "abstract": ODD, "keywords": (ODD,), "class_path": ("基础", ODD), "series": ODD, "steward": ODD, "share_condition": ODD}
    entry = _published(an_entry(**odd, legal_basis=f"《{ODD}》"), 0)
    site = replace(SITE, title=ODD, endpoint="grpcs://hub.example> <x:y> <x:z")
    graph = Graph().parse(data=export(site, [entry], syntax), format=syntax)
    node = _node(entry)
    for name in (DCTERMS.title, DCTERMS.description, DCAT.keyword):
        assert graph.value(node, name) == Literal(ODD, lang="zh")
    assert graph.value(graph.value(node, DCAT.theme), SKOS.prefLabel) == Literal(ODD, lang="zh")
    assert graph.value(graph.value(node, DCATAP.applicableLegislation), DCTERMS.title) == Literal(ODD, lang="zh")
    assert set(graph.subjects()) == set(Graph().parse(data=export(SITE, [entry], syntax), format=syntax).subjects())


def test_an_entry_is_written_when_it_was_read_and_not_when_all_were():
    read = []

    def entries() -> Iterator[Entry]:
        for entry in _directory():
            read.append(entry)
            yield entry

    written = pieces(SITE, entries(), (), "turtle")
    while b"dcat:Dataset" not in next(written):
        pass
    assert len(read) == 1
