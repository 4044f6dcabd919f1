"""Backtests over the lake: tapes from silver at Delta versions, results and trials as tables, pages for people."""
