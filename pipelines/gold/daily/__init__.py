"""Gold by the day: how each table follows from silver."""
