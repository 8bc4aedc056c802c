"""`shuniu doctor`: looks at a hub's or a department's machine; each thing that is wrong comes with the command that mends it.

A check yields findings and changes nothing (the write test rewrites one counter with its own value).
"""
