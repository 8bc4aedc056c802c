"""Statutory time limits 法定时限: how many working days the law gives for what, by which calendar, and how they run in a case.

A TimeLimit is the rule, a Timer its running in one case, a Deadline the day it ends; `hub.clock` reads the time and nothing here does. The
numbers are data (`clocks.toml`, `holidays.toml`), and whatever nobody has compared with the official text says so (未核对). Every domain whose
cases have a time limit stands above this package; how a timer is kept and told is said here once (`keeping.py`, `wire.py`).
"""
