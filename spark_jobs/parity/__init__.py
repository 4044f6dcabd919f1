"""The parity ledger: the same bytes by three paths must be the same gold."""
