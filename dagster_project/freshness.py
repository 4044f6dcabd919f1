"""How fresh each table must be, as the check `fresh`.

Dagster's own FreshnessPolicy looks at materialisations only, of whichever day: streams materialise nothing, and a
backfill of last year would pass for yesterday. So a table that streams write follows its topic, and a table by the day
has yesterday; a sensor asks, without a run.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import dagster as dg

from dagster_project.lineage import key_of
from pipelines.gold.daily.tables import DAILY
from spark_jobs.jobs import JOBS

CHECK = "fresh"
ASK_S = 60
WITHIN = timedelta(minutes=10)
DUE = timedelta(hours=1, minutes=30)  # after midnight UTC


@dataclass(frozen=True)
class Verdict:
    """Whether a table is fresh, and why."""

    is_fresh: bool
    sentence: str


def _minutes(span: timedelta) -> str:
    return f"{span.total_seconds() / 60:.0f} minutes"


class Policy(Protocol):
    """What a table must be."""

    @property
    def sentence(self) -> str:
        """It in words."""

    def judge(self, instance: dg.DagsterInstance, name: str, now: datetime) -> Verdict | None:
        """Whether a table is, at a moment in UTC; None as long as nothing is known of it."""


@dataclass(frozen=True)
class Follows:
    """Rows that wait in the topic are committed to the table."""

    topic: str
    within: timedelta

    @property
    def sentence(self) -> str:
        """It in words."""
        return f"Rows do not wait in {self.topic} for {_minutes(self.within)} without a commit."

    def judge(self, instance: dg.DagsterInstance, name: str, now: datetime) -> Verdict | None:
        """Compare the topic as it was observed before that time with what was observed last."""
        since = (now - self.within).timestamp()
        table = _observed(instance, name)
        last, then = _observed(instance, self.topic), _observed(instance, self.topic, since)
        if not table or not last:
            return None
        waits = then and _fact(then, "lag") > 0 and _fact(then, "read") == _fact(last, "read")
        if waits and table.timestamp < since:
            long = _minutes(self.within)
            return Verdict(False, f"{_fact(last, 'lag'):,} rows wait in {self.topic}, and no commit came for {long}.")
        return Verdict(True, f"{_fact(last, 'lag'):,} rows wait in {self.topic}.")


@dataclass(frozen=True)
class ByTheDay:
    """A day is there so long after its end."""

    due: timedelta

    @property
    def sentence(self) -> str:
        """It in words."""
        return f"A day is computed {_minutes(self.due)} after its end, in UTC."

    def judge(self, instance: dg.DagsterInstance, name: str, now: datetime) -> Verdict | None:
        """Look for the last day that is due."""
        if not instance.fetch_materializations(key_of(name), limit=1).records:
            return None
        day = ((now - self.due).date() - timedelta(days=1)).isoformat()
        wanted = dg.AssetRecordsFilter(key_of(name), asset_partitions=[day])
        if instance.fetch_materializations(wanted, limit=1).records:
            return Verdict(True, f"{day} is computed.")
        return Verdict(False, f"{day} is not computed: depthlake backfill {name} --from {day} --to {day}.")


POLICIES: Mapping[str, Policy] = {
    **{table.name: Follows(job.topic.name, WITHIN) for job in JOBS for table in job.tables},
    **{daily.table.name: ByTheDay(DUE) for daily in DAILY},
}
SPECS = {
    name: dg.AssetCheckSpec(CHECK, asset=key_of(name), description=policy.sentence) for name, policy in POLICIES.items()
}


def evaluations(instance: dg.DagsterInstance, now: datetime) -> Iterator[tuple[str, dg.AssetCheckEvaluation]]:
    """The name of each table of which something is known, and what its check says at a moment in UTC."""
    for name, policy in POLICIES.items():
        if verdict := policy.judge(instance, name, now):
            yield (
                name,
                dg.AssetCheckEvaluation(key_of(name), CHECK, verdict.is_fresh, description=verdict.sentence),
            )


@dg.sensor(
    minimum_interval_seconds=ASK_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks each table whether it is as fresh as it must be.",
)
def freshness(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """The check of each table that became fresh, or is no longer."""
    before = json.loads(context.cursor or "{}")
    found = dict(evaluations(context.instance, datetime.now(UTC)))
    changed = [each for name, each in found.items() if before.get(name) != each.passed]
    return dg.SensorResult(asset_events=changed, cursor=json.dumps({name: each.passed for name, each in found.items()}))


@dg.multi_asset_check(name=CHECK, specs=list(SPECS.values()), can_subset=True)
def fresh(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """The same by hand, of some tables; what is not known of passes, with that sentence."""
    now = datetime.now(UTC)
    for name, spec in SPECS.items():
        if spec.key in context.selected_asset_check_keys:
            verdict = POLICIES[name].judge(context.instance, name, now) or Verdict(True, "It was never observed.")
            yield dg.AssetCheckResult(
                passed=verdict.is_fresh, asset_key=spec.asset_key, check_name=CHECK, description=verdict.sentence
            )


def _observed(instance: dg.DagsterInstance, name: str, before: float | None = None) -> dg.EventLogEntry | None:
    wanted = dg.AssetRecordsFilter(key_of(name), before_timestamp=before)
    records = instance.fetch_observations(wanted, limit=1).records
    return records[0].event_log_entry if records else None


def _fact(entry: dg.EventLogEntry, name: str) -> Any:
    observation = entry.asset_observation
    return observation.metadata[name].value if observation and name in observation.metadata else 0


CHECKS = [fresh]
SENSORS = [freshness]
