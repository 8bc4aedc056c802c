from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest

from certs.model import Certificate, Department, EnrollmentToken, System
from certs.store import CertificateStore, DepartmentStore, SystemStore, TokenStore, loaders
from hub.access import Role
from hub.errors import ConflictError, NotFoundError
from tests.certs.hall import AUTHORITY, CIVIL, NOON, POLICE

MEMBER = frozenset({Role.MEMBER})
SECOND = timedelta(seconds=1)
MOMENT = NOON + timedelta(microseconds=123456)


def a_department(uscc: str = CIVIL) -> Department:
    return Department(uscc, "自治区民政厅", "民政厅", "640000", MOMENT)


def a_certificate(serial: str, at=MOMENT) -> Certificate:
    return Certificate(serial, "f" + serial, NOON, NOON + 90 * 86400 * SECOND, at, "-----BEGIN", parent="00", roles=MEMBER)


def test_a_department_is_read_back_as_it_was_kept(database):
    with database.begin() as tx:
        DepartmentStore(tx).insert(a_department())
    with database.read() as tx:
        got = DepartmentStore(tx).get(CIVIL)
        assert got == a_department()
        assert got.create_time.tzinfo is UTC
        with pytest.raises(NotFoundError):
            DepartmentStore(tx).get(POLICE)


def test_a_department_is_registered_once(database):
    with database.begin() as tx:
        DepartmentStore(tx).insert(a_department())
    with pytest.raises(ConflictError), database.begin() as tx:
        DepartmentStore(tx).insert(a_department())


def test_departments_are_listed_by_uscc_and_named_by_title(database):
    all_three = sorted([AUTHORITY, CIVIL, POLICE])
    with database.begin() as tx:
        store = DepartmentStore(tx)
        for uscc in (POLICE, AUTHORITY, CIVIL):
            store.insert(a_department(uscc))
        assert [one.uscc for one in store.list("", 2)] == all_three[:2]
        assert [one.uscc for one in store.list(all_three[1], 2)] == all_three[2:]
        assert store.titles([CIVIL, CIVIL, "nobody"]) == {CIVIL: "自治区民政厅"}
        assert store.titles([]) == {}


def test_a_system_is_read_back_with_its_certificates_newest_first(database):
    system = System(CIVIL, "case-office", frozenset({Role.MEMBER, Role.AUDITOR}), "localhost:7443")
    with database.begin() as tx:
        DepartmentStore(tx).insert(a_department())
        SystemStore(tx).put(system)
        for serial, at in (("a", MOMENT), ("c", MOMENT + 2 * SECOND), ("b", MOMENT + SECOND)):
            CertificateStore(tx).insert(a_certificate(serial, at), CIVIL, "case-office")
    with database.read() as tx:
        got = SystemStore(tx).get(CIVIL, "case-office")
        assert replace(got, certificates=()) == system
        assert [one.serial for one in got.certificates] == ["c", "b", "a"]
        assert got.certificates[2] == a_certificate("a")
        assert CertificateStore(tx).get("b") == (a_certificate("b", MOMENT + SECOND), CIVIL, "case-office")
        with pytest.raises(NotFoundError):
            CertificateStore(tx).get("d")
        with pytest.raises(NotFoundError):
            SystemStore(tx).get(CIVIL, "other")


def test_putting_a_system_again_changes_roles_and_endpoint(database):
    with database.begin() as tx:
        DepartmentStore(tx).insert(a_department())
        SystemStore(tx).put(System(CIVIL, "a", MEMBER, "localhost:1"))
        SystemStore(tx).put(System(CIVIL, "a", frozenset({Role.AUDITOR}), "localhost:2"))
        assert SystemStore(tx).all() == [System(CIVIL, "a", frozenset({Role.AUDITOR}), "localhost:2")]


def test_a_system_of_an_unregistered_department_is_refused(database):
    with pytest.raises(ConflictError), database.begin() as tx:
        SystemStore(tx).put(System(CIVIL, "a", MEMBER))


def test_the_loaders_give_the_same_as_the_store(database):
    load_one, load_all = loaders(database)
    with database.begin() as tx:
        for uscc in (CIVIL, POLICE):
            DepartmentStore(tx).insert(a_department(uscc))
            for name in ("b", "a"):
                SystemStore(tx).put(System(uscc, name, MEMBER))
                CertificateStore(tx).insert(a_certificate(f"{uscc[8:]}{name}"), uscc, name)
    everything = list(load_all())
    assert [(one.department, one.system) for one in everything] == [(uscc, name) for uscc in sorted([CIVIL, POLICE]) for name in "ab"]
    assert all(len(one.certificates) == 1 for one in everything)
    assert [load_one(one.name) for one in everything] == everything
    assert load_one(f"departments/{CIVIL}/systems/none") is None
    with database.read() as tx:
        assert SystemStore(tx).of_department(CIVIL) == [one for one in everything if one.department == CIVIL]


def test_a_revocation_is_kept_once(database):
    revoked = a_certificate("a").revoke(MOMENT, "key lost")
    with database.begin() as tx:
        DepartmentStore(tx).insert(a_department())
        SystemStore(tx).put(System(CIVIL, "a", MEMBER))
        CertificateStore(tx).insert(a_certificate("a"), CIVIL, "a")
        CertificateStore(tx).revoke(revoked)
        assert CertificateStore(tx).get("a")[0] == revoked
    with pytest.raises(ConflictError), database.begin() as tx:
        CertificateStore(tx).revoke(a_certificate("a").revoke(MOMENT, "again"))


def test_a_token_is_used_once_and_not_after_its_end(database):
    used, late = (EnrollmentToken(digest, CIVIL, "a", MEMBER, NOON + SECOND, NOON) for digest in ("used", "late"))
    with database.begin() as tx:
        DepartmentStore(tx).insert(a_department())
        store = TokenStore(tx)
        store.insert(used)
        store.insert(late)
        assert store.find("used") == used
        assert store.use("used", NOON)
        assert not store.use("used", NOON)
        assert store.find("used") == replace(used, use_time=NOON)
        assert not store.use("late", NOON + SECOND)
        assert not store.use("none", NOON)
        assert store.find("none") is None


def test_a_time_of_another_zone_comes_back_in_utc(database):
    at = MOMENT.astimezone(timezone(timedelta(hours=8)))
    with database.begin() as tx:
        DepartmentStore(tx).insert(replace(a_department(), create_time=at))
    with database.read() as tx:
        assert DepartmentStore(tx).get(CIVIL).create_time == MOMENT
