"""All that is wrong with a request, told in one answer: whoever fills in a long form is not sent back once for every line of it."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar, cast

from hub.errors import InvalidInputError
from hub.reasons import SEVERAL_FAULTS
from shuniu.words import Word, field_word

_T = TypeVar("_T")

MOST: Final = 500
"""Faults of one kind of search after which no more is looked for: a request may hold more wrong parts than anybody reads."""


class Faults:
    """The faults of one request, in the order in which they were found. Where there is none, it is false."""

    def __init__(self, beside: "Faults | None" = None) -> None:
        """Begin with none; a field that is wrong by `beside` already (a text too long, a value unknown) is not judged a second time."""
        self._beside = beside
        self._found: list[InvalidInputError] = []

    def __bool__(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.all)

    @property
    def all(self) -> tuple[InvalidInputError, ...]:
        """Return the faults, those that stood beside first."""
        return (*(self._beside.all if self._beside else ()), *self._found)

    def about(self, field: str) -> bool:
        """Tell whether this field was found wrong before these faults were looked for: what depends on it cannot be judged."""
        return self._beside is not None and any(one.field == field for one in self._beside.all)

    def add(self, fault: InvalidInputError) -> None:
        """Keep a fault."""
        if not self.about(fault.field):
            self._found.append(fault)
        if len(self._found) >= MOST:
            self.refuse()

    def take(self, read: Callable[[], _T], otherwise: _T) -> _T:
        """Return what was read; where that is refused, keep the fault and return what stands in for it."""
        try:
            return read()
        except InvalidInputError as error:
            for fault in error.faults or (error,):
                self.add(cast("InvalidInputError", fault))
            return otherwise

    def spell(self, thing: object, **kinds: Callable[[Any], Any]) -> None:
        """Put attributes of a frozen value in their one spelling, each by its kind; what a kind refuses is kept, and the attribute stays as it is."""
        for name, kind in kinds.items():
            value = getattr(thing, name)
            object.__setattr__(thing, name, self.take(partial(kind, value), value))

    def refuse(self) -> None:
        """Raise what is wrong: one fault as it is, several as one error that has them all."""
        match self.all:
            case ():
                return
            case (fault,):
                raise fault
            case several:
                raise _together(several)


def _together(faults: tuple[InvalidInputError, ...]) -> InvalidInputError:
    paths = tuple(dict.fromkeys(fault.field for fault in faults))
    words = [field_word(path) for path in paths]
    named = Word(", ".join(paths), ", ".join(paths), "、".join(word.zh for word in words))
    error = SEVERAL_FAULTS(field=paths[0], count=len(faults), fields=named)
    error.faults = faults
    return error
