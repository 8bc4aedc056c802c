"""IdentityService behind the real gate, over real mTLS: two ports of one hub, clients with their own keys."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from cryptography import x509
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from certs.model import Invitation
from certs.service import IdentityService
from hub.access import Port, Role
from hub.db import Database
from hub.rpc import SERVER_OPTIONS, Gate, mount
from shuniu.identifiers.uscc import build
from shuniu.steady import SteadyServer
from shuniu.v1 import identity_pb2 as pb
from shuniu.v1 import identity_pb2_grpc
from tests.certs.hall import AUTHORITY, CIVIL, POLICE, Hall, a_hall, an_authority, csr, new_key, pem_of
from tests.hub.gate import share_of

RULING = frozenset({Role.AUTHORITY})


@dataclass
class Refusal:
    code: grpc.StatusCode
    message: str
    reason: str
    chinese: str


@dataclass
class World:
    hall: Hall
    members: int
    public: int
    refusals: list[str]

    @asynccontextmanager
    async def as_(self, certificate: bytes, key: bytes, ca: bytes = b"") -> AsyncIterator[Any]:
        """Open a channel to the members' port with a client certificate."""
        credentials = grpc.ssl_channel_credentials(ca or self.hall.ca.pem, key, certificate)
        async with grpc.aio.secure_channel(f"localhost:{self.members}", credentials) as channel:
            yield identity_pb2_grpc.IdentityServiceStub(channel)

    @asynccontextmanager
    async def stranger(self, port: int = 0) -> AsyncIterator[Any]:
        """Open a channel without a certificate, to the public port unless told otherwise."""
        credentials = grpc.ssl_channel_credentials(self.hall.ca.pem)
        async with grpc.aio.secure_channel(f"localhost:{port or self.public}", credentials) as channel:
            yield identity_pb2_grpc.IdentityServiceStub(channel)

    @asynccontextmanager
    async def ruler(self) -> AsyncIterator[Any]:
        """Open a channel of the authority."""
        _, certificate, key = await asyncio.to_thread(self.hall.member, AUTHORITY, "authority", RULING)
        async with self.as_(certificate, key) as stub:
            yield stub


@asynccontextmanager
async def a_world(database: Database, folder: Path) -> AsyncIterator[World]:
    """Run a hub's two ports in this process; its clock stands at the machine's time, for the handshakes look at the real one."""
    hall = a_hall(database, folder, at=datetime.now(UTC))
    own = hall.ca.issue_server(("localhost", "127.0.0.1"))
    refusals: list[str] = []

    async def refused(call, error):
        if call is not None:
            refusals.append(f"{call.method} {error.reason}")

    threads = ThreadPoolExecutor(4)
    servers, ports = [], []
    for port in (Port.MEMBERS, Port.PUBLIC):
        asks = port is Port.MEMBERS
        credentials = grpc.ssl_server_credentials([(own.key_pem, own.chain_pem)], own.ca_pem if asks else None, require_client_auth=asks)
        server = SteadyServer(SERVER_OPTIONS)
        mount(
            server,
            IdentityService(hall.actions),
            pb.DESCRIPTOR.services_by_name["IdentityService"],
            Gate(port, hall.identities.identify, share_of(port, threads), refused),
        )
        ports.append(server.add_secure_port("localhost:0", credentials))
        await server.start()
        servers.append(server)
    try:
        yield World(hall, ports[0], ports[1], refusals)
    finally:
        for server in servers:
            await server.stop(None)
        threads.shutdown()


@pytest.fixture
def play(sqlite_database, tmp_path):
    """Run a story in a world."""

    def run(story: Callable[[World], Any]) -> None:
        async def whole() -> None:
            async with a_world(sqlite_database, tmp_path) as world:
                await asyncio.wait_for(story(world), 30)

        asyncio.run(whole())

    return run


async def refusal(call: Any) -> Refusal:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    status = rpc_status.from_call(caught.value)
    info, text = error_details_pb2.ErrorInfo(), error_details_pb2.LocalizedMessage()
    if status is not None:
        assert status.details[0].Unpack(info)
        assert status.details[1].Unpack(text)
        assert info.domain == "shuniu"
    return Refusal(caught.value.code(), caught.value.details() or "", info.reason, text.message)


def test_a_department_enrols_calls_and_is_cut_off_on_its_open_connection(play):
    async def story(world: World) -> None:
        key = new_key()
        async with world.ruler() as ruler, world.stranger() as stranger:
            token = await ruler.CreateEnrollmentToken(pb.CreateEnrollmentTokenRequest(department=CIVIL, system="case-office"))
            enrolled = await stranger.Enroll(pb.EnrollRequest(token=token.token, csr=csr(key)))
            assert enrolled.ca_pem.encode() == world.hall.ca.pem
            async with world.as_(enrolled.certificate_pem.encode(), pem_of(key), enrolled.ca_pem.encode()) as civil:
                me = await civil.WhoAmI(pb.WhoAmIRequest())
                assert me == enrolled.system
                assert (me.name, list(me.roles)) == (f"departments/{CIVIL}/systems/case-office", [pb.ROLE_MEMBER])
                serial = me.certificates[0].serial
                revoked = await ruler.RevokeCertificate(pb.RevokeCertificateRequest(serial=serial, reason="密钥遗失"))
                assert [(one.serial, one.HasField("revoke_time")) for one in revoked.certificates] == [(serial, True)]
                cut = await refusal(civil.WhoAmI(pb.WhoAmIRequest()))
        assert (cut.code, cut.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_REVOKED")
        assert "密钥遗失" in cut.message
        assert "吊销" in cut.chinese

    play(story)


def test_a_token_is_refused_the_second_time(play):
    async def story(world: World) -> None:
        secret, _ = world.hall.actions.issue_token_locally(Invitation(CIVIL, "case-office"))
        async with world.stranger() as stranger:
            await stranger.Enroll(pb.EnrollRequest(token=secret, csr=csr(new_key())))
            again = await refusal(stranger.Enroll(pb.EnrollRequest(token=secret, csr=csr(new_key()))))
        assert (again.code, again.reason) == (grpc.StatusCode.PERMISSION_DENIED, "ENROLLMENT_TOKEN_INVALID")
        assert world.refusals == ["/shuniu.v1.IdentityService/Enroll ENROLLMENT_TOKEN_INVALID"]

    play(story)


def test_an_expired_certificate_is_refused_on_an_open_connection(play):
    async def story(world: World) -> None:
        _, certificate, key = world.hall.member(CIVIL, "case-office")
        async with world.as_(certificate, key) as civil:
            await civil.WhoAmI(pb.WhoAmIRequest())
            world.hall.clock.advance(timedelta(days=91))
            late = await refusal(civil.WhoAmI(pb.WhoAmIRequest()))
        assert (late.code, late.reason) == (grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_EXPIRED")

    play(story)


def test_a_certificate_of_another_ca_or_none_at_all_does_not_get_through_the_handshake(play, tmp_path):
    async def story(world: World) -> None:
        key = new_key()
        foreign = an_authority(tmp_path / "foreign", world.hall.clock).issue_client(csr(key), CIVIL, "case-office")
        async with world.as_(foreign.pem, pem_of(key)) as nobody, world.stranger(world.members) as stranger:
            for stub in (nobody, stranger):
                shut = await refusal(stub.WhoAmI(pb.WhoAmIRequest(), timeout=5))
                assert (shut.code, shut.reason) == (grpc.StatusCode.UNAVAILABLE, "")

    play(story)


def test_a_certificate_of_the_ca_that_was_never_registered_is_refused(play):
    async def story(world: World) -> None:
        key = new_key()
        unregistered = world.hall.ca.issue_client(csr(key), CIVIL, "case-office")
        own = world.hall.ca.issue_server(("localhost", "127.0.0.1"))
        for certificate, private, reason in (
            (unregistered.pem, pem_of(key), "CERTIFICATE_UNKNOWN"),
            (own.certificate_pem, own.key_pem, "NO_IDENTITY"),
        ):
            async with world.as_(certificate, private) as nobody:
                unknown = await refusal(nobody.WhoAmI(pb.WhoAmIRequest()))
            assert (unknown.code, unknown.reason) == (grpc.StatusCode.UNAUTHENTICATED, reason)

    play(story)


def test_each_call_is_offered_to_its_role_at_its_port_only(play):
    async def story(world: World) -> None:
        _, certificate, key = world.hall.member(CIVIL, "case-office")
        department = pb.Department(uscc=POLICE, title="公安局", region="640100")
        async with world.as_(certificate, key) as civil, world.stranger() as stranger:
            for call in (
                civil.CreateDepartment(pb.CreateDepartmentRequest(department=department)),
                civil.CreateEnrollmentToken(pb.CreateEnrollmentTokenRequest(department=CIVIL, system="second")),
                civil.Enroll(pb.EnrollRequest(token="x", csr=b"x")),
                stranger.WhoAmI(pb.WhoAmIRequest()),
                stranger.RevokeCertificate(pb.RevokeCertificateRequest(serial="0", reason="x")),
            ):
                barred = await refusal(call)
                assert (barred.code, barred.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_ALLOWED")
                assert barred.chinese

    play(story)


def test_the_hub_dials_one_system_and_no_other_with_the_same_host_name(play):
    async def story(world: World) -> None:
        own = world.hall.ca.issue_server(("localhost", "127.0.0.1"))
        key = new_key()
        secret, _ = world.hall.actions.issue_token_locally(Invitation(CIVIL, "case-office"))
        provider = world.hall.actions.enroll(secret, csr(key, x509.DNSName("localhost")))
        world.hall.member(POLICE, "register")
        server = SteadyServer(())
        chain = provider.certificate_pem.encode() + own.ca_pem
        port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([(pem_of(key), chain)], own.ca_pem, require_client_auth=True))
        await server.start()

        async def reached(department: str, system: str) -> grpc.StatusCode:
            trusted = world.hall.identities.certificates_of(department, system)
            credentials = grpc.ssl_channel_credentials(trusted, own.key_pem, own.chain_pem)
            async with grpc.aio.secure_channel(f"localhost:{port}", credentials) as channel:
                stub: Any = identity_pb2_grpc.IdentityServiceStub(channel)
                return (await refusal(stub.WhoAmI(pb.WhoAmIRequest(), timeout=5))).code

        assert await reached(CIVIL, "case-office") == grpc.StatusCode.UNIMPLEMENTED
        assert await reached(POLICE, "register") == grpc.StatusCode.UNAVAILABLE
        await server.stop(None)

    play(story)


def test_a_department_renews_serves_and_lists_its_systems(play):
    async def story(world: World) -> None:
        _, certificate, key = world.hall.member(CIVIL, "case-office")
        renewed_key = new_key()
        async with world.as_(certificate, key) as civil:
            renewed = await civil.RenewCertificate(pb.RenewCertificateRequest(csr=csr(renewed_key)))
        async with world.as_(renewed.certificate_pem.encode(), pem_of(renewed_key)) as civil:
            assert (await civil.SetEndpoint(pb.SetEndpointRequest(endpoint="localhost:7443"))).endpoint == "localhost:7443"
            listed = await civil.ListSystems(pb.ListSystemsRequest())
            assert [(one.system, one.endpoint, len(one.certificates)) for one in listed.systems] == [("case-office", "localhost:7443", 2)]
            wrong = await refusal(civil.SetEndpoint(pb.SetEndpointRequest(endpoint="nowhere")))
            assert (wrong.code, wrong.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
            assert list((await civil.ListSystems(pb.ListSystemsRequest(department=POLICE))).systems) == []

    play(story)


def test_the_authority_registers_departments_and_pages_through_them(play):
    async def story(world: World) -> None:
        codes = sorted(itertools.islice((build("11", "640000", f"0{number:07d}") for number in itertools.count(1)), 3))
        async with world.ruler() as ruler:
            for code in codes:
                asked = pb.Department(uscc=code, title="某厅", short_title="厅", region="640000")
                made = await ruler.CreateDepartment(pb.CreateDepartmentRequest(department=asked, request_id=f"r-{code}"))
                assert (made.name, made.short_title, made.HasField("create_time")) == (f"departments/{code}", "厅", True)
                assert await ruler.CreateDepartment(pb.CreateDepartmentRequest(department=asked, request_id=f"r-{code}")) == made
            twice = await refusal(ruler.CreateDepartment(pb.CreateDepartmentRequest(department=asked)))
            assert twice.code == grpc.StatusCode.ALREADY_EXISTS
            first = await ruler.ListDepartments(pb.ListDepartmentsRequest(page_size=4))
            rest = await ruler.ListDepartments(pb.ListDepartmentsRequest(page_size=4, page_token=first.next_page_token))
        got = [one.uscc for one in (*first.departments, *rest.departments)]
        assert got == sorted([*codes, AUTHORITY, CIVIL, POLICE])
        assert not rest.next_page_token

    play(story)


@pytest.mark.parametrize(
    "asked",
    [
        {"roles": [pb.ROLE_UNSPECIFIED]},
        {"roles": [99]},
        {"ttl": Duration(seconds=-1)},
        {"ttl": Duration(seconds=2**62)},
        {"ttl": Duration(seconds=-(2**62))},
        {"ttl": Duration(nanos=-5)},
        {"ttl": Duration(seconds=7 * 86400, nanos=1000)},
        {"system": "Case Office"},
        {"department": "x"},
    ],
)
def test_a_senseless_request_for_a_token_is_refused(play, asked):
    async def story(world: World) -> None:
        async with world.ruler() as ruler:
            request = pb.CreateEnrollmentTokenRequest(**{"department": CIVIL, "system": "a", **asked})
            assert (await refusal(ruler.CreateEnrollmentToken(request))).code == grpc.StatusCode.INVALID_ARGUMENT

    play(story)


def test_a_token_carries_roles_and_end(play):
    async def story(world: World) -> None:
        request = pb.CreateEnrollmentTokenRequest(department=CIVIL, system="a", roles=[pb.ROLE_AUDITOR, pb.ROLE_MEMBER], ttl=Duration(seconds=60))
        async with world.ruler() as ruler, world.stranger() as stranger:
            made = await ruler.CreateEnrollmentToken(request)
            assert made.expire_time.ToDatetime(UTC) == world.hall.clock.now() + timedelta(seconds=60)
            enrolled = await stranger.Enroll(pb.EnrollRequest(token=made.token, csr=csr(new_key())))
        assert list(enrolled.system.roles) == [pb.ROLE_MEMBER, pb.ROLE_AUDITOR]

    play(story)
