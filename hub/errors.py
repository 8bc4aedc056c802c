"""The errors of the hub: those of the catalogue (`shuniu.catalogue`), which both sides share. The hub has no others: they are its `ShuniuError`."""

from shuniu.catalogue import (
    CATALOGUE,
    AlreadyExistsError,
    ConfigError,
    ConflictError,
    DeadlineError,
    IllegalStateError,
    IntegrityError,
    InvalidInputError,
    LimitError,
    MissingGrantError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    Reason,
    UnavailableError,
)
from shuniu.catalogue import CatalogueError as ShuniuError

__all__ = [
    "CATALOGUE",
    "AlreadyExistsError",
    "ConfigError",
    "ConflictError",
    "DeadlineError",
    "IllegalStateError",
    "IntegrityError",
    "InvalidInputError",
    "LimitError",
    "MissingGrantError",
    "NotAllowedError",
    "NotFoundError",
    "NotSignedInError",
    "Reason",
    "ShuniuError",
    "UnavailableError",
]
