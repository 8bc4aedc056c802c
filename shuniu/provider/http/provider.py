"""An HTTP service as a resource: for each fetch one question by the template, whose answer is read strictly or refused whole."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import monotonic
from typing import Any

from shuniu.joining.hosts import is_loopback
from shuniu.provider.http.exchange import Exchange
from shuniu.provider.http.faults import Fault, ServiceError
from shuniu.provider.http.line import Dial
from shuniu.provider.http.paths import MISSING
from shuniu.provider.http.plan import ServedField, ServicePlan
from shuniu.provider.http.refusals import failure, start_error
from shuniu.provider.http.template import UnfitKeyError
from shuniu.provider.resource import Column, FetchCall, Resource
from shuniu.provider.same_key import is_of_key
from shuniu.v1.catalog_pb2 import FieldType

log = logging.getLogger(__name__)
Record = dict[str, object]


class HttpProvider:
    """One HTTP service of the department that answers JSON, by a plan (`shuniu.provider.http.plan.plan_of`)."""

    def __init__(self, plan: ServicePlan) -> None:
        """Connect to the service, which asks it nothing; raise SourceError with the next action where it cannot be reached."""
        self._plan = plan
        server = plan.template.server
        self._exchange = Exchange(Dial(server, plan.places, plan.tls))
        try:
            self._exchange.greet(monotonic() + plan.seconds)
        except ServiceError as error:
            raise start_error(error, server) from None
        if plan.tls is None and not is_loopback(server.host):
            log.warning("%s is asked over http: records and headers travel unencrypted to %s", plan.name, server.host)

    def resource(self, name: str = "") -> Resource:
        """Return the resource to add to a provider."""
        columns = tuple(
            Column(field, one.type, field != self._plan.key, FieldType.Value(f"FIELD_TYPE_{one.type.upper()}"))
            for field, one in self._plan.fields.items()
        )
        return Resource(name or self._plan.name, self._plan.key, columns, self.fetch)

    def fetch(self, key: str, fields: Sequence[str], call: FetchCall) -> list[Record]:
        """Return the records under one key; blocks until the service answers, at most for the plan's seconds."""
        try:
            head, body = self._request(key)
            answer = self._exchange.ask(head, body, min(call.until, monotonic() + self._plan.seconds))
            return [self._record(found, key, fields) for found in self._plan.form.records_of(answer)]
        except ServiceError as error:
            raise failure(error, self._plan.name) from None

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    def _request(self, key: str) -> tuple[bytes, bytes]:
        template = self._plan.template
        if self._plan.fields[self._plan.key].type == "int64" and not _is_plain_number(key):
            raise ServiceError(Fault.KEY)
        try:
            target, body = template.target_of(key), template.body_of(key)
        except UnfitKeyError:
            raise ServiceError(Fault.KEY) from None
        head = {"Host": template.server.authority, "User-Agent": "shuniu", "Accept": "application/json", "Accept-Encoding": "identity"}
        if template.method == "POST":
            head["Content-Length"] = str(len(body))
        if body:
            head["Content-Type"] = "application/json"
        lines = (f"{template.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in {**self._plan.headers(), **head}.items()), "", "")
        return "\r\n".join(lines).encode("ascii"), body

    def _record(self, found: dict[str, Any], asked: str, fields: Sequence[str]) -> Record:
        """Return the fields of one record, once it is known to be one of the key that was asked for."""
        key = self._plan.key
        if not is_of_key(_value(key, self._plan.fields[key], found), asked):
            raise ServiceError(Fault.OTHER_KEY)
        return {name: _value(name, self._plan.fields[name], found) for name in fields}


def _value(name: str, field: ServedField, record: dict[str, Any]) -> object:
    try:
        value = field.path.find(record)
        if value is None or (value is MISSING and field.is_optional):
            return None
        if value is not MISSING:
            return field.read(value)
    except (ValueError, ArithmeticError):
        raise ServiceError(Fault.VALUE, "not of its type", column=name) from None
    raise ServiceError(Fault.VALUE, "missing", column=name)


def _is_plain_number(key: str) -> bool:
    """Tell whether a key is spelt as a whole number is printed: "007" must not find 7."""
    return key.isascii() and key.lstrip("-").isdigit() and len(key) <= len(str(-(2**63))) and str(int(key)) == key
