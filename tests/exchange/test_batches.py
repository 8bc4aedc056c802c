"""Several keys in one call at a provider that can: each is answered, refused and checked by itself; a provider that cannot is asked key by key."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from exchange.wire import Fetched, fetched_from
from shuniu.folder import read_identity
from shuniu.provider.reading import MOST_QUESTIONS, read_questions
from shuniu.provider.resource import answer_to
from shuniu.records import to_record
from shuniu.v1 import provider_pb2
from tests.exchange.rogue import answering, rogue_grant
from tests.exchange.test_many import NOBODY, asked, records_of
from tests.world import KEY, PROVIDER, RESIDENT, World

OUTCOME = provider_pb2.FetchOutcome


class Books:
    """A provider by hand, which knows both rpcs: what it was asked, key by key and together."""

    def __init__(self, together: Callable[[list[bytes]], list[provider_pb2.FetchOutcome]]) -> None:
        self.together, self.alone, self.calls = together, 0, list[int]()

    async def fetch(self, data: bytes, _context: Any) -> bytes:
        self.alone += 1
        return answer(data)

    async def fetch_many(self, data: bytes, _context: Any) -> bytes:
        questions = list(provider_pb2.FetchManyRequest.FromString(data).questions)
        self.calls.append(len(questions))
        return provider_pb2.FetchManyResponse(outcomes=self.together(questions)).SerializeToString()


def answer(question: bytes) -> bytes:
    """Return what a provider that is right answers to a question."""
    known = provider_pb2.FetchRequest.FromString(question)
    record = {**RESIDENT, "id_number": known.key}
    found = provider_pb2.FetchResponse(records=[to_record({name: record[name] for name in known.fields})])
    return answer_to(found.SerializeToString(), _digest(question))


def _digest(question: bytes) -> bytes:
    read = read_questions(provider_pb2.FetchManyRequest(questions=[question]).SerializeToString())
    assert read
    assert read[0]
    return read[0].digest


def right(questions: list[bytes]) -> list[provider_pb2.FetchOutcome]:
    return [OUTCOME(answer=answer(one)) for one in questions]


def books(world: World, together: Callable[[list[bytes]], list[provider_pb2.FetchOutcome]]) -> tuple[Books, Any]:
    """Give a test a provider by hand, and a grant that it serves."""
    by, own = world.member(PROVIDER, f"books-{world.number()}"), Books(together)
    identity = read_identity(by.folder)

    async def serve() -> int:
        server = grpc.aio.server()
        rpcs: dict[str, Any] = {
            "Fetch": grpc.unary_unary_rpc_method_handler(own.fetch),
            "FetchMany": grpc.unary_unary_rpc_method_handler(own.fetch_many),
        }
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shuniu.v1.ProviderService", rpcs),))
        credentials = grpc.ssl_server_credentials([(identity.key, identity.certificate)], identity.ca, require_client_auth=True)
        port = server.add_secure_port("127.0.0.1:0", credentials)
        await server.start()
        _KEPT.append(server)
        return port

    by.do("SetEndpoint", endpoint=f"127.0.0.1:{world.run(serve())}")
    return own, world.grant(world.entry(by))


_KEPT: list[Any] = []  # a server that nobody holds is collected and closed


@pytest.fixture(scope="module", name="many_world")
def world_with_room() -> Any:
    with World(provider_timeout=2.0) as running:
        yield running


def test_keys_that_wait_go_together_and_each_gets_its_own_answer(many_world: World):
    own, grant = books(many_world, right)
    came = asked(many_world, grant, *[KEY, NOBODY] * 50)
    assert {records_of(one)[0]["id_number"] for place, one in came.items() if place % 2} == {KEY}
    assert {records_of(one)[0]["id_number"] for place, one in came.items() if not place % 2} == {NOBODY}
    assert own.calls
    assert max(own.calls) <= MOST_QUESTIONS
    assert sum(own.calls) + own.alone == 100


def test_an_answer_that_stands_in_another_key_s_place_is_refused(many_world: World):
    own, grant = books(many_world, lambda questions: [OUTCOME(answer=answer(one)) for one in reversed(questions)])
    came = asked(many_world, grant, *[KEY, NOBODY] * 20)
    assert own.calls
    for place, one in came.items():
        if one.HasField("answer"):
            assert records_of(one)[0]["id_number"] == (KEY if place % 2 else NOBODY)
        else:
            assert one.refusal.reason == "ANSWER_TO_OTHER_QUESTION"
    assert any(one.HasField("refusal") for one in came.values())


def test_a_refusal_of_one_key_is_told_for_that_key_alone(many_world: World):
    def together(questions: list[bytes]) -> list[provider_pb2.FetchOutcome]:
        told = status_pb2.Status(code=grpc.StatusCode.DATA_LOSS.value[0], message=f"the record of {NOBODY}")
        told.details.add().Pack(error_details_pb2.ErrorInfo(reason="BAD_RECORD", domain="shuniu", metadata={"column": "address"}))
        bad = OUTCOME(refusal=told.SerializeToString())
        return [bad if provider_pb2.FetchRequest.FromString(one).key == NOBODY else OUTCOME(answer=answer(one)) for one in questions]

    _, grant = books(many_world, together)
    came = asked(many_world, grant, *[KEY, NOBODY] * 20)
    assert all(one.HasField("answer") for place, one in came.items() if place % 2)
    refused = [one.refusal for one in came.values() if one.HasField("refusal")]
    assert {one.reason for one in refused} == {"BAD_RECORD"}
    assert NOBODY not in f"{refused}"


@pytest.mark.parametrize(
    "together",
    [
        lambda questions: [OUTCOME() for _ in questions],
        lambda _questions: [],
        lambda questions: [*right(questions), OUTCOME()],
        lambda questions: [OUTCOME(answer=b"\xff"), *right(questions)[1:]],
    ],
    ids=["nothing said of any", "too few", "too many", "no answer"],
)
def test_what_is_not_said_of_a_key_is_asked_for_by_itself_and_what_cannot_be_read_is_refused(many_world: World, together: Any):
    _, grant = books(many_world, together)
    came = asked(many_world, grant, *[KEY] * 40)
    assert {one.refusal.reason for one in came.values() if one.HasField("refusal")} <= {"PROVIDER_ANSWER_INVALID"}
    assert all(records_of(one)[0]["id_number"] == KEY for one in came.values() if one.HasField("answer"))
    assert any(one.HasField("answer") for one in came.values())


def test_a_provider_of_an_earlier_release_is_asked_key_by_key(many_world: World):
    grant = rogue_grant(many_world, answering({name: RESIDENT[name] for name in ("id_number", "name", "address")}))
    came = asked(many_world, grant, *[KEY] * 40)
    assert all(one.HasField("answer") for one in came.values())


def test_what_cannot_be_read_of_a_call_for_several_says_nothing_of_any():
    assert fetched_from(b"\xff\xff", 2) == [None, None]
    assert fetched_from(b"\x0a\x02\xff\xff", 1) == [None]
    flood = b"\x0a\x00" * 100_000
    assert fetched_from(flood, 2) == [None, None]
    whole = provider_pb2.FetchManyResponse(outcomes=[OUTCOME(answer=b"a"), OUTCOME(refusal=b"r"), OUTCOME()]).SerializeToString()
    assert fetched_from(whole, 3) == [Fetched(b"a"), Fetched(refusal=b"r"), None]


def test_a_provider_reads_no_more_questions_than_may_be_asked_at_once():
    several = provider_pb2.FetchManyRequest(questions=[b"\xff"] * (MOST_QUESTIONS + 1))
    assert read_questions(several.SerializeToString()) is None
    assert read_questions(b"\xff") is None
    assert read_questions(provider_pb2.FetchManyRequest(questions=[b"\xff"]).SerializeToString()) == [None]
