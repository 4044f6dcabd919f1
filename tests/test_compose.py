"""docker-compose.yml and Dockerfile keep to the specification and to each other."""

import re
import subprocess
import sys
from typing import Any

import pytest

from spark_jobs.settings import Settings
from tests.compose import FILE, VARIABLE, read_compose
from tests.house_rules import ROOT

SECRETS = {name: f"{name.lower()}-of-a-test" for name in re.findall(r"\$\{(\w+):\?", FILE.read_text())}
MODEL = read_compose(SECRETS)
SERVICES: dict[str, dict[str, Any]] = MODEL["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = dict(re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL))
PROFILES = {"core", "full"}

each_service = pytest.mark.parametrize("name", SERVICES)


def test_file_keeps_to_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    assert subprocess.run([*check, FILE], capture_output=True, text=True).stdout == "ok -- validation done\n"


def test_specification_refuses_what_compose_would(tmp_path: Any) -> None:
    spoiled = tmp_path / "docker-compose.yml"
    spoiled.write_text(FILE.read_text().replace("restart: unless-stopped", "restarts: unless-stopped", 1))
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", spoiled]
    assert subprocess.run(check, capture_output=True).returncode == 1


@each_service
def test_service_is_checked_restarted_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] == "CMD"
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert {"full"} <= set(service["profiles"]) <= PROFILES


@each_service
def test_service_waits_for_services_that_its_profiles_start(name: str) -> None:
    service = SERVICES[name]
    for other, terms in service.get("depends_on", {}).items():
        assert terms == {"condition": "service_healthy"}
        assert set(service["profiles"]) <= set(SERVICES[other]["profiles"])


@each_service
def test_service_keeps_its_state_in_named_volumes_and_serves_this_machine_only(name: str) -> None:
    volumes = {volume.split(":")[0] for volume in SERVICES[name]["volumes"]}
    assert volumes <= set(MODEL["volumes"])
    assert [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")] == []


@pytest.mark.parametrize("secret", SECRETS)
def test_secret_that_is_not_set_is_one_sentence(secret: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != secret}
    with pytest.raises(KeyError, match=rf"{secret}: set it in \.env, as docs/deploy\.md shows"):
        read_compose(given)
    assert f"\n{secret}=" in (ROOT / "docs" / "deploy.md").read_text()


def test_no_secret_has_a_default() -> None:
    defaults = {found["name"] for found in VARIABLE.finditer(FILE.read_text()) if found["kind"] == "-"}
    assert [name for name in defaults if re.search("PASSWORD|SECRET|KEY|TOKEN", name)] == []


@pytest.mark.parametrize("name", OURS)
def test_settings_of_a_service_are_those_of_the_house(name: str) -> None:
    given = {key: str(value) for key, value in OURS[name]["environment"].items() if key.startswith("DEPTHLAKE_")}
    settings = Settings.from_environment(given)
    assert given.items() <= settings.as_environment().items()
    assert settings.is_spread
    hosts = (settings.kafka_host, settings.lakehouse_host, settings.dagster_code_host, settings.superset_host)
    assert set(hosts) <= set(SERVICES)


@pytest.mark.parametrize("name", OURS)
def test_image_of_a_service_is_a_stage_that_is_not_root(name: str) -> None:
    stage = STAGES[OURS[name]["build"]["target"]]
    assert re.findall(r"^USER (\S+)", stage, re.MULTILINE) == ["depthlake"]


def test_dockerfile_copies_what_is_there() -> None:
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    ]
    assert copied
    assert [word for word in copied if not (ROOT / word).exists()] == []
    assert re.findall(r"COPY --from=(\S+)", DOCKERFILE) == [
        stage for stage in re.findall(r"COPY --from=(\S+)", DOCKERFILE) if stage in STAGES
    ]
