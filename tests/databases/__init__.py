"""Real databases, started for the tests on spare ports of loopback, and what a provider of tables makes of them."""
