"""Whole tables out of data files: the same stream as a provider's, and never of two files."""

from shuniu.rows import rows
from shuniu.v1 import catalog_pb2
from tests.exchange.test_streaming import parts, refusal, settled, whole
from tests.files.test_service import uploaded

COUNT = 12_000
HEAD = "id_number,name,address,phone,birth_date,children\n"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number_of(at: int) -> str:
    body = f"110105{1900 + at // 10_000}0101{at % 1_000:03d}" if at < 1_000 else f"1101{at // 1_000:02d}19900101{at % 1_000:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


MANY = (HEAD + "".join(f"{number_of(at)},王小明,银川市,,1990-03-01,{at % 4}\n" for at in range(COUNT))).encode()


def filed(world, data=MANY):
    entry = world.entry(serving_system="", serving_resource="", modes=[catalog_pb2.SHARE_MODE_STREAM])
    uploaded(world, entry, data)
    return entry


def granted(world, entry, **changed):
    return world.grant(entry, ("id_number", "name", "birth_date", "children"), mode="stream", **changed)


def test_a_whole_file_arrives_as_arrow_masked_and_the_log_says_so(world):
    grant = granted(world, filed(world))
    read, _ = whole(list(parts(world, grant)))
    assert sorted(read.column("id_number").to_pylist()) == sorted(number_of(at) for at in range(COUNT))
    assert set(read.column("name").to_pylist()) == {"王**"}
    assert set(read.column("children").to_pylist()) == {0, 1, 2, 3}
    _, outcomes = settled(world, grant)
    assert sum(one.rows for one in outcomes) == COUNT


def test_a_grants_rows_bound_what_leaves_of_a_file(world):
    read, _ = whole(list(parts(world, granted(world, filed(world), rows=rows("children=2")))))
    assert read.column("children").to_pylist() == [2] * (COUNT // 4)


def test_a_stream_of_a_file_goes_on_behind_any_frame_and_each_row_comes_once(world):
    grant = granted(world, filed(world))
    first = list(parts(world, grant))[:3]
    token, before = first[-1].frame.resume_token, sum(one.frame.rows for one in first[1:])
    _, end = whole(list(parts(world, grant, resume_token=token)))
    assert before + end.rows == COUNT
    last = list(parts(world, grant))[-2].frame.resume_token
    assert whole(list(parts(world, grant, resume_token=last)))[1].rows == 0


def test_a_newer_file_is_never_joined_to_what_was_delivered_of_the_one_before(world):
    entry = filed(world)
    grant = granted(world, entry)
    token = list(parts(world, grant))[1].frame.resume_token
    uploaded(world, entry, MANY)
    assert refusal(lambda: list(parts(world, grant, resume_token=token))).reason == "STREAM_FILE_REPLACED"
    assert whole(list(parts(world, grant)))[1].rows == COUNT


def test_without_a_file_in_force_nothing_is_streamed_and_the_log_says_so(world):
    entry = world.entry(serving_system="", serving_resource="", modes=[catalog_pb2.SHARE_MODE_STREAM])
    grant = granted(world, entry)
    assert refusal(lambda: list(parts(world, grant))).reason == "NO_DATA_FILE"
    settled(world, grant)
