"""The steps of every transfer, in their order. A text about a step is made of its place and its name here, so that no text counts by hand.

1. permit   核对授权: who calls, when, why and how; which fields; one of the day's calls
2. reserve  登记意图: the intent takes its place in the access log
3. fetch    调取数据: the provider is asked for the granted fields alone
4. clean    过滤脱敏: what was not granted is dropped, types are checked, masks applied
5. record   记录结果: the outcome is durable in the access log
6. release  提供数据: the answer leaves, with the receipt of its outcome
"""

from dataclasses import dataclass

from shuniu.words import Word


@dataclass(frozen=True, slots=True)
class TransferStep:
    """One step: its name in both languages, its number, and how many there are."""

    word: Word
    number: int
    count: int

    @property
    def place(self) -> Word:
        """Return the step as an error text tells it."""
        return Word(
            self.word.id,
            f"step {self.number} of {self.count} ({self.word.en})",
            f"第{self.number}步（共{self.count}步：{self.word.zh}）",
        )


def _in_order(*words: Word) -> tuple[TransferStep, ...]:
    return tuple(TransferStep(word, number, len(words)) for number, word in enumerate(words, 1))


STEPS = PERMIT, RESERVE, FETCH, CLEAN, RECORD, RELEASE = _in_order(
    Word("permit", "permit", "核对授权"),
    Word("reserve", "reserve", "登记意图"),
    Word("fetch", "fetch", "调取数据"),
    Word("clean", "clean", "过滤脱敏"),
    Word("record", "record", "记录结果"),
    Word("release", "release", "提供数据"),
)
