"""Simulated buyers and sellers: they quote, follow, lean, slice and blunder on the exchange."""
