"""Superset's part of the house: how it is configured, how it reads the lake, and its dashboards as files.

These modules run in Superset's environment, which is not that of the lakehouse.
"""

ALERTS_SAY = "Alerts are looked at each minute."  # the process of the alerts, when it has begun
