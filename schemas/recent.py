"""Schema `recent`: what happened lately, in memory."""

SCHEMA = "recent"
KEPT_M = 75  # minutes
