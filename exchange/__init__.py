"""Exchange: carries data under a grant, from the providing department's own process to the consumer.

Words: Query, Grant, Purpose, CaseNumber, Officer, Receipt; the steps permit, reserve, fetch, clean, record, release (`exchange.steps`).
Invariants: nothing is asked of a provider for a call that the grant does not cover, in whatever way data moves; nothing leaves before its
`outcome` record is durable; what was not granted is dropped, whatever the provider sends; refusals are on the log like answers. The whole
path is asynchronous and touches no SQL but the log's group commit.
"""
