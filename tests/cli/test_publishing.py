"""The demo's directory waits where the hub says that one system writes too much at a time, and for nothing else."""

import grpc
import pytest

from cli.demo.publishing import _patiently
from shuniu.errors import Details, ShuniuCallError


def refused(reason: str) -> ShuniuCallError:
    return ShuniuCallError(grpc.StatusCode.RESOURCE_EXHAUSTED, "refused", Details(reason=reason, retry_after=0.01))


def test_a_write_that_came_too_early_is_sent_again():
    told = [refused("WRITES_TOO_MANY"), refused("WRITES_TOO_MANY")]

    def call(request: str) -> str:
        if told:
            raise told.pop()
        return f"{request}: done"

    assert _patiently(call, "entry") == "entry: done"


def test_any_other_refusal_is_told_at_once():
    def call(_request: str) -> str:
        raise refused("DAILY_CALLS_USED")

    with pytest.raises(ShuniuCallError):
        _patiently(call, "entry")
