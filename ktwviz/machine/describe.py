"""States and steps in words: makes the values of `snapshot.py` and `history.py` from a machine's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ktwviz.machine import memory
from ktwviz.machine.automaton import Frame, LocalState
from ktwviz.machine.context import Context
from ktwviz.machine.cpu import times_off
from ktwviz.machine.effects import CALL, LOAD, STORE, effect_text
from ktwviz.machine.history import Change, Event, Step
from ktwviz.machine.machine import TICK, Enabled, Machine, Outcome, Refused, State
from ktwviz.machine.memory import LIFE_WORDS, Handle, Word, text_of
from ktwviz.machine.run import Fault, Run
from ktwviz.machine.snapshot import ContextView, CpuView, FieldView, ObjectView, Place, Snapshot

BUFFER = "store buffer"


def snapshot(machine: Machine, state: State) -> Snapshot:
    """Return a state as people read it."""
    outcomes = {outcome.choice: outcome for outcome in machine.outcomes(state)}
    jiffies = memory.members(machine.clock)["jiffies"]
    assert isinstance(jiffies, Word)
    return Snapshot(
        machine.value(state, jiffies),
        tuple(_cpu(machine, state, number) for number in machine.cpus),
        tuple(_context(machine, state, outcomes[str(context.number)]) for context in machine.contexts),
        tuple(_object(machine, state, handle) for handle in machine.objects),
    )


def _word(handle: Handle, name: str) -> Word:
    word = memory.members(handle)[name]
    assert isinstance(word, Word)
    return word


def _cpu(machine: Machine, state: State, number: int) -> CpuView:
    handle = machine.cpus[number]
    values = {name: machine.value(state, _word(handle, name)) for name in ("irqs_off", "preempt_count")}
    active = {c.kind for c in machine.contexts if c.cpu == number and c.kind != "task" and state[c.slot]}
    softirq, hardirq = "softirq" in active, "hardirq" in active
    within = "H" if softirq and hardirq else "h" if hardirq else "s" if softirq else "."
    count = times_off(values["preempt_count"])
    flags = f"{'d' if values['irqs_off'] else '.'}.{within}{count or '.'}"
    waiting = _waiting(machine, state[machine.buffers[number]]) if number in machine.buffers else ()
    under = tuple(context.number for context in machine.value(state, _word(handle, "interrupted")))
    return CpuView(number, bool(values["irqs_off"]), count, softirq, hardirq, flags, waiting, under)


def _waiting(machine: Machine, stores: tuple[tuple[int, Any], ...]) -> tuple[str, ...]:
    """Return the stores of a CPU's buffer, oldest first."""
    return tuple(
        f"{machine.words[index].path} = {machine.words[index].text(value)}" for index, value in stores
    )


def _context(machine: Machine, state: State, outcome: Outcome) -> ContextView:
    context = outcome.context
    assert context is not None
    local = machine.local_state(state, context)
    refused = outcome if isinstance(outcome, Refused) else None
    return ContextView(
        context.number,
        context.name,
        context.kind,
        context.cpu,
        refused.status if refused else "ready",
        refused.reason if refused else "",
        refused.word.path if refused and refused.word else "",
        effect_text(local.effect) if local.effect else "",
        tuple(_place(frame) for frame in local.frames),
    )


def _place(frame: Frame) -> Place:
    function = frame.function
    shown = tuple((name, _value_text(value)) for name, value in frame.locals if not name.startswith("__ktw"))
    return Place(
        function.name, function.file, frame.line, function.first_line, function.source, function.folded, shown
    )


def _value_text(value: Any) -> str:
    if value is True or value is False:
        return str(value).lower()
    return text_of(value)


def _object(machine: Machine, state: State, handle: Handle) -> ObjectView:
    words = [word for word in memory.words_of(handle) if word.kind != "internal"]
    life = words[0].life if words else None
    lived = LIFE_WORDS[machine.value(state, life)] if life else "live"
    fields = tuple(FieldView(word.path, word.text(machine.value(state, word))) for word in words)
    return ObjectView(memory.name_of(handle), memory.struct_of(handle).__name__, lived, fields)


# Steps ----------------------------------------------------------------------------------------------------------


def shown_frame(local: LocalState) -> Frame | None:
    """Return the innermost frame that the screen shows by default: folded functions belong to their caller's line."""
    shown = [frame for frame in local.frames if not frame.function.folded]
    return shown[-1] if shown else (local.frames[-1] if local.frames else None)


def describe(machine: Machine, before: State, outcome: Enabled) -> Step:
    """Return what a step did, in words; `before` is the state in which it was taken."""
    changes = _changes(machine, before, outcome)
    context = outcome.context
    if context is None:
        name = machine.hardware_name(outcome.choice)
        who = "clock" if outcome.choice == TICK else "store buffer"
        return Step(outcome.choice, who, -1, "", "", 0, name, changes, outcome.events)
    local = machine.automata[context.number].states[outcome.before]
    frame = shown_frame(local)
    return Step(
        outcome.choice,
        context.name,
        context.cpu,
        frame.function.name if frame else context.entry.name,
        frame.function.file if frame else context.entry.file,
        frame.line if frame else context.entry.first_line,
        _access(machine, before, local, changes, context) if local.effect else f"{context.name} enters",
        changes,
        tuple(_with_place(event, frame) for event in outcome.events),
    )


def _changes(machine: Machine, before: State, outcome: Enabled) -> tuple[Change, ...]:
    """Return what the step changed in memory; what concerns a CPU itself comes last."""
    found = []
    for index, value in sorted(outcome.writes):
        if index >= len(machine.words) or before[index] == value:
            continue
        word = machine.words[index]
        if word.kind != "internal":
            found.append(Change(word.path, _memory_text(word, before[index]), _memory_text(word, value)))
    buffers = _buffer_changes(machine, before, dict(outcome.writes))
    return (*buffers, *sorted(found, key=lambda change: change.path.startswith("cpu")))


def _buffer_changes(machine: Machine, before: State, writes: dict[int, Any]) -> Iterator[Change]:
    for number, index in machine.buffers.items():
        if writes.get(index, before[index]) != before[index]:
            old, new = _buffer_text(machine, before[index]), _buffer_text(machine, writes[index])
            yield Change(f"CPU{number} {BUFFER}", old, new)


def _buffer_text(machine: Machine, stores: tuple[tuple[int, Any], ...]) -> str:
    return ", ".join(_waiting(machine, stores)) or "empty"


def _loaded(machine: Machine, before: State, word: Word, context: Context) -> Any:
    """Return what a context's load gives: its CPU's store buffer comes first; freed memory keeps what it held."""
    try:
        return Run(before, machine, context).read(word)
    except Fault:
        return machine.value(before, word)


def _memory_text(word: Word, value: Any) -> str:
    return LIFE_WORDS[value] if word.field == "life" else word.text(value)


def _access(
    machine: Machine, before: State, local: LocalState, changes: tuple[Change, ...], context: Context
) -> str:
    effect = local.effect
    assert effect is not None
    if effect[0] == LOAD:
        word = effect[1]
        return f"load {word.path} -> {word.text(_loaded(machine, before, word, context))}"
    if effect[0] == STORE and changes and not changes[0].path.endswith(BUFFER):
        return f"store {changes[0]}"
    if effect[0] == CALL:
        return effect_text(effect)
    return effect_text(effect)


def _with_place(event: Event, frame: Frame | None) -> Event:
    """Add the line of code to a complaint, which tells one WARN from another, and to where a scenario ends."""
    if not (event.bad or event.kind == "limit") or frame is None:
        return event
    function = frame.function
    at = frame.line - function.first_line
    line = function.source[at].strip() if 0 <= at < len(function.source) else ""
    return Event(
        event.kind, f"{event.text} at {function.file}:{frame.line} {function.name}(): {line}", event.about
    )
