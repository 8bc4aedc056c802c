"""CatalogService over the actions: who, what, answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from catalog.actions import CatalogActions
from catalog.export import Format, Written
from catalog.model import Entry, EntryState
from catalog.model.directory_update import UpdateState
from catalog.model.health import ServiceState
from catalog.model.record_source import SourceState
from catalog.reasons import EXPORT_FORMAT_UNKNOWN
from catalog.wire import (
    check_to,
    content_from,
    criteria_from,
    entry_to,
    finding_to,
    health_to,
    hits_to,
    record_source_from,
    record_source_to,
    release_to,
    update_from,
    update_to,
)
from hub.rpc import Call
from hub.unit_of_work import Step
from hub.wire import optional_member
from shuniu.v1 import catalog_pb2
from shuniu.v1 import directory_update_pb2 as pb
from shuniu.v1 import probe_pb2 as probe_pb
from shuniu.v1 import record_source_pb2 as sources_pb

_Reasoned = (
    catalog_pb2.SubmitEntryRequest
    | catalog_pb2.ReturnEntryRequest
    | catalog_pb2.WithdrawEntryRequest
    | pb.RequestUpdateExtensionRequest
    | pb.AllowUpdateExtensionRequest
    | pb.RefuseUpdateExtensionRequest
    | pb.WithdrawDirectoryUpdateRequest
    | sources_pb.EndRecordSourceRequest
)
_FORMATS: Final = {
    catalog_pb2.EXPORT_FORMAT_TURTLE: Format.TURTLE,
    catalog_pb2.EXPORT_FORMAT_JSON_LD: Format.JSON_LD,
    catalog_pb2.EXPORT_FORMAT_CSV: Format.CSV,
}


class CatalogService:
    """The servicer of shuniu.v1.CatalogService. Method names are the protocol's."""

    SERVICE: Final = catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"]

    def __init__(self, actions: CatalogActions) -> None:
        """Take the actions."""
        self._actions = actions

    def CreateEntry(self, request: catalog_pb2.CreateEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Make a draft."""
        step, content = Step(caller=call.caller, request_id=request.request_id), content_from(request.entry)
        make = self._actions.validate if request.validate_only else self._actions.create_entry
        return entry_to(make(step, content))

    def UpdateEntry(self, request: catalog_pb2.UpdateEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Replace a draft."""
        entry = request.entry
        step = Step(caller=call.caller, name=entry.name, etag=entry.etag)
        return entry_to(self._actions.update(step, entry.version, content_from(entry)))

    def SubmitEntry(self, request: catalog_pb2.SubmitEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Submit a draft."""
        return self._with_findings(self._actions.submit(_step(request, call), request.change_basis))

    def PublishEntry(self, request: catalog_pb2.PublishEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Publish what was submitted."""
        return self._with_findings(self._actions.publish(Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer)))

    def CheckEntries(self, request: catalog_pb2.CheckEntriesRequest, call: Call) -> catalog_pb2.CheckEntriesResponse:
        """Compare entries with what is served."""
        return catalog_pb2.CheckEntriesResponse(checks=map(check_to, self._actions.check(call.caller, request.name, request.version)))

    def ReturnEntry(self, request: catalog_pb2.ReturnEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Send back what was submitted."""
        return entry_to(self._actions.send_back(_step(request, call)))

    def ReviseEntry(self, request: catalog_pb2.ReviseEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Start a new version."""
        return entry_to(self._actions.revise(Step(caller=call.caller, name=request.name, etag=request.etag, reason=request.reason)))

    def WithdrawEntry(self, request: catalog_pb2.WithdrawEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Take an entry out of the directory."""
        return entry_to(self._actions.withdraw(_step(request, call)))

    def AssignRecordSource(self, request: sources_pb.AssignRecordSourceRequest, call: Call) -> sources_pb.RecordSource:
        """Name a source once for each request id."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return record_source_to(self._actions.sources.assign(step, record_source_from(request)))

    def EndRecordSource(self, request: sources_pb.EndRecordSourceRequest, call: Call) -> sources_pb.RecordSource:
        """End a naming."""
        return record_source_to(self._actions.sources.end(_step(request, call)))

    def GetRecordSource(self, request: sources_pb.GetRecordSourceRequest, call: Call) -> sources_pb.RecordSource:
        """Get one."""
        return record_source_to(self._actions.sources.get(call.caller, request.name))

    def ListRecordSources(self, request: sources_pb.ListRecordSourcesRequest, call: Call) -> sources_pb.ListRecordSourcesResponse:
        """List sources, newest first."""
        state = optional_member(SourceState, sources_pb.RecordSourceState.DESCRIPTOR, request.state, "state")
        wanted = (request.term, request.department, state)
        found, following = self._actions.sources.newest(call.caller, request.page_size, request.page_token, *wanted)
        return sources_pb.ListRecordSourcesResponse(record_sources=map(record_source_to, found), next_page_token=following)

    def GetEntryHealth(self, request: probe_pb.GetEntryHealthRequest, _call: Call) -> probe_pb.EntryHealth:
        """Say how the service behind an entry stands."""
        return health_to(self._actions.probes.get(request.name))

    def ListEntryHealth(self, request: probe_pb.ListEntryHealthRequest, _call: Call) -> probe_pb.ListEntryHealthResponse:
        """List how services stand, those of the newest entries first."""
        state = optional_member(ServiceState, probe_pb.ServiceState.DESCRIPTOR, request.state, "state")
        wanted = (request.provider, state, request.entry)
        found, following = self._actions.probes.listed(request.page_size, request.page_token, *wanted)
        return probe_pb.ListEntryHealthResponse(entry_health=map(health_to, found), next_page_token=following)

    def ReportDirectoryUpdate(self, request: pb.ReportDirectoryUpdateRequest, call: Call) -> pb.DirectoryUpdate:
        """Report a change of law or duties once for each request id."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return update_to(self._actions.updates.report(step, update_from(request.directory_update)))

    def RequestUpdateExtension(self, request: pb.RequestUpdateExtensionRequest, call: Call) -> pb.DirectoryUpdate:
        """Ask for more time."""
        return update_to(self._actions.updates.request_extension(_step(request, call), request.working_days))

    def AllowUpdateExtension(self, request: pb.AllowUpdateExtensionRequest, call: Call) -> pb.DirectoryUpdate:
        """Allow the time that was asked for."""
        return update_to(self._actions.updates.allow_extension(_step(request, call)))

    def RefuseUpdateExtension(self, request: pb.RefuseUpdateExtensionRequest, call: Call) -> pb.DirectoryUpdate:
        """Leave the time as it is."""
        return update_to(self._actions.updates.refuse_extension(_step(request, call)))

    def WithdrawDirectoryUpdate(self, request: pb.WithdrawDirectoryUpdateRequest, call: Call) -> pb.DirectoryUpdate:
        """Take a report back."""
        return update_to(self._actions.updates.withdraw(_step(request, call)))

    def GetDirectoryUpdate(self, request: pb.GetDirectoryUpdateRequest, call: Call) -> pb.DirectoryUpdate:
        """Get one."""
        return update_to(self._actions.updates.get(call.caller, request.name))

    def ListDirectoryUpdates(self, request: pb.ListDirectoryUpdatesRequest, call: Call) -> pb.ListDirectoryUpdatesResponse:
        """List those of the caller's department, newest first."""
        state = optional_member(UpdateState, pb.DirectoryUpdateState.DESCRIPTOR, request.state, "state")
        found, following = self._actions.updates.newest(call.caller, request.page_size, request.page_token, state)
        return pb.ListDirectoryUpdatesResponse(directory_updates=map(update_to, found), next_page_token=following)

    def GetEntry(self, request: catalog_pb2.GetEntryRequest, call: Call) -> catalog_pb2.Entry:
        """Get one version."""
        return entry_to(self._actions.get(call.caller, request.name, request.version))

    def ListEntryVersions(self, request: catalog_pb2.ListEntryVersionsRequest, call: Call) -> catalog_pb2.ListEntryVersionsResponse:
        """List the versions of an entry."""
        return catalog_pb2.ListEntryVersionsResponse(entries=map(entry_to, self._actions.versions(call.caller, request.name)))

    def ListEntries(self, request: catalog_pb2.ListEntriesRequest, call: Call) -> catalog_pb2.ListEntriesResponse:
        """List versions by their state."""
        state = optional_member(EntryState, catalog_pb2.EntryState.DESCRIPTOR, request.state, "state")
        found, following = self._actions.list_entries(call.caller, state, request.provider, request.page_size, request.page_token)
        return catalog_pb2.ListEntriesResponse(entries=map(entry_to, found), next_page_token=following)

    def SearchEntries(self, request: catalog_pb2.SearchEntriesRequest, call: Call) -> catalog_pb2.SearchEntriesResponse:
        """Find published entries."""
        return hits_to(self._actions.search(criteria_from(request), request.page_size, request.page_token, call.caller))

    def CreateRelease(self, request: catalog_pb2.CreateReleaseRequest, call: Call) -> catalog_pb2.Release:
        """Make and sign a release."""
        return release_to(self._actions.create_release(Step(caller=call.caller, request_id=request.request_id)))

    def GetRelease(self, request: catalog_pb2.GetReleaseRequest, _call: Call) -> catalog_pb2.Release:
        """Get a release."""
        return release_to(self._actions.get_release(request.number))

    async def ExportDirectory(self, request: catalog_pb2.ExportDirectoryRequest, _call: Call) -> AsyncIterator[catalog_pb2.ExportDirectoryResponse]:
        """Stream the published directory in pieces of at most 256 KiB; a piece may end inside a character."""
        form = _FORMATS.get(request.format)
        if form is None:
            raise EXPORT_FORMAT_UNKNOWN(field="format")
        # No thread waits, and whoever gives up (the shield) leaves the others' export alone.
        written: Written = await asyncio.shield(asyncio.wrap_future(self._actions.export(form)))
        for piece in written.pieces():
            yield catalog_pb2.ExportDirectoryResponse(chunk=piece)

    def _with_findings(self, entry: Entry) -> catalog_pb2.Entry:
        message = entry_to(entry)
        message.findings.extend(map(finding_to, self._actions.compared(entry).findings))
        return message


def _step(request: _Reasoned, call: Call) -> Step:
    return Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
