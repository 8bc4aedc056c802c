"""The unified directory: entries with their versions, releases, search and DCAT export, over province, cities and counties.

An Entry describes one data resource and is the access rule for it: its share type, scope, purposes and fields bound what
a grant may contain. A version never changes once published, and no two published entries claim to be the system of
record for one term (一数一源). Search finds every title that contains what was typed, down to a single character.
"""
