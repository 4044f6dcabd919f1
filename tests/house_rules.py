"""The rules of the house as functions: a module's source in, a sentence for each place that breaks the rule out."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("schemas", "pipelines", "expectations", "spark_jobs", "dagster_project")
GENERATED = "schemas/proto/"

FUNCTION_LINES = 25
MODULE_LINES = 250
PARAMETERS = 5
ACTIONS = {
    *("checkpoint", "collect", "first", "foreach", "foreachPartition", "head", "isEmpty", "localCheckpoint", "rdd"),
    *("show", "tail", "take", "toArrow", "toLocalIterator", "toPandas", "write", "writeStream", "writeTo"),
}
CLOCKS = {"time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.sleep"}
CLOCKS |= {"datetime.now", "datetime.today", "datetime.utcnow", "date.today", "uuid.uuid4", "os.urandom"}
# A silencing comment with codes at most: a reason follows after another # or a dash.
SILENCED = r"#\s*(noqa|type:\s*ignore)(:\s*[A-Z0-9, ]+|\[[a-z, -]+\])?\s*"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A module: its path from the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def comments(self) -> list[tokenize.TokenInfo]:
        """Its comments, in order."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return [token for token in tokens if token.type == tokenize.COMMENT]

    @cached_property
    def code_lines(self) -> frozenset[int]:
        """Numbers of the lines that hold code: neither blank, nor only a comment, nor a docstring."""
        silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        lines = {n for t in tokens if t.type not in silent for n in range(t.start[0], t.end[0] + 1)}
        return frozenset(
            lines - {n for doc in self._docstrings() for n in range(doc.lineno, (doc.end_lineno or 0) + 1)}
        )

    def _docstrings(self) -> Iterator[ast.stmt]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Module | ast.ClassDef | Function) and ast.get_docstring(node) is not None:
                yield node.body[0]

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def at(self, node: ast.expr | ast.stmt | ast.ExceptHandler, sentence: str) -> str:
        """The sentence with its place."""
        return f"{self.path}:{node.lineno}: {sentence}"


def sources(*folders: str) -> list[Source]:
    """The modules below some folders, generated ones left out."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    named = ((path.relative_to(ROOT).as_posix(), path) for path in paths)
    return [Source(name, path.read_text()) for name, path in named if not name.startswith(GENERATED)]


def find_attributes(source: Source, names: set[str], allowed: set[str]) -> list[str]:
    """`something.name` outside the modules that may write it."""
    if source.path in allowed:
        return []
    found = (node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute) and node.attr in names)
    return [source.at(node, f".{node.attr} belongs in {', '.join(sorted(allowed))}") for node in found]


def find_actions(source: Source) -> list[str]:
    """What makes Spark run, in a module that knows DataFrames; functions of F and grouped counts do not."""
    if not any(name.startswith("pyspark") for name in imported(source)):
        return []
    attributes = [node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)]
    named = [node for node in attributes if node.attr in ACTIONS and not _is_functions(node.value)]
    calls = [node.func for node in ast.walk(source.tree) if isinstance(node, ast.Call) and not node.args]
    counts = [f for f in calls if isinstance(f, ast.Attribute) and f.attr == "count" and not _is_grouped(f.value)]
    return [source.at(node, f".{node.attr} makes Spark run: leave that to spark_jobs") for node in (*named, *counts)]


def imported(source: Source) -> set[str]:
    """Names of the modules that a module imports, wherever in it."""
    plain = {a.name for node in ast.walk(source.tree) if isinstance(node, ast.Import) for a in node.names}
    return plain | {node.module or "" for node in ast.walk(source.tree) if isinstance(node, ast.ImportFrom)}


def _is_functions(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"F", "functions"}


def _is_grouped(node: ast.expr) -> bool:
    grouping = {"groupBy", "groupby", "rollup", "cube", "pivot"}
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in grouping


def find_environment(source: Source, allowed: set[str]) -> list[str]:
    """os.environ and os.getenv, except in entry points: modules named in `allowed`, and `if __name__` blocks."""
    if source.path in allowed:
        return []
    main = {id(n) for block in source.tree.body if _is_main(block) for n in ast.walk(block)}
    reads = (node for node in _environment_reads(source) if id(node) not in main)
    return [source.at(n, "the environment is read at the entry point: take it as an argument") for n in reads]


def _is_main(block: ast.stmt) -> bool:
    return isinstance(block, ast.If) and ast.unparse(block.test) == "__name__ == '__main__'"


def _environment_reads(source: Source) -> Iterator[ast.Attribute | ast.ImportFrom]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}:
            yield node
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from [node] if {alias.name for alias in node.names} & {"environ", "getenv"} else []


def find_clocks(source: Source) -> list[str]:
    """A clock that is read, or randomness without a seed, where both should be arguments."""
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    names = [(node, ast.unparse(node.func)) for node in calls]
    read = [node for node, name in names if ".".join(name.split(".")[-2:]) in CLOCKS]
    read += [node for node, name in names if name.startswith("random.")]
    read += [node for node, name in names if name.endswith("default_rng") and not (node.args or node.keywords)]
    return [source.at(node, f"{ast.unparse(node.func)}: time and randomness are arguments") for node in read]


def find_catch_alls(source: Source, allowed: set[str]) -> list[str]:
    """`except Exception` and what catches more; in `allowed` modules, only those that do not raise again."""
    handlers = [node for node in ast.walk(source.tree) if isinstance(node, ast.ExceptHandler) and _catches_all(node)]
    swallowing = [h for h in handlers if not any(isinstance(n, ast.Raise) for n in ast.walk(h))]
    wrong = swallowing if source.path in allowed else handlers
    return [source.at(node, "catches everything: name the errors that can be handled") for node in wrong]


def _catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in kinds)


def find_unexplained(source: Source) -> list[str]:
    """Warnings that are silenced without a reason on the line."""
    lines = [node for node in source.comments if re.fullmatch(SILENCED, node.string)]
    return [f"{source.path}:{node.start[0]}: say why this is silenced" for node in lines]


def find_oversize(source: Source) -> list[str]:
    """Modules and functions too long to be seen at once, and functions with too many parameters."""
    lines = len(source.text.splitlines())
    too_long = [f"{source.path}: {lines} lines, at most {MODULE_LINES}"] if lines > MODULE_LINES else []
    for node in source.functions():
        if (code := _body_lines(source, node)) > FUNCTION_LINES:
            too_long.append(source.at(node, f"{node.name} has {code} code lines, at most {FUNCTION_LINES}"))
        if (count := len(_parameters(node))) > PARAMETERS:
            too_long.append(source.at(node, f"{node.name} has {count} parameters, at most {PARAMETERS}"))
    return too_long


def _body_lines(source: Source, node: Function) -> int:
    return len(source.code_lines & set(range(node.body[0].lineno, (node.end_lineno or 0) + 1)))


def _parameters(node: Function) -> list[ast.arg]:
    every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    return [argument for argument in every if argument and argument.arg not in {"self", "cls"}]


def find_undocumented(source: Source) -> list[str]:
    """Public functions, methods and classes without docstring or without types."""
    return [s for node in _public(source.tree.body) for s in _judge_public(source, node)]


def _public(body: list[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def _judge_public(source: Source, node: Function | ast.ClassDef) -> Iterator[str]:
    if ast.get_docstring(node) is None:
        yield source.at(node, f"{node.name} has no docstring")
    if isinstance(node, Function):
        untyped = [argument.arg for argument in _parameters(node) if argument.annotation is None]
        if untyped or node.returns is None:
            yield source.at(node, f"{node.name} lacks types: {', '.join(untyped) or 'what it returns'}")
