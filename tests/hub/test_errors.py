"""Every error that may cross the border has a status, and says in two languages what was wrong and what to do next."""

from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from hypothesis import given
from hypothesis import strategies as st

from catalog.reasons import OUT_OF_RANGE
from hub import errors
from hub.errors import InvalidInputError, LimitError, MissingGrantError, NotAllowedError, ShuniuError, UnavailableError
from hub.faults import Faults
from hub.status import DOMAIN, LONGEST_TEXT, status_of
from shuniu.errors import DETAILS, call_error

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ShuniuError)]


def call_error_of(error) -> Any:
    """Return the error as the SDK reads it off the wire."""
    status = status_of(error)
    known: Any = SimpleNamespace(
        code=lambda: grpc.StatusCode[error.grpc_status],
        details=lambda: status.message,
        trailing_metadata=lambda: ((DETAILS, status.SerializeToString()),),
    )
    return call_error(known)


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


def several(count: int) -> InvalidInputError:
    faults = Faults()
    for number in range(count):
        faults.add(OUT_OF_RANGE(field=f"entry.fields[{number}].length", least=0, most=9))
    with pytest.raises(InvalidInputError) as refusal:
        faults.refuse()
    return refusal.value


def test_several_faults_come_in_one_bad_request_with_their_texts_in_both_languages():
    found = details(several(3))
    assert found["ErrorInfo"].reason == "SEVERAL_FAULTS"
    told = found["BadRequest"].field_violations
    assert [one.field for one in told] == [f"entry.fields[{number}].length" for number in range(3)]
    assert told[1].description == "entry.fields[1].length must be between 0 and 9; send a number within that range"
    assert told[1].localized_message.message == "第2个信息项的长度应在0与9之间；请填写该范围内的数值"
    error = call_error_of(several(3))
    assert [(fault.field, fault.message_zh) for fault in error.faults] == [(one.field, one.localized_message.message) for one in told]


def test_one_fault_alone_is_told_as_it_always_was():
    assert several(1).reason == "INVALID_INPUT"
    Faults().refuse()


@pytest.mark.parametrize("count", [2, 20, 499])
def test_however_many_faults_there_are_the_answer_fits_into_the_trailers(count):
    status = status_of(several(count))
    assert len(status.message.encode()) * 3 + status.ByteSize() * 4 // 3 < 8000
    assert details(several(count))["ErrorInfo"].metadata["count"] == str(count)
    assert len(details(several(count))["BadRequest"].field_violations) >= min(count, 8)
