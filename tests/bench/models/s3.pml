/* S3: N producers insert works and wake the worker (see ../scenarios.py). */
#ifndef N
#define N 1
#endif
#define FREE 255
#define RUNNING 0
#define SLEEPING 1

byte lock = FREE, current;
bit state = RUNNING;
chan queue = [N] of { byte };

inline acquire() { atomic { lock == FREE -> lock = _pid } }

active [N] proctype producer() {
	acquire();
	queue!(_pid + 1);
	state = RUNNING;
	lock = FREE;
end:	false
}

active proctype kworker() {
	byte work;
again:
#ifndef BUG
	state = SLEEPING;
#endif
	acquire();
	d_step {
		if
		:: nempty(queue) -> queue?work
		:: empty(queue) -> work = 0
		fi
	};
	current = work;
	lock = FREE;
#ifdef BUG
	if
	:: atomic { work != 0 -> work = 0 }
	:: atomic { work == 0 -> state = SLEEPING };
end:		state == RUNNING
	fi;
#else
end:	if
	:: atomic { work != 0 -> state = RUNNING; work = 0 }
	:: atomic { work == 0 && state == RUNNING -> skip }
	fi;
#endif
	goto again
}

/* Nothing is left in the queue when nobody can go on. */
active proctype at_end() {
	timeout;
	assert(empty(queue))
}
