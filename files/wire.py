"""Data files as protobuf messages and back. No rules."""

from typing import Final

from files.model import DataFile, FileContent, FileEncoding, FileFormat, Finding
from hub.faults import Faults
from hub.wire import Shape, member_of, optional_member
from shuniu.v1 import files_pb2 as pb

_FORMATS: Final = pb.DESCRIPTOR.enum_types_by_name["DataFileFormat"]
_ENCODINGS: Final = pb.DESCRIPTOR.enum_types_by_name["DataFileEncoding"]
finding_to: Final = Shape(pb.DataFileFinding, Finding, problem=lambda one: one.fault)
data_file_to: Final = Shape(pb.DataFile, DataFile, faults=lambda one: map(finding_to, one.findings))


def content_from(request: pb.BeginUploadRequest) -> FileContent:
    """Return what a provider says of a file; raise InvalidInputError with all that is wrong with it."""
    faults = Faults()
    form = faults.take(lambda: member_of(FileFormat, _FORMATS, request.format, "format"), FileFormat.CSV)
    encoding = faults.take(lambda: optional_member(FileEncoding, _ENCODINGS, request.encoding, "encoding"), None)
    said = {name: getattr(request, name) for name in ("entry", "size_bytes", "sha256", "officer", "reason")}
    content = faults.take(lambda: FileContent(**said, format=form, encoding=encoding or FileEncoding.UTF8), None)
    faults.refuse()
    assert content is not None  # noqa: S101 - a fault would have been raised
    return content
