"""Analytics without the lakehouse running: a day's report, files for other tools."""
