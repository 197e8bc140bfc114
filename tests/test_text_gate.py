"""Text of a case has one way to a terminal: only the gateways print, and messages are our own words.

Reads the source. A sink outside its gateways, a message that is put together from values before `message`
reveals them, or markup that is parsed from text fails here, with file and line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "hitl_tui"

PRINTS = frozenset(
    {"print", "echo", "secho", "print_exception", "print_exc", "print_json", "input"}
)
WRITES = frozenset({"write", "writelines"})
LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log"})
DRAWS = frozenset(
    {
        "Text",
        "Content",
        "Segment",
        "Static",
        "Label",
        "Digits",
        "Log",
        "RichLog",
        "notify",
        "set_title",
    }
)
PARSES_MARKUP = frozenset(
    {"Markdown", "MarkdownViewer", "from_markup", "render_markup", "from_ansi"}
)
MESSAGES = frozenset(
    {
        "message",
        "Stop",
        "ConfigError",
        "FileTrouble",
        "QueueError",
        "Unreachable",
        "NotFound",
        "Conflict",
        "Invalid",
        "NotAvailable",
        "LeaseLost",
        "UndoRefused",
        "NotOffered",
        "Unauthenticated",
        "Unanswered",
        "Slow",
        "VersionMismatch",
        "Forbidden",
        "StoreBusy",
        "StoreFull",
    }
)

GATEWAYS = {
    "prints": ("cli/say.py",),
    "writes": ("cli/say.py", "server/logs.py"),
    "draws": ("tui/paint.py",),
    "logs": (),
}
"""Sink -> the modules that may use it. Each of them takes revealed text only."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(node: ast.expr) -> str:
    """The last name of what is called: `typer.echo` and `echo` are both `echo`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def owner_of(node: ast.expr) -> str:
    """What stands before the last name, as source: `sys.stdout` of `sys.stdout.write`."""
    return ast.unparse(node.value) if isinstance(node, ast.Attribute) else ""


def sinks(tree: ast.AST) -> Iterator[tuple[str, int, str]]:
    """Every place that sends text somewhere: which kind of sink, its line, its source."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name, owner = name_of(node.func), owner_of(node.func)
        if name in PRINTS:
            yield "prints", node.lineno, ast.unparse(node.func)
        elif name in WRITES and ("stdout" in owner or "stderr" in owner):
            yield "writes", node.lineno, ast.unparse(node.func)
        elif name in DRAWS:
            yield "draws", node.lineno, ast.unparse(node.func)
        elif name in LOGS and "log" in owner.lower():
            yield "logs", node.lineno, ast.unparse(node.func)


def parsed_markup(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every place where text is read as markup."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in PARSES_MARKUP:
            yield node.lineno, ast.unparse(node.func)
        if (
            isinstance(node, ast.keyword)
            and node.arg == "markup"
            and not (isinstance(node.value, ast.Constant) and node.value.value is False)
        ):
            yield node.value.lineno, f"markup={ast.unparse(node.value)}"


def composed_messages(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every message whose words are not a literal: values would get in without being revealed.

    Taken as literal: a string, a name or table of this module that holds only strings, and a parameter
    called `template`, by which a function hands on what was a literal at its caller's.
    """
    names = literal_names(tree)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and name_of(node.func) in MESSAGES
            and node.args
            and not is_literal(node.args[0], names)
        ):
            yield node.lineno, ast.unparse(node)[:80]


def literal_names(tree: ast.AST) -> frozenset[str]:
    """The names that are assigned literal words, or a table of them, and nothing else."""
    good, bad = {"template"}, set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    literal = is_literal(node.value, frozenset(good))
                    (good if literal else bad).add(target.id)
    return frozenset(good - bad)


def is_literal(node: ast.expr, names: frozenset[str]) -> bool:
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.Name(id=name):
            return name in names
        case ast.IfExp(body=first, orelse=second):
            return is_literal(first, names) and is_literal(second, names)
        case ast.Dict(values=values):
            return all(is_literal(value, names) for value in values)
        case ast.Subscript(value=ast.Name(id=table)):
            return table in names
        case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, default]):
            return table in names and is_literal(default, names)
    return False


def allowed(module: Path, kind: str) -> bool:
    return module.relative_to(PACKAGE).as_posix() in GATEWAYS[kind]


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_only_gateways_send_text_anywhere(module: Path) -> None:
    tree = ast.parse(module.read_text())
    found = [
        f"{module}:{line} {what}" for kind, line, what in sinks(tree) if not allowed(module, kind)
    ]
    assert found == []


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_text_is_read_as_markup(module: Path) -> None:
    tree = ast.parse(module.read_text())
    assert [f"{module}:{line} {what}" for line, what in parsed_markup(tree)] == []


@pytest.mark.parametrize("module", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_words_of_a_message_are_literals(module: Path) -> None:
    tree = ast.parse(module.read_text())
    assert [f"{module}:{line} {what}" for line, what in composed_messages(tree)] == []


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("print(x)", "prints"),
        ("typer.echo(x)", "prints"),
        ("console.print(x)", "prints"),
        ("sys.stdout.write(x)", "writes"),
        ("sys.stderr.buffer.write(x)", "writes"),
        ("Static(x)", "draws"),
        ("rich.text.Text(x)", "draws"),
        ("self.notify(x)", "draws"),
        ("logging.info(x)", "logs"),
        ("logger.exception(x)", "logs"),
    ],
)
def test_the_gate_sees_each_kind_of_sink(source: str, kind: str) -> None:
    assert [found for found, _, _ in sinks(ast.parse(source))] == [kind]


@pytest.mark.parametrize(
    "source",
    [
        'message(f"no {x}")',
        'raise Stop("no %s" % x)',
        'raise Stop("no {}".format(x))',
        "message(words)",
        'raise NotFound("no " + x)',
        'T = "no"\nT = f"{x}"\nmessage(T)',
    ],
)
def test_the_gate_sees_each_way_to_compose_a_message(source: str) -> None:
    assert list(composed_messages(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ["Markdown(x)", "Content.from_markup(x)", "f(x, markup=True)", "f(markup=m)"]
)
def test_the_gate_sees_markup(source: str) -> None:
    assert list(parsed_markup(ast.parse(source)))


@pytest.mark.parametrize(
    "source", ['message("no {x}", x=x)', 'T = "no"\nmessage(T)', "f(x, markup=False)"]
)
def test_the_gate_lets_literals_pass(source: str) -> None:
    tree = ast.parse(source)
    assert not [*composed_messages(tree), *parsed_markup(tree), *sinks(tree)]
