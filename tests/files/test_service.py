"""Data files through a real hub: uploaded, checked whole, queried and checked, replaced, erased."""

import hashlib

import pytest
from sqlalchemy import func, select, update

from files.reading import FileReader, Wanted
from files.sealing import FileKeys
from files.store import data_file_blocks, data_file_keys, data_file_parts
from hub.errors import IntegrityError
from shuniu.rows import rows
from shuniu.v1 import catalog_pb2, exchange_pb2, files_pb2
from shuniu.words import Word
from tests.world import AUTHORITY, CASE, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, PURPOSE, World

HEADER = "id_number,name,address,phone,birth_date,children\n"
ROW = f"{KEY},王小明,银川市金凤区,09510000000,1990-03-07,2\n"
GOOD = (HEADER + ROW).encode()
KNOWN = catalog_pb2.Predicate(name="is_known", text="有登记记录", text_en="there is a record", absent_is_no=True)
MODES = [catalog_pb2.SHARE_MODE_QUERY, catalog_pb2.SHARE_MODE_CHECK]


def an_entry(world: World, **said):
    return world.entry(serving_system="", serving_resource="", modes=MODES, predicates=[KNOWN], **said)


def begun(world: World, entry, data: bytes, **said):
    asked = {
        "entry": entry.name,
        "format": files_pb2.DATA_FILE_FORMAT_CSV,
        "size_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "officer": "GA-1",
        "reason": "月度更新",
        **said,
    }
    return world.as_(PROVIDER).call("BeginUpload", **asked)


def put(world: World, one, data: bytes):
    return world.as_(PROVIDER).do("PutPart", name=one.name, etag=one.etag, offset=one.received_bytes, data=data)


def uploaded(world: World, entry, data: bytes, **said):
    one = put(world, begun(world, entry, data, **said).answer, data)
    return world.as_(PROVIDER).do("CommitUpload", name=one.name, etag=one.etag, officer="GA-1")


def about(world: World, one):
    return [record for record in world.records() if record.resource == one.name]


def rows_of(world: World, table, one) -> int:
    with world.hub.db.read() as tx:
        return int(tx.scalar(select(func.count()).select_from(table).where(table.c.file == one.name.partition("/")[2])) or 0)


def test_an_entry_that_no_system_serves_is_queried_from_the_file_of_its_provider(world):
    entry = an_entry(world)
    done = uploaded(world, entry, GOOD)
    assert (done.state, done.row_count, done.number) == (files_pb2.DATA_FILE_STATE_IN_FORCE, 1, 1)
    assert list(done.columns) == ["id_number", "name", "address", "phone", "birth_date", "children"]
    grant = world.grant(entry, fields=("id_number", "name", "children"))
    reply = world.as_(CONSUMER).query(grant)
    assert reply.ok, reply.message
    (record,) = reply.answer.records
    assert set(record.fields) == {"id_number", "name", "children"}
    assert record.fields["name"].string_value == "王**"  # masked as any answer is
    assert record.fields["children"].int64_value == 2
    assert reply.index  # with a receipt


def test_nothing_is_found_of_somebody_whom_the_file_does_not_have(world):
    entry = an_entry(world)
    uploaded(world, entry, (HEADER + "11010519491231002X,李四,,,,\n").encode())
    reply = world.as_(CONSUMER).query(world.grant(entry))
    assert reply.ok
    assert not reply.answer.records


def test_a_predicate_is_answered_from_the_file_and_no_record_leaves(world):
    entry = an_entry(world)
    uploaded(world, entry, GOOD)
    grant = world.grant(entry, mode="check")
    asked = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "predicate": "is_known"}
    member = world.as_(CONSUMER)
    assert member.do("Check", **asked, subject_key=KEY).answer == exchange_pb2.CheckResponse().answer.__class__(1)
    assert member.do("Check", **asked, subject_key="11010519491231002X").answer == 2


def test_many_keys_are_answered_from_the_file_each_as_a_query_of_its_own(world):
    entry = an_entry(world)
    uploaded(world, entry, GOOD)
    asked = {"grant": world.grant(entry).name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}
    found = list(world.as_(CONSUMER).client.query_many(**asked, keys=[KEY, "11010519491231002X"]))
    assert {one.subject_key: len(one.get().records) for one in found} == {KEY: 1, "11010519491231002X": 0}


def test_a_grants_rows_bound_what_is_released_of_a_file(world):
    entry = an_entry(world)
    uploaded(world, entry, GOOD)
    inside = world.grant(entry, rows=rows("children=2"))
    outside = world.grant(entry, rows=rows("children=3"))
    assert len(world.as_(CONSUMER).query(inside).answer.records) == 1
    assert not world.as_(CONSUMER).query(outside).answer.records


def test_a_file_with_one_wrong_row_is_refused_whole_and_the_one_before_serves_on(world):
    entry = an_entry(world)
    first = uploaded(world, entry, GOOD)
    wrong = (HEADER + ROW + f"{KEY},王小明,,,,二\n").encode()
    refused = uploaded(world, entry, wrong)
    assert refused.state == files_pb2.DATA_FILE_STATE_REFUSED
    assert refused.fault_count == 1
    (finding,) = refused.faults
    assert (finding.row, finding.column, finding.column_number, finding.problem) == (2, "children", 6, files_pb2.DATA_FILE_FAULT_VALUE_TYPE)
    assert rows_of(world, data_file_keys, refused) == rows_of(world, data_file_parts, refused) == rows_of(world, data_file_blocks, refused) == 0
    assert world.as_(PROVIDER).do("GetDataFile", name=first.name).state == files_pb2.DATA_FILE_STATE_IN_FORCE
    assert len(world.as_(CONSUMER).query(world.grant(entry)).answer.records) == 1


def test_a_newer_file_takes_the_place_of_the_one_before_whose_key_is_destroyed_with_a_record(world):
    entry = an_entry(world)
    first = uploaded(world, entry, GOOD)
    second = uploaded(world, entry, GOOD.replace("金凤区".encode(), "兴庆区".encode()))
    assert second.number == 2
    former = world.as_(PROVIDER).do("GetDataFile", name=first.name)
    assert (former.state, former.erase_reason) == (files_pb2.DATA_FILE_STATE_ERASED, second.name)
    assert rows_of(world, data_file_keys, first) == rows_of(world, data_file_blocks, first) == 0
    (record,) = world.as_(CONSUMER).query(world.grant(entry)).answer.records
    assert record.fields["address"].string_value == "银川市兴庆区"
    assert [record.action for record in about(world, first)][-1] == "files.EraseFile"


def test_an_upload_that_was_cut_short_serves_nothing_and_goes_on_where_it_stopped(world):
    entry = an_entry(world)
    one = begun(world, entry, GOOD, request_id="cut-short").answer
    put(world, one, GOOD[:20])
    reply = world.as_(CONSUMER).query(world.grant(entry))
    assert reply.reason == "NO_DATA_FILE"
    again = begun(world, entry, GOOD, request_id="cut-short").answer  # as after a crash of the uploader
    assert (again.name, again.received_bytes) == (one.name, 20)
    early = world.as_(PROVIDER).call("CommitUpload", name=again.name, etag=again.etag, officer="GA-1")
    assert early.reason == "FILE_INCOMPLETE"
    twice = world.as_(PROVIDER).call("PutPart", name=again.name, etag=again.etag, offset=0, data=GOOD[:20])
    assert twice.reason == "FILE_OFFSET_WRONG"
    put_on = put(world, again, GOOD[20:])
    done = world.as_(PROVIDER).do("CommitUpload", name=one.name, etag=put_on.etag, officer="GA-1")
    assert done.state == files_pb2.DATA_FILE_STATE_IN_FORCE


def test_blocks_of_a_load_that_died_before_its_commit_are_found_by_nobody(world, monkeypatch):
    entry = an_entry(world)
    one = put(world, begun(world, entry, GOOD).answer, GOOD)
    with monkeypatch.context() as patch:
        patch.setattr(type(world.hub.files), "_decide", lambda *_: 1 / 0)  # killed between the blocks and the decision
        assert not world.as_(PROVIDER).call("CommitUpload", name=one.name, etag=one.etag, officer="GA-1").ok
    assert rows_of(world, data_file_blocks, one) == 1
    assert world.as_(CONSUMER).query(world.grant(entry)).reason == "NO_DATA_FILE"
    done = world.as_(PROVIDER).do("CommitUpload", name=one.name, etag=one.etag, officer="GA-1")
    assert done.state == files_pb2.DATA_FILE_STATE_IN_FORCE
    assert rows_of(world, data_file_blocks, one) == 1  # those of the load that counts
    assert rows_of(world, data_file_parts, one) == 0


def test_a_block_that_somebody_touched_is_refused_and_nothing_is_released(world):
    entry = an_entry(world)
    one = uploaded(world, entry, GOOD)
    grant = world.grant(entry)
    blocks = data_file_blocks.c
    with world.hub.db.begin() as tx:
        data = bytearray(tx.scalar(select(blocks.data).where(blocks.file == one.name.partition("/")[2])))
        data[-1] ^= 1
        tx.execute(update(data_file_blocks).where(blocks.file == one.name.partition("/")[2]).values(data=bytes(data)))
    reply = world.as_(CONSUMER).query(grant)
    assert reply.reason == "FILE_DAMAGED"


def test_a_block_that_somebody_took_away_is_missed(world):
    entry = an_entry(world)
    one = uploaded(world, entry, GOOD)
    grant = world.grant(entry)
    with world.hub.db.begin() as tx:
        tx.execute(data_file_blocks.delete().where(data_file_blocks.c.file == one.name.partition("/")[2]))
    assert world.as_(CONSUMER).query(grant).reason == "FILE_DAMAGED"


def test_neither_rows_nor_keys_stand_in_the_database(world):
    one = uploaded(world, an_entry(world), GOOD)
    file_id = one.name.partition("/")[2]
    with world.hub.db.read() as tx:
        kept = [row.data + row.first for row in tx.execute(select(data_file_blocks).where(data_file_blocks.c.file == file_id))]
    assert kept
    assert not any(KEY.encode() in data or "王小明".encode() in data for data in kept)


def test_a_deleted_file_serves_nobody_and_its_key_is_gone(world):
    entry = an_entry(world)
    one = uploaded(world, entry, GOOD)
    done = world.as_(PROVIDER).do("DeleteDataFile", name=one.name, etag=one.etag, reason="数据有误", officer="GA-1")
    assert (done.state, done.erase_reason) == (files_pb2.DATA_FILE_STATE_ERASED, "数据有误")
    assert rows_of(world, data_file_keys, one) == rows_of(world, data_file_blocks, one) == 0
    assert world.as_(CONSUMER).query(world.grant(entry)).reason == "NO_DATA_FILE"


def test_a_file_is_erased_with_its_entry(world):
    entry = an_entry(world)
    one = uploaded(world, entry, GOOD)
    world.as_(PROVIDER).do("WithdrawEntry", name=entry.name, etag=entry.etag, reason="不再采集", officer="GA-1")
    world.hub.files.sweep(world.hub.clock.now())
    world.hub.files.sweep(world.hub.clock.now())  # done again, it changes nothing
    gone = world.as_(PROVIDER).do("GetDataFile", name=one.name)
    assert (gone.state, gone.erase_reason) == (files_pb2.DATA_FILE_STATE_ERASED, "the entry is no longer published")
    assert rows_of(world, data_file_keys, one) == 0
    assert [record.action for record in about(world, one)].count("files.EraseFile") == 1


def test_a_file_whose_digest_is_another_is_refused(world):
    refused = uploaded(world, an_entry(world), GOOD, sha256="0" * 64)
    assert [finding.problem for finding in refused.faults] == [files_pb2.DATA_FILE_FAULT_DIGEST]


def test_a_file_in_gb18030_is_read(world):
    data = (HEADER + ROW).encode("gb18030")
    assert uploaded(world, an_entry(world), data, encoding=files_pb2.DATA_FILE_ENCODING_GB18030).state == files_pb2.DATA_FILE_STATE_IN_FORCE
    wrong = uploaded(world, an_entry(world), data)
    assert wrong.state == files_pb2.DATA_FILE_STATE_REFUSED
    assert wrong.faults[0].problem == files_pb2.DATA_FILE_FAULT_ENCODING


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"size_bytes": 0}, "FILE_SIZE_WRONG"),
        ({"size_bytes": 33 * 1024 * 1024}, "FILE_SIZE_WRONG"),
        ({"sha256": "xyz"}, "FILE_DIGEST_WRONG"),
        ({"officer": ""}, "INVALID_INPUT"),
        ({"reason": ""}, "INVALID_INPUT"),
        ({"format": 0}, "INVALID_INPUT"),
    ],
)
def test_what_could_not_be_right_is_refused_before_a_byte_comes(world, changed, reason):
    assert begun(world, an_entry(world), GOOD, **changed).reason == reason


def test_an_entry_that_a_system_serves_takes_no_file(world):
    assert begun(world, world.entry(), GOOD).reason == "FILE_ENTRY_SERVED"


def test_another_department_neither_uploads_for_an_entry_nor_sees_its_files(world):
    entry = an_entry(world)
    one = uploaded(world, entry, GOOD)
    stranger = world.as_(OTHER)
    asked = {"entry": entry.name, "format": 1, "size_bytes": 1, "sha256": "0" * 64, "officer": "SC-1", "reason": "试传"}
    assert stranger.call("BeginUpload", **asked).code.name == "NOT_FOUND"
    assert stranger.call("GetDataFile", name=one.name).code.name == "NOT_FOUND"
    assert stranger.call("DeleteDataFile", name=one.name, etag=one.etag, reason="试删", officer="SC-1").code.name == "NOT_FOUND"
    assert not stranger.do("ListDataFiles", entry=entry.name).data_files
    assert world.as_(AUTHORITY).do("ListDataFiles", entry=entry.name).data_files[0].name == one.name


def test_the_authority_sees_a_file_and_does_not_delete_it(world):
    one = uploaded(world, an_entry(world), GOOD)
    reply = world.as_(AUTHORITY).call("DeleteDataFile", name=one.name, etag=one.etag, reason="试删", officer="SJ-1")
    assert reply.reason == "WRONG_PARTY"


def test_another_files_secret_opens_no_file(world):
    entry = an_entry(world)
    uploaded(world, entry, GOOD)
    reader = FileReader(world.hub.db, FileKeys(b"x" * 32))
    with pytest.raises(IntegrityError) as refused:
        reader.rows(Wanted(entry.name, entry.provider, KEY, ("name",)), Word("fetch", "step 3", "第3步"))
    assert refused.value.reason == "FILE_DAMAGED"
    assert "files.secret" in refused.value.message


def test_the_sdk_uploads_a_file_and_finds_it_done_when_asked_again(world, tmp_path):
    path = tmp_path / "resident.csv"
    path.write_bytes(GOOD)
    entry, seen = an_entry(world), []
    said = {"entry": entry.name, "officer": "GA-1", "reason": "月度更新"}
    done = world.as_(PROVIDER).client.upload_file(path, **said, on_progress=lambda *count: seen.append(count))
    assert done.state == files_pb2.DATA_FILE_STATE_IN_FORCE
    assert seen == [(len(GOOD), len(GOOD))]
    assert world.as_(PROVIDER).client.upload_file(path, **said).name == done.name
    world.as_(PROVIDER).do("DeleteDataFile", name=done.name, etag=done.etag, reason="数据有误", officer="GA-1")
    assert world.as_(PROVIDER).client.upload_file(path, **said).name != done.name
