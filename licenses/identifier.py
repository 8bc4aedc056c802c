"""The identifier in the resource name of a license."""

from hub.reasons import NAME_WRONG
from shuniu.codes.identifier import LicenseIdentifier


def identifier_of(name: str) -> str:
    """Return the identifier in the resource name licenses/{identifier}, once its check character fits."""
    collection, _, identifier = name.partition("/")
    if collection != "licenses":
        raise NAME_WRONG(field="name", collection="licenses")
    return str(LicenseIdentifier.parse(identifier))
