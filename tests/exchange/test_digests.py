"""What was released cannot be guessed from the log: its digest is a commitment, and only the caller has the salt."""

import hashlib
from pathlib import Path
from typing import Any

from audit.model import Kind
from shuniu.digest import answer_digest
from shuniu.receipts import Receipt
from shuniu.sm2 import sm3
from shuniu.v1 import exchange_pb2
from tests.world import CASE, CONSUMER, KEY, METHODS, OFFICER, PURPOSE, RESIDENT, World


def queried(world: World, grant: str, *fields: str) -> tuple[bytes, dict[str, Any]]:
    """Return the very bytes of an answer and the trailers."""
    path, _ = METHODS["Query"]
    request = exchange_pb2.QueryRequest(grant=grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER, subject_key=KEY, fields=fields)
    answer, call = world.as_(CONSUMER).client.channel.unary_unary(path).with_call(request.SerializeToString(), timeout=10)
    return answer, dict(call.trailing_metadata())


def hashes(data: bytes) -> list[bytes]:
    digests = [make(data).digest() for make in (hashlib.sha256, hashlib.sha512, hashlib.sha1, hashlib.md5, hashlib.blake2b)]
    return [*digests, sm3(data)]


def test_nothing_in_the_database_is_a_hash_of_what_was_released_or_asked(world: World):
    answer, trailers = queried(world, world.grant(fields=("children",)).name)
    objector = world.as_(CONSUMER)
    said = {"target": "OBJECTION_TARGET_RECORD", "resource": world.usual_entry.name, "subject_key": KEY, "statement": "有误", "officer": OFFICER}
    objector.do("FileObjection", objection=said, request_id="r-digests")
    guessable = [answer, KEY.encode(), f"cn-id\0{KEY}".encode(), str(RESIDENT["name"]).encode(), b"2"]
    stored = b"".join(path.read_bytes() for path in Path(world.config.data).glob("shuniu.db*"))
    for data in guessable:
        for digest in hashes(data):
            assert digest not in stored
            assert digest.hex().encode() not in stored
    assert trailers["shuniu-answer-salt-bin"] not in stored


def test_the_caller_opens_the_digest_with_the_salt_and_nobody_without_it(world: World):
    answer, trailers = queried(world, world.grant(fields=("children",)).name)
    record = world.records()[int(trailers["shuniu-log-index"])]
    salt = trailers["shuniu-answer-salt-bin"]
    assert (record.kind, record.detail["digest_form"], len(salt)) == (Kind.OUTCOME, "salted-1", 32)
    receipt = Receipt(trailers["shuniu-log-origin"], record.index, trailers["shuniu-log-leaf-bin"], salt)
    assert receipt.covers(answer, record.digest)
    assert not receipt.covers(answer + b" ", record.digest)
    assert all(not Receipt("", 0, b"", other).covers(answer, record.digest) for other in (b"", bytes(32), salt[:-1] + b"\0\0"))


def test_no_two_answers_have_one_digest_or_one_salt(world: World):
    grant = world.grant(fields=("children",)).name
    told = [queried(world, grant) for _ in range(20)]
    assert len({answer for answer, _ in told}) == 1
    assert len({trailers["shuniu-answer-salt-bin"] for _, trailers in told}) == 20
    assert len({world.records()[int(trailers["shuniu-log-index"])].digest for _, trailers in told}) == 20


def test_an_answer_of_an_earlier_release_is_held_against_its_bare_hash():
    assert answer_digest(b"answer", b"") == hashlib.sha256(b"answer").digest()
    assert Receipt("", 0, b"").covers(b"answer", hashlib.sha256(b"answer").digest())
