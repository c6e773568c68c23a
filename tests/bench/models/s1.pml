/* S1: a client queues a delayed work twice while its timer fires (see ../scenarios.py). */
#define FREE 255

byte worker_lock = FREE, timer_lock = FREE;
bool armed, running, queued;

inline acquire(lock) { atomic { lock == FREE -> lock = _pid } }

#ifdef BUG
/* Is it armed? Not any more once the function runs. */
#define ask if :: armed :: !armed ->
#define answered fi
#else
/* Is it armed, or does its function still run? */
#define ask acquire(timer_lock); \
	if :: armed -> timer_lock = FREE :: !armed -> \
	if :: running -> timer_lock = FREE :: !running -> timer_lock = FREE;
#define answered fi fi
#endif

inline queue_delayed_work() {
	acquire(worker_lock);
	if
	:: queued
	:: !queued ->
		ask
			acquire(timer_lock);
			armed = true;
			timer_lock = FREE
		answered
	fi;
	worker_lock = FREE
}

active proctype client() {
	queue_delayed_work();
	queue_delayed_work();
end:	false
}

active proctype softirq() {
end:	do
	:: armed ->
		acquire(timer_lock);
		armed = false;
		running = true;
		timer_lock = FREE;
		acquire(worker_lock);
		assert(!queued);
		queued = true;
		worker_lock = FREE;
		acquire(timer_lock);
		running = false;
		timer_lock = FREE
	od
}

active proctype kworker() {
end:	do
	:: queued ->
		acquire(worker_lock);
		queued = false;
		worker_lock = FREE
	od
}
