"""What lockdep would say of a run: who took which lock where, in which order, and what can come of it.

Lockdep complains of what can happen, whether or not it did. What it finds is found here by the checker's own rules
(`checker/properties/lockdep.py`), on the states of this run alone.
"""

from array import array
from collections.abc import Sequence

from ktwviz.checker.explore import Graph
from ktwviz.checker.properties.builtin import Whole
from ktwviz.checker.properties.lockdep import Order, Unsafe, circle_of, orders_of, unsafe_locks_of
from ktwviz.export.table import columns
from ktwviz.lesson.scenario import Scenario
from ktwviz.schedule import Token
from ktwviz.session import Session

_WIDE = 60


def as_lockdep(scenario: Scenario, session: Session, token: Token) -> str:
    """Return the locks of the run up to the cursor, their orders, and lockdep's complaint if there is one."""
    whole = Whole(_walk(session), lambda states: "")
    orders, circle, unsafe = orders_of(whole), circle_of(whole), unsafe_locks_of(whole)
    parts = [
        "Locks taken in this run:\n" + _indented(_uses(session)),
        "Locks wanted with another held:\n" + _indented(_seen(orders)),
    ]
    complaints = [_recursive(order) for order in orders if order.held == order.wanted]
    complaints += [_circular(circle)] if len(circle) > 1 else []
    complaints += [_inconsistent(found) for found in unsafe]
    parts += complaints
    if not complaints:
        parts.append("Lockdep has nothing to complain of in this run.")
    return "\n\n".join(parts)


def _walk(session: Session) -> Graph:
    """Return the walk as a graph of states that are followed nowhere else."""
    states = list(session.states_to_cursor())
    graph = Graph(session.machine, states, array("I", [0]), [None], {})
    for number, state in enumerate(states):
        graph.numbers.setdefault(state, number)
    graph.followed, graph.bound = len(states), "the end of this run"
    return graph


def _uses(session: Session) -> list[str]:
    """Return a row for each lock and context that took it, with the step at which it did so first."""
    kinds = {context.name: context.kind for context in session.picture(0).machine.contexts}
    rows: dict[tuple[str, ...], str] = {}
    for number, step in enumerate(session.steps[: session.cursor], 1):
        for event in step.events:
            if event.kind == "lock":
                cpu = next(cpu for cpu in session.picture(number).machine.cpus if cpu.number == step.cpu)
                irqs = "irqs off" if cpu.irqs_off else "irqs on"
                key = event.about, step.context, kinds[step.context], irqs, f"{step.function}()"
                rows.setdefault(key, f"step {number}")
    return columns([(*key, at) for key, at in sorted(rows.items())]) if rows else ["none"]


def _seen(orders: Sequence[Order]) -> list[str]:
    if not orders:
        return ["none"]
    rows = [(order.held, "->", order.wanted, f"after step {order.step}:", order.how) for order in orders]
    return columns(rows)


def _recursive(order: Order) -> str:
    scene = ["CPU0", "----", f"{_verb(order.held)};", f"{_verb(order.wanted)};"]
    return _warning("possible recursive locking detected", [f"after step {order.step}: {order.how}."], scene)


def _circular(circle: Sequence[Order]) -> str:
    last = circle[-1]
    chain = [
        f"-> #{number} ({order.wanted}), after step {order.step}: {order.how}"
        for number, order in reversed(list(enumerate(circle)))
    ]
    around = ", by way of this chain:" if len(circle) > 2 else "."
    said = [
        f"({last.wanted}) is wanted while ({last.held}) is held,",
        f"and ({last.held}) is wanted while ({last.wanted}) is held{around}",
        "",
        "The existing dependency chain (in reverse order) is:",
        *chain,
    ]
    return _warning("possible circular locking dependency detected", said, _scenario(circle))


def _scenario(circle: Sequence[Order]) -> list[str]:
    """Return the rows in which everybody first takes what is held, then wants what another has."""
    first = [_in_column(at, f"{_verb(order.held)};") for at, order in enumerate(circle)]
    second = [_in_column(at, f"{_verb(order.wanted)};") for at, order in enumerate(circle)]
    heads = "".join(f"{f'CPU{at}':<26}" for at in range(len(circle)))
    return [row.rstrip() for row in (heads, "".join(f"{'----':<26}" for _ in circle), *first, *second)]


def _in_column(at: int, text: str) -> str:
    return " " * 26 * at + text


def _verb(what: str) -> str:
    return f"lock({what})" if not what.startswith("the ") else what.removeprefix("the ")


def _inconsistent(found: Unsafe) -> str:
    kind = found.kind.upper()
    said = [
        f"inconsistent {{{kind}-ON-W}} -> {{IN-{kind}-W}} usage.",
        f"after step {found.taken}: {found.handler} takes ({found.lock}) in a {found.kind}.",
        f"after step {found.step}: {found.owner} holds it with interrupts on.",
    ]
    scene = ["CPU0", "----", f"lock({found.lock});", "<Interrupt>", f"  lock({found.lock});"]
    return _warning("inconsistent lock state", said, scene)


def _warning(title: str, said: Sequence[str], scene: Sequence[str]) -> str:
    """Return a complaint in the form that lockdep gives it."""
    rows = ["=" * _WIDE, f"WARNING: {title}", "-" * _WIDE, *said, "", "Possible unsafe locking scenario:", ""]
    return "\n".join([*rows, _indented(scene), "", " *** DEADLOCK ***"])


def _indented(rows: Sequence[str]) -> str:
    return "\n".join(f"  {row}".rstrip() for row in rows)
