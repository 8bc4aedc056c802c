from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certs.model import (
    CERTIFICATE_PROCEDURE,
    MOST_LIVE,
    Certificate,
    CertificateCase,
    CertificateStatus,
    CertificateStep,
    Department,
    EnrollmentToken,
    Level,
    Registration,
    System,
    digest_of,
    parse_endpoint,
    parse_serial,
    split_system_name,
)
from hub.access import OPERATOR, Caller, Role
from hub.errors import IllegalStateError, InvalidInputError, LimitError, NotAllowedError
from shuniu.joining.hosts import is_host
from tests.certs.hall import CIVIL, NOON, POLICE

MEMBER = frozenset({Role.MEMBER})
OWNER = Caller(CIVIL, "case-office", MEMBER)
SECOND = timedelta(seconds=1)


def a_certificate(serial: str = "00", **changes) -> Certificate:
    return Certificate(
        **{"serial": serial, "fingerprint": "f", "not_before": NOON, "not_after": NOON + SECOND, "create_time": NOON, "pem": "", **changes}
    )


def test_a_certificate_is_valid_from_its_first_to_its_last_moment():
    one = a_certificate()
    tick = timedelta(microseconds=1)
    moments = (NOON - tick, NOON, NOON + SECOND, NOON + SECOND + tick)
    assert [one.status(at) for at in moments] == [
        CertificateStatus.NOT_YET_VALID,
        CertificateStatus.VALID,
        CertificateStatus.VALID,
        CertificateStatus.EXPIRED,
    ]


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_a_revoked_certificate_is_revoked_at_any_time(by):
    assert a_certificate().revoke(NOON, "key lost").status(NOON + by) is CertificateStatus.REVOKED


def test_a_second_revocation_does_not_overwrite_the_first():
    revoked = a_certificate().revoke(NOON, "key lost")
    with pytest.raises(IllegalStateError) as refused:
        revoked.revoke(NOON, "because")
    assert (refused.value.facts["state"], refused.value.facts["step"]) == ("revoked", "revoke")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "nul\0", "x" * 501, "110105 1949-1231 002X 遗失", "110105491231002 已离职"])
def test_a_revocation_states_a_readable_reason_without_an_id_number(reason):
    with pytest.raises(InvalidInputError) as refused:
        a_certificate().revoke(NOON, reason)
    assert refused.value.field == "reason"


MOMENTS = {
    CertificateStatus.NOT_YET_VALID: NOON - SECOND,
    CertificateStatus.VALID: NOON,
    CertificateStatus.EXPIRED: NOON + 2 * SECOND,
    CertificateStatus.REVOKED: NOON,
}


def a_case(status: CertificateStatus) -> CertificateCase:
    is_revoked = status is CertificateStatus.REVOKED
    return CertificateCase(a_certificate(revoke_time=NOON if is_revoked else None), System(CIVIL, "case-office", MEMBER), MOMENTS[status])


@pytest.mark.parametrize("status", CertificateStatus)
def test_a_certificate_is_revoked_from_every_status_but_revoked(status):
    case = a_case(status)
    assert case.state is status
    allowed = (status, CertificateStep.REVOKE) in CERTIFICATE_PROCEDURE.next
    assert allowed is (status is not CertificateStatus.REVOKED)
    if allowed:
        assert [one.status(case.at) for one in case.revoke(OWNER, "key lost")] == [CertificateStatus.REVOKED]
    else:
        with pytest.raises(IllegalStateError) as refused:
            case.revoke(OWNER, "key lost")
        assert "当前为“已吊销”" in refused.value.zh
        assert "is revoked" in refused.value.message


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [
        (OWNER, True),
        (Caller(POLICE, "authority", frozenset({Role.AUTHORITY})), True),
        (replace(OPERATOR, roles=frozenset({Role.AUTHORITY})), True),
        (OPERATOR, False),
        (Caller(CIVIL, "second", MEMBER), False),
        (Caller(CIVIL, "second", frozenset({Role.AUDITOR})), False),
        (Caller(POLICE, "case-office", MEMBER), False),
        (Caller(POLICE, "register", frozenset({Role.MEMBER, Role.AUDITOR})), False),
        (Caller(), False),
    ],
)
def test_the_system_itself_and_the_authority_revoke_and_no_sister_system(caller, allowed):
    case = a_case(CertificateStatus.VALID)
    if allowed:
        case.revoke(caller, "key lost")
    else:
        with pytest.raises(NotAllowedError) as refused:
            case.revoke(caller, "")
        assert refused.value.reason == "CERTIFICATE_OF_OTHER_DEPARTMENT"


@pytest.mark.parametrize("name", ["a", "a" * 40, "case-office-2"])
def test_a_system_has_a_short_name(name):
    assert System(CIVIL, name, MEMBER).name == f"departments/{CIVIL}/systems/{name}"


@pytest.mark.parametrize("name", ["", "a" * 41, "1a", "-a", "A", "a_b", "a/b", "a\n", "民政", "a b"])
def test_a_malformed_system_name_is_refused(name):
    with pytest.raises(InvalidInputError):
        System(CIVIL, name, MEMBER)


def test_an_invitation_to_act_as_nothing_is_refused():
    with pytest.raises(InvalidInputError) as refused:
        EnrollmentToken("d", CIVIL, "a", frozenset(), NOON + SECOND, NOON)
    assert refused.value.field == "roles"


def test_a_ninth_live_certificate_is_refused_and_a_revoked_one_makes_room():
    live = [a_certificate(str(number)) for number in range(MOST_LIVE)]
    with pytest.raises(LimitError):
        System(CIVIL, "a", MEMBER, "", tuple(live)).check_may_renew(NOON)
    live[0] = live[0].revoke(NOON, "not used")
    System(CIVIL, "a", MEMBER, "", tuple(live)).check_may_renew(NOON)


RIGHT: dict[str, Any] = {"uscc": CIVIL, "title": "自治区民政厅", "short_title": "民政厅", "region": "640000"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("uscc", CIVIL[:-1] + "0"), ("title", ""), ("title", "x" * 101), ("title", "两\n行"), ("short_title", "a\tb"), ("short_title", "x" * 21),
     ("region", "64000"), ("region", "６４００００")],
)  # fmt: skip
def test_a_department_with_a_malformed_part_is_not_registered(field, value):
    with pytest.raises(InvalidInputError) as refused:
        Registration(**{**RIGHT, field: value})
    assert refused.value.field == f"department.{field}"


def test_a_registration_says_everything_in_its_one_spelling():
    assert Registration(f" {CIVIL.lower()}", " 自治区民政厅\u200b", "", "640000") == Registration(CIVIL, "自治区民政厅", "", "640000")
    assert Registration(**RIGHT).department(NOON) == Department(CIVIL, "自治区民政厅", "民政厅", "640000", NOON, Level.PROVINCE, revision=1)


def test_what_an_earlier_release_stored_stays_readable():
    assert Department(CIVIL, "旧" * 300, "", "", NOON).name == f"departments/{CIVIL}"
    assert a_certificate(revoke_time=NOON, revoke_reason="x" * 900).status(NOON) is CertificateStatus.REVOKED


@pytest.mark.parametrize(("ttl", "good"), [(timedelta(0), False), (SECOND, True), (timedelta(days=7), True), (timedelta(days=7) + SECOND, False)])
def test_a_token_lives_at_most_seven_days(ttl, good):
    if good:
        EnrollmentToken("d", CIVIL, "a", MEMBER, NOON + ttl, NOON)
    else:
        with pytest.raises(InvalidInputError):
            EnrollmentToken("d", CIVIL, "a", MEMBER, NOON + ttl, NOON)


def test_a_token_works_until_it_expires_or_is_used():
    token = EnrollmentToken("d", CIVIL, "a", MEMBER, NOON + SECOND, NOON)
    assert token.usable(NOON)
    assert not token.usable(NOON + SECOND)
    assert not EnrollmentToken("d", CIVIL, "a", MEMBER, NOON + SECOND, NOON, NOON).usable(NOON)


def test_a_token_is_kept_as_its_sha256():
    assert digest_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4 example


@pytest.mark.parametrize("endpoint", ["", "localhost:1", "127.0.0.1:65535", "[::1]:7443", "data.mzj.example:7443", "xn--fiqs8s.example:80"])
def test_an_endpoint_is_host_and_port(endpoint):
    assert parse_endpoint(endpoint) == endpoint


@pytest.mark.parametrize(
    "endpoint",
    ["localhost", "localhost:", ":7443", "localhost:0", "localhost:65536", "localhost:07443", "::1:7443", "[localhost]:1", "[::1:7443", "a b:1",
     "dns:///a:1", "unix:/tmp/x:1", "http://a:1", "a:1/x", "*.example:1", "-a:1", "a-:1", "a..b:1", "1.2.3.999:1", "0.0.0.0:1", "[::]:1",
     "224.0.0.1:1", "[fe80::1%eth0]:1", "localhost:１", "localhost:+1", "a" * 64 + ":1", "a." * 127 + "a:1", "a:1\n", "民政.cn:1"],
)  # fmt: skip
def test_a_malformed_endpoint_is_refused(endpoint):
    with pytest.raises(InvalidInputError) as refused:
        parse_endpoint(endpoint)
    assert refused.value.field == "endpoint"


@given(st.text())
def test_any_text_is_an_endpoint_or_refused(text):
    try:
        assert parse_endpoint(text) == text
    except InvalidInputError:
        return
    if text:
        host, _, port = text.rpartition(":")
        assert 1 <= int(port) <= 65535
        assert is_host(host.strip("[]"))


@given(st.text(alphabet="0123456789abcdefABCDEFg:", max_size=34))
def test_a_serial_is_32_small_hexadecimal_digits_or_refused(text):
    try:
        serial = parse_serial(text)
    except InvalidInputError:
        assert not text or len(text) > 32 or set(text) & set("g:")
    else:
        assert len(serial) == 32
        assert int(serial, 16) == int(text, 16)
        assert parse_serial(serial) == serial


def test_a_systems_name_is_taken_apart():
    assert split_system_name(f"departments/{CIVIL}/systems/a") == (CIVIL, "a")
    for wrong in ("", "departments/x", f"departments/{CIVIL}/systems/a/b", f"systems/{CIVIL}/departments/a"):
        with pytest.raises(InvalidInputError):
            split_system_name(wrong)
