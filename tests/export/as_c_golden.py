"""What the kernel's functions look like in C syntax, in one file.

`python -m tests.export.as_c_golden` writes it anew; read the difference before you keep it.
"""

from pathlib import Path

from ktwviz.export.as_c import CLine, as_c
from ktwviz.kernel import kthread
from ktwviz.kernel.versions import kernel_namespace
from ktwviz.machine.language import Stepped, SteppedInModule

GOLDEN = Path(__file__).with_name("golden") / "kthread_v4.c"
NAMES = kernel_namespace("v4")


def functions_of(path: str) -> dict[str, Stepped]:
    """Return the stepped functions that a file of the kernel defines, by name."""
    found = {name: value for name, value in NAMES.items() if isinstance(value, SteppedInModule)}
    return {name: value for name, value in found.items() if value.path == path}


def lines_of(name: str) -> tuple[CLine, ...]:
    """Return a function of kernel/kthread.py in C syntax."""
    return as_c(functions_of(kthread.__file__)[name], NAMES)


def printed(name: str) -> str:
    """Return a function as the golden file has it: tabs for indentation, no numbers, for those change often."""
    return "\n".join(line.text for line in lines_of(name))


def golden() -> dict[str, str]:
    """Return the functions of the golden file by name."""
    parts = GOLDEN.read_text(encoding="utf-8").rstrip("\n").split("\n\n\n")
    return {part.split("(", 1)[0].split()[-1].lstrip("*"): part for part in parts}


if __name__ == "__main__":
    GOLDEN.write_text("\n\n\n".join(map(printed, functions_of(kthread.__file__))) + "\n", encoding="utf-8")
