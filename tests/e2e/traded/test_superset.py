"""Superset beside a lake that has filled: what people see there, and what it refuses them."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Response
from pyhive import exc, hive

from pipelines.serve.superset.connections import borrow
from pipelines.serve.superset.files import FOLDER
from spark_jobs.bench.pages import CHART_DATA, DASHBOARDS, browser, draw, log_in
from spark_jobs.instance.child import child, depthlake
from tests.e2e.commands import Instance
from tests.e2e.dagster import shoot
from tests.e2e.superset import Superset
from tests.listeners import MailServer, mail_server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

PASSWORD = "Superset: log in as admin with the password "
TRADING_S = 30
ALERTED_S = 180


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def password(instance: Instance, mails: MailServer) -> Iterator[str]:
    """Of the administrator; participants have just traded."""
    smtp = f"smtp://127.0.0.1:{mails.server_address[1]}?from=lake@example.org&to=you@example.org"
    told = Instance(replace(instance.settings, alert_smtp=smtp))
    said = told.run("up", "--no-dagster", "--with", "superset")
    trade = depthlake("exchange", "trade", "--rate", "500", "--duration", str(TRADING_S))
    with child(instance.settings, depthlake("exchange", "run")), child(instance.settings, trade) as traders:
        traders.wait()
    yield re.search(f"{PASSWORD}(.+?)\\. ", said)[1]  # type: ignore[index]  # without it there is nothing to test


@pytest.fixture(scope="module")
def url(instance: Instance) -> str:
    return f"http://{instance.settings.host}:{instance.settings.superset_port}"


@pytest.mark.parametrize("slug", DASHBOARDS)
def test_every_chart_is_drawn(url: str, password: str, slug: str) -> None:
    failed: list[str] = []

    def note(response: Response) -> None:
        if CHART_DATA in response.url and not response.ok:
            failed.append(f"{response.status} {response.url}")

    with browser() as page:
        page.set_viewport_size({"width": 1600, "height": 3000})
        log_in(page, url, password)
        page.on("response", note)
        draw(page, url, slug)
        assert failed == []
        assert page.locator(".ant-alert-error").all_inner_texts() == []
        shoot(page, f"superset-{slug}")


def test_sql_lab_reads_and_refuses_a_write(url: str, password: str) -> None:
    admin = Superset(url, "admin", password)
    (database,) = admin.ask("database/")["result"]
    query = {"database_id": database["id"], "schema": "gold", "client_id": "reads"}
    read = admin.ask("sqllab/execute/", {**query, "sql": "SELECT count(*) AS trade_count FROM silver.trades"})
    assert read["data"][0]["trade_count"] > 0
    refused = admin.ask("sqllab/execute/", {**query, "client_id": "writes", "sql": "DELETE FROM silver.trades"})
    assert refused["errors"]


def test_pyhive_is_refused_a_write(instance: Instance, password: str) -> None:
    settings = instance.settings
    with hive.connect(settings.host, port=settings.thrift_port, auth="NONE") as door, door.cursor() as cursor:
        with pytest.raises(exc.OperationalError, match="The Thrift door only reads tables and views"):
            cursor.execute("DELETE FROM silver.trades")
        cursor.execute("SELECT count(*) FROM silver.trades")
        assert cursor.fetchone()[0] > 0


def test_connection_is_kept_while_its_session_is_as_it_was(instance: Instance, password: str) -> None:
    settings = instance.settings
    address = {"host": settings.host, "port": settings.thrift_port, "username": "superset", "database": "gold"}

    def session(*statements: str) -> bytes:
        with closing(borrow(**address)) as door:
            cursor = door.cursor()
            cursor.execute("SELECT current_schema()")
            assert cursor.fetchall() == [("gold",)]
            for statement in statements:
                cursor.execute(statement)
            return bytes(door.sessionHandle.sessionId.guid)

    kept = session("SELECT 1")
    assert session("USE silver") == kept
    other = session()
    assert other != kept
    with closing(borrow(**address)) as door:
        door.dbapi_connection._transport.close()  # as when the lakehouse starts anew
    assert session() != other


def venues(person: Superset, question: object) -> set[str]:
    """Those that somebody finds in the answer to a chart's question."""
    return {row["venue"] for row in person.ask("chart/data", question)["result"][0]["data"] if "venue" in row}


def test_viewer_of_a_venue_sees_one_venue(url: str, password: str) -> None:
    admin = Superset(url, "admin", password)
    roles = {role["name"]: role["id"] for role in admin.ask("security/roles/")["result"]}
    person = {"username": "vera", "first_name": "Vera", "last_name": "Venue", "email": "vera@example.org"}
    admin.ask("security/users/", {**person, "password": "one-venue", "active": True, "roles": [roles["viewer_dlxa"]]})
    tables = admin.ask("dataset/?q=(page_size:100)")["result"]
    table = next(each["id"] for each in tables if each["table_name"] == "trades")
    question = {
        "datasource": {"id": table, "type": "table"},
        "queries": [{"columns": ["venue"], "metrics": ["count"], "row_limit": 100}],
    }
    seen = {
        name: venues(Superset(url, name, secret), question)
        for name, secret in (("admin", password), ("vera", "one-venue"))
    }
    assert seen["vera"] == {"DLXA"} < seen["admin"]


LAST_HOUR = 'DATEADD(DATETIME("now"), -1, hour) : now'


@pytest.mark.parametrize(("time_range", "schema"), [(LAST_HOUR, "recent"), ("No filter", "gold")])
def test_last_hour_is_read_from_memory(url: str, password: str, time_range: str, schema: str) -> None:
    admin = Superset(url, "admin", password)
    tables = admin.ask("dataset/?q=(page_size:100)")["result"]
    table = next(each["id"] for each in tables if each["table_name"] == "spread_1m")
    asked = {"columns": ["symbol"], "metrics": ["count"], "granularity": "window_start", "time_range": time_range}
    question = {"datasource": {"id": table, "type": "table"}, "queries": [asked]}
    (answer,) = admin.ask("chart/data", question)["result"]
    assert f"FROM {schema}.spread_1m" in answer["query"]
    assert answer["data"]


@pytest.mark.parametrize(
    ("noun", "clock"),
    [("spread_1m", "window_start"), ("venue_liquidity_5m", "window_end"), ("market_prices", "window_start")],
)
def test_recent_has_the_rows_of_gold(instance: Instance, password: str, noun: str, clock: str) -> None:
    rows = [f"SELECT * FROM {schema}.{noun} WHERE {clock} > now() - INTERVAL 1 HOUR" for schema in ("gold", "recent")]
    differ = " UNION ALL ".join(f"({one} EXCEPT ALL {other})" for one, other in (rows, rows[::-1]))
    assert instance.sql(f"SELECT count(*) FROM ({rows[1]})") != [["0"]]
    assert instance.sql(f"SELECT count(*) FROM ({differ})") == [["0"]]


def test_who_asks_for_a_chart_is_noted_in_the_action_log(url: str, password: str) -> None:
    admin = Superset(url, "admin", password)
    table = admin.ask("dataset/?q=(page_size:1)")["result"][0]["id"]
    wanted = quote("(filters:!((col:action,opr:eq,value:ChartDataRestApi.data)))")
    before = admin.ask(f"log/?q={wanted}")["count"]
    admin.ask("chart/data", {"datasource": {"id": table, "type": "table"}, "queries": [{"metrics": ["count"]}]})
    assert admin.ask(f"log/?q={wanted}")["count"] == before + 1


def questions(url: str, password: str, slug: str) -> list[dict[str, object]]:
    """What the charts of a dashboard ask."""
    asked: list[dict[str, object]] = []
    with browser() as page:
        log_in(page, url, password)
        page.on("request", lambda request: asked.append(request.post_data_json) if CHART_DATA in request.url else None)
        draw(page, url, slug)
    return [question for question in asked if question["form_data"].get("slice_id")]


def test_guest_of_an_embedded_dashboard_sees_it_alone_and_one_venue(url: str, password: str) -> None:
    admin = Superset(url, "admin", password)
    embedded = admin.ask("dashboard/fragmentation/embedded", {"allowed_domains": []})["result"]["uuid"]
    guest = admin.as_guest(embedded, "venue = 'DLXA'")
    assert guest.ask("dashboard/fragmentation")["result"]["dashboard_title"] == "Dark pools and fragmentation"
    assert guest.ask("dashboard/health") == {"message": "Not found"}
    asked = questions(url, password, "fragmentation")
    seen = {person: set().union(*(venues(person, question) for question in asked)) for person in (admin, guest)}
    assert seen[guest] == {"DLXA"} < seen[admin]


def test_alert_comes_by_mail(url: str, password: str, mails: MailServer) -> None:
    admin = Superset(url, "admin", password)
    (database,) = admin.ask("database/")["result"]
    wanted = quote("(filters:!((col:slice_name,opr:eq,value:'Last trades')))")
    (chart,) = admin.ask(f"chart/?q={wanted}")["result"]
    alert = {
        "type": "Alert",
        "name": "Somebody trades",
        "crontab": "* * * * *",
        "timezone": "UTC",
        "database": database["id"],
        "sql": "SELECT count(*) AS trade_count FROM silver.trades",
        "validator_type": "operator",
        "validator_config_json": {"op": ">", "threshold": 0},
        "chart": chart["id"],
        "report_format": "PNG",
        "recipients": [{"type": "Email", "recipient_config_json": {"target": "desk@example.org"}}],
    }
    assert admin.ask("report/", alert)["id"]
    deadline = time.monotonic() + ALERTED_S
    while not mails.heard and time.monotonic() < deadline:
        time.sleep(1)
    ((receivers, text), *_) = mails.heard
    assert receivers == ["desk@example.org"]
    assert "Subject: Depthlake: Somebody trades: Last trades" in text
    assert f'href="{url}/explore/' in text


def test_export_is_what_was_imported(instance: Instance, password: str, tmp_path: Path) -> None:
    instance.run("superset", "export", "--folder", str(tmp_path))
    given = {path.relative_to(FOLDER): path.read_text() for path in FOLDER.rglob("*.yaml")}
    assert {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.yaml")} == given


def test_secrets_are_the_owners_alone_and_the_password_is_gone(instance: Instance, password: str) -> None:
    folder = instance.settings.home / "superset"
    assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert not (folder / "first_login").exists()
    assert f"Superset  http://127.0.0.1:{instance.settings.superset_port}" in instance.run("status")


def test_down_leaves_no_process(instance: Instance, password: str) -> None:
    instance.run("down")
    assert instance.members() == []
