"""Dagster as its page asks it: GraphQL over HTTP."""

import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from dagster_project.days import DAY_TAG
from spark_jobs.settings import Settings

SELECTOR = {"repositoryLocationName": "depthlake", "repositoryName": "__repository__"}
BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL_STATE = """query($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status error { message } } } }"""
LAUNCH = """mutation($params: ExecutionParams!) { launchPipelineExecution(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
TICK = """mutation($selector: ScheduleSelector!, $at: Float) { scheduleDryRun(selectorData: $selector, timestamp: $at) {
  __typename ... on PythonError { message } ... on DryRunInstigationTick { evaluationResult {
    skipReason error { message } runRequests { runKey tags { key value } } } } } }"""
RUN = """query($id: ID!) { runOrError(runId: $id) { ... on Run { runId status startTime endTime
  stepStats { stepKey startTime endTime }
  assetMaterializations { metadataEntries { label
    ... on FloatMetadataEntry { floatValue } ... on UrlMetadataEntry { url } } } } } }"""
RUNS = "query { runsOrError { ... on Runs { results { runId status tags { key value } } } } }"
ENDED = ("SUCCESS", "FAILURE", "CANCELED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "COMPLETED")


@dataclass(frozen=True)
class Dagster:
    """The page of an instance."""

    settings: Settings

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self.settings.host}:{self.settings.dagster_port}"

    def ask(self, query: str, **variables: object) -> Any:
        """The answer to a query: its only field."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        assert "errors" not in answer, answer["errors"]
        (field,) = answer["data"].values()
        return field

    def backfill(self, names: list[str], days: list[str]) -> str:
        """Launch a backfill of tables and wait until it is over; its id."""
        params = {"assetSelection": [{"path": name.split(".")} for name in names], "partitionNames": days}
        launched = self.ask(BACKFILL, params=params)
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        state = self.wait(BACKFILL_STATE, launched["backfillId"])
        assert state["status"] == "COMPLETED_SUCCESS", state
        return str(launched["backfillId"])

    def check(self, name: str, day: str) -> str:
        """Run the suite of a table on a day; how the run ended."""
        check = {"assetKey": {"path": name.split(".")}, "name": "expectations"}
        tags = [{"key": DAY_TAG, "value": day}]
        return str(
            self._run(tags, pipelineName="__ASSET_JOB", assetSelection=[], assetCheckSelection=[check])["status"]
        )

    def tick(self, schedule: str, moment: datetime) -> list[dict[str, Any]]:
        """The runs that a schedule asks for at a moment, as its page previews a tick."""
        tick = self.ask(TICK, selector={**SELECTOR, "scheduleName": schedule}, at=moment.timestamp())
        assert tick["__typename"] == "DryRunInstigationTick", tick
        asked = tick["evaluationResult"]
        assert not asked["error"] and not asked["skipReason"], asked
        return list(asked["runRequests"])

    def launch(self, job: str, request: dict[str, Any]) -> Any:
        """Launch what the schedule of a job asked for and wait until it is over; what is then known of the run."""
        return self._run(request["tags"], pipelineName=job)

    def _run(self, tags: list[dict[str, str]], **selection: object) -> Any:
        params = {"selector": {**SELECTOR, **selection}, "executionMetadata": {"tags": tags}}
        launched = self.ask(LAUNCH, params=params)
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return self.wait(RUN, launched["run"]["runId"])

    def wait(self, query: str, identity: str, timeout_s: float = 180) -> Any:
        """What a query says of a run or backfill when it is over."""
        deadline = time.monotonic() + timeout_s
        while (state := self.ask(query, id=identity))["status"] not in ENDED:
            assert time.monotonic() < deadline, state
            time.sleep(0.5)
        return state


def shoot(page: Page, name: str) -> None:
    """A picture into the folder of DEPTHLAKE_SCREENSHOTS, where one is named."""
    if folder := os.environ.get("DEPTHLAKE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")
