"""Commands for daily work: one table for each thing that a department deals with, and one engine that makes commands of its rows.

A row names an rpc and says what of its request people give; names are given short, etags are read, what is missing is asked for on a terminal,
and what cannot be undone is confirmed. So nobody types JSON, and a new rpc becomes a command by one row.
"""
