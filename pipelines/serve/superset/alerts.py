"""Superset's alerts and reports, executed one after the other where this is called: no broker, no worker, no beat."""

import logging
from collections.abc import Callable
from datetime import datetime

from superset.commands.exceptions import CommandException
from superset.commands.report.execute import AsyncExecuteReportScheduleCommand
from superset.daos.report import ReportScheduleDAO
from superset.tasks.cron_util import cron_schedule_window

log = logging.getLogger("alerts")


def execute_due(at: datetime, new_id: Callable[[], str]) -> int:
    """Execute what is due within half a minute of a time; how many that was. `new_id` gives each a UUID.

    One that fails is logged, and Superset keeps why; the others go on.
    """
    schedules = [(each.id, each.crontab, each.timezone) for each in ReportScheduleDAO.find_active()]
    due = [(key, when) for key, crontab, zone in schedules for when in cron_schedule_window(at, crontab, zone)]
    for key, when in due:
        try:
            AsyncExecuteReportScheduleCommand(new_id(), key, when).run()
        except CommandException:
            log.exception("Alert or report %s failed", key)
    return len(due)
