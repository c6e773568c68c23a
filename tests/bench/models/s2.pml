/* S2: a client cancels a delayed work and waits for the timer's function to end (see ../scenarios.py). */
#define FREE 255

byte worker_lock = FREE, timer_lock = FREE;
bool armed, running, queued;
byte canceling;

inline acquire(lock) { atomic { lock == FREE -> lock = _pid } }

active proctype client() {
	acquire(worker_lock);
	if
	:: canceling != 0
	:: canceling == 0 ->
		if
		:: queued
		:: !queued ->
			acquire(timer_lock);
			armed = true;
			timer_lock = FREE
		fi
	fi;
	worker_lock = FREE;
end:	false
}

active proctype cancel() {
	byte seen;
	acquire(worker_lock);
#ifndef BUG
	seen = canceling;
	d_step { canceling = seen + 1; seen = 0 };
	worker_lock = FREE;
#endif
	acquire(timer_lock);
	armed = false;
	timer_lock = FREE;
	!running;
#ifndef BUG
	acquire(worker_lock);
#endif
	queued = false;
#ifndef BUG
	seen = canceling;
	d_step { canceling = seen - 1; seen = 0 };
#endif
	worker_lock = FREE;
end:	false
}

active proctype softirq() {
end:	do
	:: armed ->
		acquire(timer_lock);
		if
		:: !armed
		:: armed ->
			armed = false;
			running = true;
			timer_lock = FREE;
			acquire(worker_lock);
			if
			:: canceling != 0
			:: canceling == 0 -> queued = true
			fi;
			worker_lock = FREE;
			acquire(timer_lock);
			running = false
		fi;
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
