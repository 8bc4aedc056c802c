"""The entries, the search index and the releases on both databases."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import event, func, select, text, update

from catalog.finding import Criteria
from catalog.model import Entry, EntryState, Field, FieldType, Level, ShareType, Source, UpdatePeriod, digest
from catalog.model.record_source import RecordSource, SourceOrigin, SourceState
from catalog.release import sign
from catalog.store import EntryPage, EntrySearch, EntryStore, RecordSourceStore, ReleaseStore, rebuild_search_index
from catalog.store.tables import entries, text_of
from catalog.synonyms import shipped_synonyms
from hub.db import Database
from hub.errors import ConflictError, InvalidInputError, NotFoundError
from hub.ids import Ids
from hub.keys import Es256Signer
from shuniu.identifiers.uscc import build
from tests.catalog.samples import MARKET, NOW, POLICE, POLICEMAN, RULER, a_business_entry, an_entry

IDS = Ids()
CLOCK = itertools.count()


def _published(database: Database, content: Entry, provider_title: str = "公安厅") -> Entry:
    by = replace(POLICEMAN, department=content.provider)
    first = Entry.draft(content, by, IDS.new(NOW + timedelta(seconds=next(CLOCK))), provider_title, NOW)
    second = first.submit(by, "新增", NOW)
    third = second.publish(RULER, NOW)
    with database.begin() as tx:
        store = EntryStore(tx)
        store.insert(first)
        store.replace(first, second)
        store.replace(second, third)
    return third


def _find(database: Database, query: str, **filters: object) -> EntryPage:
    with database.read() as tx:
        return EntrySearch(tx, shipped_synonyms()).find(Criteria(query, **filters), None, 20)  # type: ignore[arg-type]


def _titles(database: Database, query: str, **filters: object) -> list[str]:
    return [entry.title for entry in _find(database, query, **filters).entries]


def test_an_entry_is_read_as_it_was_kept(database):
    kept = replace(
        _published(database, an_entry(source=Source("人口", (f"entries/{IDS.new(NOW)}",)), data_update_time=NOW)),
    )
    with database.read() as tx:
        store = EntryStore(tx)
        assert store.published(kept.id) == kept
        assert store.version(kept.id, 1) == kept
        assert store.newest(kept.id) == kept
        assert store.versions(kept.id) == (kept,)
        assert list(store.all_published()) == [kept]
        assert store.claimants("人口") == (kept,)
        assert store.claimants("") == ()
        assert store.open_version(kept.id) is None
        assert store.digests() == [(kept.id, 1, digest(kept))]


def test_what_is_not_there_is_not_found(database):
    with database.read() as tx:
        store = EntryStore(tx)
        for ask in (lambda: store.published("x"), lambda: store.version("x", 1), lambda: store.newest("x"), lambda: ReleaseStore(tx).get(0)):
            with pytest.raises(NotFoundError):
                ask()
        assert store.versions("x") == ()


def test_a_draft_is_neither_published_nor_found(database):
    first = Entry.draft(an_entry(), POLICEMAN, IDS.new(NOW), "公安厅", NOW)
    with database.begin() as tx:
        EntryStore(tx).insert(first)
    with database.read() as tx:
        store = EntryStore(tx)
        assert store.open_version(first.id) == first
        assert store.digests() == []
        with pytest.raises(NotFoundError):
            store.published(first.id)
    assert _find(database, "常住人口").total == 0
    assert _find(database, "").total == 0


def test_a_stale_revision_moves_nothing(database):
    first = Entry.draft(an_entry(), POLICEMAN, IDS.new(NOW), "公安厅", NOW)
    with database.begin() as tx:
        EntryStore(tx).insert(first)
        EntryStore(tx).replace(first, replace(first, title="甲", revision=2))
    with pytest.raises(ConflictError), database.begin() as tx:
        EntryStore(tx).replace(first, replace(first, title="乙", revision=2))
    with database.read() as tx:
        assert EntryStore(tx).newest(first.id).title == "甲"


def _source(term: str, **more: Any) -> RecordSource:
    said: dict[str, Any] = {"origin": SourceOrigin.ASSIGNED, "department": POLICE, "basis": "x", "officer": "李明", "create_time": NOW}
    return RecordSource(id=IDS.new(NOW), term=term, **{**said, **more})


def test_the_database_itself_refuses_a_second_source_a_second_draft_and_a_second_published_version(database):
    kept = _published(database, an_entry(source=Source("人口")))
    with database.begin() as tx:
        RecordSourceStore(tx).insert(_source("人口"))
    with pytest.raises(ConflictError), database.begin() as tx:
        RecordSourceStore(tx).insert(_source("人口"))
    with database.begin() as tx:
        RecordSourceStore(tx).insert(_source("人口", state=SourceState.ENDED))
    second, third = (kept.revise(POLICEMAN, "新增", version, NOW) for version in (2, 3))
    with database.begin() as tx:
        EntryStore(tx).insert(second)
    with pytest.raises(ConflictError), database.begin() as tx:
        EntryStore(tx).insert(third)
    with pytest.raises(ConflictError), database.begin() as tx:
        EntryStore(tx).replace(second, replace(second, state=EntryState.SUBMITTED, source=Source("")).publish(RULER, NOW))
    with pytest.raises(ConflictError), database.begin() as tx:
        EntryStore(tx).insert(replace(kept, state=EntryState.WITHDRAWN))


def test_the_index_follows_publication_and_withdrawal(database):
    kept = _published(database, an_entry())
    assert _titles(database, "常住") == ["常住人口登记信息"]
    draft_2 = kept.revise(POLICEMAN, "改名", 2, NOW)
    renamed = replace(draft_2, title="户籍信息").submit(POLICEMAN, "改名", NOW)
    with database.begin() as tx:
        store = EntryStore(tx)
        store.insert(draft_2)
        store.replace(draft_2, renamed)
        store.replace(kept, kept.supersede(NOW))
        store.replace(renamed, renamed.publish(RULER, NOW))
    assert _titles(database, "常住人口登记信息") == []
    assert _titles(database, "户籍信息") == ["户籍信息"]
    with database.begin() as tx:
        current = EntryStore(tx).published(kept.id)
        EntryStore(tx).replace(current, current.withdraw(RULER, "机构改革", NOW))
    assert _titles(database, "户籍信息") == []
    with database.read() as tx:
        assert tx.scalar(text("SELECT count(*) FROM entry_words")) == 0


def test_a_publication_that_is_rolled_back_is_not_found(database):
    first = Entry.draft(an_entry(), POLICEMAN, IDS.new(NOW), "公安厅", NOW)
    second = replace(first.submit(POLICEMAN, "新增", NOW), revision=1)
    changed_my_mind = database.begin()
    tx = changed_my_mind.__enter__()
    EntryStore(tx).insert(second)
    EntryStore(tx).replace(second, second.publish(RULER, NOW))
    changed_my_mind.__exit__(ConflictError, ConflictError("no"), None)
    assert _find(database, "常住").total == 0
    with database.read() as tx:
        assert tx.scalar(select(func.count()).select_from(entries)) == 0


def test_two_characters_find_every_entry_in_whose_title_they_stand(database):
    for title in ("居住证信息", "流动人口居住登记", "住居", "居民住宅", "暂住证"):
        _published(database, an_entry(title=title, source=Source(""), abstract="无"))
    assert _titles(database, "居住") == ["居住证信息", "流动人口居住登记"]
    assert _titles(database, "居") == ["住居", "居民住宅", "居住证信息", "流动人口居住登记"]
    assert _titles(database, "居住证") == ["居住证信息", "暂住证"]  # the same thing by its former name comes second
    assert _titles(database, "居住 登记") == ["流动人口居住登记"]
    assert _titles(database, "没有") == []


def test_hits_in_the_title_come_first_then_in_names_then_in_the_abstract(database):
    plain = {"keywords": (), "source": Source(""), "abstract": "无"}
    _published(database, an_entry(title="乙", **plain | {"fields": (Field("plate", "车辆号牌", FieldType.STRING, key=True),)}))
    _published(database, an_entry(title="机动车辆登记信息", **plain))
    _published(database, an_entry(title="车辆信息", **plain))
    _published(database, an_entry(title="丁", **plain | {"keywords": ("车辆",)}))
    _published(database, an_entry(title="丙", **plain | {"abstract": "含有车辆的摘要"}))
    assert _titles(database, "车辆") == ["车辆信息", "机动车辆登记信息", "丁", "乙", "丙"]


def test_provider_fields_and_keywords_are_searched_too(database):
    _published(database, a_business_entry(), "宁夏回族自治区市场监督管理厅")
    for query in ("市场监督", "企业名称", "统一社会信用代码", "company", "COMPANY", "企业 市场监管厅", "uscc"):
        assert _titles(database, query) == ["企业登记信息"], query


def test_abbreviations_find_the_full_name(database):
    _published(database, an_entry(title="医院执业信息", source=Source("")), "宁夏回族自治区卫生健康委员会")
    assert _titles(database, "卫健委") == ["医院执业信息"]


def test_words_do_not_match_across_two_texts(database):
    _published(database, an_entry(title="甲乙", keywords=("丙丁", "戊己"), source=Source("")))
    assert _titles(database, "乙丙") == []
    assert _titles(database, "丁戊") == []


def test_filters_narrow_what_is_found(database):
    police, market, city = (
        _published(database, an_entry(source=Source(""))),
        _published(database, a_business_entry()),
        _published(database, a_business_entry(title="银川企业", region="640100", level=Level.CITY, source=Source(""))),
    )
    assert set(_titles(database, "")) == {police.title, market.title, city.title}
    assert _titles(database, "", provider=POLICE) == [police.title]
    assert _titles(database, "", share_type=ShareType.CONDITIONAL) == [police.title]
    assert _titles(database, "", level=Level.CITY) == [city.title]
    assert set(_titles(database, "", update_period=UpdatePeriod.DAILY)) == {police.title, market.title, city.title}
    assert _titles(database, "", update_period=UpdatePeriod.YEARLY) == []
    assert _titles(database, "企业", provider=MARKET, region_prefix="640100") == [city.title]
    assert _titles(database, "", region_prefix="640000") == _titles(database, "")
    assert _titles(database, "", region_prefix="6401") == [city.title]
    assert _titles(database, "", region_prefix="640105") == []
    assert _titles(database, "", region_prefix="65") == []


def test_an_attribute_is_compared_wherever_it_is_kept(database):
    """A facet of the coming kind, over what stands in the JSON of an entry alone."""
    daily = _published(database, an_entry(source=Source("")))
    yearly = _published(database, a_business_entry(update_period=UpdatePeriod.YEARLY))
    with database.read() as tx:
        for entry in (daily, yearly):
            for attribute in ("update_period", "open_type", "share_type"):
                rows = tx.execute(select(entries.c.id).where(text_of(attribute) == getattr(entry, attribute).value))
                assert [row.id for row in rows] == [entry.id], attribute


@pytest.mark.parametrize("query", ["", "信息", "息"])
def test_pages_join_to_the_whole_without_gaps_or_doubles(database, query):
    titles = [f"{'长' * (place % 4)}信息{place}" for place in range(23)]
    for title in titles:
        _published(database, an_entry(title=title, abstract="信息" if "5" in title else "无", source=Source("")))
    start, seen = None, []
    with database.read() as tx:
        search = EntrySearch(tx, shipped_synonyms())
        while True:
            page = search.find(Criteria(query), start, 5)
            seen += [entry.title for entry in page.entries]
            assert page.total == 23
            if page.next is None:
                break
            start = page.next
        assert seen == [entry.title for entry in search.find(Criteria(query), None, 100).entries]
    assert sorted(seen) == sorted(titles)


@pytest.mark.parametrize(
    "query", ["'", '"', '居住"', "居住' OR 1=1 --", "title:居住", "居住*", "NEAR(居住)", "居住 AND", "(", "居住)", "\x00居住", "{title}: 居住"]
)
def test_marks_of_query_languages_are_words_like_any_other(database, query):
    _published(database, an_entry(title="居住证信息", source=Source("")))
    try:
        found = _titles(database, query)
    except InvalidInputError:  # nothing in it that could be searched for
        found = []
    assert set(found) <= {"居住证信息"}


def test_releases_are_numbered_and_kept(database):
    signer = Es256Signer(ec.generate_private_key(ec.SECP256R1()))
    with database.begin() as tx:
        store = ReleaseStore(tx)
        assert store.next_number() == 1
        first = sign("ningxia", 1, [], NOW, signer)
        store.insert(first)
        assert store.next_number() == 2
        second = sign("ningxia", 2, [("x", 1, bytes(32))], NOW, signer)
        store.insert(second)
    with database.read() as tx:
        assert ReleaseStore(tx).get(1) == first
        assert ReleaseStore(tx).get(0) == second
        with pytest.raises(NotFoundError):
            ReleaseStore(tx).get(3)


def test_a_content_changed_behind_the_store_no_longer_fits_its_digest(database):
    kept = _published(database, an_entry())
    with database.begin() as tx:
        tx.execute(update(entries).values(title="篡改"))
    with database.read() as tx:
        tampered = EntryStore(tx).published(kept.id)
        assert EntryStore(tx).digests() == [(kept.id, 1, digest(kept))]
        assert digest(tampered) != digest(kept)


def test_entries_of_many_providers_keep_apart(database):
    for place in range(3):
        provider = build("11", "640000", f"0040200{place}")
        _published(database, an_entry(provider=provider, source=Source("")), f"部门{place}")
        assert _find(database, "", provider=provider).total == 1
    assert _find(database, "部门1").total == 1


def test_an_index_of_the_release_before_is_filled_anew_by_its_migration(database):
    old = _published(database, an_entry(title="居住證信息"))
    draft = Entry.draft(an_entry(title="居住证草稿"), POLICEMAN, IDS.new(NOW), "公安厅", NOW)
    with database.begin() as tx:
        EntryStore(tx).insert(draft)
        tx.execute(text("DELETE FROM entry_words"))  # stands for one with other words
    assert _titles(database, "居住证") == []
    with database.begin() as tx:
        rebuild_search_index(tx.connection)
    assert _titles(database, "居住证") == [old.title]
    assert _titles(database, "公安厅") == _titles(database, "公民身份号码") == [old.title]


def test_a_look_for_a_resource_code_goes_by_its_index_and_not_through_the_entries_of_a_department(database):
    kept = _published(database, an_entry(source=Source("")))
    with database.read() as tx:
        asked: list[tuple[str, Any]] = []
        event.listen(tx.connection, "before_cursor_execute", lambda _c, _cursor, sql, values, *_: asked.append((sql, values)))
        assert EntryStore(tx).with_code(kept.provider, kept.resource_code, "x") == kept
        assert EntryStore(tx).with_code(kept.provider, kept.resource_code, kept.id) is None
        if tx.dialect == "postgresql":
            tx.execute(text("SET LOCAL enable_seqscan = off"))  # one row would be read as it is
        explain = "EXPLAIN QUERY PLAN" if tx.dialect == "sqlite" else "EXPLAIN"
        look, values = next((sql, values) for sql, values in asked if kept.resource_code in str(values))
        assert "ix_entries_resource_code" in str(tx.connection.exec_driver_sql(f"{explain} {look}", values).all())
