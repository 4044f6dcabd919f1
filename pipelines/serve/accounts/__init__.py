"""The exchange's database: accounts, balances, orders and trades, projected from its events."""
