"""What monitors read: gauges of how the hub stands, and what was counted since the process began, as OpenMetrics 1.0 text.

Anybody may read them, so they say nothing of any call, and name no department and nobody: which provider was paused stands in the server's log.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp.web import Request, Response

from audit.outcomes import OK
from catalog.model.health import ServiceState
from certs.federation import PROVIDER
from certs.sessions import CERTIFICATE, OFFICER, PERSON
from certs.sign_in import LINK, PASSKEY
from exchange.stream_reasons import CONSUMER_STALLED, FRAME_LIES, PROVIDER_STALLED
from exchange.stream_tally import StreamTally
from hub.access import ACCESS
from questions.model import OPEN, QuestionState
from web.log_state import log_facts
from web.pages import PAGES, Pages
from web.reception import in_thread
from web.refused_sign_ins import FAILURES
from work.metrics import WorkCounts

COMPARISON: Final = "comparison"
ANSWERED: Final = "answered"
UNANSWERED: Final = "unanswered"
Sample = tuple[Mapping[str, str], float | int]
"""The labels of a sample, and its value."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the samples are read from."""

    pages: Pages
    log: Mapping[str, Any]
    work: WorkCounts
    services: Mapping[ServiceState, int]
    questions: Mapping[QuestionState, int]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name, without the `_total` that OpenMetrics wants at the end of a counter's sample, what it says, and its samples.

    A unit is the end of the name.
    """

    name: str
    text: str
    read: Callable[[Look], Iterable[Sample]]
    kind: str = "gauge"
    unit: str = ""

    def lines(self, look: Look) -> Iterator[str]:
        """Yield it as text."""
        yield f"# TYPE {self.name} {self.kind}"
        if self.unit:
            yield f"# UNIT {self.name} {self.unit}"
        yield f"# HELP {self.name} {self.text}"
        for labels, value in self.read(look):
            # Labels are names out of our own source: nothing in them is to be escaped.
            told = ",".join(f'{name}="{text}"' for name, text in labels.items())
            yield f"{self.name}{'_total' if self.kind == 'counter' else ''}{f'{{{told}}}' if told else ''} {value}"


async def metrics(request: Request) -> Response:
    """Serve all of them."""
    pages = request.app[PAGES]
    services = await in_thread(request, pages.catalog.probes.counts)
    questions = await in_thread(request, pages.question_counts)
    look = Look(pages, await log_facts(request), await in_thread(request, pages.work_counts), services, questions)
    lines = [line for family in FAMILIES for line in family.lines(look)]
    for name, seconds in sorted(pages.own.seconds_left(pages.clock.now()).items()):
        lines += _certificate(name, seconds).lines(look)
    response = Response(body="\n".join([*lines, "# EOF", ""]).encode())
    response.headers["Content-Type"] = "application/openmetrics-text; version=1.0.0; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return response


def _log(name: str, unit: str, text: str, key: str) -> Family:
    def read(look: Look) -> list[Sample]:
        value = look.log[key]
        # no checkpoint yet: a gauge without a sample
        return [] if value is None and key != "refusing" else [({}, int(bool(value)) if key == "refusing" else value)]

    return Family(name, text, read, unit=unit)


def _one(name: str, text: str, read: Callable[[Look], int], kind: str = "gauge", unit: str = "") -> Family:
    return Family(name, text, lambda look: [({}, read(look))], kind, unit)


def _counter(name: str, text: str, read: Callable[[Pages], int]) -> Family:
    return _one(name, text, lambda look: read(look.pages), "counter")


def _certificate(name: str, seconds: float) -> Family:
    gauge = f"shuniu_certificate_{name.replace('-', '_')}_left_seconds"
    text = f"Seconds until the certificate {name} of this hub ends; negative once it has ended."
    return _one(gauge, text, lambda _look: round(seconds), unit="seconds")


def _pairs(totals: Mapping[tuple[str, str], int], known: Iterable[tuple[str, str]], first: str, second: str) -> Iterator[Sample]:
    """Yield a sample for each pair, 0 for those that are known and did not happen yet: what appears with a 1 looks to a monitor like no change."""
    for pair, count in sorted({**dict.fromkeys(known, 0), **totals}.items()):
        yield {first: pair[0], second: pair[1]}, count


_DOMAINS: Final = {
    "IdentityService": "certs",
    "OfficerService": "certs",
    "WorkService": "work",
    "CatalogService": "catalog",
    "BrokerageService": "brokerage",
    "CaseService": "brokerage",
    "FileService": "files",
    "LicenseService": "licenses",
    "SealService": "seals",
    "AuditService": "audit",
}
"""Under which domain the log keeps the steps of a service. What the data plane answers is not counted here: it has receipts."""
_WITHOUT_RECORD: Final = frozenset({"CheckEntries", "AcknowledgeWork"})
"""Rpcs that may write and put no record on the log."""
_NO_RPC: Final = (
    "audit.ConfirmErasure",
    "brokerage.ExpireDataRequest",
    "brokerage.EndDataRequest",
    "brokerage.EndGrant",
    "brokerage.EndObjection",
    "brokerage.ExpireUseRecord",
    "brokerage.FindBrowsing",
    "brokerage.OweUseRecord",
    "brokerage.PassCorrectionNotice",
    "brokerage.PassDataRequest",
    "brokerage.PassGrant",
    "brokerage.PassObjection",
    "catalog.ChangeServiceState",
    "catalog.EndDraft",
    "catalog.EndEntry",
    "catalog.ExpireReview",
    "catalog.PassDraft",
    "catalog.PassEntry",
    "certs.EndDepartment",
    "certs.EndOfficer",
    "certs.EndSession",
    "certs.LookForSystems",
    "certs.ProveSession",
    "certs.PutSuccessionIntoEffect",
    "certs.RedeemLoginLink",
    "certs.RegisterPasskey",
    "certs.RemovePasskey",
    "certs.RenameDepartment",
    "certs.SignIn",
    "certs.TakeOverDepartment",
    "exchange.AnswerQuestion",
    "exchange.EndQuestion",
    "exchange.ExpireQuestion",
    "exchange.KeepQuestion",
    "exchange.MissQuestion",
    "exchange.RefuseQuestion",
    "exchange.WakeQuestion",
    "exchange.WithdrawQuestion",
    "files.EraseFile",
    "files.PassDataFile",
    "licenses.EndIssuingKey",
    "seals.EndSeal",
    "work.ExpireProposal",
    "work.Propose",
    "work.VoidProposal",
)
"""Steps that are taken at the pages, by the hub itself, or within another."""


def _steps() -> tuple[str, ...]:
    named = {path.rpartition("/")[0].rpartition(".")[2] + "." + path.rpartition("/")[2]: row.writes for path, row in ACCESS.items()}
    rpcs = [name.split(".") for name, writes in named.items() if writes]
    return (*_NO_RPC, *(f"{_DOMAINS[service]}.{rpc}" for service, rpc in rpcs if service in _DOMAINS and rpc not in _WITHOUT_RECORD))


STEPS: Final = tuple(sorted(set(_steps())))
"""Every step that a running hub puts on the log, by the action of its record."""
ENDINGS: Final = ("CANCELLED", CONSUMER_STALLED.name, PROVIDER_STALLED.name, FRAME_LIES.name)
_SIGN_INS: Final = ((OFFICER, LINK), (OFFICER, PASSKEY), (OFFICER, PROVIDER), (OFFICER, CERTIFICATE), (PERSON, PROVIDER))


def _endings(tally: StreamTally) -> list[tuple[dict[str, str], int]]:
    """Return how often a stream broke off by each reason; the usual ones are there from the start with 0."""
    return [({"reason": reason}, count) for reason, count in sorted({**dict.fromkeys(ENDINGS, 0), **tally.broken_off}.items())]


def _failures(look: Look) -> Iterator[Sample]:
    refused = look.pages.strangers_refused.totals
    return _pairs({pair: refused.get(pair[1], 0) for pair in FAILURES}, (), "means", "reason")


FAMILIES: Final = (
    _log("shuniu_log_checkpoint_age_seconds", "seconds", "Seconds since the newest checkpoint was signed.", "checkpoint_age_seconds"),
    _log("shuniu_log_unsigned_records", "records", "Records that no checkpoint covers yet.", "records_unsigned"),
    _log("shuniu_log_damaged_records", "records", "Damaged records of which nobody has taken note.", "damaged"),
    _log("shuniu_register_touched_rows", "rows", "Rows of the register that are not what the log says: nothing is decided by them.", "rows_touched"),
    _log("shuniu_log_refusing", "", "1 while the log takes no record and nothing is released.", "refusing"),
    _log("shuniu_log_index_behind_records", "records", "Records that no search index covers yet.", "index_behind"),
    _one("shuniu_work_open", "Pieces of work that wait for departments.", lambda look: look.work.open),
    _one("shuniu_work_overdue", "Those of them whose time is over.", lambda look: look.work.overdue),
    _one("shuniu_proposals_waiting", "Steps that wait for a second person.", lambda look: look.work.proposals),
    _one(
        "shuniu_deliveries_waiting_messages",
        "Messages of the outbox that wait to be sent.",
        lambda look: look.pages.dispatch.standing.waiting,
        unit="messages",
    ),
    _one(
        "shuniu_deliveries_dead_messages",
        "Messages that could not be delivered, of 90 days.",
        lambda look: look.pages.dispatch.standing.dead,
        unit="messages",
    ),
    _counter("shuniu_deliveries_sent", "Webhooks and mails that were acknowledged.", lambda pages: pages.dispatch.standing.sent),
    _counter("shuniu_deliveries_failed", "Attempts at them that were not.", lambda pages: pages.dispatch.standing.failed),
    _counter(
        "shuniu_strangers_refused",
        "Calls of strangers that were refused, at every door.",
        lambda pages: sum(pages.strangers_refused.totals.values()),
    ),
    _counter("shuniu_provider_pauses", "How often a provider that failed was paused for everybody.", lambda pages: pages.providers.pauses),
    _counter("shuniu_provider_calls_without_place", "Calls that found no place at their provider.", lambda pages: pages.providers.placeless),
    _one("shuniu_streams_open", "Whole tables that are being delivered right now.", lambda look: look.pages.streams.open),
    _counter("shuniu_stream_frames", "Frames of streams that left.", lambda pages: pages.streams.frames),
    _counter("shuniu_stream_rows", "Rows in them.", lambda pages: pages.streams.rows),
    _one("shuniu_stream_bytes", "Bytes in them.", lambda look: look.pages.streams.bytes, "counter", "bytes"),
    _counter("shuniu_stream_portions", "Portions of streams that the log told of, each by an outcome.", lambda pages: pages.streams.portions),
    Family(
        "shuniu_streams_broken_off",
        "Streams that did not come to their end, by the reason that the log has.",
        lambda look: _endings(look.pages.streams),
        "counter",
    ),
    _one("shuniu_downloads_open", "Data files that are being downloaded right now.", lambda look: look.pages.downloads.open),
    _counter("shuniu_download_parts", "Parts of data files that left.", lambda pages: pages.downloads.frames),
    _counter("shuniu_download_rows", "Rows in them.", lambda pages: pages.downloads.rows),
    _one("shuniu_download_bytes", "Bytes in them.", lambda look: look.pages.downloads.bytes, "counter", "bytes"),
    _counter("shuniu_download_portions", "Portions of downloads that the log told of, each by an outcome.", lambda pages: pages.downloads.portions),
    Family(
        "shuniu_downloads_broken_off",
        "Downloads that did not come to their end, by the reason that the log has.",
        lambda look: _endings(look.pages.downloads),
        "counter",
    ),
    _one("shuniu_subscriptions_open", "Subscriptions to changes that are open right now.", lambda look: look.pages.changes.open),
    _counter("shuniu_changes_delivered", "Changes of records that left to subscribers.", lambda pages: pages.changes.delivered),
    _counter("shuniu_changes_collapsed", "Changes that were left out for a newer one of their key.", lambda pages: pages.changes.collapsed),
    Family(
        "shuniu_services",
        "Published entries by how the service behind them stands.",
        lambda look: [({"state": state.value}, count) for state, count in look.services.items()],
    ),
    Family(
        "shuniu_waiting_questions",
        "Questions that wait for a provider that is away, and those whose service was seen again.",
        lambda look: [({"state": state.value}, look.questions.get(state, 0)) for state in sorted(OPEN)],
    ),
    _counter("shuniu_officers_unknown", "Calls that named an officer whom nobody registered.", lambda pages: pages.certs.unknown_officers),
    Family(
        "shuniu_sign_ins",
        "Officers and people who signed in to the pages, by the means.",
        lambda look: _pairs(look.pages.certs.sign_ins.totals, _SIGN_INS, "who", "means"),
        "counter",
    ),
    Family("shuniu_sign_in_failures", "Who tried to sign in, or to prove once more who is there, and was refused.", _failures, "counter"),
    Family(
        "shuniu_steps",
        "Steps that were taken, and those that were refused, by the action under which the log keeps them; without the data plane's.",
        lambda look: _pairs(look.pages.steps.totals, ((one, OK) for one in STEPS), "action", "outcome"),
        "counter",
    ),
    Family(
        "shuniu_comparisons",
        "Systems that were asked what they serve, to compare an entry with it, by whether they answered.",
        lambda look: [({"outcome": one}, look.pages.comparisons.totals.get((COMPARISON, one), 0)) for one in (ANSWERED, UNANSWERED)],
        "counter",
    ),
)
"""Every metric but those of the certificates, which are named by the files that there are."""
