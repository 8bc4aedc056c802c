"""A data file under a grant, by the course of every whole table (`exchange.streaming`): made anew as the grant lets, and written as CSV."""

from typing import ClassVar

from exchange.download_wire import FILES
from exchange.forms import Form
from exchange.frames import FrameSieve
from exchange.model import Access, Permission, Whole
from exchange.sheets import SheetSieve
from exchange.streaming import Streaming


class Downloading(Streaming):
    """Carries data files. The permit lets none pass of an entry that a system serves, so what is read is always the file in force."""

    form: ClassVar[Form] = FILES

    def _make_sieve(self, access: Access, permission: Permission) -> FrameSieve:
        is_whole = not (isinstance(access.query, Whole) and access.query.resume_token)
        return SheetSieve(permission.live, permission.fields, is_whole=is_whole)
