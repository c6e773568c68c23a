void KTHREAD_WORKER_INIT(struct kthread_worker *worker)
{
	/* Static initialiser: lock free, list empty, the rest NULL. */
	worker->lock.owner = NULL;
	INIT_LIST_HEAD(&worker->work_list);
}


void KTHREAD_WORK_INIT(struct kthread_work *work, void (*fn)(void *))
{
	/* Static initialiser: on no list, no worker, no timer. */
	INIT_LIST_HEAD(&work->node);
	work->func = fn;
}


void DELAYED_KTHREAD_WORK_INIT(struct delayed_kthread_work *dwork, void (*fn)(void *))
{
	/* Static initialiser: the work, its timer, and the work's pointer to the timer. */
	dwork->work = (struct kthread_work)KTHREAD_WORK_INIT(dwork->work, fn);
	__setup_timer(&dwork->timer, delayed_kthread_work_timer_fn, dwork, TIMER_IRQSAFE);
	dwork->work.timer = &dwork->timer;
}


void DEFINE_KTHREAD_WORKER(struct kthread_worker *worker)
{
	/* Define a worker; a scenario writes it as the C does, with the name to define. */
	KTHREAD_WORKER_INIT(worker);
}


void DEFINE_KTHREAD_WORK(struct kthread_work *work, void (*fn)(void *))
{
	/* Define a work that calls fn. */
	KTHREAD_WORK_INIT(work, fn);
}


void DEFINE_DELAYED_KTHREAD_WORK(struct delayed_kthread_work *dwork, void (*fn)(void *))
{
	/* Define a delayed work that calls fn. */
	DELAYED_KTHREAD_WORK_INIT(dwork, fn);
}


void init_kthread_worker(struct kthread_worker *worker)
{
	/* Initialise a worker at run time. current_work is left as it is, as in v4.4. */
	worker->flags = 0;
	worker->lock.owner = NULL;
	INIT_LIST_HEAD(&worker->work_list);
	worker->task = NULL;
}


void init_kthread_work(struct kthread_work *work, void (*fn)(void *))
{
	/* Initialise a work at run time: all of it is zeroed first, whether it is in use or not. */
	work->node.next = NULL;
	work->node.prev = NULL;
	work->func = NULL;
	work->worker = NULL;
	work->timer = NULL;
	work->canceling = 0;
	INIT_LIST_HEAD(&work->node);
	work->func = fn;
}


void init_delayed_kthread_work(struct delayed_kthread_work *dwork, void (*fn)(void *))
{
	/* Initialise a delayed work at run time (08/22). Does not look whether its timer is armed. */
	init_kthread_work(&dwork->work, fn);
	__setup_timer(&dwork->timer, delayed_kthread_work_timer_fn, dwork, TIMER_IRQSAFE);
	dwork->work.timer = &dwork->timer;
}


bool kthread_work_pending(struct kthread_work *work)
{
	/* Tell whether work is queued, or being cancelled, or its timer will queue it. Hold the worker's lock. */
	return !list_empty(&work->node) || work->canceling || (work->timer && timer_active(work->timer));
}


int kthread_worker_fn(struct kthread_worker *worker)
{
	/* Take works off the list and run them, until somebody calls kthread_stop(). */
	struct kthread_work *work;

	WARN_ON(worker->task && worker->task != current);
	worker->task = current;

	if (worker->flags & KTW_FREEZABLE)
		set_freezable();

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);  /* before the tests, or a wake-up is lost */

		if (kthread_should_stop()) {
			__set_current_state(TASK_RUNNING);
			spin_lock_irq(&worker->lock);
			worker->task = NULL;
			spin_unlock_irq(&worker->lock);
			return 0;
		}

		work = NULL;
		spin_lock_irq(&worker->lock);
		if (!list_empty(&worker->work_list)) {
			work = container_of(worker->work_list.next, struct kthread_work, node);
			list_del_init(&work->node);
		}
		worker->current_work = work;
		spin_unlock_irq(&worker->lock);

		if (work) {
			__set_current_state(TASK_RUNNING);
			work->func(work);
			/* work may be freed by now: nothing here touches it again */
		} else if (!freezing(current)) {
			schedule();
		}

		try_to_freeze();
	}
}


void insert_kthread_work_sanity_check(struct kthread_worker *worker, struct kthread_work *work)
{
	/* Complain about a work that is in use elsewhere (07/22); nothing is refused. */
	lockdep_assert_held(&worker->lock);
	WARN_ON_ONCE(!irqs_disabled());
	WARN_ON_ONCE(!list_empty(&work->node));
	/* a work belongs to one worker until it is initialised again */
	WARN_ON_ONCE(work->worker && work->worker != worker);
}


void insert_kthread_work(struct kthread_worker *worker, struct kthread_work *work, struct list_head *pos)
{
	/* Link work in front of pos, and wake the worker if it is idle. Call with worker.lock held. */
	insert_kthread_work_sanity_check(worker, work);

	list_add_tail(&work->node, pos);
	work->worker = worker;
	if (!worker->current_work && worker->task)
		wake_up_process(worker->task);
}


void __queue_kthread_work(struct kthread_worker *worker, struct kthread_work *work)
{
	/* Put work at the end of the worker's list (08/22). */
	insert_kthread_work(worker, work, &worker->work_list);
}


bool queue_kthread_work(struct kthread_worker *worker, struct kthread_work *work)
{
	/* Queue work on worker, unless it is pending already; return whether it was queued. Any context. */
	bool ret = false;
	unsigned long flags;

	spin_lock_irqsave(&worker->lock, flags);
	if (!kthread_work_pending(work)) {
		__queue_kthread_work(worker, work);
		ret = true;
	}
	spin_unlock_irqrestore(&worker->lock, flags);
	return ret;
}


bool try_lock_kthread_work(struct kthread_work *work, bool check_canceling)
{
	/* Lock the worker that work belongs to, also if it changes meanwhile; False if there is none.
	 *
	 * With check_canceling it gives up as soon as somebody cancels the work (09/22): who cancels holds the lock and may be
	 * waiting for the caller. Interrupts are off already.
	 */
	struct kthread_worker *worker;

	for (;;) {
		worker = work->worker;
		if (!worker)
			return false;

		if (check_canceling) {
			if (!spin_trylock(&worker->lock)) {
				/* only looking at the lock leaves its cache line to the owner */
				for (;;) {
					if (work->canceling)
						return false;
					cpu_relax_while_locked(&worker->lock, work);
					if (!spin_is_locked(&worker->lock))
						break;
				}
				continue;
			}
		} else {
			spin_lock(&worker->lock);
		}

		if (worker == work->worker)
			return true;
		spin_unlock(&worker->lock);
	}
}


void unlock_kthread_work(struct kthread_work *work)
{
	/* Let go of the lock that try_lock_kthread_work() took; the worker is looked up once more. */
	spin_unlock(&work->worker->lock);
}


void delayed_kthread_work_timer_fn(unsigned long __data)
{
	/* Queue a delayed work: its timer has expired. Runs with interrupts off. */
	struct delayed_kthread_work *dwork = (struct delayed_kthread_work *)__data;
	struct kthread_work *work = &dwork->work;

	/* who cancels may hold the lock and wait for this function to end */
	if (!try_lock_kthread_work(work, true))
		return;

	if (!work->canceling)
		__queue_kthread_work(work->worker, work);
	unlock_kthread_work(work);
}


void __queue_delayed_kthread_work(struct kthread_worker *worker, struct delayed_kthread_work *dwork, unsigned long delay)
{
	/* Arm the timer of dwork, or queue it at once where delay is 0. Call with worker.lock held. */
	struct timer_list *timer = &dwork->timer;
	struct kthread_work *work = &dwork->work;

	WARN_ON_ONCE(timer->function != delayed_kthread_work_timer_fn || timer->data != (unsigned long)dwork);
	WARN_ON_ONCE(timer_pending(timer));

	/* A timer fires on the next tick at the earliest; a delay of 0 must not wait for that. */
	if (!delay) {
		__queue_kthread_work(worker, work);
		return;
	}

	insert_kthread_work_sanity_check(worker, work);

	work->worker = worker;
	timer_stats_timer_set_start_info(&dwork->timer);
	timer->expires = jiffies + delay;
	add_timer(timer);
}


bool queue_delayed_kthread_work(struct kthread_worker *worker, struct delayed_kthread_work *dwork, unsigned long delay)
{
	/* Queue dwork on worker after delay jiffies, unless it is pending already; return whether it was accepted. */
	struct kthread_work *work = &dwork->work;
	bool ret = false;
	unsigned long flags;

	spin_lock_irqsave(&worker->lock, flags);

	if (!kthread_work_pending(work)) {
		__queue_delayed_kthread_work(worker, dwork, delay);
		ret = true;
	}

	spin_unlock_irqrestore(&worker->lock, flags);
	return ret;
}


void kthread_flush_work_fn(struct kthread_work *work)
{
	/* Tell the flusher that the worker has come this far. */
	struct kthread_flush_work *fwork = container_of(work, struct kthread_flush_work, work);
	complete(&fwork->done);
}


void flush_kthread_work(struct kthread_work *work)
{
	/* Wait until work has run, if it is queued or running now. An armed timer is not waited for (12/22). */
	struct kthread_flush_work fwork;
	bool noop;
	struct kthread_worker *worker;

	fwork.work = (struct kthread_work)KTHREAD_WORK_INIT(fwork.work, kthread_flush_work_fn);
	init_completion(&fwork.done);
	noop = false;

	local_irq_disable();
	if (!try_lock_kthread_work(work, false)) {
		local_irq_enable();
		return;
	}

	worker = work->worker;
	if (!list_empty(&work->node))
		insert_kthread_work(worker, &fwork.work, work->node.next);
	else if (worker->current_work == work)
		insert_kthread_work(worker, &fwork.work, worker->work_list.next);
	else
		noop = true;

	spin_unlock_irq(&worker->lock);

	if (!noop)
		wait_for_completion(&fwork.done);
}


void flush_kthread_worker(struct kthread_worker *worker)
{
	/* Wait until all works that are on the list now have run. Armed delayed works are not waited for. */
	struct kthread_flush_work fwork;
	fwork.work = (struct kthread_work)KTHREAD_WORK_INIT(fwork.work, kthread_flush_work_fn);
	init_completion(&fwork.done);

	queue_kthread_work(worker, &fwork.work);
	wait_for_completion(&fwork.done);
}


int try_to_cancel_kthread_work(struct kthread_work *work)
{
	/* Disarm work's timer or take it off the list; return 1 if it was pending. Call with the worker's lock held. */
	/* with the lock held: the timer's function gives up if it sees work.canceling */
	if (work->timer && del_timer_sync(work->timer))
		return 1;

	if (!list_empty(&work->node)) {
		list_del_init(&work->node);
		return 1;
	}
	return 0;
}


int __cancel_kthread_work_sync(struct kthread_work *work)
{
	/* Cancel work and wait until it does not run; return 1 if it was pending. */
	unsigned long flags;
	struct kthread_worker *worker;
	int ret;

	local_irq_save(flags);
	if (!try_lock_kthread_work(work, false)) {
		local_irq_restore(flags);
		return 0;
	}
	worker = work->worker;

	/* before anything else: it keeps others from queueing, and the timer's function from waiting for this lock */
	work->canceling++;
	ret = try_to_cancel_kthread_work(work);

	if (worker->current_work == work) {
		spin_unlock_irqrestore(&worker->lock, flags);
		flush_kthread_work(work);
		spin_lock_irqsave(&worker->lock, flags);
	}

	work->canceling--;
	spin_unlock_irqrestore(&worker->lock, flags);
	return ret;
}


int cancel_kthread_work_sync(struct kthread_work *work)
{
	/* Cancel a work that has no timer, and wait until it does not run; return 1 if it was pending. */
	WARN_ON_ONCE(work->timer);
	return __cancel_kthread_work_sync(work);
}


int cancel_delayed_kthread_work_sync(struct delayed_kthread_work *dwork)
{
	/* Cancel a delayed work, and wait until it does not run; return 1 if it was pending. */
	return __cancel_kthread_work_sync(&dwork->work);
}


int mod_delayed_kthread_work(struct kthread_worker *worker, struct delayed_kthread_work *dwork, unsigned long delay)
{
	/* Let dwork run delay jiffies from now, whether it was pending or not (10/22); return 1 if it was.
	 *
	 * While somebody cancels the work this does nothing. Any context, says the patch. A test for -EAGAIN, which nothing
	 * returns any more, is left out.
	 */
	struct kthread_work *work = &dwork->work;
	int ret = 0;
	unsigned long flags;

	spin_lock_irqsave(&worker->lock, flags);
	/* a work belongs to one worker until it is initialised again */
	WARN_ON_ONCE(work->worker && work->worker != worker);

	if (!work->canceling) {
		ret = try_to_cancel_kthread_work(work);
		if (work->canceling)
			ret = 0;
		else
			__queue_delayed_kthread_work(worker, dwork, delay);
	}

	spin_unlock_irqrestore(&worker->lock, flags);
	return ret;
}


struct kthread_worker *create_kthread_worker(unsigned long flags)
{
	/* Allocate a worker and start its kthread. flags: KTW_FREEZABLE or 0 (11/22). */
	struct kthread_worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	struct task_struct *task;

	init_kthread_worker(worker);

	task = kthread_create(kthread_worker_fn, worker);
	worker->flags = flags;
	worker->task = task;
	wake_up_process(task);
	return worker;
}


struct kthread_worker *create_kthread_worker_on_cpu(int cpu, unsigned long flags)
{
	/* The same with the kthread bound to one CPU; NULL for a CPU that cannot be.
	 *
	 * v4 compares an id with a count here, so the first id that does not exist still passes.
	 */
	struct kthread_worker *worker;
	struct task_struct *task;

	if (cpu < 0 || cpu > num_possible_cpus())
		return NULL;
	worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	init_kthread_worker(worker);

	task = kthread_create_on_cpu(kthread_worker_fn, worker, cpu);
	worker->flags = flags;
	worker->task = task;
	wake_up_process(task);
	return worker;
}


void drain_kthread_worker(struct kthread_worker *worker)
{
	/* Wait until the list is empty, also of works that queue themselves again (05/22). */
	int flush_cnt = 0;

	spin_lock_irq(&worker->lock);
	while (!list_empty(&worker->work_list)) {
		spin_unlock_irq(&worker->lock);
		flush_kthread_worker(worker);
		WARN_ON_ONCE(flush_cnt > 10);
		if (flush_cnt <= 10)
			flush_cnt++;
		spin_lock_irq(&worker->lock);
	}
	spin_unlock_irq(&worker->lock);
}


void destroy_kthread_worker(struct kthread_worker *worker)
{
	/* Drain the list, stop the kthread, free the worker (06/22). */
	struct task_struct *task = worker->task;
	if (WARN_ON(!task))
		return;

	drain_kthread_worker(worker);
	kthread_stop(task);
	kfree(worker);
}
