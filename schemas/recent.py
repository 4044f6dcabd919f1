"""Schema `recent`: what happened lately, in memory."""

SCHEMA = "recent"
KEPT_M = 75  # minutes
LEAD_M = 30  # minutes before these, for rolling windows of the first one
