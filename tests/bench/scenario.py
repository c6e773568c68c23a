"""The scenario that the benchmarks walk: three contexts and a timer at work on one worker, pointer by pointer."""

from ktwviz.lesson.parse import parse_lesson
from ktwviz.lesson.scenario import build_scenario
from ktwviz.machine.machine import Machine

TEXT = """# Benchmark

```toml lesson
id = "bench"
kind = "basics"
minutes = 1
source = "1453736711-6703-9-git-send-email-pmladek@suse.com"
aim = "Be walked."
```

Walked by the benchmark.

```python scenario
worker = KthreadWorker()
dwork = DelayedKthreadWork(func=nothing)
work = KthreadWork(func=nothing)

def nothing(work):
    pass

@task(cpu=0)
def client():
    queue_delayed_kthread_work(worker, dwork, 1)
    queue_kthread_work(worker, work)

@task(cpu=1)
def second():
    queue_kthread_work(worker, dwork.work)

@task(cpu=1)
def kworker():
    kthread_worker_fn(worker)
```

## Start

The client begins.

```toml beat
run = "client"
```

```toml goal
text = "The work is queued."
reach = "not list_empty(work.node)"
```
"""


def bench_machine() -> Machine:
    """Return the machine of the scenario."""
    return build_scenario(parse_lesson(TEXT, "bench.md")).machine
