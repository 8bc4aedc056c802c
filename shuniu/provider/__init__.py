"""The provider's side: a department's own process that serves its own records, to the hub and to nobody else.

`server` turns decorated functions into ProviderService over mTLS; `table` makes such a function for a table or view of any SQL database.
"""

from __future__ import annotations

from shuniu.provider.changes import Change
from shuniu.provider.pages import StreamCall
from shuniu.provider.resource import Column, FetchCall, Resource
from shuniu.provider.server import Provider, Running, run

__all__ = ["Change", "Column", "FetchCall", "Provider", "Resource", "Running", "StreamCall", "run"]
