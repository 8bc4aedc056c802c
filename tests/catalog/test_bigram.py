"""What the search finds is exactly what contains the words typed: nothing missing, nothing besides."""

import random
import re
import sqlite3
from contextlib import suppress
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.bigram import fts5_match, index_text, index_tokens, query_tokens, tsquery
from catalog.store.index import _tsvector
from catalog.synonyms import Synonyms, parse_synonyms, shipped_synonyms, synonyms_of
from hub.errors import ConfigError, InvalidInputError

TITLES = 5_000
HAN = "居住证信息户籍人口登记企业法人不动产社会保险医疗卫生健康教育民政公安婚姻残疾低保救助车辆驾驶行政许可处罚信用统计农村土地林草水利气象交通"
WORDS = ("gdp", "gis", "5g", "pm25", "2024", "2025", "ofd", "gb32100")
SYNONYMS = files("catalog").joinpath("synonyms.toml").read_text("utf-8")


def titles() -> list[str]:
    chance = random.Random(32100)  # noqa: S311 - the same titles every time

    def run() -> str:
        return "".join(chance.choices(HAN, k=chance.randint(1, 9)))

    def title() -> str:
        return run() + "".join(chance.choice(WORDS if chance.random() < 0.4 else "，（）、 ") + run() for _ in range(chance.randint(0, 3)))

    return [title() for _ in range(TITLES)]


@pytest.fixture(scope="module")
def shelf():
    """A real FTS5 table over synthetic titles, and the titles themselves for the naive judge."""
    texts = titles()
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE shelf USING fts5(body, prefix='5')")
    database.executemany("INSERT INTO shelf(rowid, body) VALUES (?, ?)", [(number, index_text(text)) for number, text in enumerate(texts)])
    yield database, texts
    database.close()


def found(database, query, synonyms=None):
    match = fts5_match(query, synonyms) if synonyms else fts5_match(query)
    return {row[0] for row in database.execute("SELECT rowid FROM shelf WHERE shelf MATCH ?", (match,))}


def containing(texts, query):
    return {number for number, text in enumerate(texts) if query in text}


def pieces(texts, length, count):
    """Queries that somebody may really type: substrings of titles, and as many that are in hardly any."""
    chance = random.Random(length)  # noqa: S311 - the same queries every time
    runs = [run for text in texts for run in re.findall(f"[{HAN}]{{{length},}}", text)]
    cut = [(run := chance.choice(runs))[(at := chance.randrange(len(run) - length + 1)) : at + length] for _ in range(count)]
    return {*cut, *("".join(chance.choices(HAN, k=length)) for _ in range(count))}


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7])
def test_recall_and_precision_are_whole_for_chinese_queries(shelf, length):
    database, texts = shelf
    queries = pieces(texts, length, 150)
    assert {query: found(database, query) for query in queries} == {query: containing(texts, query) for query in queries}
    assert any(containing(texts, query) for query in queries)


@pytest.mark.parametrize("pattern", [r"{w}", r"{w}[{h}]", r"{w}[{h}]{{3}}", r"[{h}]{w}", r"[{h}]{{2}}{w}[{h}]{{2}}", r"[{h}]{w}[{h}]"])
def test_recall_and_precision_are_whole_for_mixed_queries(shelf, pattern):
    database, texts = shelf
    shape = pattern.format(w=f"(?:{'|'.join(WORDS)})", h=HAN)
    queries = {query for text in texts for query in re.findall(shape, text)}
    queries = set(sorted(queries)[:: max(1, len(queries) // 100)])
    assert len(queries) > 5
    assert {query: found(database, query) for query in queries} == {query: containing(texts, query) for query in queries}


def test_two_words_must_both_be_found_in_any_order(shelf):
    database, texts = shelf
    assert found(database, "居住 gdp") == found(database, "GDP，居住") == containing(texts, "居住") & containing(texts, "gdp")


def test_a_word_is_found_from_its_beginning(shelf):
    database, texts = shelf
    assert found(database, "202") == containing(texts, "2024") | containing(texts, "2025")


def test_characters_on_two_sides_of_a_comma_are_no_word():
    assert not set(query_tokens("据共")[0][0].tokens) & set(index_tokens("数据，共享"))


def test_full_width_and_capital_letters_are_found_as_ordinary_ones():
    assert index_tokens("ＧＤＰ２０２４") == index_tokens("gdp2024") == ["wgdp2024"]


def test_rare_characters_of_every_plane_and_of_the_private_use_area_are_characters():
    for rare in ("𠮷", "㐂", "〇", "\ue863", "\U00030000", "\U000f0000"):
        assert len(index_tokens(f"{rare}某")) == 2
        assert index_tokens(f"{rare}某")[0].startswith(query_tokens(rare)[0][0].tokens[-1])


@given(st.text(max_size=200))
def test_every_token_of_any_text_is_safe_for_both_databases(text):
    assert all(re.fullmatch("[zw][a-z0-9]+", token) for token in index_tokens(text))


@given(st.text(max_size=60), st.data())
def test_any_substring_of_a_run_of_characters_is_found_in_any_text(text, data):
    run = data.draw(st.text(HAN, min_size=1, max_size=8))
    start = data.draw(st.integers(0, len(run) - 1))
    query = run[start : data.draw(st.integers(start + 1, len(run)))]
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE shelf USING fts5(body)")
        database.execute("INSERT INTO shelf VALUES (?)", (index_text(f"{text}，{run}"),))
        assert found(database, query) == {1}


@given(st.text(max_size=100))
def test_any_query_is_either_answered_by_sqlite_or_has_nothing_to_search_for(query):
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE VIRTUAL TABLE shelf USING fts5(body)")
        if query_tokens(query, shipped_synonyms()):
            assert found(database, query, shipped_synonyms()) == set()
        else:
            with pytest.raises(InvalidInputError, match="at least one"):
                fts5_match(query)


def test_a_query_of_pages_is_refused():
    with pytest.raises(InvalidInputError, match="at most 100"):
        fts5_match("居" * 101)


def test_postgresql_is_given_the_same_tokens_with_their_places():
    home, living, card = index_tokens("居住证")
    assert _tsvector(["居住证"]) == f"'{home}':1 '{living}':2 '{card}':3"
    assert tsquery("居住证") == f"('{home}' <-> '{living}')"
    assert tsquery("证 GDP") == f"('{card}':*) & ('wgdp':*)"
    assert card == "z" + living[5:]


def test_an_abbreviation_finds_the_full_name_and_the_other_way_round():
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE shelf USING fts5(body)")
    texts = ["卫健委出生医学信息", "宁夏卫生健康委员会医师信息", "卫生局旧档", "地区生产总值"]
    database.executemany("INSERT INTO shelf(rowid, body) VALUES (?, ?)", [(number, index_text(text)) for number, text in enumerate(texts)])
    assert found(database, "卫健委", shipped_synonyms()) == found(database, "卫生健康委员会", shipped_synonyms()) == {0, 1}
    assert found(database, "宁夏卫健委医师", shipped_synonyms()) == {1}
    assert found(database, "GDP", shipped_synonyms()) == {3}
    assert found(database, "卫健委") == {0}
    database.close()


def test_the_spelling_as_typed_comes_first_and_variants_stay_few():
    variants = shipped_synonyms().variants("低保社保医保公积金房产户口")
    assert variants[0] == "低保社保医保公积金房产户口"
    assert len(variants) == 8


def test_the_longest_name_is_taken():
    both = Synonyms.of([("医保", "医疗保险"), ("医保局", "医疗保障局")])
    assert both.variants("市医保局") == ("市医保局", "市医疗保障局")


def test_at_least_forty_abbreviations_of_departments_and_terms_are_shipped():
    assert len(set(shipped_synonyms().groups.values())) >= 70


@pytest.mark.parametrize(
    "text",
    ['a = [["低保"]]', 'a = [["低保", "低保"]]', 'a = [["甲", "乙"], ["乙", "丙"]]', 'a = [["甲", "乙、丙"]]', "a = [[1, 2]]", "a = 1", "a = ["],
)
def test_synonyms_that_contradict_themselves_stop_the_start(text):
    with pytest.raises(ConfigError):
        parse_synonyms(text)


@given(st.integers(0, len(SYNONYMS) - 1), st.text(max_size=3))
def test_a_damaged_synonym_file_is_read_or_refused_and_nothing_else(place, junk):
    with suppress(ConfigError):
        assert parse_synonyms(SYNONYMS[:place] + junk + SYNONYMS[place + 1 :]).groups


OWN = """
# 本省的叫法
terms = [
    ["宁政通", "宁夏政务服务平台"],
    ["低保", "低保金", "最低生活保障金"],
]
"""


def test_an_operators_file_stands_beside_the_shipped_list_and_before_it(tmp_path):
    file = tmp_path / "names.toml"
    file.write_text("\ufeff" + OWN, encoding="utf-8")
    known = synonyms_of(str(file))
    assert known.variants("宁政通") == ("宁政通", "宁夏政务服务平台")
    assert known.variants("低保") == ("低保", "低保金", "最低生活保障金")
    assert known.variants("身份证") == shipped_synonyms().variants("身份证")
    assert synonyms_of("") is shipped_synonyms()


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ('a = [["甲", "乙"],\n["丙"]]', ":2"),
        ('a = [["甲", "乙"]]\nb = [["丁", "甲"]]', ":2"),
        ('a = [["甲 乙", "丙"]]', ":1"),
        ("a = [1] x", "line 1"),
    ],
)
def test_what_is_wrong_in_an_operators_file_is_told_with_its_line(tmp_path, wrong, place):
    file = tmp_path / "names.toml"
    file.write_text(wrong, encoding="utf-8")
    with pytest.raises(ConfigError) as refusal:
        synonyms_of(str(file))
    assert str(file) in refusal.value.zh
    assert place in refusal.value.message
    with pytest.raises(ConfigError):
        synonyms_of(str(tmp_path / "nowhere.toml"))
