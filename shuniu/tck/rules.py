"""A procedure as the kit knows it, and the sequences that follow from its table: none of them is written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shuniu.tck.sequence import AUTHORITY, CONSUMER, OK, OTHER, PROVIDER, Call, Expect, Kind, Later, Need, Sequence, Step, refusal
from shuniu.words import Word

ORDER: Final = "a step is taken in its order (docs/procedures.md)"
ETAG: Final = "who decides on what has changed decides anew (AIP-154)"
PARTIES: Final = (CONSUMER, PROVIDER, AUTHORITY, OTHER)
NOT_THEIRS: Final = refusal("PERMISSION_DENIED", "NOT_FOUND")


@dataclass(frozen=True)
class Move:
    """One step of a procedure: its rpc, whose it is, what is sent beside name and etag, and the article that it rests on."""

    name: str
    word: Word
    rpc: str
    who: tuple[str, ...]
    article: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    demands: tuple[str, ...] = ()
    """Fields without which it is refused."""

    def call(self, by: str = "", expect: Expect = OK, keep: str = "it", **other: Any) -> Call:
        """Return the call that takes the step, on what was kept as `it`."""
        return Call(by or self.who[0], self.rpc, {"name": "{it.name}", "etag": "{it.etag}", **self.fields, **other}, expect, keep)


@dataclass(frozen=True)
class Rules:
    """One procedure: its states with the ways that lead there, its steps, and which step leads from where to where."""

    id: str
    thing: Word
    prefix: str
    """How the values of its state begin: GRANT_STATE_."""
    moves: Mapping[str, Move]
    ways: Mapping[str, tuple[Step, ...]]
    """Calls that make a new thing in each state: the last answer about it is kept as `it`, the one before that as `old`."""
    words: Mapping[str, str]
    """What a refusal calls each state."""
    next: Mapping[tuple[str, str], str]
    others: Mapping[tuple[str, str], Expect] = field(default_factory=dict)
    """Refusals that have a rule of their own beside the table's."""
    starts: Mapping[tuple[str, str], tuple[Step, ...]] = field(default_factory=dict)
    """Other ways to the state for single steps, which need more than that the thing stands there."""
    needs: frozenset[Need] = frozenset({Need.WRITING})
    path: str = "state"
    """Where an answer says the state."""

    def sequences(self) -> Iterator[Sequence]:
        """Yield what follows from the table."""
        yield from self._ways_on()
        yield from self._no_ways()
        yield from self._strangers()
        yield from self._old_etags()
        yield from self._gaps()

    def _make(self, name: str, title: Word, article: str, kind: Kind, steps: tuple[Step, ...]) -> Sequence:
        late = any(isinstance(step, Later) for step in steps)
        needs = self.needs | ({Need.CLOCK} if late else set())
        return Sequence(f"{self.id}/{name}", title, article, Kind.LATE if late and kind is Kind.HAPPY else kind, steps, needs)

    def _ways_on(self) -> Iterator[Sequence]:
        for (state, name), after in self.next.items():
            move = self.moves[name]
            title = Word(name, f"{self.thing.en}, {state}: {move.word.en} leads to {after}", f"{self.thing.zh}：{state} 经“{move.word.zh}”到 {after}")
            kind = Kind.REFUSED if after == "refused" else Kind.ENDED if after in {"withdrawn", "revoked", "closed"} else Kind.HAPPY
            steps = (*self._way(state, name), move.call(expect=Expect(says={self.path: self.prefix + after.upper()})))
            yield self._make(f"{state}-{name}-{after}", title, move.article, kind, steps)

    def _no_ways(self) -> Iterator[Sequence]:
        for state, way in self.ways.items():
            for name, move in self.moves.items():
                if (state, name) in self.next:
                    continue
                usual = refusal("FAILED_PRECONDITION", reason="ILLEGAL_STATE", mentions=self._named(state, name))
                expect = self.others.get((state, name), usual)
                title = Word(name, f"{self.thing.en}, {state}: {move.word.en} is refused", f"{self.thing.zh}：{state} 时不得“{move.word.zh}”")
                yield self._make(f"{state}-{name}-illegal", title, f"{ORDER}; {move.article}", Kind.OUT_OF_ORDER, (*way, move.call(expect=expect)))

    def _named(self, state: str, name: str) -> tuple[str, ...]:
        """Return the words that an illegal step must be told: where the thing stands, and one state from which the step leads on."""
        possible = [self.words[one] for one, step in self.next if step == name]
        return (self.words[state], *possible[:1])

    def _strangers(self) -> Iterator[Sequence]:
        for name, move in self.moves.items():
            state = self._begin(name)
            for party in PARTIES:
                if party in move.who or state is None:
                    continue
                title = Word(
                    name, f"{self.thing.en}: {move.word.en} is no step of the {party}'s", f"{self.thing.zh}：“{move.word.zh}”不由 {party} 办理"
                )
                steps = (*self._way(state, name), move.call(by=party, expect=NOT_THEIRS))
                yield self._make(f"{name}-by-{party}", title, move.article, Kind.WRONG_PARTY, steps)

    def _old_etags(self) -> Iterator[Sequence]:
        for name, move in self.moves.items():
            found = [state for state, step in self.next if step == name and self._has_old(state)]
            if found:
                title = Word(
                    name, f"{self.thing.en}: {move.word.en} with an old etag is refused", f"{self.thing.zh}：“{move.word.zh}”所附版本标记已过时"
                )
                expect = refusal("ABORTED", reason="STALE_ETAG")
                steps = (*self._way(found[0], name), move.call(expect=expect, etag="{old.etag}"))
                yield self._make(f"{name}-stale", title, ETAG, Kind.REPLAYED, steps)

    def _gaps(self) -> Iterator[Sequence]:
        for name, move in self.moves.items():
            state = self._begin(name)
            for gap in move.demands:
                if state is None:
                    continue
                without = replace(move, fields={key: value for key, value in move.fields.items() if key != gap})
                title = Word(name, f"{self.thing.en}: {move.word.en} without {gap} is refused", f"{self.thing.zh}：“{move.word.zh}”缺少 {gap}")
                expect = refusal("INVALID_ARGUMENT")
                yield self._make(
                    f"{name}-without-{gap}", title, move.article, Kind.INCOMPLETE, (*self._way(state, name), without.call(expect=expect))
                )

    def _begin(self, name: str) -> str | None:
        """Return a state from which a step leads on without waiting for time to pass, None where there is none."""
        here = (state for state, step in self.next if step == name and state in self.ways)
        return next((state for state in here if not any(isinstance(step, Later) for step in self.ways[state])), None)

    def _has_old(self, state: str) -> bool:
        calls = [step for step in self.ways.get(state, ()) if isinstance(step, Call) and step.keep == "it"]
        late = any(isinstance(step, Later) for step in self.ways.get(state, ()))
        return len(calls) > 1 and not calls[-1].alone and not late

    def _way(self, state: str, name: str) -> tuple[Step, ...]:
        return self.starts.get((state, name), self.ways[state])
