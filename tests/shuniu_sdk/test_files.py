"""Files served as tables: what exports look like, what replaces them, and what of them cannot be read."""

import csv
import os
import sys
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shuniu import FetchCall, FetchError, Provider
from shuniu.catalogue import ConfigError
from shuniu.provider.files import FileProvider
from shuniu.provider.files.csv_rows import ENCODINGS, CsvFormat
from shuniu.provider.files.index import Index
from shuniu.provider.files.texts import readers_in
from shuniu.v1.provider_pb2 import DescribeRequest, FetchRequest

CALL = FetchCall(consumer="", purpose="", case_number="", log_index=-1, limit=10)
KEY = "640102199001310017"
HEADER = "id_number,name,born,income"
CHINA_NEW_YEAR = datetime(1989, 12, 31, 16, tzinfo=timezone.utc)


@pytest.fixture
def serve_file(tmp_path):
    opened = []

    def make(text, key="id_number", *, name="resident.csv", encoding="utf-8", **given):
        place = tmp_path / name
        place.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        # looked at by the tests themselves
        opened.append(FileProvider(place, key, index=tmp_path, look_seconds=3600, **given))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def replace(provider, text):
    """Put another file in the place, as an export does that writes beside it and renames."""
    place = provider._plan.path
    beside = place.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(place)
    for _ in range(2):
        provider.look()


def refused(serve_file, *given, **named):
    with pytest.raises(ConfigError) as caught:
        serve_file(*given, **named)
    return caught.value


# what exports look like


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_is_read_in_the_encoding_that_is_stated(serve_file, encoding):
    number, name, value = ("公民身份號碼", "姓名", "張三") if encoding == "big5" else ("公民身份号码", "姓名", "张三")
    names = {"id_number": number, "name": name}
    provider = serve_file(f"{number},{name}\r\n{KEY},{value}\r\n", encoding=encoding, form=CsvFormat(encoding), names=names)
    assert provider.fetch(KEY, ["id_number", "name"], CALL) == [{"id_number": KEY, "name": value}]


def test_excel_s_mark_quotes_blanks_and_line_feeds_are_understood(serve_file):
    provider = serve_file(f'\ufeffid_number,note\r\n"\t{KEY}","第一行\n""第二行"", 末"\r\n {KEY} ,　\r\n\r\n')
    assert provider.fetch(KEY, ["note"], CALL) == [{"note": '第一行\n"第二行", 末'}, {"note": None}]


def test_other_delimiters_and_files_without_a_header(serve_file):
    assert serve_file(f"id_number\tname\n{KEY}\t张三\n", name="a.tsv").fetch(KEY, ["name"], CALL) == [{"name": "张三"}]
    provider = serve_file(f"{KEY}|张三\n", form=CsvFormat(delimiter="|", columns=("id_number", "name")))
    assert provider.fetch(KEY, ["name"], CALL) == [{"name": "张三"}]


def test_types_are_stated_and_everything_else_is_text(serve_file):
    provider = serve_file(
        f"{HEADER},seen,alive\n{KEY},007,1990/1/31,120.50,1990-01-01 00:00:00,是\n",
        types={"born": "date", "income": "decimal", "seen": "timestamp", "alive": "bool"},
    )
    row = provider.fetch(KEY, ["name", "born", "income", "seen", "alive"], CALL)[0]
    assert row == {"name": "007", "born": date(1990, 1, 31), "income": Decimal("120.50"), "seen": CHINA_NEW_YEAR, "alive": True}
    assert str(row["income"]) == "120.50"


def test_what_a_column_holds_is_described(serve_file):
    provider = serve_file(f"{HEADER}\n{KEY},张三,,1\n{KEY},张三,1990-01-31,1\n", types={"born": "date"})
    described = provider.resource().to_message()
    assert (described.resource, described.key) == ("resident", "id_number")
    assert [(one.name, one.value_type, one.nullable) for one in described.columns] == [
        ("id_number", 1, False),
        ("name", 1, False),
        ("born", 6, True),
        ("income", 1, False),
    ]


def test_the_hub_is_served_from_a_file_over_the_wire(serve_file, folder, serve, stub_of):
    provider = Provider(folder)
    provider.add(serve_file(f"{HEADER}\n{KEY},张三,1990-01-31,1\n", types={"born": "date"}).resource("people"))
    stub = stub_of(serve(provider))
    assert stub.Describe(DescribeRequest()).resources[0].resource == "people"
    answer = stub.Fetch(FetchRequest(resource="people", key_field="id_number", key=KEY, fields=["id_number", "born"]))
    assert answer.records[0].fields["born"].date_value == "1990-01-31"
    assert not stub.Fetch(FetchRequest(resource="people", key_field="id_number", key="nobody", fields=["id_number"])).records


# rows that cannot be read


@pytest.mark.parametrize("value", ["1990-02-30", "0000-00-00", "31.1.1990", "1990-01-31 08:00", "#"])
def test_a_value_that_is_none_of_its_type_spoils_its_own_fetch_and_names_the_column(serve_file, value):
    provider = serve_file(f"{HEADER}\n{KEY},张三,{value},1\nother,李四,1990-01-31,1\n", types={"born": "date"})
    with pytest.raises(FetchError) as caught:
        provider.fetch(KEY, ["id_number", "born"], CALL)
    assert (caught.value.code.name, caught.value.reason) == ("DATA_LOSS", "BAD_RECORD")
    assert "born" in caught.value.message
    assert value not in str(caught.value)
    assert provider.fetch(KEY, ["name"], CALL) == [{"name": "张三"}]
    assert provider.fetch("other", ["born"], CALL) == [{"born": date(1990, 1, 31)}]


def test_a_cell_in_another_encoding_spoils_itself_alone(serve_file):
    provider = serve_file(f"{HEADER}\n{KEY},".encode() + "张三".encode("gbk") + b",1990-01-31,1\n")
    assert provider.fetch(KEY, ["born"], CALL) == [{"born": "1990-01-31"}]
    with pytest.raises(FetchError, match="column name"):
        provider.fetch(KEY, ["name"], CALL)


@pytest.mark.parametrize("row", [f"{KEY},张三", f"{KEY},张三,1990-01-31,1,more"])
def test_a_row_of_another_length_is_refused_and_not_answered_as_nobody(serve_file, row):
    provider = serve_file(f"{HEADER}\n{row}\n")
    with pytest.raises(FetchError, match="column id_number"):
        provider.fetch(KEY, ["id_number"], CALL)


def test_what_of_a_file_nobody_can_ask_for_is_counted_in_the_log(serve_file, caplog):
    serve_file(f"{HEADER}\n,张三,,\n6.40102E+17,李四,,\n{KEY},王五\n")
    told = " ".join(caplog.messages)
    assert "1 rows without a key" in told
    assert "1 rows of another length" in told
    assert "1 keys that a spreadsheet has rounded" in told
    assert "王五" not in told


def test_a_key_of_whole_numbers_has_one_spelling(serve_file):
    provider = serve_file("number,word\n007,seven\nx,none\n", "number", types={"number": "int64"})
    assert provider.fetch("7", ["number", "word"], CALL) == [{"number": 7, "word": "seven"}]
    for wrong in ("007", "abc", "99999999999999999999"):
        with pytest.raises(FetchError) as caught:
            provider.quick(wrong, ["word"], CALL)
        assert caught.value.reason == "INVALID_KEY"


# files that cannot be read


@pytest.mark.parametrize(
    ("text", "given", "reason"),
    [
        ("", {}, "FILE_EMPTY"),
        (f"{HEADER}\n".encode("utf-16"), {}, "FILE_ENCODING"),
        (f"\ufeff{HEADER}\n", {"form": CsvFormat("gbk")}, "FILE_ENCODING"),
        ("姓名,号码\n".encode("gbk"), {}, "FILE_ENCODING"),
        (f"{KEY},张三\n", {}, "FILE_WITHOUT_HEADER"),
        ("a,a\n", {}, "FILE_COLUMN"),
        ("a,b\n", {}, "FILE_COLUMN"),
        (f"{HEADER}\n", {"names": {"name": "xm"}}, "FILE_COLUMN"),
        (f"{HEADER}\n", {"types": {"sex": "date"}}, "FILE_COLUMN"),
        (f"{HEADER}\n", {"types": {"id_number": "date"}}, "FILE_KEY_TYPE"),
        (f'{HEADER}\n"{KEY},never closed\n', {}, "FILE_LINE"),
        (f'{HEADER}\n"{KEY}"x,张三,,\n', {}, "FILE_LINE"),
        (f"{HEADER}\n" + f"{KEY};张三;;\n" * 20, {}, "FILE_DOUBTFUL"),
        (f"{HEADER}\n".encode() + f"{KEY},张三,,\n".encode("gbk") * 20, {}, "FILE_DOUBTFUL"),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", {}, "FILE_COLUMN" if sys.version_info >= (3, 11) else "FILE_LINE"),
    ],
)
def test_a_file_that_is_not_as_stated_stops_the_start(serve_file, text, given, reason):
    error = refused(serve_file, text, **given)
    assert error.reason == reason, error
    assert error.next_action
    assert KEY not in str(error)
    assert "张三" not in str(error)


def test_a_folder_and_a_missing_file_are_told(tmp_path):
    for place, reason in ((tmp_path / "none.csv", "FILE_MISSING"), (tmp_path, "FILE_INDEX")):
        with pytest.raises(ConfigError) as caught:
            FileProvider(place, "k")
        assert caught.value.reason == reason


def test_a_folder_for_the_index_that_is_not_there_is_told(tmp_path):
    (tmp_path / "a.csv").write_text(f"{HEADER}\n")
    with pytest.raises(ConfigError) as caught:
        FileProvider(tmp_path / "a.csv", "id_number", index=tmp_path / "nowhere")
    assert caught.value.reason == "FILE_INDEX"
    assert "nowhere" in caught.value.message


# replaced


def test_a_file_that_is_replaced_is_taken_up_whole(serve_file):
    provider = serve_file(f"{HEADER}\n{KEY},张三,,\n")
    replace(provider, f"{HEADER},more\n{KEY},李四,,,x\n")
    assert provider.fetch(KEY, ["name"], CALL) == [{"name": "李四"}]
    assert provider.quick(KEY, ["name"], CALL) == [{"name": "李四"}]


def test_a_file_that_still_grows_is_not_taken_up(serve_file):
    provider = serve_file(f"{HEADER}\n{KEY},张三,,\n")
    place = provider._plan.path
    with place.open("a", encoding="utf-8") as file:
        for _ in range(5):
            file.write(f"{KEY},李四,,\n")
            file.flush()
            provider.look()
            assert len(provider.fetch(KEY, ["name"], CALL)) == 1
    provider.look()
    assert len(provider.fetch(KEY, ["name"], CALL)) == 6


class Written(CsvFormat):
    """A file into which somebody writes while it is read."""

    @contextmanager
    def sheet(self, file, name):
        with super().sheet(file, name) as sheet, Path(file.name).open("a", encoding="utf-8") as other:
            other.write(f"{KEY},李四,,\n")
            other.flush()
            yield sheet


def test_a_file_that_changes_while_it_is_read_is_refused(serve_file):
    assert refused(serve_file, f"{HEADER}\n{KEY},张三,,\n", form=Written()).reason == "FILE_CHANGES"


@pytest.mark.parametrize("text", ["", "a,b\n", f'{HEADER}\n"never closed', f"{HEADER}\n" + "x;y\n" * 20, "id_number,name,born\n1,2,3\n"])
def test_a_broken_new_file_leaves_the_old_one_serving_and_is_told_once(serve_file, caplog, text):
    provider = serve_file(f"{HEADER}\n{KEY},张三,,\n")
    replace(provider, text)
    provider.look()
    assert provider.fetch(KEY, ["name"], CALL) == [{"name": "张三"}]
    assert len([one for one in caplog.messages if "the one before it serves on" in one]) == 1
    replace(provider, f"{HEADER}\n{KEY},李四,,\n")
    assert provider.fetch(KEY, ["name"], CALL) == [{"name": "李四"}]


def test_a_file_that_is_gone_serves_on(serve_file, caplog):
    provider = serve_file(f"{HEADER}\n{KEY},张三,,\n")
    provider._plan.path.unlink()
    for _ in range(3):
        provider.look()
    assert provider.fetch(KEY, ["name"], CALL) == [{"name": "张三"}]
    assert len([one for one in caplog.messages if "is gone" in one]) == 1


def test_the_watch_itself_notices(tmp_path):
    place = tmp_path / "a.csv"
    place.write_text(f"{HEADER}\n{KEY},张三,,\n", encoding="utf-8")
    provider = FileProvider(place, "id_number", index=tmp_path, look_seconds=0.01)
    try:
        place.write_text(f"{HEADER}\n{KEY},李四,,,\n".replace(",,,", ",,"), encoding="utf-8")
        os.utime(place, (1, 1))
        end = datetime.now(timezone.utc) + timedelta(seconds=20)
        while provider.fetch(KEY, ["name"], CALL) != [{"name": "李四"}]:
            assert datetime.now(timezone.utc) < end
    finally:
        provider.close()


def test_nothing_of_the_index_stays_on_the_disk(serve_file, tmp_path):
    serve_file(f"{HEADER}\n{KEY},张三,,\n")
    assert [one.name for one in tmp_path.iterdir() if one.suffix == ".index"] == []


def test_many_records_under_one_key_are_a_thread_s_work(serve_file):
    provider = serve_file(f"{HEADER}\n" + f"{KEY},张三,,\n" * 5000)
    everything = FetchCall(consumer="", purpose="", case_number="", log_index=-1, limit=5000)
    assert provider.quick(KEY, ["id_number", "name"], everything) is None
    assert len(provider.fetch(KEY, ["id_number", "name"], everything)) == 5000


def test_a_quick_look_up_stays_quick_however_often_it_is_made(serve_file):
    provider = serve_file(f"{HEADER}\n" + "".join(f"{number},x,,\n" for number in range(2000)))
    assert all(provider.quick(str(number), ["name"], CALL) == [{"name": "x"}] for number in range(2000))


# properties, and judges of another hand

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('\n",;\t'), max_size=12)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n"]))
def test_whatever_the_csv_module_writes_is_read_back(tmp_path: Path, rows, delimiter, end):
    out = StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerows([("id", "value"), *(("k" + str(number), value) for number, (_, value) in enumerate(rows))])
    place = tmp_path / "a.csv"
    place.write_bytes(out.getvalue().encode())
    provider = FileProvider(place, "id", form=CsvFormat(delimiter=delimiter), index=tmp_path, look_seconds=3600)
    try:
        for number, (_, value) in enumerate(rows):
            assert provider.fetch(f"k{number}", ["value"], CALL) == [{"value": value.strip(" \t\u00a0\u3000") or None}]
    finally:
        provider.close()


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(ENCODINGS), st.booleans())
def test_any_bytes_are_served_or_refused_in_words(tmp_path: Path, data, encoding, headed):
    place = tmp_path / "a.csv"
    place.write_bytes((b"id,value\n" if headed else b"") + data)
    try:
        provider = FileProvider(place, "id", form=CsvFormat(encoding), index=tmp_path, look_seconds=3600)
    except ConfigError:
        return
    provider.close()


@given(st.text(max_size=30) | st.from_regex(r"[0-9/:.+T Z年月日-]{1,30}", fullmatch=True), st.sampled_from(sorted(readers_in(timezone.utc))))
def test_a_reader_gives_a_value_or_says_that_there_is_none(text, kind):
    with suppress(ValueError, OverflowError):
        readers_in(timezone.utc)[kind](text)


@given(st.datetimes(), st.decimals(allow_nan=False, allow_infinity=False, places=3), st.integers(-(2**63), 2**63 - 1), st.floats())
def test_what_python_writes_is_read_back_to_the_same_value(moment, number, whole, real):
    readers = readers_in(timezone.utc)
    assert readers["timestamp"](moment.isoformat(sep=" ")) == moment.replace(tzinfo=timezone.utc)
    assert readers["timestamp"](moment.replace(tzinfo=timezone.utc).isoformat()) == moment.replace(tzinfo=timezone.utc)
    assert readers["date"](moment.date().isoformat()) == moment.date()
    assert readers["decimal"](format(number, "f")) == number
    assert readers["int64"](str(whole)) == whole
    assert repr(readers["double"](repr(real))) == repr(real)


def test_an_index_that_was_closed_says_so(tmp_path):
    index = Index(tmp_path)
    index.fill([(["1", "a"], True)], 2, 0, str)
    index.close()
    assert index.rows("1", [0], 1) is None
    assert index.quick_rows("1", [0], 1) is None


# Parquet


def test_without_pyarrow_the_line_that_installs_it_is_told(serve_file, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    error = refused(serve_file, b"PAR1", name="a.parquet")
    assert error.next_action == 'pip install "shuniu[arrow]"'


def test_a_parquet_file_is_served_with_its_own_types(serve_file, tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    moment = datetime(2024, 1, 31, 8, 0, 0, 123456, tzinfo=timezone.utc)
    columns = {
        "id": pa.array(["a", "b"]),
        "whole": pa.array([7, None], pa.int32()),
        "big": pa.array([2**64 - 1, None], pa.uint64()),
        "real": pa.array([0.1, float("nan")]),
        "exact": pa.array([Decimal("123456789012345678901234567.50"), None], pa.decimal128(38, 2)),
        "day": pa.array([date(1990, 1, 31), None]),
        "at": pa.array([moment, None], pa.timestamp("us", "Asia/Shanghai")),
        "local": pa.array([datetime(1990, 1, 1), None], pa.timestamp("ms")),  # noqa: DTZ001 -- a timestamp without a zone
        "raw": pa.array([b"\x00\xff", None]),
        "yes": pa.array([True, False]),
        "kind": pa.array(["x", "y"]).dictionary_encode(),
        "many": pa.array([[1], [2]]),
    }
    pq.write_table(pa.table(columns), tmp_path / "made.parquet")
    provider = serve_file((tmp_path / "made.parquet").read_bytes(), "id", name="a.parquet")
    names = [one for one in columns if one != "many"]
    assert [one.name for one in provider.resource().columns] == names
    row = provider.fetch("a", names, CALL)[0]
    assert row == {
        "id": "a",
        "whole": 7,
        "big": Decimal(2**64 - 1),
        "real": 0.1,
        "exact": Decimal("123456789012345678901234567.50"),
        "day": date(1990, 1, 31),
        "at": moment,
        "local": CHINA_NEW_YEAR,
        "raw": b"\x00\xff",
        "yes": True,
        "kind": "x",
    }
    assert provider.fetch("b", ["whole", "yes"], CALL) == [{"whole": None, "yes": False}]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"id,name\n", b"PAR1" + b"\x00" * 40 + b"PAR1"])
def test_a_damaged_parquet_file_is_refused(serve_file, data):
    pytest.importorskip("pyarrow")
    assert refused(serve_file, data, "id", name="a.parquet").reason == "FILE_UNREADABLE"


def test_arrow_reads_a_file_of_excel_s_kind_as_we_do(serve_file, tmp_path):
    judge = pytest.importorskip("pyarrow.csv")
    text = '\ufeffid,name,note\r\n1,"张三","a ""b"", c\nd"\r\n2,李四,\r\n3,"",NULL\r\n'
    provider = serve_file(text, "id", types={"id": "string"})
    parsing, reading = judge.ParseOptions(newlines_in_values=True), judge.ConvertOptions(column_types=dict.fromkeys(("id", "name", "note"), "string"))
    rows = judge.read_csv(tmp_path / "resident.csv", parse_options=parsing, convert_options=reading).to_pylist()
    assert len(rows) == 3
    for row in rows:
        assert provider.fetch(row["id"], ["id", "name", "note"], CALL) == [{name: value or None for name, value in row.items()}]
