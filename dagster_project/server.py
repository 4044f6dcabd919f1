"""The server of the definitions: it runs what Dagster launches, so nothing of before can still be running."""

import sys

import dagster as dg

IN_PROGRESS = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
SENTENCE = "The instance stopped while this ran. What was committed stays, nothing is half written: run it again."


def fail_interrupted(instance: dg.DagsterInstance) -> list[str]:
    """Mark the runs failed that a server before this one left; their ids."""
    left = instance.get_runs(dg.RunsFilter(statuses=IN_PROGRESS))
    for run in left:
        instance.report_run_failed(run, SENTENCE)
    return [run.run_id for run in left]


def main(host: str, port: str) -> None:
    """Serve `dagster_project.definitions` on a port."""
    from dagster._cli.api import grpc_command

    with dg.DagsterInstance.get() as instance:
        fail_interrupted(instance)
    grpc_command(["--host", host, "--port", port, "--module-name", "dagster_project.definitions"])


if __name__ == "__main__":
    main(*sys.argv[1:])
