"""Superset's part of the house: how it is configured, how it reads the lake, and its dashboards as files.

These modules run in Superset's environment, which is not that of the lakehouse.
"""

ALERTS_LOOKED = "alerts.looked"  # the file, in Superset's folder, that is touched when alerts are looked at
ALERTS_LOOK_S = 60  # how often they are
