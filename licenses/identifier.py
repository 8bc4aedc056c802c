"""The identifier in the resource name of a license."""

from hub.reasons import NAME_WRONG
from shuniu.codes.identifier import LicenseIdentifier


def identifier_of(name: str, field: str = "name") -> str:
    """Return the identifier in the resource name licenses/{identifier}, once its check character fits; `field` is where the name was sent."""
    collection, _, identifier = name.partition("/")
    if collection != "licenses":
        raise NAME_WRONG(field=field, collection="licenses")
    return str(LicenseIdentifier.parse(identifier))
