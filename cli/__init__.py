"""The `shuniu` command: a thin door over the client library and the server; no rule lives here."""
