"""What callers hear of the driver's errors."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from hub.reasons.operation import DATABASE_UNAVAILABLE, WRITTEN_AT_ONCE

log = logging.getLogger(__name__)


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the driver's errors into ours: their text may hold values of rows and never crosses a border."""
    try:
        yield
    except IntegrityError as error:
        log.warning("integrity constraint refused a write: %s", type(error.orig).__name__)
        raise WRITTEN_AT_ONCE() from error
    except (DBAPIError, SQLAlchemyError) as error:
        log.error("the database refused: %s", type(getattr(error, "orig", error)).__name__)  # noqa: TRY400 - the trace may hold values
        raise DATABASE_UNAVAILABLE(retry_after=1.0) from error
