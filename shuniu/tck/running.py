"""Runs sequences: with things of their own, so that they run again, and in any order. Time passes for all that wait for it at once.

A refusal changes nothing: sequences that differ in a last step alone which must be refused share the things that lead there. Where such a step is not
refused as it must be, the next one has things of its own again.
"""

from __future__ import annotations

import heapq
import itertools
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from importlib.util import find_spec
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from google.protobuf.message import Message

from shuniu.codes.cose import signer_of
from shuniu.folder import read_identity
from shuniu.identifiers import citizen_id
from shuniu.possession import issuing_key_proof
from shuniu.tck.hub import Answer, TestedHub
from shuniu.tck.result import Outcome, Result, Turn
from shuniu.tck.scene import fill
from shuniu.tck.sequence import AUTHORITY, CONSUMER, PROVIDER, Call, Expect, Later, Need, Step
from shuniu.tck.sequence import Sequence as TestSequence
from shuniu.tck.things import PUBLISHED_ENTRY

MOST_SECONDS: Final = 900.0
"""A run ends by itself; what it did not come to is not run."""
_KEY_RPC: Final = "RegisterIssuingKey"


class Runner:
    """One run against one hub."""

    def __init__(self, hub: TestedHub, *, may_write: bool, tell: Callable[[Result], object] = lambda _one: None) -> None:
        """Take the hub, whether it may be written to though it is not for practice, and who hears of each result."""
        self._hub, self._tell = hub, tell
        self._left = hub.hours_left()
        self.practises = self._left is not None
        self._confirms = hub.may_confirm()
        self._superior = hub.has_superior()
        self._may_write = may_write or self.practises
        self._began = time.monotonic()
        # seconds and not a count: another run on the same hub has other names
        self._tag = f"{int(time.time() * 1000):x}"
        self._born = date(1950, 1, 1) + timedelta(days=secrets.randbelow(20_000))
        self._numbers = itertools.count(1)
        self._shared: dict[str, Any] = {}
        self._scenes: dict[str, tuple[dict[str, Any], list[Turn]]] = {}
        self._moved = 0

    def run(self, sequences: Iterable[TestSequence]) -> list[Result]:
        """Run what can be run, and say of each how it went, in their order."""
        chosen = list(sequences)
        results = {one.id: Result(one) for one in chosen}
        ready = [one for one in results.values() if not self._obstacle(one)]
        if any("entry." in repr(one.sequence.steps) for one in ready):
            self._share_entry()
        waiting: list[tuple[int, int, Result, Iterator[int]]] = []
        for number, result in enumerate(ready):
            self._go_on(waiting, number, result, self._steps(result))
        while waiting:
            wake, number, result, going = heapq.heappop(waiting)
            if self._pass_time(wake, result):
                self._go_on(waiting, number, result, going)
        return list(results.values())

    def _obstacle(self, result: Result) -> bool:
        """Say of a sequence that cannot be run why; tell whether there is something."""
        one = result.sequence
        absent = sorted(one.roles - self._hub.clients.keys())
        if absent:
            why = f"没有身份 no identity for {', '.join(absent)}"
        elif one.needs & {Need.CLOCK, Need.SERVING} and not self.practises:
            why = "须在演练枢纽上运行 needs a hub for practice (shuniu serve --practice)"
        elif Need.ARROW in one.needs and find_spec("pyarrow") is None:
            why = '须安装 pyarrow needs pyarrow: pip install "shuniu[arrow]"'
        elif Need.MANDATE in one.needs and not self._confirms:
            why = "该部门的系统没有确认授权 the department's system has no mandate for Confirm, which a lead who signed in registers"
        elif Need.SUPERIOR in one.needs and not self._superior:
            why = "other 不是双方的共同上级 other is not the common superior of consumer and provider"
        elif one.needs and not self._may_write:
            why = "会写入数据，须加 --yes it leaves things on the hub: say --yes"
        else:
            return False
        self._leave(result, why)
        return True

    def _leave(self, result: Result, why: str) -> None:
        result.outcome, result.why = Outcome.NOT_RUN, why
        self._tell(result)

    def _go_on(self, waiting: list[tuple[int, int, Result, Iterator[int]]], number: int, result: Result, going: Iterator[int]) -> None:
        """Run on to the next place where time passes, or to the end."""
        if time.monotonic() - self._began > MOST_SECONDS:
            self._leave(result, f"超过运行时限 the run took longer than {MOST_SECONDS:.0f} seconds")
            return
        begin = time.monotonic()
        hours = next(going, None)
        result.seconds += time.monotonic() - begin
        if hours is None:
            self._tell(result)
        else:
            heapq.heappush(waiting, (self._moved + hours, number, result, going))

    def _pass_time(self, wake: int, result: Result) -> bool:
        """Have the hub's clock stand where a sequence goes on; tell whether it does."""
        hours = wake - self._moved
        if hours <= 0:
            return True
        answer = self._hub.call(CONSUMER if CONSUMER in self._hub.clients else PROVIDER, "MoveClock", {"hours": hours})
        if answer.error is not None:
            self._leave(result, f"演练枢纽的时钟不能再向前 the clock is moved no further: {answer.error}")
            return False
        self._moved += hours
        return True

    def _share_entry(self) -> None:
        """Have one entry published that most sequences rest on."""
        place = self._place()
        for step in PUBLISHED_ENTRY:
            if isinstance(step, Call):
                place["by"] = _officer(step.who)
                place["it"] = self._hub.must(step.who, step.rpc, **fill(step.fields, place))
        self._shared["entry"] = place["it"]

    def _person(self, number: int) -> str:
        """Return an ID number that no other sequence of this run names, and hardly one of another run: of one record few objections are open."""
        return citizen_id.build("640104", self._born + timedelta(days=number), 1 + secrets.randbelow(998))

    def _place(self) -> dict[str, Any]:
        number = next(self._numbers)
        n = f"{self._tag}{number:04d}"
        return {"n": n, "run": self._tag, "person": self._person(number), "parties": self._hub.parties, "systems": self._hub.systems, **self._shared}

    def _steps(self, result: Result) -> Iterator[int]:
        """Take the steps of a sequence up to the first that goes wrong; yield the hours that are to pass."""
        steps, way = result.sequence.steps, _way_to_refusal(result.sequence.steps)
        place, turns = self._scenes.pop(way) if way in self._scenes else (self._place(), [])
        if "key" not in place and any(isinstance(step, Call) and step.rpc == _KEY_RPC for step in steps):
            place["key"] = self._new_key()
        result.turns.extend(turns)
        for step in steps[len(turns) :]:
            if isinstance(step, Later):
                result.turns.append(Turn(hours=step.hours))
                yield step.hours
            elif not self._call(result, step, place):
                return
        if way:
            self._scenes[way] = place, result.turns[:-1]

    def _call(self, result: Result, step: Call, place: dict[str, Any]) -> bool:
        place["by"] = _officer(step.who)
        try:
            fields = fill(step.fields, place)
            answer = self._hub.call(step.who, step.rpc, fields)
        except (LookupError, AttributeError, ValueError, TypeError) as error:
            result.turns.append(Turn(step.who, step.rpc, str(step.fields), "", step.expect.text()))
            result.fail(f"the call could not be made from what the hub answered before: {error!r}")
            return False
        wrong = differs(answer, step.expect, place)
        result.turns.append(Turn(step.who, step.rpc, _shown(fields), answer.text(), step.expect.text() if wrong else ""))
        if wrong:
            result.fail(f"{step.rpc} by {step.who}: {wrong}")
            return False
        if step.keep and answer.error is None:
            kept = _kept(answer.message, step, place)
            if step.keep == "it" and not step.alone and "it" in place:
                place["old"] = place["it"]
            place[step.keep] = kept
        return True

    def _new_key(self) -> Mapping[str, Any]:
        """Return a new issuing key of the provider's with its proof."""
        key = ec.generate_private_key(ec.SECP256R1())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if "license_type" not in self._shared:
            self._shared["license_type"] = self._hub.must(PROVIDER, "ListLicenseTypes").license_types[0].code
        kind = self._shared["license_type"]
        said = issuing_key_proof(read_identity(self._hub.folder(PROVIDER)).hub, self._hub.parties[PROVIDER], [kind], public)
        return {"public": public, "type": kind, "proof": signer_of(key)(said)}


def _way_to_refusal(steps: tuple[Step, ...]) -> str:
    """Return what names the way to a last step that must be refused; empty where it may change something, or time passes."""
    *way, last = steps
    is_refused = isinstance(last, Call) and "OK" not in last.expect.status
    return repr(way) if way and is_refused and not any(isinstance(step, Later) for step in steps) else ""


def differs(answer: Answer, expect: Expect, place: Mapping[str, Any]) -> str:
    """Return in what an answer is not as expected; empty where it is."""
    if answer.status not in expect.status:
        return f"expected {' or '.join(expect.status)}, got {answer.text()}"
    if expect.reason and answer.reason != expect.reason:
        return f"expected the reason {expect.reason}, got {answer.reason}"
    for word in expect.mentions:
        if word not in str(answer.error):
            return f"expected a refusal that names {word!r}, got {answer.error}"
    for path, wanted in expect.says.items():
        found = value_at(answer.message, path)
        if found != fill(wanted, place):
            return f"expected {path} = {fill(wanted, place)!r}, got {found!r}"
    return ""


def value_at(message: Message | tuple[Message, ...], path: str) -> Any:
    """Return what a message says at a path: an enum by its name; `length` counts, `filled` tells whether anything is there.

    Of a stream, `first` and `last` are its messages.
    """
    found: Any = message
    before: Any = message
    names = path.split(".")
    for place, name in enumerate(names):
        if name == "length":
            return len(found)
        if isinstance(found, tuple):
            before = found = found[0 if name == "first" else -1]
            continue
        if name == "filled":
            last = names[place - 1]
            return before.HasField(last) if isinstance(found, Message) else bool(found)
        field = found.DESCRIPTOR.fields_by_name[name]
        before, found = found, getattr(found, name)
        if field.enum_type is not None and isinstance(found, int):
            return field.enum_type.values_by_number[found].name
    return found if isinstance(found, (str, bytes, bool, int, float, Message)) or not isinstance(found, Sequence) else list(found)


def _kept(message: Message, step: Call, place: Mapping[str, Any]) -> Any:
    """Return what is kept of an answer: all of it, or of a listing the one thing that is known by a field."""
    listing, name, value = step.pick
    return next((one for one in getattr(message, listing) if getattr(one, name) == fill(value, place)), None) if listing else message


def _officer(role: str) -> str:
    """Return the number of the officer whom the kit names for a role; of departments that registered their officers, sequences name them."""
    return "SJ-TCK" if role == AUTHORITY else f"TCK-{role[:4].upper()}"


def _shown(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in fields.items() if name != "etag")
