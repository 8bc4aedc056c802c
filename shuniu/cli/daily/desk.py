"""The hub as the daily commands see it: any rpc by its name, lists to their end, the thing behind a name, a department's title for its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from google.protobuf import message_factory

from shuniu import connect
from shuniu.cli.calling import method_of
from shuniu.cli.department import members_address
from shuniu.cli.reasons import NOT_FOUND_IN_LIST
from shuniu.errors import ShuniuCallError
from shuniu.v1.catalog_pb2 import GetEntryRequest
from shuniu.v1.identity_pb2 import ListDepartmentsRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from google.protobuf.message import Message

    from shuniu.cli.daily.rows import Find
    from shuniu.client import Client

STUBS: Final = {
    "AuditService": "audit",
    "BrokerageService": "brokerage",
    "CaseService": "cases",
    "CatalogService": "catalog",
    "ExchangeService": "exchange",
    "FileService": "files",
    "IdentityService": "identity",
    "LicenseService": "licenses",
    "OfficerService": "officers",
    "PracticeService": "practice",
    "SealService": "seals",
    "WorkService": "work",
}
_PAGE: Final = 100


def connected(identity: Path, deadline: float, receipts: Path | None = None) -> AbstractContextManager[Client]:
    """Return the hub that an identity folder knows, to be closed after use; a call may take `deadline` seconds, and receipts are kept in a folder."""
    return connect(members_address(identity), identity, deadline=deadline, receipts=receipts)


class Desk:
    """One command's connection to the hub."""

    def __init__(self, client: Client) -> None:
        """Take an open client."""
        self.client = client
        self._titles: dict[str, str] | None = None
        self._entry_titles: dict[str, str] = {}

    def call(self, rpc: str, request: Message) -> Any:
        """Call `Service/Method`."""
        service, _, method = rpc.partition("/")
        return getattr(getattr(self.client, STUBS[service]), method)(request)

    def listed(self, rpc: str, request: Any, most: int | None = None) -> Iterator[Any]:
        """Return what a listing lists, page by page, and at most so many; the rest of the first page too many is not asked for."""
        things, left = things_of(rpc), most
        if "page_token" not in request.DESCRIPTOR.fields_by_name:  # its answer is whole
            yield from getattr(self.call(rpc, request), things)
            return
        while left is None or left > 0:
            request.page_size = _PAGE if left is None else min(left, _PAGE)
            page = self.call(rpc, request)
            found = getattr(page, things)
            yield from found
            left = None if left is None else left - len(found)
            request.page_token = page.next_page_token
            if not page.next_page_token:
                return

    def title(self, uscc: str) -> str:
        """Return what a department is called, for short where it has a short title; empty for one that is not registered."""
        if self._titles is None:
            every = self.listed("IdentityService/ListDepartments", ListDepartmentsRequest())
            self._titles = {one.uscc: one.short_title or one.title for one in every}
        return self._titles.get(uscc, "")

    def entry_title(self, name: str) -> str:
        """Return the title of an entry by its name, `entries/{entry}`; empty for one that this department does not see."""
        if name not in self._entry_titles:
            try:
                self._entry_titles[name] = self.client.catalog.GetEntry(GetEntryRequest(name=name)).title
            except ShuniuCallError:
                self._entry_titles[name] = ""
        return self._entry_titles[name]


def things_of(rpc: str) -> str:
    """Return the name of the field in which a listing's answer holds what it lists."""
    return next(one.name for one in method_of(rpc).output_type.fields if one.is_repeated and one.message_type)


def request_class(rpc: str) -> Any:
    """Return the class of an rpc's request."""
    return message_factory.GetMessageClass(method_of(rpc).input_type)


def by_get(rpc: str) -> Find:
    """Return a way to read a thing: its Get rpc."""

    def find(desk: Desk, name: str, given: Mapping[str, Any]) -> Message:
        del given
        found: Message = desk.call(rpc, request_class(rpc)(name=name))
        return found

    return find


def by_list(rpc: str) -> Find:
    """Return a way to read a thing that has no Get: its listing, newest first."""

    def find(desk: Desk, name: str, given: Mapping[str, Any]) -> Message:
        del given
        found = next((one for one in desk.listed(rpc, request_class(rpc)()) if one.name == name), None)
        if found is None:
            raise NOT_FOUND_IN_LIST(name=name)
        return found  # type: ignore[no-any-return]

    return find
