"""`python -m shuniu.cli`: the same as `shuniu`."""

from __future__ import annotations

from shuniu.cli import main

main()
