"""Waiting questions as protobuf messages, and what is asked as the message that is sealed. No rules."""

from typing import Final

from google.protobuf.message import Message

from hub.wire import Shape, optional_member
from questions.model import QuestionState, WaitingQuestion
from shuniu.v1 import exchange_pb2, waiting_question_pb2

_TO: Final = Shape(waiting_question_pb2.WaitingQuestion, WaitingQuestion, question=lambda _one: None)
_ASKED: Final = tuple(one.name for one in waiting_question_pb2.AskedQuestion.DESCRIPTOR.fields)


def question_to(one: WaitingQuestion, asked: bytes = b"") -> waiting_question_pb2.WaitingQuestion:
    """Return a question as a message, with what it asks where the caller may read that."""
    message = _TO(one)
    if asked:
        message.question.MergeFromString(asked)
    return message


def asked_from(request: exchange_pb2.QueryRequest | exchange_pb2.CheckRequest) -> bytes:
    """Return what is sealed of a request: what somebody needs to ask it again, and nothing that no field of the protos names."""
    known: Message = request
    names = {one.name for one in known.DESCRIPTOR.fields}
    return waiting_question_pb2.AskedQuestion(**{name: getattr(request, name) for name in _ASKED if name in names}).SerializeToString()


def state_from(number: int) -> QuestionState | None:
    """Return the state to filter by, None for none."""
    return optional_member(QuestionState, waiting_question_pb2.WaitingQuestionState.DESCRIPTOR, number, "state")
