"""What a line of code found out: its loads in words, as changelogs and the player's narration tell them."""

from collections.abc import Iterable

from ktwviz.machine.history import Step

DECIDING = ("if ", "elif ", "while ", "return ", "WARN", "BUG")
"""How lines begin that decide something: with them it counts what they read."""


def reads(steps: Iterable[Step], source: str) -> list[str]:
    """Return what the steps of a line read, each word once; `source` is the text of the line."""
    found: dict[str, str] = {}
    for step in steps:
        path, loaded, value = step.access.removeprefix("load ").partition(" -> ")
        if loaded and step.access.startswith("load "):
            found[path] = _told(path, value, source)
    return list(found.values())


def _told(path: str, value: str, source: str) -> str:
    head, _, member = path.rpartition(".")
    if member != "next" or "list_empty" not in source:
        return f"{path} is {value}"
    alone = value == head
    if head.endswith(".node"):
        return f"{head} points to itself" if alone else f"{head} does not point to itself"
    return f"{head} is empty" if alone else f"{head} is not empty"
