"""Which lines of the kernel a rule changes."""

from ktwviz.kernel.rules import apply_rule, lines_changed
from ktwviz.kernel.versions import kernel_namespace
from ktwviz.machine.program import Program

ASK = """ def kthread_work_pending(work):
-    return not list_empty(work.node) or work.canceling or (work.timer and timer_active(work.timer))
+    return not list_empty(work.node)
"""
UNLOCKED = """ def queue_kthread_work(worker, work):
-    flags = spin_lock_irqsave(worker.lock)
"""


def changed(rule: str) -> set[str]:
    """Return the text of the lines that the rule changes, as they stand in the patched function."""
    kernel = Program(kernel_namespace()).namespace
    patched = apply_rule(kernel, rule, "rule", 1)
    lines = lines_changed((kernel[name], function) for name, function in patched.items())
    return {patched[name].source[number - patched[name].first_line].strip() for name, number in lines}


def test_a_line_that_a_rule_puts_in_is_changed() -> None:
    assert changed(ASK) == {"return not list_empty(work.node)"}


def test_where_a_rule_only_takes_a_line_out_the_line_after_it_is_marked() -> None:
    assert changed(UNLOCKED) == {"if not kthread_work_pending(work):"}
