"""Requests, grants and objections: one case as linked machines, each step with its time limit, its clause and its reason.

A DataRequest asks; a Grant is the live right that an approved request gives; an Objection says that something is wrong and
may suspend, never silently delete. Every failure has its own end state and a mandatory reason. Statutory time limits are
data (`clocks.toml`, `holidays.toml`), and whatever nobody has compared with the official text says so (未核对).
"""
