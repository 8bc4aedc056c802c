"""The conformance kit 一致性测试: calls a hub through its procedures as real departments, and compares every answer with the rules.

The rules stand here once more, as a standard would write them down (`procedures/`, one file for each), and are not read from a hub: a hub whose
rule is broken does not change what the kit expects of it. A sequence is data (`sequence.py`); most are made from a procedure's table
(`rules.py`): every way that leads on, every step from a state that has no such way, every party whose step it is not, every etag that is old.
`running.py` runs them, `diagram.py` draws one, `junit.py` writes what a build server reads.
"""
