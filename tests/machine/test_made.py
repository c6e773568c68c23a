"""What is made of kernel code is kept for the next start, and counts only where it would be made again the same."""

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ktwviz.kernel.versions import VERSIONS, kernel_namespace
from ktwviz.machine import made
from ktwviz.machine.language import Stepped, SteppedInModule, SteppedInVersion
from ktwviz.machine.made import MAKERS, Form, Made
from ktwviz.machine.outline import Outline, outline_of
from ktwviz.machine.program import Program

ROOT = Path(__file__).parents[2]
SOURCE = "def f(x):\n    x.a = g()\n"
KINDS = (("Stepped", 0),)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The source of a module of which something can be kept."""
    monkeypatch.setattr(made, "file_of", lambda path: f"{path}.stepped")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = tmp_path / "code.py"
    path.write_text(SOURCE)
    return path


def outline() -> Outline:
    tree = ast.parse(SOURCE).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return outline_of(tree)


def form(line: int = 2) -> Form:
    return Form(compile("1", "<f>", "exec"), {1: line}, 3, lambda: {1: ("x",)})


def fails() -> Outline:
    raise AssertionError("made again")


def never() -> Form:
    raise AssertionError("made again")


def kept(path: Path) -> bool:
    """Tell whether what was made of f() is known without making it."""
    asked: list[bool] = []

    def make() -> Outline:
        asked.append(True)
        return outline()

    Made(str(path)).outline("f", make)
    return not asked


def keep(path: Path) -> None:
    one = Made(str(path))
    one.outline("f", outline)
    one.form("f", KINDS, form)
    one.write()


def parts(found: Form) -> object:
    return found.code, dict(found.lines), found.weight, dict(found.live)


def test_it_is_made_once(module: Path) -> None:
    assert not kept(module)
    keep(module)
    assert kept(module)


def test_what_is_kept_is_what_was_made(module: Path) -> None:
    keep(module)
    again = Made(str(module))
    assert vars(again.outline("f", fails)) == vars(outline())
    assert parts(again.form("f", KINDS, never)) == parts(form())


def test_another_kind_of_name_is_another_form(module: Path) -> None:
    keep(module)
    again = Made(str(module))
    again.outline("f", fails)
    assert again.form("f", (("Primitive", 0),), lambda: form(7)).lines == {1: 7}
    again.write()
    third = Made(str(module))
    kinds = [((kind, 0),) for kind in ("Stepped", "Primitive")]
    assert [third.form("f", each, never).lines[1] for each in kinds] == [2, 7]
    assert third.form("f", (("Stepped", 1),), lambda: form(9)).lines[1] == 9


def test_another_text_of_the_module_makes_it_void(module: Path) -> None:
    keep(module)
    module.write_text(SOURCE.replace("a", "b"))
    made.text_of.cache_clear()
    assert not kept(module)


def test_a_text_that_changes_meanwhile_gets_nothing_that_was_made_of_the_old_one(module: Path) -> None:
    one = Made(str(module))
    one.outline("f", outline)
    module.write_text(SOURCE.replace("a", "b"))
    one.write()
    made.text_of.cache_clear()
    assert not kept(module)


def test_another_text_of_a_maker_makes_it_void(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(module)
    texts = {name: made.text_of(str(ROOT / "ktwviz" / "machine" / f"{name}.py")) for name in MAKERS}
    for changed in MAKERS:
        now = {**texts, changed: texts[changed] + b"#"}
        monkeypatch.setattr(made, "text_of", lambda path, now=now: now[Path(path).stem])
        monkeypatch.setattr(made, "_MAKERS", made._hash_of_makers())
        monkeypatch.setattr(made, "text_of", lambda path: Path(path).read_bytes())
        assert not kept(module), changed


def test_another_python_makes_it_void(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(module)
    monkeypatch.setattr(sys, "version", "3.99")
    monkeypatch.setattr(made, "_MAKERS", made._hash_of_makers())
    assert not kept(module)


def cut(data: bytes) -> bytes:
    return data[:-1]


def turned(data: bytes) -> bytes:
    return data[:-4] + bytes([data[-4] ^ 1]) + data[-3:]


@pytest.mark.parametrize("spoil", [cut, turned, lambda data: b"", lambda data: data[:12]])
def test_a_file_that_was_spoiled_is_not_read(module: Path, spoil: Callable[[bytes], bytes]) -> None:
    keep(module)
    file = Path(made.file_of(str(module)))
    file.write_bytes(spoil(file.read_bytes()))
    assert not kept(module)


def test_two_programs_keep_what_both_made(module: Path) -> None:
    one, other = Made(str(module)), Made(str(module))
    one.outline("f", outline)
    other.outline("g", outline)
    one.write()
    other.write()
    third = Made(str(module))
    assert {vars(third.outline(name, fails))["called"] for name in ("f", "g")} == {("g",)}


def test_nothing_new_writes_nothing(module: Path) -> None:
    keep(module)
    file = Path(made.file_of(str(module)))
    file.chmod(0o444)
    before = file.stat().st_mtime_ns, file.stat().st_ino
    again = Made(str(module))
    again.outline("f", fails)
    again.form("f", KINDS, form)
    again.write()
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_a_folder_that_cannot_be_written_is_no_error(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "file_of", lambda path: f"{path}/nowhere/f.stepped")
    monkeypatch.setattr(made, "_MADE", {"": Made(str(module))})
    made._MADE[""].outline("f", outline)
    made.keep_made()
    assert not kept(module)


def test_nothing_is_written_where_python_writes_nothing(
    module: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made, "_MADE", {"": Made(str(module))})
    made._MADE[""].outline("f", outline)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    made.keep_made()
    assert not kept(module)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    made.keep_made()
    assert kept(module)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_kernel_code_comes_back_as_it_was(version: str, module: Path) -> None:
    program = Program(kernel_namespace(version))
    functions = [value for value in program.namespace.values() if isinstance(value, Stepped)]
    assert all(isinstance(each, SteppedInModule | SteppedInVersion) for each in functions)
    for function in functions:
        one = Made(str(module))
        one.outline(function.name, lambda: function.outline)  # noqa: B023  # called at once
        before = one.form(function.name, KINDS, lambda: program.compiled(function).form)  # noqa: B023
        one.write()
        again = Made(str(module))
        assert vars(again.outline(function.name, fails)) == vars(function.outline)
        assert parts(again.form(function.name, KINDS, never)) == parts(before)


def test_the_same_text_at_another_line_is_another_function() -> None:
    tree = ast.parse(SOURCE).body[0]
    assert isinstance(tree, ast.FunctionDef)
    later = ast.parse("\n\n" + SOURCE).body[0]
    assert isinstance(later, ast.FunctionDef)
    source = tuple(SOURCE.splitlines())
    one, other = (SteppedInVersion("f", "code.py", each, source, False, "code.py") for each in (tree, later))
    assert one._text != other._text


def test_where_python_keeps_nothing_nothing_is_kept(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> str:
        raise NotImplementedError

    monkeypatch.setattr(made, "file_of", refuse)
    monkeypatch.setattr(made, "_MADE", {"": Made(str(module))})
    made._MADE[""].outline("f", outline)
    made.keep_made()


def test_who_presses_ctrl_c_waits_for_no_other_file(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def pressed(path: str, *told: object) -> None:
        asked.append(path)
        raise KeyboardInterrupt

    monkeypatch.setattr(made, "_write", pressed)
    monkeypatch.setattr(made, "_MADE", {name: Made(str(module)) for name in ("one", "two")})
    for one in made._MADE.values():
        one.outline("f", outline)
    made.keep_made()
    assert len(asked) == 1


def imported(name: str) -> set[str]:
    """Return the modules of the machine that one of them imports, and what those import."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        tree = ast.parse((ROOT / "ktwviz" / "machine" / f"{waiting.pop()}.py").read_text())
        for node in ast.walk(tree):
            parts = (node.module or "").split(".") if isinstance(node, ast.ImportFrom) else []
            if parts[:2] != ["ktwviz", "machine"]:
                continue
            names = parts[2:] or [each.name for each in getattr(node, "names", ())]
            waiting += set(names) - found
            found |= set(names)
    return found


def test_all_that_has_a_part_in_it_is_a_maker() -> None:
    makers = {"outline", "rewrite", "liveness", "program"}
    for name in ("outline", "rewrite", "liveness"):
        makers |= imported(name)
    assert makers == set(MAKERS)


BUILDS = """
from ktwviz.machine import language
def no_parsing(text):
    raise AssertionError("parsed " + text.strip()[:60])
language.parse = no_parsing
from ktwviz.lesson.parse import find_lesson
from ktwviz.lesson.scenario import build_scenario
build_scenario(find_lesson("4"))
"""


def test_a_second_start_makes_nothing_of_kernel_code(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        surroundings = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
        return subprocess.run(
            [sys.executable, *words],
            check=False,
            capture_output=True,
            text=True,
            env=surroundings,
            cwd=ROOT,
            timeout=120,
        )

    assert "AssertionError: parsed" in run("-c", BUILDS).stderr
    first = run("-m", "ktwviz", "explore", "4", "--json")
    assert (first.returncode, list(tmp_path.rglob("kthread.*.stepped")) != []) == (1, True)
    assert run("-c", BUILDS).stderr == ""
    second = run("-m", "ktwviz", "explore", "4", "--json")
    assert (second.returncode, second.stdout) == (first.returncode, first.stdout)
