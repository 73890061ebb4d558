// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of the range lock, dm-quorum-range.c, for spin.
 *
 * Each request is a process that takes its range once (or, with CYCLIC, for
 * ever) and releases it. Which ranges they are is not said: the search goes
 * through every choice of REQUESTS ranges over SECTORS sectors (but their order,
 * which makes no difference between equal processes).
 *
 *	here			there
 *	describe()		quorum_range_init()
 *	node_bucket()		node_bucket()
 *	place_node()		place_node(), one step because of the bucket's lock
 *	place_nodes()		place_nodes()
 *	the process request	quorum_range_lock(), then the holder at work, then
 *				quorum_range_unlock()
 *	grant()			the loop at the end of quorum_range_unlock()
 *	remove_node()		remove_node(), one step because of the bucket's lock
 *	take()			range->grant(), or quorum_range_lock() returning true
 *
 * Between two steps of one request any steps of others can come. A grant is
 * made, as there, by the process that releases, which also places what the
 * waiter has yet to place; meanwhile the waiter does nothing.
 *
 * SEEN(state) prints the name of a state when the search first comes to it.
 *
 * What is checked; each name is that of an assertion:
 *	exclusive		no two ranges that overlap are held at a time
 *	in_order		nothing overtakes a node that was in a bucket before
 *				it and overlaps it
 *	neighbours_pass		who waits does so for a range that overlaps its own
 *	granted_once		a range is granted once, by one process
 *	placed_by_one		at most one process is placing the nodes of a range
 *	tree_is_empty		nothing is left in the lock at the end
 * and, by spin itself, that every request ends (no invalid end state), and with
 * CYCLIC that each request is granted however often others come (the formula
 * all_are_served, under weak fairness).
 *
 * in_order is said of nodes, not of requests: while a wide range waits in one
 * bucket it has no node in the higher ones, and who comes there overtakes it.
 * With OVERTAKING, never_overtaken says it of requests. It holds where there is
 * one bucket, that is for narrow ranges, and is refuted where there are two,
 * which the test shows so that nobody relies on it. It costs wide ranges no
 * progress: all_are_served.
 *
 * Left out: the memory of wide nodes and that it can be lacking, the interval
 * tree (a set here, its iteration is the comparison of all members), spinlocks
 * and interrupts (steps are atomic), memory order, and the order of the list of
 * granted nodes (any order here).
 */

#ifndef REQUESTS
#define REQUESTS	3
#endif
#ifndef SECTORS
#define SECTORS		6
#endif
#ifndef CHUNK
#define CHUNK		2	/* sectors */
#endif
#ifndef BUCKETS
#define BUCKETS		2
#endif

#define NODE(r, b)	((r) * BUCKETS + (b))
#define BIT(r)		(1 << (r))
#define CHUNK_OF(s)	((s) / CHUNK)

/* The test of the interval tree. */
#if defined(M_TOUCHING_PASS)
#define TREE_OVERLAP(r, o)	(start[r] < last[o] && start[o] < last[r])
#elif defined(M_NEIGHBOURS_WAIT)
#define TREE_OVERLAP(r, o)	(start[r] <= last[o] + 1 && start[o] <= last[r] + 1)
#else
#define TREE_OVERLAP(r, o)	(start[r] <= last[o] && start[o] <= last[r])
#endif

/* Who is there counts, held or waiting. */
#ifdef M_BARGE
#define COUNTS(o)	held[o]
#define WAS_COUNTED(o)	blockers[NODE(o, b)]
#else
#define COUNTS(o)	true
#define WAS_COUNTED(o)	true
#endif

/* What overlapping means: a sector in common. */
#define SECTORS_OF(r)	((BIT(last[r] + 1) - 1) & ~(BIT(start[r]) - 1))
#define OVERLAP(r, o)	(SECTORS_OF(r) & SECTORS_OF(o))

/* struct quorum_range; BLOCKERS(r, b) belongs to r's node in bucket b */
byte start[REQUESTS], last[REQUESTS];
byte nr_nodes[REQUESTS], nr_placed[REQUESTS], first_bucket[REQUESTS];
byte blockers[REQUESTS * BUCKETS];

/* struct quorum_range_bucket: the requests that have a node in it */
byte tree[BUCKETS];

/* What the properties speak of. */
bool held[REQUESTS];
bool came[REQUESTS];			/* placed its first node, not yet held */
byte ahead[REQUESTS * BUCKETS];		/* overlapping nodes that came before */
byte placers[REQUESTS];
#ifdef OVERTAKING
byte since[REQUESTS];			/* overlapping requests that came later */
#endif

/* A mutant's test looks for one property, whatever else the mutant breaks first. */
#ifdef ONLY
#define NUMBER_OF_exclusive		1
#define NUMBER_OF_in_order		2
#define NUMBER_OF_neighbours_pass	3
#define NUMBER_OF_granted_once		4
#define NUMBER_OF_placed_by_one		5
#define NUMBER_OF_tree_is_empty		6
#define NUMBER_OF_never_overtaken	7
#define NUMBER_OF_starvation		8
#define PASTE(a, b)	a##b
#define NUMBER_OF(p)	PASTE(NUMBER_OF_, p)
#define CHECK(p) \
	if \
	:: NUMBER_OF(p) == NUMBER_OF(ONLY) -> assert(p) \
	:: else \
	fi
#else
#define CHECK(p)	assert(p)
#endif

/* That the search has been here; the test looks for it. */
#define SEEN(e)	c_code { static int once; if (!once++) printf("seen: " #e "\n"); }

hidden byte exclusive, in_order, neighbours_pass, granted_once, placed_by_one;
hidden byte tree_is_empty, never_overtaken;
hidden byte o, b, n, x, y, wrapped;

/* Sets b to the bucket of the node nr of r. */
inline node_bucket(r, nr)
{
	if
	:: first_bucket[r] + nr_nodes[r] <= BUCKETS ->
		b = first_bucket[r] + (nr);
	:: else ->
#ifdef M_NO_WRAP
		b = (first_bucket[r] + (nr)) % BUCKETS;
#else
		wrapped = first_bucket[r] + nr_nodes[r] - BUCKETS;
		if
		:: (nr) < wrapped -> b = (nr);
		:: else -> b = first_bucket[r] + (nr) - wrapped;
		fi
#endif
	fi;
#ifdef M_DESCENDING
	/* one of the requests goes through its buckets the other way */
	if
	:: (r) == 0 && nr_nodes[r] == 2 && (nr) != 2 ->
		if
		:: first_bucket[r] + 2 <= BUCKETS ->
			b = first_bucket[r] + 1 - (nr);
		:: else ->
			b = ((nr) == 0 -> first_bucket[r] : 0);
		fi
	:: else
	fi;
#endif
}

inline describe(r)
{
	n = CHUNK_OF(last[r]) - CHUNK_OF(start[r]) + 1;
#ifdef M_ONE_NODE_SHORT
	n = (n > 1 -> n - 1 : n);
#endif
	nr_nodes[r] = (n < BUCKETS -> n : BUCKETS);
	first_bucket[r] = CHUNK_OF(start[r]) % BUCKETS;
}

/* Count what node r in bucket b must wait for. */
inline count_blockers(r)
{
	blockers[NODE(r, b)] = 0;
	ahead[NODE(r, b)] = 0;
	o = 0;
	do
	:: o < REQUESTS ->
		if
		:: tree[b] & BIT(o) ->
			if
			:: TREE_OVERLAP(r, o) && COUNTS(o) ->
				blockers[NODE(r, b)]++;
			:: else
			fi;
			if
			:: OVERLAP(r, o) ->
				ahead[NODE(r, b)] = ahead[NODE(r, b)] | BIT(o);
			:: else
			fi;
		:: else
		fi;
		o++;
	:: else -> break
	od;
	o = 0;
}

inline insert_node(r)
{
	neighbours_pass = !blockers[NODE(r, b)] || ahead[NODE(r, b)];
	CHECK(neighbours_pass);
	tree[b] = tree[b] | BIT(r);
	free = !blockers[NODE(r, b)];
	if
	:: !free && nr_placed[r] > 1 -> SEEN(waits_in_a_second_bucket);
	:: blockers[NODE(r, b)] > 1 && nr_placed[r] == 1 -> SEEN(waits_for_two);
	:: else
	fi;
	if
	:: first_bucket[r] + nr_nodes[r] > BUCKETS -> SEEN(buckets_past_the_highest);
	:: else
	fi;
	b = 0;
}

/* The first node makes a request one that has come. */
inline note_arrival(r)
{
	if
	:: nr_placed[r] == 0 ->
		came[r] = true;
#ifdef OVERTAKING
		since[r] = 0;
		o = 0;
		do
		:: o < REQUESTS ->
			if
			:: o != (r) && came[o] && OVERLAP(r, o) ->
				since[o] = since[o] | BIT(r);
			:: else
			fi;
			o++;
		:: else -> break
		od;
		o = 0;
#endif
	:: else
	fi;
}

/* The range is held. */
inline take(r)
{
	d_step {
		placers[r] = 0;
		granted_once = !held[r];
		CHECK(granted_once);
		held[r] = true;
		came[r] = false;
		x = 0;
		do
		:: x < REQUESTS ->
			exclusive = x == (r) || !held[x] || !OVERLAP(x, r);
			CHECK(exclusive);
			if
			:: x != (r) && held[x] && (tree[0] & BIT(x)) &&
			   (tree[0] & BIT(r)) -> SEEN(two_held_in_one_bucket);
			:: x != (r) && !held[x] && came[x] && OVERLAP(x, r) ->
				SEEN(held_while_another_waits);
			:: else
			fi;
#ifdef OVERTAKING
			if
			:: came[x] && since[x] & BIT(r) ->
				never_overtaken = false;
				CHECK(never_overtaken);
			:: else
			fi;
#endif
			x++;
		:: else -> break
		od;
		x = 0;
		do
		:: x < BUCKETS ->
			in_order = !ahead[NODE(r, x)];
			CHECK(in_order);
			x++;
		:: else -> break
		od;
		x = 0;
	}
}

/* Sets free if nothing overlaps it. */
inline place_node(r)
{
	d_step {
#ifndef M_NO_BUCKET_LOCK
		note_arrival(r);
		node_bucket(r, nr_placed[r]);
		count_blockers(r);
#endif
		node_bucket(r, nr_placed[r]);
		nr_placed[r]++;
		insert_node(r);
		n = 0; wrapped = 0;
	}
}

#ifdef M_NO_BUCKET_LOCK
#define COUNT_OUTSIDE(r) \
	d_step { \
		note_arrival(r); \
		node_bucket(r, nr_placed[r]); \
		count_blockers(r); \
		b = 0; wrapped = 0; \
	}
#else
#define COUNT_OUTSIDE(r) skip
#endif

inline begin_placing(r)
{
	placers[r]++;
	placed_by_one = placers[r] == 1;
	CHECK(placed_by_one);
	free = true;
	waits = false;
}

/* One step for each node. When none has to wait the range is held. */
inline place_nodes(r)
{
	do
	:: free ->
		COUNT_OUTSIDE(r);
		atomic {
			place_node(r);
#ifdef M_PLACES_ALL
			waits = waits || !free;
			free = nr_placed[r] < nr_nodes[r];
			if
			:: !free && waits -> placers[r]--;
			:: !free && !waits -> take(r);
			:: else
			fi;
#else
			if
			:: !free -> placers[r]--;
			:: free && nr_placed[r] == nr_nodes[r] ->
				take(r);
				free = false;	/* hands off now */
			:: else
			fi;
#endif
		}
	:: else -> break
	od;
}

/* Take the node nr of r out; collect in granted who waits for nothing more. */
inline remove_node(r, nr)
{
	d_step {
		held[r] = false;
		node_bucket(r, nr);
		tree[b] = tree[b] & ~BIT(r);
		o = 0;
		do
		:: o < REQUESTS ->
			if
			:: OVERLAP(r, o) && tree[b] & BIT(o) ->
				ahead[NODE(o, b)] = ahead[NODE(o, b)] & ~BIT(r);
			:: else
			fi;
			if
			:: tree[b] & BIT(o) && TREE_OVERLAP(r, o) &&
			   WAS_COUNTED(o) ->
#ifdef M_ONE_NOT_TOLD
				y++;
				blockers[NODE(o, b)] = blockers[NODE(o, b)] + (y == 2);
#endif
				blockers[NODE(o, b)]--;
#ifdef M_COUNT_THEN_LOOK
				told = told | BIT(o);
#else
				if
				:: !blockers[NODE(o, b)] ->
					granted = granted | BIT(o);
				:: else
				fi;
#endif
			:: else
			fi;
			o++;
		:: else -> break
		od;
		o = 0; b = 0; y = 0; wrapped = 0;
	}
}

#ifdef M_COUNT_THEN_LOOK
/* Who of those that were told waits for nothing more is asked a step later. */
inline look_again(r, nr)
{
	d_step {
		node_bucket(r, nr);
		o = 0;
		do
		:: o < REQUESTS ->
			if
			:: told & BIT(o) && !blockers[NODE(o, b)] ->
				granted = granted | BIT(o);
			:: else
			fi;
			o++;
		:: else -> break
		od;
		o = 0; b = 0; wrapped = 0; told = 0;
	}
}
#endif

/* Go on with a range that has lost its last blocker so far. */
inline grant(r)
{
	atomic {
		granted = granted & ~BIT(r);
#if defined(M_GRANTED_TOO_EARLY)
		take(r);
#else
		if
		:: nr_placed[r] == nr_nodes[r] ->
			take(r);
			SEEN(granted_by_another);
#ifdef M_NOT_CONTINUED
		:: else
#else
		:: else ->
			begin_placing(r);
			SEEN(placed_by_another);
#endif
		fi;
#endif
	};
	place_nodes(r);
}

proctype request(byte me)
{
	bool free, waits;
	byte granted, nr;
#ifdef M_COUNT_THEN_LOOK
	byte told;
#endif

again:
#ifdef M_NO_LOCK
	atomic { take(me); }
#else
	atomic { begin_placing(me); }
	place_nodes(me);
#endif

	held[me];		/* the writes go to the legs */

	do
	:: atomic {
		remove_node(me, nr);
#ifdef M_COUNT_THEN_LOOK
	   };
	   atomic {
		look_again(me, nr);
#endif
		nr++;
#ifndef M_FIRST_BUCKET_ONLY
		if
		:: nr < nr_nodes[me]
		:: else ->
#endif
			nr = 0;
			nr_placed[me] = 0;
			break;
#ifndef M_FIRST_BUCKET_ONLY
		fi;
#endif
	   }
	od;

	do
	:: granted & BIT(0) -> grant(0);
	:: granted & BIT(1) -> grant(1);
#if REQUESTS > 2
	:: granted & BIT(2) -> grant(2);
#endif
#if REQUESTS > 3
	:: granted & BIT(3) -> grant(3);
#endif
	:: !granted -> break
	od;
#ifdef CYCLIC
	goto again;
#endif
}

/* Any ranges, sorted. */
inline choose(r)
{
	do
	:: start[r] < SECTORS - 1 -> start[r]++;
	:: break
	od;
	last[r] = start[r];
	do
	:: last[r] < SECTORS - 1 -> last[r]++;
	:: break
	od;
	if
	:: r == 0 -> skip;
	:: r > 0 ->
		if
		:: start[r - 1] * SECTORS + last[r - 1] <=
		   start[r] * SECTORS + last[r];
		:: else -> goto end;
		fi
	fi;
}

init
{
	byte r;

	atomic {
		do
		:: r < REQUESTS -> choose(r); r++;
		:: else -> break
		od;
		r = 0;
		do
		:: r < REQUESTS -> describe(r); r++;
		:: else -> break
		od;
		n = 0;
		r = 0;
		do
		:: r < REQUESTS -> run request(r); r++;
		:: else -> break
		od;
		r = 0;
	};

	_nr_pr == 1;
	atomic {
		do
		:: r < BUCKETS ->
			tree_is_empty = !tree[r];
			CHECK(tree_is_empty);
			r++;
		:: else -> break
		od;
		r = 0;
	};
end:	skip
}

#ifdef CYCLIC
ltl all_are_served {
	[] (came[0] -> <> held[0]) && [] (came[1] -> <> held[1]) &&
	[] (came[2] -> <> held[2])
}
#endif
