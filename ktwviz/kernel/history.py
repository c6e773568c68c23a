"""The versions of the code under study by name, and what was mended in the merged code since 2016.

Each fix is here as the rule that takes it out again.

Commits and dates are those of the mainline kernel; `kthread_merged.py` is the code with all of them.
"""

from ktwviz.values import dataclass


@dataclass(frozen=True)
class Fix:
    """A commit that mended the merged code: what it did, when it came, and a diff that takes it back.

    `since` is the year from which on the code was wrong: 2016 is the merge.
    """

    commit: str
    release: str
    since: int
    year: int
    what: str
    revert: str


FIXES = (
    Fix(
        "98c985d7d",
        "v5.7",
        2019,
        2020,
        "the timer of a delayed work that is initialised at run time is IRQSAFE again, as it was until 2019",
        """\
 def kthread_init_delayed_work(dwork, fn):
-    __setup_timer(dwork.timer, kthread_delayed_work_timer_fn, dwork, TIMER_IRQSAFE)
+    __setup_timer(dwork.timer, kthread_delayed_work_timer_fn, dwork, 0)
""",
    ),
    Fix(
        "6993d0fdbee0",
        "v5.10",
        2016,
        2020,
        "the timer's function does not queue a work that is being cancelled",
        """\
 def kthread_delayed_work_timer_fn(__data):
-    if not work.canceling:
-        kthread_insert_work(worker, work, worker.work_list)
+    kthread_insert_work(worker, work, worker.work_list)
""",
    ),
    Fix(
        "5fa54346caf6",
        "v5.13",
        2016,
        2021,
        "mod looks for somebody who cancels after it has waited for the timer, not before",
        """\
 def kthread_mod_delayed_work(worker, dwork, delay):
-        kthread_cancel_delayed_work_timer(work, flags)
-        if work.canceling:
+        if work.canceling:
             spin_unlock_irqrestore(worker.lock, flags)
             return True
+        kthread_cancel_delayed_work_timer(work, flags)
         ret = __kthread_cancel_work(work)
""",
    ),
    Fix(
        "d71ba1649fa3",
        "v5.14",
        2016,
        2021,
        "mod says that the work was pending where somebody cancels it",
        """\
 def kthread_mod_delayed_work(worker, dwork, delay):
-            return True
+            return False
""",
    ),
    Fix(
        "eb79fa7ea744",
        "v6.3",
        2016,
        2023,
        "destroy warns of delayed works whose timers are still armed",
        """\
 def kthread_destroy_worker(worker):
-    WARN_ON(not list_empty(worker.delayed_work_list))
""",
    ),
    Fix(
        "e16c7b07784f",
        "v6.12",
        2016,
        2024,
        "a worker that is to freeze says first that it does not sleep otherwise",
        """\
 def kthread_worker_fn(worker):
             schedule()
-        else:
-            __set_current_state(TASK_RUNNING)
""",
    ),
)
"""All of them, oldest first. 34b3d5344719 only moved code for 5fa54346caf6; 98c985d7d mends what 2019 had broken."""


def wrong_at_the_end_of(year: int) -> tuple[Fix, ...]:
    """Return the fixes that the code of a year still needed."""
    return tuple(fix for fix in FIXES if fix.since <= year < fix.year)


STAGES = ("v4", "merged-2016", "merged-2020", "merged-2021", "merged")
"""The names of the versions, oldest first."""

_YEARS = {"merged-2016": 2016, "merged-2020": 2020, "merged-2021": 2021, "merged": FIXES[-1].year}


def came_with(stage: str) -> tuple[Fix, ...]:
    """Return the fixes that a version has and the one before it in `STAGES` needed; none for the first two."""
    at = STAGES.index(stage)
    if at < 2:
        return ()
    return tuple(
        fix
        for fix in wrong_at_the_end_of(_YEARS[STAGES[at - 1]])
        if fix not in wrong_at_the_end_of(_YEARS[stage])
    )


VERSION_NAMES = (*STAGES, *(f"without-{fix.commit}" for fix in FIXES))
"""These, and the code of today without one of its fixes."""
