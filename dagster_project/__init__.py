"""When it runs: every table as an asset, its checks, its schedules."""
