"""Plumbing without domain words: errors, clock, config, database, signers, the gRPC gate and the access table.

Nothing in here knows what an entry, a grant or a license is. Everything above may import it; it imports nothing above.
"""
