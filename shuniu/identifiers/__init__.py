"""Numbers by which China knows bodies and people, each in its one spelling: the unified social credit code and the citizen's identity number."""
