"""What a predicate says (`shuniu.predicates.CheckAnswer`) as the enum of the protos, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shuniu.predicates import CheckAnswer
from shuniu.v1 import check_pb2

SAID: Final[Mapping[CheckAnswer, check_pb2.CheckAnswer.ValueType]] = {
    CheckAnswer.YES: check_pb2.CHECK_ANSWER_YES,
    CheckAnswer.NO: check_pb2.CHECK_ANSWER_NO,
    CheckAnswer.UNKNOWN: check_pb2.CHECK_ANSWER_UNKNOWN,
}
HEARD: Final[Mapping[int, CheckAnswer]] = {number: one for one, number in SAID.items()}
