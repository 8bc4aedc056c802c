"""A system's certificates name the hosts that its token was for, or that the authority approved since, and no others."""

import pytest
from alembic import command
from cryptography import x509
from sqlalchemy import create_engine, text

from audit.store import RecordStore, log_size
from certs.model import HostStep, Invitation
from certs.san import hosts_in
from certs.store import SystemStore
from hub.access import Role
from hub.db import Database
from hub.errors import AlreadyExistsError, InvalidInputError, NotAllowedError, NotFoundError
from hub.unit_of_work import Step
from migrations import alembic_config, migrate
from tests.certs.hall import CIVIL, POLICE, RULER, Hall, a_hall, csr, new_key


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def dns(*hosts: str) -> list[x509.DNSName]:
    return [x509.DNSName(host) for host in hosts]


def enrol(hall: Hall, *hosts: str, department: str = CIVIL, for_hosts: tuple[str, ...] = ()):
    """Enrol a system that asks for hosts; return who it is and the certificate."""
    secret, _ = hall.actions.issue_token_locally(Invitation(department, "data", hosts=for_hosts))
    pem = hall.actions.enroll(secret, csr(new_key(), *dns(*hosts))).certificate_pem
    return hall.identities.identify(pem.encode()), pem


def hosts_of(hall: Hall, caller) -> tuple[tuple[str, ...], tuple[str, ...]]:
    known = hall.actions.who_am_i(caller)
    return known.hosts, known.requested_hosts


def test_without_hosts_in_the_token_those_that_it_asks_for_become_the_system_s(hall):
    caller, pem = enrol(hall, "a.example", "b.example")
    assert hosts_in(pem) == ("a.example", "b.example")
    assert hosts_of(hall, caller) == (("a.example", "b.example"), ())


def test_a_token_with_hosts_is_for_these_and_stays_unused_when_others_are_asked_for(hall):
    secret, token = hall.actions.issue_token_locally(Invitation(CIVIL, "data", hosts=("A.example", "b.example")))
    assert token.hosts == ("a.example", "b.example")
    with pytest.raises(InvalidInputError) as refused:
        hall.actions.enroll(secret, csr(new_key(), *dns("a.example", "c.example")))
    assert (refused.value.reason, refused.value.facts["host"]) == ("HOST_NOT_ALLOWED", "c.example")
    enrolled = hall.actions.enroll(secret, csr(new_key(), *dns("a.example")))
    assert hosts_in(enrolled.certificate_pem) == ("a.example",)
    assert enrolled.system.hosts == ("a.example", "b.example")


def test_a_renewal_names_no_host_that_was_not_approved(hall):
    caller, _ = enrol(hall, "a.example")
    with pytest.raises(NotAllowedError) as refused:
        hall.actions.renew(caller, csr(new_key(), *dns("a.example", "bank.example")))
    assert refused.value.reason == "HOST_NOT_APPROVED"
    asked = hall.actions.request_hosts(Step(caller=caller, reason="新增服务器"), ["b.example", "a.example"])
    assert (asked.hosts, asked.requested_hosts) == (("a.example",), ("b.example",))
    with pytest.raises(NotAllowedError):
        hall.actions.renew(caller, csr(new_key(), *dns("a.example", "b.example")))
    after = hall.actions.decide_hosts(Step(caller=RULER, name=asked.name, reason="已核实"), (), HostStep.APPROVE)
    assert (after.hosts, after.requested_hosts) == (("a.example", "b.example"), ())
    renewed = hall.actions.renew(caller, csr(new_key(), *dns("a.example", "b.example")))
    assert hosts_in(renewed.certificate_pem) == ("a.example", "b.example")


def test_a_refusal_leaves_the_host_out_and_it_may_be_asked_for_again(hall):
    caller, _ = enrol(hall, "a.example")
    name = hall.actions.request_hosts(Step(caller=caller, reason="新增"), ["b.example", "c.example"]).name
    after = hall.actions.decide_hosts(Step(caller=RULER, name=name, reason="非本部门主机"), ["c.example"], HostStep.REFUSE)
    assert (after.hosts, after.requested_hosts) == (("a.example",), ("b.example",))
    again = hall.actions.request_hosts(Step(caller=caller, reason="补充说明"), ["c.example"])
    assert again.requested_hosts == ("b.example", "c.example")


def test_each_host_has_its_record_with_who_and_why(hall):
    caller, _ = enrol(hall, "a.example")
    name = hall.actions.request_hosts(Step(caller=caller, reason="新增服务器"), ["b.example", "c.example"]).name
    hall.actions.decide_hosts(Step(caller=RULER, name=name, reason="已核实"), ["b.example"], HostStep.APPROVE)
    hall.actions.decide_hosts(Step(caller=RULER, name=name, reason="不属于该部门"), ["c.example"], HostStep.REFUSE)
    with hall.database.read() as tx:
        records = [RecordStore(tx).get(index)[0] for index in range(log_size(tx) - 4, log_size(tx))]
    assert [(one.action, one.actor.department, one.detail["host"], one.reason) for one in records] == [
        ("certs.RequestHosts", CIVIL, "b.example", "新增服务器"),
        ("certs.RequestHosts", CIVIL, "c.example", "新增服务器"),
        ("certs.ApproveHosts", RULER.department, "b.example", "已核实"),
        ("certs.RefuseHosts", RULER.department, "c.example", "不属于该部门"),
    ]


def test_what_makes_no_sense_is_refused_and_changes_nothing(hall):
    hall.ca.issue_server(("hub.example",))
    caller, _ = enrol(hall, "a.example")
    for hosts, error in (
        ([], InvalidInputError),
        (["*.example"], InvalidInputError),
        (["hub.example"], InvalidInputError),
        (["a.example"], AlreadyExistsError),
        ([f"h{number}.example" for number in range(8)], InvalidInputError),
    ):
        with pytest.raises(error):
            hall.actions.request_hosts(Step(caller=caller, reason="新增"), hosts)
    with pytest.raises(InvalidInputError):
        hall.actions.request_hosts(Step(caller=caller, reason=" "), ["b.example"])
    with pytest.raises(InvalidInputError):
        hall.actions.issue_token_locally(Invitation(CIVIL, "data", hosts=("hub.example",)))
    assert hosts_of(hall, caller) == (("a.example",), ())
    name = hall.actions.who_am_i(caller).name
    for wrong in ([], ["b.example"], ["a.example"]):
        with pytest.raises(NotFoundError):
            hall.actions.decide_hosts(Step(caller=RULER, name=name, reason="已核实"), wrong, HostStep.APPROVE)


def test_nobody_but_the_authority_decides(hall):
    caller, _ = enrol(hall, "a.example")
    other, _ = enrol(hall, "p.example", department=POLICE)
    name = hall.actions.request_hosts(Step(caller=caller, reason="新增"), ["b.example"]).name
    for one in (caller, other):
        with pytest.raises(NotAllowedError):
            hall.actions.decide_hosts(Step(caller=one, name=name, reason="自行批准"), (), HostStep.APPROVE)
    assert hosts_of(hall, caller) == (("a.example",), ("b.example",))


def test_two_departments_may_stand_behind_one_host(hall):
    first, _ = enrol(hall, "gateway.example")
    second, _ = enrol(hall, "gateway.example", department=POLICE)
    assert hosts_of(hall, first) == hosts_of(hall, second) == (("gateway.example",), ())


def test_other_departments_see_no_hosts(hall):
    caller, _ = enrol(hall, "a.example")
    other, _ = enrol(hall, "p.example", department=POLICE)
    hall.actions.set_endpoint(caller, "localhost:7443")
    hall.actions.request_hosts(Step(caller=caller, reason="新增"), ["b.example"])
    (seen,) = hall.actions.list_systems(other, CIVIL)
    assert (seen.hosts, seen.requested_hosts, seen.endpoint) == ((), (), "")
    (own,) = [one for one in hall.actions.list_systems(RULER, CIVIL) if one.system == "data"]
    assert (own.hosts, own.requested_hosts) == (("a.example",), ("b.example",))


def test_enrolling_anew_sets_the_hosts_and_leaves_what_is_asked_for(hall):
    caller, _ = enrol(hall, "a.example")
    hall.actions.request_hosts(Step(caller=caller, reason="新增"), ["b.example", "c.example"])
    again, _ = enrol(hall, "c.example")
    assert hosts_of(hall, again) == (("c.example",), ("b.example",))
    # The certificate of before keeps what it names.
    assert hosts_in(hall.actions.renew(caller, csr(new_key(), *dns("a.example"))).certificate_pem) == ("a.example",)


def test_a_system_of_the_release_before_has_the_hosts_of_its_newest_certificate(hall, tmp_path):
    caller, pem = enrol(hall, "a.example")
    url = f"sqlite:///{tmp_path / 'before.db'}"
    command.upgrade(alembic_config(url), "0006")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO departments VALUES (:u, 'x', '', '640000', '2026-01-01 00:00:00')"), {"u": CIVIL})
        connection.execute(text("INSERT INTO systems VALUES (:u, 'data', '[\"member\"]', '')"), {"u": CIVIL})
        row = "INSERT INTO certificates VALUES (:n, :u, 'data', :n, '2026-01-01', '2026-04-01', '2026-01-01 00:00:00.000000', :p, NULL, '', :n, NULL)"
        connection.execute(text(row), {"n": caller.serial, "u": CIVIL, "p": pem})
    engine.dispose()
    migrate(url)
    database = Database(url)
    with database.read() as tx:
        system = SystemStore(tx).get(CIVIL, "data")
    database.close()
    assert (system.hosts, system.requested_hosts, system.roles) == (("a.example",), (), frozenset({Role.MEMBER}))
