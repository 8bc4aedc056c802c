"""FileService over its actions: who, what, answer."""

from typing import Final

from files.actions import FileActions
from files.wire import content_from, data_file_to
from hub.rpc import Call
from hub.unit_of_work import Step
from shuniu.v1 import files_pb2 as pb


class FileService:
    """The servicer of shuniu.v1.FileService. Method names are the protocol's."""

    SERVICE: Final = pb.DESCRIPTOR.services_by_name["FileService"]

    def __init__(self, actions: FileActions) -> None:
        """Take the actions."""
        self._actions = actions

    def BeginUpload(self, request: pb.BeginUploadRequest, call: Call) -> pb.DataFile:
        """Begin an upload once for each request id."""
        step = Step(caller=call.caller, request_id=request.request_id)
        return data_file_to(self._actions.begin(step, content_from(request)))

    def PutPart(self, request: pb.PutPartRequest, call: Call) -> pb.DataFile:
        """Take the next bytes."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag)
        return data_file_to(self._actions.put(step, request.offset, request.data))

    def CommitUpload(self, request: pb.CommitUploadRequest, call: Call) -> pb.DataFile:
        """Check the file, and put it in force or refuse it."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer)
        return data_file_to(self._actions.commit(step))

    def GetDataFile(self, request: pb.GetDataFileRequest, call: Call) -> pb.DataFile:
        """Return a data file."""
        return data_file_to(self._actions.get(call.caller, request.name))

    def ListDataFiles(self, request: pb.ListDataFilesRequest, call: Call) -> pb.ListDataFilesResponse:
        """List data files, newest first."""
        found, following = self._actions.newest(call.caller, request.page_size, request.page_token, request.entry)
        return pb.ListDataFilesResponse(data_files=map(data_file_to, found), next_page_token=following)

    def DeleteDataFile(self, request: pb.DeleteDataFileRequest, call: Call) -> pb.DataFile:
        """Erase a data file."""
        step = Step(caller=call.caller, name=request.name, etag=request.etag, officer=request.officer, reason=request.reason)
        return data_file_to(self._actions.delete(step))
