"""The machine and its checker against plain enumeration: random small programs, all their interleavings."""

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ktwviz.checker.explore import Graph, explore
from ktwviz.checker.verdicts import Claim, Report, Verdict, check
from ktwviz.machine.machine import Machine, State
from tests.checker.brute import Everything, Naive
from tests.checker.programs import LOCKS, NUMBER, WORD, WORDS, Program, programs, source
from tests.checker.turn import Moment
from tests.conftest import IN_CI
from tests.machine.helpers import build, question, word

MOST_MOMENTS = 400
MANY = 1200 if IN_CI else 200

# Comparing --------------------------------------------------------------------------------------------------------


class Pair:
    """A program on both computers. `keys` says what the naive choices are called on the machine."""

    def __init__(self, program: Program, naive: Naive, everything: Everything) -> None:
        self.machine = build(source(program), memory=program.memory)
        self.naive = naive
        self.all = everything
        self.keys = {name: str(number) for number, name in enumerate(naive.actors, 1)}
        self.keys |= {"drain 0": "a", "drain 1": "b"}
        self.names = {key: name for name, key in self.keys.items()}
        self._words = {name: word(self.machine, path) for name, path in self._paths().items()}

    def memory(self, state: State) -> Moment:
        """Return a state's memory under the names of a moment."""
        found: Moment = {}
        for name, place in self._words.items():
            value = self.machine.value(state, place)
            found[name] = value if value is None or isinstance(value, int) else value.name
        for cpu in (0, 1):
            # what a task and what a hardirq over it have switched off are counted apart
            found[f"irq_preempt{cpu}"], found[f"preempt{cpu}"] = divmod(found[f"preempt{cpu}"], 256 * 256)
        return found

    def _paths(self) -> dict[str, str]:
        found = {name: f"shared.{name}" for name in WORDS} | {name: f"{name}.owner" for name in LOCKS}
        found["all_done"] = "all_done.done"
        for cpu in (0, 1):
            found |= {f"irqs_off{cpu}": f"cpu{cpu}.irqs_off", f"preempt{cpu}": f"cpu{cpu}.preempt_count"}
            found[f"pinned{cpu}"] = f"cpu{cpu}.pinned"
        for actor in self.naive.actors.values():
            task = {f"{actor.name}.{part}": f"{actor.name}.{part}" for part in ("state", "on_rq")}
            found |= task if actor.kind == "task" else {f"{actor.name}.left": f"{actor.name}_line.left"}
        return found

    def compare_graphs(self) -> None:
        """Compare every state with the moment that the same schedule leads to."""
        graph = explore(self.machine)
        assert graph.complete
        twins = self.twins(graph)
        assert sorted(twins) == list(range(len(self.all.moments)))
        assert graph.transitions == sum(map(len, self.all.following))
        assert sorted(twins[number] for number in graph.ends) == self.all.ends
        for number, twin in enumerate(twins):
            assert len(graph.schedule_to(number)) == self.all.depths[twin]

    def twins(self, graph: Graph) -> list[int]:
        """Return for every state the moment that its schedule leads to; memory and choices must be the same there."""
        found = [0]
        for number, state in enumerate(graph.states):
            step = graph.through[number]
            if step is not None:
                before = self.all.following[found[graph.parents[number]]]
                found.append(before[self.names[step.choice]])
            moment, following = self.all.moments[found[number]], self.all.following[found[number]]
            memory = self.memory(state)
            assert memory == {name: moment[name] for name in memory}
            enabled = [step.choice for step, _ in self.machine.successors(state)]
            assert enabled == [self.keys[name] for name in following]
        return found


def pair(program: Program, most: int = MOST_MOMENTS) -> Pair:
    """Run a program through on the naive computer, and build the real one; programs that are too large are left out."""
    naive = Naive(program)
    everything = naive.everything(most)
    assume(everything is not None)
    assert everything is not None
    return Pair(program, naive, everything)


def compare_verdicts(both: Pair, wanted: dict[str, int]) -> None:
    """Compare all verdicts, the lengths of the counterexamples, and where these lead."""
    found = both.all
    here = {n for n, at in enumerate(found.moments) if all(at[name] == wanted[name] for name in wanted)}
    circles = {number for number, at in enumerate(found.moments) if both.naive.deadlocked(at)}
    hanging = {number for number in found.ends if both.naive.hangs(found.moments[number])}
    broken = {
        "no-deadlock": circles | hanging,
        "never": here,
        "never at the end": here & set(found.ends),
        "lists-sound": set(),
    }
    lengths = {name: found.nearest(numbers) for name, numbers in broken.items()}
    lengths |= {"no-warning": found.complaints.get("warning"), "no-oops": found.complaints.get("oops")}
    # beyond a deadlock or an oops nothing is followed
    cut = "oops" in found.complaints or bool(circles)

    report = report_on(both.machine, wanted)
    for name, length in lengths.items():
        compare_verdict(report.verdict(name), length, cut=cut)
    assert report.verdict("sometimes").kind in (
        {"holds", "undetermined"} if here else {"broken", "undetermined"}
    )
    assert cut or report.verdict("sometimes").kind != "undetermined"
    assert cut or hangs(report) == both.naive.hangs_for_good(found)
    for verdict in report.broken:
        compare_run(both, verdict, broken)


def report_on(machine: Machine, wanted: dict[str, int]) -> Report:
    """Check a machine, and three claims on the shared words."""
    asked = question(machine, " and ".join(f"shared.{name} == {value}" for name, value in wanted.items()))
    claims = [
        Claim("never", "always", lambda state: not asked(state)),
        Claim("sometimes", "sometimes", lambda state: bool(asked(state))),
        Claim("never at the end", "at_end", lambda state: not asked(state)),
    ]
    return check(machine, claims)


def hangs(report: Report) -> bool:
    """Tell whether somebody stays where he is for good: in an end, or while others go on for ever."""
    return "broken" in (report.verdict("no-deadlock").kind, report.verdict("no-hang").kind)


def compare_verdict(verdict: Verdict, length: int | None, *, cut: bool) -> None:
    """Compare with the number of steps that the shortest way to break the property has."""
    if verdict.kind == "broken":
        assert verdict.keys is not None
        assert length is not None, f"{verdict.property} is never broken"
        assert len(verdict.keys) >= length if cut else len(verdict.keys) == length
    elif verdict.kind == "holds":
        assert length is None, f"{verdict.property} is broken in {length} steps"
    else:
        assert cut, f"{verdict.property} is undetermined, although all was followed"


def compare_run(both: Pair, verdict: Verdict, broken: dict[str, set[int]]) -> None:
    """Take a counterexample on the naive computer, and see there what is broken."""
    number = 0
    heard: list[str] = []
    for key in verdict.keys or ():
        after = both.naive.outcome(both.all.moments[number], both.names[key])
        assert after is not None, f"{verdict.property}: {key} may not step"
        number, heard = both.all.following[number][both.names[key]], after[1]
    if verdict.property in broken:
        assert number in broken[verdict.property], verdict
    elif verdict.property in ("no-warning", "no-oops"):
        assert verdict.property.removeprefix("no-") in heard


@settings(max_examples=MANY, suppress_health_check=list(HealthCheck))
@given(program=programs(), wanted=st.dictionaries(WORD, NUMBER, min_size=1))
def test_random_programs_have_the_moments_and_the_verdicts_of_plain_enumeration(
    program: Program, wanted: dict[str, int]
) -> None:
    both = pair(program)
    both.compare_graphs()
    compare_verdicts(both, wanted)


# What the comparison has found ------------------------------------------------------------------------------------


def test_who_sleeps_with_interrupts_off_leaves_them_on_for_others() -> None:
    machine = build("""
    class Shared(Struct):
        came: int
    shared = Shared()

    @task(cpu=0)
    def sleeper():
        local_irq_disable()
        set_current_state(TASK_INTERRUPTIBLE)
        schedule()

    @irq(cpu=0)
    def nic():
        shared.came = 1
        wake_up_process(sleeper)
    """)
    came = question(machine, 'shared.came and finished("sleeper")')
    graph = explore(machine)
    assert any(came(graph.states[number]) for number in graph.ends)


def test_who_ends_with_a_lock_held_keeps_nobody_else_on_his_cpu() -> None:
    machine = build("""
    leaked = Spinlock()
    lock = Spinlock()
    done = Completion()

    @task(cpu=0)
    def leaker():
        spin_lock(leaked)

    @task(cpu=0)
    def waiter():
        spin_lock(lock)
        spin_unlock(lock)
        wait_for_completion(done)

    @task(cpu=0)
    def helper():
        complete(done)
    """)
    report = check(machine)
    assert report.verdict("no-warning").how.startswith("leaker ended with preemption off")
    assert report.verdict("no-deadlock").kind == "holds"
