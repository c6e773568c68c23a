"""The locks: who holds each, since when, and who spins for it; and what may interrupt each CPU."""

from textual.content import Content

from ktwviz.kernel.picture import LockView, Picture
from ktwviz.lesson.interrupts import RANK
from ktwviz.machine.snapshot import CpuView
from ktwviz.tui.player.scene import Scene
from ktwviz.tui.player.values import ValuesPane, value
from ktwviz.tui.symbols import Symbols
from ktwviz.tui.text import clip, columns, joined, stacked
from ktwviz.tui.theme import cpu_role


def draw_locks(scene: Scene, width: int, symbols: Symbols) -> list[Content]:
    """Return the locks, each with its spinners below, then the CPUs."""
    lines: list[Content] = []
    for lock in scene.locks:
        lines += stacked(*lock_parts(lock, scene, symbols), width)
        if lock.spinners:
            lines.append(_spinners(lock, scene, symbols))
        if danger := irq_danger(lock, scene):
            sign = Content.styled(f"    {symbols.interrupted} ", "bold $irq")
            lines.append(sign + Content.styled(f"irqs on, and {danger} takes it too", "$irq"))
    rows = [_cpu_cells(cpu, _old_cpu(cpu, scene.previous), symbols) for cpu in scene.picture.machine.cpus]
    late: list[Content] = []
    for cpu in scene.picture.machine.cpus:
        late += columns(_waiting(cpu, _old_cpu(cpu, scene.previous), symbols))
    return [clip(line, width, symbols) for line in [*lines, *columns(rows), *late]]


def lock_parts(
    lock: LockView, scene: Scene, symbols: Symbols, *, briefly: bool = False
) -> tuple[Content, Content]:
    """Return the lock, and "held by 1 client since step 6" or that it is free; briefly without the step."""
    changed = lock_changed(lock, scene.previous)
    star = Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("  ")
    if lock.owner is None:
        box = Content.styled(symbols.free, "$muted")
        words = Content.styled("free", "bold $changed" if changed else "$muted")
    else:
        box = Content.styled(symbols.held, "bold $lock")
        owner = Content.styled(scene.name(lock.owner), "bold $changed" if changed else "bold")
        words = joined(
            [Content("held by"), owner, Content.styled("" if briefly else _since(lock, scene), "$muted")], " "
        )
    name = value(Content.styled(lock.name, "bold" if lock.owner is not None else ""), f"{lock.name}.owner")
    return joined([star + box, name], " "), words


def irq_danger(lock: LockView, scene: Scene) -> str:
    """Return the interrupt that takes a lock, where somebody holds it whom that interrupt may interrupt; else "".

    This is what lockdep calls an inconsistent lock state.
    """
    taker = next((one for one in scene.contexts if one.number == scene.irq_locks.get(lock.name)), None)
    owner = next((one for one in scene.contexts if one.number == lock.owner), None)
    if taker is None or owner is None or RANK[taker.kind] <= RANK[owner.kind]:
        return ""
    cpu = next((cpu for cpu in scene.picture.machine.cpus if cpu.number == owner.cpu), None)
    return "" if cpu is None or cpu.irqs_off else scene.name(taker.number)


def lock_changed(lock: LockView, previous: Picture | None) -> bool:
    """Whether the last move gave the lock another owner."""
    old = next((old for old in previous.locks if old.name == lock.name), None) if previous else None
    return old is not None and old.owner != lock.owner


def _since(lock: LockView, scene: Scene) -> str:
    step = scene.held_since.get(f"{lock.name}.owner")
    return f"since step {step}" if step else ""


def _spinners(lock: LockView, scene: Scene, symbols: Symbols) -> Content:
    names = ", ".join(scene.name(number) for number in lock.spinners)
    verb = "spins" if len(lock.spinners) == 1 else "spin"
    return Content("    ") + Content.styled(f"{symbols.spins} {names} {verb}", "$spins")


def _cpu_cells(cpu: CpuView, old: CpuView | None, symbols: Symbols) -> list[Content]:
    changed = old is not None and old.flags != cpu.flags
    star = Content.styled(f"{symbols.changed} ", "bold $changed") if changed else Content("  ")
    irq = Content.styled("irq off", "bold $irq") if cpu.irqs_off else Content.styled("irq on", "$muted")
    inside = "in hardirq" if cpu.in_hardirq else "in softirq" if cpu.in_softirq else ""
    return [
        star + value(Content.styled(f"CPU{cpu.number}", cpu_role(cpu.number)), f"cpu{cpu.number}"),
        irq,
        Content.styled(cpu.flags, "bold $changed" if changed else "$muted"),
        Content.styled(inside, "$irq"),
    ]


def _waiting(cpu: CpuView, old: CpuView | None, symbols: Symbols) -> list[list[Content]]:
    """Return the stores that wait in a CPU's buffer, one a row, oldest first."""
    known = old.waiting if old is not None else cpu.waiting
    rows = []
    for number, store in enumerate(cpu.waiting):
        new = store not in known
        star = Content.styled(f"{symbols.changed} ", "bold $changed") if new else Content("  ")
        label = Content.styled(f"CPU{cpu.number} late", cpu_role(cpu.number)) if number == 0 else Content("")
        rows.append([star + label, Content.styled(store, "bold $changed" if new else "bold")])
    return rows


def _old_cpu(cpu: CpuView, previous: Picture | None) -> CpuView | None:
    cpus = previous.machine.cpus if previous else ()
    return next((old for old in cpus if old.number == cpu.number), None)


class LocksPane(ValuesPane):
    """Locks and interrupt state."""

    HELP_TEXT = (
        "Who holds which lock, who spins for it; ! where it is held with interrupts on and an interrupt takes it. "
        "A CPU's letters are ftrace's: d irqs off, s softirq, h hardirq, "
        "then the preempt count. Stores that are late wait in the CPU's buffer, oldest first: others do not see them."
    )

    def draw(self, scene: Scene, width: int, height: int, symbols: Symbols) -> list[Content]:
        """Draw locks and CPUs."""
        return draw_locks(scene, width, symbols)

    def draw_title(self, scene: Scene, symbols: Symbols) -> Content:
        """Draw the pane's name."""
        return Content("Locks and CPUs")

    def draw_subtitle(self, scene: Scene, symbols: Symbols) -> Content:
        """Explain the signs."""
        return Content(f"{symbols.held} held  {symbols.free} free  {symbols.spins} spins")
