"""Issuing: the hub prepares, this machine signs, the hub issues; one license, or the rows of a ledger with several calls in flight.

The request's id is made of the row's content under the key, so whatever is sent again, by this run or the next, is the same request: the hub
answers it with the license as it stands, and a row that was issued just before a crash is recognised and not issued twice.
"""

from __future__ import annotations

import hmac
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from shuniu.cli.daily.issue_results import FAILED, ISSUED, Outcome
from shuniu.codes.cose import signer_of
from shuniu.errors import ShuniuCallError
from shuniu.v1.license_pb2 import LICENSE_STATE_DRAFT, LICENSE_STATE_REVOKED, IssueLicenseRequest, License, PrepareLicenseRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric import ec

    from shuniu.cli.daily.issue_results import Results
    from shuniu.cli.daily.ledger import Entry
    from shuniu.client import Client

_OF_THE_ROW: Final = frozenset({"INVALID_ARGUMENT", "ALREADY_EXISTS", "NOT_FOUND", "FAILED_PRECONDITION", "ABORTED"})
"""Statuses that say that this row cannot be issued; others stop the run, because they would say the same of every row."""
_OF_THE_KEY: Final = "KEY_"
"""How the reasons begin that speak of the key, which all rows share."""
_TRIES: Final = 20
_PAUSE: Final = 0.05
_ID_BYTES: Final = 16


@dataclass(frozen=True)
class Issuer:
    """An office that issues: its connection, its key, its officer."""

    hub: Client
    key: ec.EllipticCurvePrivateKey
    officer: str
    supersedes: str = ""
    """The license whose place the one to be issued is to take; it may have the same number."""

    def request_of(self, entry: Entry) -> str:
        """Return the id of the request to issue an entry: the same for the same content, and nobody can guess the content from it."""
        secret = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        content = entry.content.SerializeToString(deterministic=True) + self.supersedes.encode()
        return "ledger-" + hmac.digest(secret, b"shuniu ledger\n" + content, "sha256")[:_ID_BYTES].hex()

    def issue(self, entry: Entry) -> License:
        """Have an entry prepared, sign it here, have it issued; one that is issued already is returned as it stands."""
        request = PrepareLicenseRequest(
            license=entry.content,
            request_id=self.request_of(entry),
            officer=self.officer,
            case_number=entry.case_number,
            supersedes=self.supersedes,
        )
        prepared: License = _patiently(lambda: self.hub.licenses.PrepareLicense(request))
        if prepared.state != LICENSE_STATE_DRAFT:
            return prepared
        signature = signer_of(self.key)(prepared.to_be_signed)
        signed = IssueLicenseRequest(name=prepared.name, etag=prepared.etag, signature=signature, officer=self.officer)
        return _patiently(lambda: self.hub.licenses.IssueLicense(signed))


def _patiently(call: Callable[[], License]) -> License:
    """Call; where the hub asks to wait or to try again at once, do so."""
    for left in reversed(range(_TRIES)):
        try:
            return call()
        except ShuniuCallError as error:
            again = error.code.name == "ABORTED" or (error.code.name == "RESOURCE_EXHAUSTED" and error.retry_after)
            if not again or not left:
                raise
            time.sleep(error.retry_after or _PAUSE)
    raise AssertionError


def run(issuer: Issuer, entries: Sequence[Entry], results: Results, together: int, tell: Callable[[int], None]) -> None:
    """Issue the entries that are not issued yet, so many at a time, and write down what becomes of each; `tell` gets how many more are done.

    An error that would meet every row stops the run, once what is in flight has been written down.
    """
    waiting = [one for one in entries if not results.is_issued(issuer.request_of(one))]
    tell(len(entries) - len(waiting))
    rest = iter(waiting)
    stop: ShuniuCallError | None = None
    with ThreadPoolExecutor(together) as pool:
        flying: dict[Future[License], Entry] = {}
        while True:
            while stop is None and len(flying) < together and (entry := next(rest, None)) is not None:
                flying[pool.submit(issuer.issue, entry)] = entry
            if not flying:
                break
            done, _ = wait(flying, return_when=FIRST_COMPLETED)
            told = []
            for one in done:
                entry = flying.pop(one)
                problem = one.exception()
                if problem is not None and not (isinstance(problem, ShuniuCallError) and _is_of_the_row(problem)):
                    if not isinstance(problem, ShuniuCallError):
                        raise problem
                    stop = stop or problem
                    continue
                told.append(_outcome(issuer, entry, None if problem else one.result(), problem))
            results.add(told)
            tell(len(told))
    if stop is not None:
        raise stop


def _is_of_the_row(error: ShuniuCallError) -> bool:
    return error.code.name in _OF_THE_ROW and not error.reason.startswith(_OF_THE_KEY)


def _outcome(issuer: Issuer, entry: Entry, issued: License | None, problem: BaseException | None) -> Outcome:
    known = issued if issued is not None else License()
    failed = issued is None or issued.state == LICENSE_STATE_REVOKED
    why = ""
    if isinstance(problem, ShuniuCallError):
        field = f"（{problem.field}）" if problem.field else ""
        each = "".join(f"；{one.field}：{one.message_zh} {one.message}" for one in problem.faults)
        why = f"{problem.message_zh}{field} {problem.message} [{problem.reason}]{each}"
    elif failed:
        why = "已被撤销 it has been revoked since"
    return Outcome(
        row=str(entry.row),
        number=entry.content.number,
        identifier=known.identifier,
        state=FAILED if failed else ISSUED,
        error=why,
        code=known.code,
        link=known.link,
        request=issuer.request_of(entry),
    )
