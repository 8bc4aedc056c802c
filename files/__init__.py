"""Data files: what a provider without a live service puts into the hub, so that queries and checks of its entry are answered all the same.

A file is one version of an entry's data. It is checked whole, row by row, before anything of it is served; the version before serves until then.
Its rows lie encrypted under a key of the file's own, wrapped under `files.secret`, in blocks that are found by a keyed digest of the row's key:
the database shows neither rows nor keys. To erase a file is to destroy its key; the blocks go in the same transaction.
"""
