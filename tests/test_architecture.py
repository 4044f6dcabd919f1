"""The house keeps its rules; beside each, the source that would break it."""

import subprocess
import sys
import tomllib

import grimp
import pytest

from tests import house_rules as rules
from tests.house_rules import PACKAGES, ROOT, Source, sources

PURE = ("pipelines/bronze", "pipelines/silver", "pipelines/gold")
SESSION = {"spark_jobs/session.py"}
STREAMS = {"spark_jobs/io.py", "spark_jobs/runner.py"}
ENTRY_POINTS = {"spark_jobs/settings.py", "spark_jobs/cli/app.py", "dagster_project/definitions.py"}
ENTRY_POINTS |= {"pipelines/serve/superset/superset_config.py"}  # Superset reads it as its configuration
RUNNER = {"spark_jobs/runner.py"}


def source_of(text: str, path: str = "pipelines/silver/x.py") -> Source:
    return Source(path, text)


def function_of(lines: int) -> str:
    return "def f():\n" + "    x = 1\n" * lines


def test_sources_finds_every_package_and_no_generated_code() -> None:
    paths = {source.path for source in sources(*PACKAGES)}
    assert {"schemas/registry.py", "pipelines/gold/obi_100ms.py", "spark_jobs/runner.py"} <= paths
    assert not any("_pb2" in path for path in paths)


def test_session_is_built_in_one_place() -> None:
    assert [w for s in sources(*PACKAGES) for w in rules.find_attributes(s, {"builder"}, SESSION)] == []


def test_streams_are_opened_in_two_places() -> None:
    found = [w for s in sources(*PACKAGES) for w in rules.find_attributes(s, {"readStream", "writeStream"}, STREAMS)]
    assert found == []


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("spark_jobs/io.py", "spark = SparkSession.builder.getOrCreate()", 1),
        ("spark_jobs/session.py", "spark = SparkSession.builder.getOrCreate()", 0),
        ("spark_jobs/io.py", "import pyspark\npyspark.sql.SparkSession.builder", 1),
        ("spark_jobs/io.py", "# SparkSession.builder\nbuilder = DeltaTable.create(spark)", 0),
    ],
)
def test_find_attributes_in_bad_source(path: str, text: str, count: int) -> None:
    assert len(rules.find_attributes(source_of(text, path), {"builder"}, SESSION)) == count


def test_pure_stages_run_no_spark_action() -> None:
    assert [wrong for source in sources(*PURE) for wrong in rules.find_actions(source)] == []


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("rows = df.collect()", 1),
        ("n = df.where('x').count()", 1),
        ("df.toPandas(), df.show(), df.first(), df.isEmpty()", 4),
        ("df.write.format('delta').save('x')", 1),
        ("n = df.groupBy('x').count()", 0),
        ("df.agg(F.count('*'), F.first('x'), F.count('x'))", 0),
        ("n = 'text'.count('t')", 0),
    ],
)
def test_find_actions_in_bad_source(statement: str, count: int) -> None:
    assert len(rules.find_actions(source_of(f"from pyspark.sql import functions as F\n{statement}"))) == count
    assert rules.find_actions(source_of(f"import numpy\n{statement}")) == []


def test_environment_is_read_at_the_entry_points() -> None:
    assert [wrong for source in sources(*PACKAGES) for wrong in rules.find_environment(source, ENTRY_POINTS)] == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import os\nhome = os.environ['HOME']", 1),
        ("import os\nhome = os.getenv('HOME')", 1),
        ("from os import environ", 1),
        ("import os\nif __name__ == '__main__':\n    main(os.environ)", 0),
        ("import os\nhome = process.environ()", 0),
    ],
)
def test_find_environment_in_bad_source(text: str, count: int) -> None:
    assert len(rules.find_environment(source_of(text), ENTRY_POINTS)) == count
    assert rules.find_environment(source_of(text, "spark_jobs/settings.py"), ENTRY_POINTS) == []


def test_clock_and_randomness_are_arguments_below_the_jobs() -> None:
    below = sources("schemas", "pipelines", "expectations")
    assert [wrong for source in below if source.path not in ENTRY_POINTS for wrong in rules.find_clocks(source)] == []


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("time.time_ns()", 1),
        ("datetime.datetime.now(UTC)", 1),
        ("np.random.default_rng()", 1),
        ("random.random()", 1),
        ("np.random.default_rng(seed)", 0),
        ("rng.random(3)", 0),
        ("clock()", 0),
    ],
)
def test_find_clocks_in_bad_source(expression: str, count: int) -> None:
    assert len(rules.find_clocks(source_of(expression))) == count


def test_nothing_catches_everything_but_the_runner() -> None:
    assert [wrong for source in sources(*PACKAGES) for wrong in rules.find_catch_alls(source, RUNNER)] == []


@pytest.mark.parametrize(
    ("clause", "body", "elsewhere", "runner"),
    [
        ("except Exception:", "pass", 1, 1),
        ("except:", "pass", 1, 1),
        ("except (ValueError, BaseException):", "pass", 1, 1),
        ("except Exception:", "raise", 1, 0),
        ("except ValueError:", "pass", 0, 0),
    ],
)
def test_find_catch_alls_in_bad_source(clause: str, body: str, elsewhere: int, runner: int) -> None:
    text = f"try:\n    f()\n{clause}\n    {body}\n"
    assert len(rules.find_catch_alls(source_of(text), RUNNER)) == elsewhere
    assert len(rules.find_catch_alls(source_of(text, "spark_jobs/runner.py"), RUNNER)) == runner


def test_nothing_is_silenced_without_a_reason() -> None:
    assert [wrong for source in sources(*PACKAGES, "tests") for wrong in rules.find_unexplained(source)] == []


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("# noqa", 1),
        ("# noqa: E731", 1),
        ("# type: ignore", 1),
        ("# type: ignore[arg-type]", 1),
        ("# noqa: E731 - built late", 0),
        ("# type: ignore[arg-type]  # each field has its own type", 0),
        ("# ignored", 0),
    ],
)
def test_find_unexplained_in_bad_source(comment: str, count: int) -> None:
    assert len(rules.find_unexplained(source_of(f"x = 1  {comment}"))) == count
    assert rules.find_unexplained(source_of(f'x = "{comment}"')) == []


@pytest.mark.parametrize("folder", [*PACKAGES, "tests"])
def test_sizes_are_kept(folder: str) -> None:
    assert [wrong for source in sources(folder) for wrong in rules.find_oversize(source)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (function_of(25), []),
        (function_of(26), [":1: f has 26 code lines, at most 25"]),
        ("def f():\n    '''A\n    text.'''\n" + "    # said\n\n    x = 1\n" * 25, []),
        ("class C:\n    def f(self, a, b, c, d, e): ...", []),
        ("def f(a, b, c, /, d, *e, f): ...", [":1: f has 6 parameters, at most 5"]),
        ("\n" * 251, [": 251 lines, at most 250"]),
    ],
)
def test_find_oversize_in_bad_source(text: str, expected: list[str]) -> None:
    assert rules.find_oversize(source_of(text)) == [f"pipelines/silver/x.py{wrong}" for wrong in expected]


def test_public_names_are_typed_and_documented() -> None:
    assert [wrong for source in sources(*PACKAGES) for wrong in rules.find_undocumented(source)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a: int) -> int:\n    '''Do.'''", []),
        ("def f(a: int) -> int: ...", [":1: f has no docstring"]),
        ("def f(a) -> int:\n    '''Do.'''", [":1: f lacks types: a"]),
        ("def f(a: int):\n    '''Do.'''", [":1: f lacks types: what it returns"]),
        ("class C:\n    '''Be.'''\n    def f(self) -> int: ...", [":3: f has no docstring"]),
        ("def _f(a): ...\nclass _C:\n    def f(self): ...", []),
    ],
)
def test_find_undocumented_in_bad_source(text: str, expected: list[str]) -> None:
    assert rules.find_undocumented(source_of(text)) == [f"pipelines/silver/x.py{wrong}" for wrong in expected]


def find_cycles(graph: grimp.ImportGraph) -> list[tuple[str, ...]]:
    """A chain of imports from each module that leads back to it."""
    imports = [(one, other) for one in graph.modules for other in graph.find_modules_directly_imported_by(one)]
    chains = (graph.find_shortest_chain(importer=other, imported=one) for one, other in imports)
    return [chain for chain in chains if chain]


def test_imports_run_in_no_circle() -> None:
    assert find_cycles(grimp.build_graph(*root_packages(), cache_dir=None)) == []


def test_find_cycles_in_a_circle() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in (("a", "b"), ("b", "c")):
        graph.add_import(importer=importer, imported=imported)
    assert find_cycles(graph) == []
    graph.add_import(importer="c", imported="a")
    assert sorted(find_cycles(graph)) == [("a", "b", "c"), ("b", "c", "a"), ("c", "a", "b")]


def root_packages() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return list(settings["tool"]["importlinter"]["root_packages"])


def test_import_contracts_cover_every_package() -> None:
    assert sorted(root_packages()) == sorted(p for p in PACKAGES if (ROOT / p / "__init__.py").exists())


def modules_after(statement: str) -> set[str]:
    """Top-level modules that an interpreter has loaded after a statement."""
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_command_line_starts_without_spark() -> None:
    assert not modules_after("import spark_jobs.cli.app") & {"pyspark", "py4j", "confluent_kafka", "pyarrow"}
    assert "pyspark" in modules_after("import spark_jobs.session")
