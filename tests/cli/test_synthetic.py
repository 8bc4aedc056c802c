"""The demonstration's data are well-formed, the same every time, and about nobody."""

import re
import sqlite3
from dataclasses import asdict
from datetime import date
from decimal import Decimal

import pytest

from catalog.bigram import fts5_match, index_text
from catalog.model import Entry, Field, FieldType, Level, OpenType, ShareMode, ShareType, Source, UpdatePeriod, check_entry
from cli.synthetic import REGIONS, TODAY, businesses, department, departments, entry_seeds, residents, write_sqlite
from shuniu.identifiers.citizen_id import birth_date_of, is_citizen_id, sex_of
from shuniu.identifiers.uscc import is_uscc, organisation_check, region_of

NAMED = {
    "data": "宁夏回族自治区数据局",
    "public-security": "宁夏回族自治区公安厅",
    "market-regulation": "宁夏回族自治区市场监督管理厅",
    "civil-affairs": "宁夏回族自治区民政厅",
    "audit": "宁夏回族自治区审计厅",
}


@pytest.fixture(scope="module")
def people():
    return residents()


@pytest.fixture(scope="module")
def firms():
    return businesses()


@pytest.fixture(scope="module")
def seeds():
    return entry_seeds()


@pytest.fixture(scope="module")
def register(tmp_path_factory, people, firms):
    path = tmp_path_factory.mktemp("register") / "register.sqlite"
    write_sqlite(path, people, firms)
    database = sqlite3.connect(path)
    yield database
    database.close()


def no_two_alike(values):
    found = list(values)
    return len(found) == len(set(found))


def test_ningxia_has_five_cities_and_twenty_two_counties_each_in_its_city():
    levels = [region.level for region in REGIONS.values()]
    assert (levels.count("province"), levels.count("city"), levels.count("county")) == (1, 5, 22)
    assert all(region.code[:4] + "00" == region.parent for region in REGIONS.values() if region.level == "county")


def test_every_department_has_a_code_of_its_own_that_names_its_region():
    bodies = departments()
    assert len(bodies) > 800
    assert no_two_alike(body.uscc for body in bodies)
    assert no_two_alike(body.name for body in bodies)
    assert all(is_uscc(body.uscc) and region_of(body.uscc) == body.region and body.uscc[0] == "1" for body in bodies)


def test_the_departments_of_the_story_are_there():
    assert {kind: department(kind).name for kind in NAMED} == NAMED
    assert departments()[0] == department("data")
    assert department("public-security", "640104").name == "银川市公安局兴庆区分局"
    assert department("civil-affairs", "640121").short_name == "永宁县民政局"


def test_every_resident_has_a_well_formed_number_that_fits_the_rest_of_the_row(people):
    assert len(people) == 10_000
    assert no_two_alike(person.id_number for person in people)
    assert all(is_citizen_id(person.id_number) for person in people)
    assert all(birth_date_of(person.id_number) == person.birth_date <= TODAY for person in people)
    assert all(sex_of(person.id_number) == person.sex for person in people)


def test_no_number_can_belong_to_anybody(people, firms):
    assert all(person.id_number[4:6] == "00" for person in people)
    assert all(re.fullmatch("120[0-9]{8}", person.phone) for person in people)
    assert all(firm.uscc[8:10] == "XX" for firm in firms)
    assert all(body.uscc[8:10] == "XB" for body in departments())


def test_who_came_from_elsewhere_holds_a_residence_permit_in_force(people):
    holders = [person for person in people if person.permit_number]
    assert 1_000 < len(holders) < 2_000
    assert all(person.permit_issued < TODAY <= person.permit_expires for person in holders)
    assert all((person.permit_number is None) == person.id_number.startswith("64") for person in people)


def test_every_business_has_a_code_and_a_name_of_its_own(firms):
    assert len(firms) == 10_000
    assert no_two_alike(firm.uscc for firm in firms)
    assert no_two_alike(firm.name for firm in firms)
    assert all(is_uscc(firm.uscc) and organisation_check(firm.uscc[8:16]) == firm.uscc[16] for firm in firms)
    assert all(isinstance(firm.registered_capital, Decimal) and firm.registered_capital > 0 for firm in firms)
    assert all(firm.established < TODAY and (firm.expires is None or firm.expires > firm.established) for firm in firms)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(people, firms):
    assert residents(50) == people[:50]
    assert businesses(50) == firms[:50]
    assert residents(50, seed=1) != people[:50]
    assert entry_seeds(seed=7) == entry_seeds(seed=7) != entry_seeds(seed=8)


def test_the_data_do_not_depend_on_the_version_of_python(people, firms, seeds):
    assert people[0].id_number == "640200194712210830"
    assert firms[0].uscc == "92640323XX00000008"
    assert seeds[0].provider == "11640000XB0000027C"


def test_the_registers_are_ordinary_tables_with_the_rows_as_they_are(register, people, firms):
    row = register.execute("SELECT name, birth_date, household_size FROM resident WHERE id_number = ?", (people[0].id_number,)).fetchone()
    assert row == (people[0].name, people[0].birth_date.isoformat(), people[0].household_size)
    rows = dict(register.execute("SELECT uscc, registered_capital FROM business_register"))
    assert {code: Decimal(str(capital)) for code, capital in rows.items()} == {firm.uscc: firm.registered_capital for firm in firms}
    assert register.execute("SELECT count(*) FROM resident").fetchone() == (10_000,)


def test_writing_again_replaces_what_was_there(tmp_path, people, firms):
    write_sqlite(tmp_path / "twice.sqlite", people[:9], firms[:9])
    write_sqlite(tmp_path / "twice.sqlite", people[:5], firms[:4])
    with sqlite3.connect(tmp_path / "twice.sqlite") as database:
        assert database.execute("SELECT (SELECT count(*) FROM resident), (SELECT count(*) FROM business_register)").fetchone() == (5, 4)
    database.close()


@pytest.mark.parametrize(("place", "table", "key"), [(0, "resident", "id_number"), (1, "business_register", "uscc")])
def test_the_first_two_entries_describe_the_two_tables_column_by_column(register, seeds, place, table, key):
    declared = {"TEXT": "string", "INTEGER": "int64", "DATE": "date", "NUMERIC(16, 2)": "decimal"}
    columns = [
        (name, declared[kind], not required, bool(is_key)) for _, name, kind, required, _, is_key in register.execute(f"PRAGMA table_info({table})")
    ]
    assert [(field.name, field.type, field.nullable, field.key) for field in seeds[place].fields] == columns
    assert (seeds[place].serving_resource, seeds[place].modes) == (table, ("query", "check"))
    assert [field.name for field in seeds[place].fields if field.key] == [key]


def test_no_value_is_longer_than_its_field_says(register, seeds):
    for seed in seeds[:2]:
        for field in seed.fields:
            if field.length:
                (longest,) = register.execute(f"SELECT max(length({field.name})) FROM {seed.serving_resource}").fetchone()  # noqa: S608
                assert longest <= field.length, field.name


def test_the_first_two_entries_are_the_registers_of_the_story(seeds):
    first, second = seeds[:2]
    assert (first.title, first.share_type, first.provider) == ("常住人口基本信息", "conditional", department("public-security").uscc)
    assert (second.title, second.share_type, second.provider) == ("企业登记基本信息", "unconditional", department("market-regulation").uscc)
    assert {field.mask.split(":")[0] for field in first.fields} == {"", "keep", "year", "hide"}


def test_five_hundred_entries_cover_all_levels_and_share_types(seeds):
    assert len(seeds) == 500
    assert {seed.level for seed in seeds} == {"province", "city", "county"}
    assert {seed.region for seed in seeds} == set(REGIONS)
    share = {kind: sum(seed.share_type == kind for seed in seeds) for kind in ("unconditional", "conditional", "refused")}
    assert share["unconditional"] > share["conditional"] > share["refused"] >= 15


def test_no_two_entries_share_a_title_a_code_or_a_system_of_record(seeds):
    assert no_two_alike(seed.title for seed in seeds)
    assert no_two_alike(seed.resource_code for seed in seeds)
    assert no_two_alike(seed.record_term for seed in seeds if seed.record_term)
    assert seeds[0].record_term
    assert seeds[1].record_term


def test_what_is_mandatory_for_a_share_type_is_there_and_nothing_else(seeds):
    for seed in seeds:
        assert bool(seed.share_condition) == (seed.share_type == "conditional")
        assert bool(seed.refusal_reason) == bool(seed.refusal_basis) == (seed.share_type == "refused")
        assert bool(seed.modes) == (seed.share_type != "refused")
        assert bool(seed.open_condition) == (seed.open_type == "conditional")


def test_a_refusal_rests_on_a_law_or_an_administrative_regulation(seeds):
    grounds = {seed.refusal_basis for seed in seeds if seed.refusal_basis}
    assert len(grounds) >= 10
    assert all(re.fullmatch("《中华人民共和国.+法》|《中华人民共和国民法典》|《.+条例》（国务院令第[0-9]+号）", ground) for ground in grounds)


def test_every_entry_is_whole(seeds):
    providers = {body.uscc: body for body in departments()}
    for seed in seeds:
        provider = providers[seed.provider]
        assert (provider.name, provider.region, provider.level) == (seed.provider_name, seed.region, seed.level)
        assert re.fullmatch("[123][0-9]{7}/[0-9]{6}", seed.resource_code)
        assert re.fullmatch("095[1-5]-0[0-9]{6}", seed.steward_phone)
        assert len(seed.class_path) == 4
        assert all((seed.abstract, seed.keywords, seed.steward, seed.legal_basis.startswith("《"), seed.update_period))


def as_entry(seed) -> Entry:
    words = asdict(seed)
    for name in ("provider_name", "record_term", "fields", "serving_resource"):
        del words[name]
    words |= {
        "level": Level(seed.level),
        "share_type": ShareType(seed.share_type),
        "open_type": OpenType(seed.open_type),
        "update_period": UpdatePeriod(seed.update_period),
        "modes": tuple(map(ShareMode, seed.modes)),
    }
    fields = tuple(Field(**{**asdict(field), "type": FieldType(field.type)}) for field in seed.fields)
    return Entry(**words, fields=fields, source=Source(record_term=seed.record_term))


def test_the_directory_itself_accepts_every_entry_the_seeds_can_give():
    everything = entry_seeds(5_000)
    assert len(everything) > 1_000
    for seed in everything:
        check_entry(as_entry(seed))
    assert no_two_alike(seed.title for seed in everything)
    assert no_two_alike(seed.record_term for seed in everything if seed.record_term)


def test_every_field_is_whole_and_one_of_them_is_the_key(seeds):
    for seed in seeds:
        assert no_two_alike(field.name for field in seed.fields), seed.title
        assert sum(field.key for field in seed.fields) == 1
        for field in seed.fields:
            assert re.fullmatch("[a-z][a-z0-9_]{0,62}", field.name)
            assert field.label
            assert field.type in {"string", "int64", "double", "bool", "decimal", "date", "timestamp"}
            assert 1 <= field.sensitivity <= 4
            assert (field.length > 0) == (field.type == "string")
            assert re.fullmatch("|keep:[0-9]+,[0-9]+|year|hide", field.mask)
            assert field.mask != "year" or field.type == "date"
            assert not (field.key and field.nullable)


def test_what_describes_a_person_is_not_opened_to_the_public(seeds):
    assert all(seed.open_type == "closed" for seed in seeds if seed.subject_domain == "cn-id")


def test_a_search_for_two_characters_finds_several_entries(seeds):
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE shelf USING fts5(title)")
    database.executemany("INSERT INTO shelf(rowid, title) VALUES (?, ?)", [(place, index_text(seed.title)) for place, seed in enumerate(seeds)])
    found = {seeds[row[0]].title for row in database.execute("SELECT rowid FROM shelf WHERE shelf MATCH ?", (fts5_match("居住"),))}
    database.close()
    assert found == {seed.title for seed in seeds if "居住" in seed.title}
    assert "居住证信息" in found
    assert len(found) > 5


def test_no_clock_is_read_when_the_data_are_made(people):
    assert max(person.birth_date for person in people) <= TODAY == date(2025, 6, 30)
