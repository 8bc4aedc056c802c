"""Serves a department's existing HTTP service that answers JSON, with no code written for it: a URL template, and a path for each field.

settings = ResourceSettings(name="resident", key="id_number", url="https://svc/persons/{key}", names={"id_number": "sfzh"})
provider.add(HttpProvider(plan_of(settings)).resource())
"""

from __future__ import annotations

from shuniu.provider.http.plan import plan_of
from shuniu.provider.http.provider import HttpProvider

__all__ = ["HttpProvider", "plan_of"]
