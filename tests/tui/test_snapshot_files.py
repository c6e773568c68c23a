"""No snapshot lies about that no test looks at: with several processes the plugin does not tell."""

import ast
from pathlib import Path

HERE = Path(__file__).parent


def test_every_snapshot_belongs_to_a_test() -> None:
    for folder in (HERE / "__snapshots__").iterdir():
        tree = ast.parse((HERE / f"{folder.name}.py").read_text(encoding="utf-8"))
        tests = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        names = {file.name.partition("[")[0].partition(".")[0] for file in folder.iterdir()}
        assert names <= tests, f"{folder.name}: {sorted(names - tests)}"
