"""What every test stands on: the same surroundings on every machine, and nothing of the user's touched."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from ktwviz.machine import made

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")

# Here new examples each time; in CI the same ones, so that a red run is red again.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "local")


# What is made of kernel code is kept nowhere: a test may have changed what makes it. Programs that a test starts do as
# they do anywhere.
made.file_of = lambda path: f"{path}/nowhere"


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to record a part of the snapshots: --snapshot-update deletes those whose test it did not see."""
    if not config.getoption("update_snapshots", False) or hasattr(config, "workerinput"):
        return
    options = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "maxfail")
    selects = any(getattr(config.option, name, None) for name in options)
    if selects or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        raise pytest.UsageError(
            "--snapshot-update needs the whole suite, without paths, -k or -x: make snapshots"
        )


@pytest.fixture(autouse=True)
def same_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take away what changes a screen, and give every test a home of its own.

    Textual reads TEXTUAL_* when it is imported, which is before any fixture: for the tests themselves the app sets
    its theme, this one is for the programs that a test starts.
    """
    for name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        # The snapshot plugin keeps its own TEXTUAL_SNAPSHOT_TEMPDIR there; it must stay.
        if name.startswith(("KTWVIZ_", "TEXTUAL_")) and name != "TEXTUAL_SNAPSHOT_TEMPDIR":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def tmux() -> str:
    """The path of tmux. A machine without it skips the tests that need it, but in CI they fail."""
    path = shutil.which("tmux")
    if path is None and IN_CI:
        pytest.fail("tmux is missing: .ci/run was to install it")
    if path is None:
        pytest.skip("tmux is not installed")
    return path
