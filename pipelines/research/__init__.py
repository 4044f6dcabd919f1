"""Backtests: a strategy meets a recorded market, late and behind the queue, and every fill is accounted for."""
