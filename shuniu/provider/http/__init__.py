"""Serves a department's existing HTTP service that answers JSON, with no code written for it: a URL template, and a path for each field.

provider.add(HttpProvider(ServicePlan("resident", "id_number", read_template("https://svc/persons/{key}"), fields)).resource())
"""

from __future__ import annotations

from shuniu.provider.http.provider import HttpProvider

__all__ = ["HttpProvider"]
