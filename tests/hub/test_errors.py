"""Every error that may cross the border has a status, and says in two languages what was wrong and what to do next."""

import grpc
import pytest
from google.rpc import error_details_pb2
from hypothesis import given
from hypothesis import strategies as st

from hub import errors
from hub.errors import InvalidInputError, LimitError, MissingGrantError, NotAllowedError, ShuniuError, UnavailableError
from hub.status import DOMAIN, LONGEST_TEXT, status_of

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ShuniuError)]
AT_HOME = {ShuniuError, errors.ConfigError}  # the root and what stops the start never cross on purpose


def details(error):
    found = {}
    for packed in status_of(error).details:
        kind = getattr(error_details_pb2, packed.type_url.rpartition(".")[2])
        message = kind()
        assert packed.Unpack(message)
        found[kind.__name__] = message
    return found


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in AT_HOME])
def test_every_error_class_has_a_status_of_its_own_kind(kind):
    assert "grpc_status" in vars(kind)
    assert "http_status" in vars(kind)
    code = status_of(kind("x")).code
    assert code == grpc.StatusCode[kind.grpc_status].value[0]
    assert code != grpc.StatusCode.INTERNAL.value[0]


def test_codes_are_stable_and_different():
    codes = [kind.code for kind in KINDS]
    assert len(set(codes)) == len(codes)
    assert all(code == code.upper() and code.replace("_", "").isalpha() for code in codes)


def test_a_subclass_has_the_status_of_its_parent_and_the_unknown_is_internal():
    class NarrowError(NotAllowedError):
        pass

    assert status_of(NarrowError("x")).code == grpc.StatusCode.PERMISSION_DENIED.value[0]
    assert status_of(ShuniuError("x")).code == grpc.StatusCode.INTERNAL.value[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_says_why_in_two_languages_and_what_to_do(kind):
    error = kind("the thing", zh="那件事", next_action="do this", next_action_zh="请办理", reason="SO_IT_IS", grant="grants/1")
    found = details(error)
    info = found["ErrorInfo"]
    assert (info.reason, info.domain) == ("SO_IT_IS", DOMAIN)
    assert dict(info.metadata) == {"next_action": "do this", "next_action_zh": "请办理", "grant": "grants/1"}
    assert (found["LocalizedMessage"].locale, found["LocalizedMessage"].message) == ("zh-CN", "那件事")
    assert status_of(error).message == "the thing; do this"


def test_without_a_reason_of_its_own_an_error_has_its_class_s_code():
    assert details(NotAllowedError("x"))["ErrorInfo"].reason == "NOT_ALLOWED"
    assert details(NotAllowedError("x"))["LocalizedMessage"].message == "x"
    assert not details(NotAllowedError("x"))["ErrorInfo"].metadata


def test_a_wrong_field_is_named_in_a_bad_request():
    (violation,) = details(InvalidInputError("wrong", field="entry.title"))["BadRequest"].field_violations
    assert (violation.field, violation.description) == ("entry.title", "wrong")
    assert "BadRequest" not in details(InvalidInputError("wrong"))


def test_a_missing_grant_is_a_failed_precondition():
    (violation,) = details(MissingGrantError("none", grant="grants/1"))["PreconditionFailure"].violations
    assert (violation.type, violation.subject, violation.description) == ("GRANT", "grants/1", "none")


@pytest.mark.parametrize("kind", [LimitError, UnavailableError])
def test_when_waiting_helps_the_time_is_told(kind):
    assert details(kind("later", retry_after=1.5))["RetryInfo"].retry_delay.ToMilliseconds() == 1500
    assert "RetryInfo" not in details(kind("never"))


@given(st.text(max_size=5000), st.text(max_size=5000), st.text(max_size=5000), st.text(max_size=5000))
def test_whatever_an_error_says_it_fits_into_the_trailers(message, zh, next_action, fact):
    error = MissingGrantError(message * 3, zh=zh * 3, next_action=next_action * 3, grant=fact * 3)
    status = status_of(error)
    assert len(status.message.encode()) <= LONGEST_TEXT
    assert len(status.message.encode()) * 3 + status.ByteSize() * 4 // 3 < 8000
