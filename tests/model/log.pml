// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of the dirty-region log, of crashes and of recovery, for spin: one
 * region of the log with BLOCKS vote blocks, on LEGS legs that have a volatile
 * cache each.
 *
 * All that is lost in a crash is in variables, also where each actor stands (its
 * step): so a crash is one step, init's, which sets them anew. A version is a
 * number: 0 is what the legs begin with, writer w brings w + 1, in this order.
 *
 *	here			there
 *	held[], maybe[]		what a leg returns, and the versions of which one is
 *				there after a loss of power: FUA or a flush leave one
 *	log, lazy		the log's bits on stable storage (MARK_OF each leg, and
 *				REGION), and those that have been cleared, but not for
 *				sure
 *	dirty, used, count	the word of the region
 *	stale, marked, tomark	the legs' sets, which legs have a mark, and the bitmap
 *				of those to be marked
 *	owing			legs that are to be marked, in all dirty regions, before
 *				a flush is acknowledged that they did not do
 *	refused			marks that would leave fewer than THRESHOLD legs
 *	unsettled		the set
 *	locked			the range lock, of single blocks
 *	the process writer	a write of one block, from holding the range to the
 *				answer
 *	the process reader	a read of one block: without the lock from START on,
 *				under it from LOCK on, settling the block if it has to
 *	reader(READS)		resync and recover, which have no caller, come again as
 *				long as there is something to do, and fill stale legs
 *	the process flusher	the caller's flush
 *	the process worker	the ordered worker of the log: marking from K_MARK on,
 *				cleaning from K_LOOK on
 *	the process away	legs are failed and restored, or absent after a crash
 *	crash(), boot()		a crash, with or without the legs' caches, and the first
 *				resume of a table
 *
 * Faults, as many as the constants allow: WRITE_ERRORS (a leg fails a write or a
 * repair, and holds the old version or the new one), FLUSH_ERRORS (what was to be
 * flushed stays in the cache), LEG_FAILURES (a leg is failed), CRASHES. With POWER
 * a crash may take the legs' caches with it, otherwise it never does.
 *
 * What a read may return. lawful[] has the versions of a block that a caller can
 * not rule out, lawful_off[] those that it could not after a loss of power: a write
 * adds its version, and when it is acknowledged older ones are ruled out of the
 * first; a flush that is acknowledged rules them out of the second. keeps[] and
 * keeps_off[] are the same, but a read, too, rules out what it did not return, unless
 * a write was in flight.
 *
 * What is checked; each name is that of an assertion:
 *	write_not_undone	a read returns nothing older than a write that was
 *				acknowledged before the read began, and, if power was
 *				lost since, flushed (P2)
 *	read_keeps_to_it	what a read has returned, while no write was in flight,
 *				is what each read returns until the next write, across
 *				crashes too (across a loss of power if it was on stable
 *				storage, or has been flushed since)
 *				Both are asked of what a block is settled on, too
 *	majority_returned	what a read returns is held by THRESHOLD legs (P1)
 *	voter_not_behind	after a crash, a leg without a mark holds nothing older
 *				than that either: so whatever is chosen is right (P2)
 *	clean_is_identical	after a crash, if the region is clean the legs without
 *				a mark hold the same: what is clean needs no resync (P4)
 *	legs_identical		when all is done and nothing is unsettled, the legs that
 *				are in sync hold the same (P4)
 *	healthy_not_blamed	no leg loses a vote under the lock in a block that is
 *				not unsettled (P3)
 *	enough_voters		THRESHOLD legs have no mark: or nothing could be read
 *	read_is_answered	with ANSWERED (no leg fails anything, or is failed) each
 *				read gets an answer, whatever a crash has left (P5)
 *	waits_for_something	who waits for a mark has asked for it
 *
 * SEEN(state) prints the name of a state when the search first comes to it.
 *
 * The mutants that stand for a step one might leave out, but must not, besides the
 * obvious: M_UNFLUSHED_CLEANED and M_MARK_OF_UNFLUSHED_CLEARED (flushing all usable
 * legs is not enough, as a failed one has a cache, too), M_FLUSH_OWES_NOTHING (nor is
 * it for a caller's flush), M_SOME_AGREE and M_AWAY_NOT_NOTED (a leg that was not asked may
 * come back with something else), M_UNSETTLED_ASKED_LATE (as with the stale, what is
 * read now may be settled by the time of the vote), M_OTHERS_MARKS_NOT_WAITED_FOR (a
 * leg that is stale in memory may have no mark yet), M_NOT_REFUSED (legs may miss
 * different blocks of a region), M_LEAVES_BEFORE_STALE_MARK.
 *
 * Four steps can be left out without breaking any of these. M_NOT_USED, if the
 * unsettled are looked at after the region's word has been taken back
 * (M_UNSETTLED_LOOKED_AT_LAST); otherwise USED is what shows a write that came,
 * failed and left in between. M_WITHOUT_FUA: what a leg is filled with or settled on
 * is flushed before its mark or the region's is cleared; FUA only makes what a read
 * has returned outlast a loss of power sooner. M_STALE_ASKED_ONCE, as in confirm.pml.
 * M_FLUSH_STALE_LATE: a leg that was stale when the flush was sent still has its mark,
 * so nobody else may be marked for having failed the flush (without a log it matters).
 *
 * To have fewer states: legs end a write together, but if the machine crashes each
 * has taken it or not (one after the other with SLOW_WRITES); a read asks all at a time
 * (one after the other with SLOW_READS); a flush happens in one step, when it begins;
 * marking and the log's flush are one step. WRITES_TO, READS_FROM and AWAY_FROM say
 * between which crashes there are writes, reads and failures; with OLD_ONLY, who fails
 * a write has not taken it; with LAZY_LOG, cleared bits may come back.
 *
 * Left out: more than one region, failures of the log, its signature and a log that
 * is new (all unsettled, nothing stale: what is acknowledged may then be undone),
 * positions in the place of sets, lack of memory, corruption of legs (and with it the
 * confirmation and repair of confirm.pml), parts of blocks, FUA writes, what a flush
 * that failed takes with it, a leg that loses its cache alone, reads before a crash of
 * a write in flight, suspend and clean stops, that a leg is exchanged, memory order.
 */

#ifndef LEGS
#define LEGS		3
#endif
#ifndef THRESHOLD
#define THRESHOLD	2
#endif
#ifndef BLOCKS
#define BLOCKS		1
#endif
#ifndef WRITES
#define WRITES		1
#endif
#ifndef READS
#define READS		1
#endif
#ifndef FLUSHES
#define FLUSHES		0
#endif
#ifndef WRITE_ERRORS
#define WRITE_ERRORS	0
#endif
#ifndef FLUSH_ERRORS
#define FLUSH_ERRORS	0
#endif
#ifndef LEG_FAILURES
#define LEG_FAILURES	0
#endif
#ifndef CRASHES
#define CRASHES		1
#endif
#ifndef WRITES_TO
#define WRITES_TO	CRASHES	/* crashes before the last write */
#endif
#ifndef AWAY_FROM
#define AWAY_FROM	0	/* crashes before a leg is failed */
#endif
#ifndef READS_FROM
#define READS_FROM	1	/* crashes before the first read */
#endif

#define BIT(n)		(1 << (n))
#define ALL_LEGS	(BIT(LEGS) - 1)
#define ALL_BLOCKS	(BIT(BLOCKS) - 1)
#define NUMBER(m)	(((m) & 1) + (((m) >> 1) & 1) + (((m) >> 2) & 1) + \
			 (((m) >> 3) & 1))
#define NONE		7	/* no version */

/* A leg in a block, and legs in a block. */
#define CELL(l, b)	((b) * LEGS + (l))
#define IN(legs, b)	((legs) << ((b) * LEGS))
#define STALE_IN(b)	((stale >> ((b) * LEGS)) & ALL_LEGS)
#if BLOCKS == 1
#define LACKING		STALE_IN(0)
#else
#define LACKING		(STALE_IN(0) | STALE_IN(1))
#endif

#define LOWEST(m) \
	((m) & 1 -> 0 : ((m) & 2 -> 1 : ((m) & 4 -> 2 : 3)))
#define USABLE		(ALL_LEGS & ~failed)

/* Bits of the log. */
#define REGION		BIT(LEGS)
#define MARKS		(log & ALL_LEGS)

/* Would these marks leave enough legs? */
#ifdef M_NOT_REFUSED
#define MAY_MARK(legs)	true
#else
#define MAY_MARK(legs) \
	(NUMBER(ALL_LEGS & ~(MARKS | (legs))) >= THRESHOLD)
#endif

#define SEEN(e)	c_code { static int once; if (!once++) printf("seen: " #e "\n"); }
#define SEEN_IF(c, e) \
	if \
	:: c -> SEEN(e) \
	:: else \
	fi

/* What a crash leaves. */
byte held[LEGS * BLOCKS], maybe[LEGS * BLOCKS] = 1;
byte log, lazy;

/* What it takes. */
bool dirty, used;
byte count;
byte stale;			/* IN() of legs and blocks */
byte marked, tomark, owing, refused, failed;	/* legs */
byte unsettled, locked;		/* blocks */

/* Writers */
#define W_IDLE		0
#define W_WAITS		1	/* for the worker */
#define W_MISSED	2
#define W_LEGS		3
#define W_LOOK		4
#define W_MARKS		5
#define W_DONE		6
byte w_step[WRITES], w_block[WRITES], w_wait[WRITES], w_bad[WRITES];
byte w_missed[WRITES];
bool w_ok[WRITES];

/* Readers, and resync */
#define R_IDLE		0
#define R_READ		1
#define R_LOCK		2
#define R_WRITE		3
#define R_MARKS		4
#define R_DONE		5
#define RESYNC		READS
byte r_step[READS + 1], r_block[READS + 1], r_todo[READS + 1];
byte r_got[READS + 1], r_bad[READS + 1], r_version[READS + 1];
byte r_versions[READS * LEGS + 1];
bool r_unsettled[READS + 1];

/* The flusher */
#define F_IDLE		0
#define F_LEGS		1
#define F_MARKS		2
byte f_step, f_ok, f_stale;
bool f_refused;

/* The worker */
#define K_IDLE		0
#define K_MARKED	1
#define K_CLEAN		2
#define K_LOOK_AGAIN	3
#define K_CLEAR		4
byte k_step, k_marks, k_flushed;
bool k_region, k_error;

/* What the properties speak of. */
byte issued;
byte lawful[BLOCKS] = 1, lawful_off[BLOCKS] = 1;
byte keeps[BLOCKS] = 1, keeps_off[BLOCKS] = 1;
byte r_lawful[READS + 1], r_keeps[READS + 1];
bool r_quiet[READS + 1];
#if FLUSHES
byte f_lawful[BLOCKS], f_keeps[BLOCKS];
#endif
byte flushes, write_errors, flush_errors, leg_failures, crashes;

hidden byte write_not_undone, read_keeps_to_it, majority_returned;
hidden byte voter_not_behind, clean_is_identical, legs_identical;
hidden byte healthy_not_blamed, enough_voters, read_is_answered;
hidden byte waits_for_something;

/* A mutant's test looks for one property, whatever else the mutant breaks first. */
#ifdef ONLY
#define NUMBER_OF_write_not_undone	1
#define NUMBER_OF_read_keeps_to_it	2
#define NUMBER_OF_majority_returned	3
#define NUMBER_OF_voter_not_behind	4
#define NUMBER_OF_clean_is_identical	5
#define NUMBER_OF_legs_identical	6
#define NUMBER_OF_healthy_not_blamed	7
#define NUMBER_OF_enough_voters		8
#define NUMBER_OF_read_is_answered	9
#define NUMBER_OF_waits_for_something	10
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

/* Within one step, but over a choice: 0 otherwise. */
byte leg, how, flushed;

/* Scratch, within one step and not over a choice. */
hidden byte i, l, v, n, most, tie, winner, parties, legs, x, given[LEGS];

/*
 *--------------------------------------------------------------------
 * Legs and votes
 *--------------------------------------------------------------------
 */

/*
 * All usable legs are flushed, or fail it. In one step, as early as it can be: so
 * what is written meanwhile is not flushed on any leg, and what is flushed on some
 * only is no more than if the crash came before.
 */
inline flush_legs()
{
	do
	:: leg < LEGS ->
		if
		:: failed & BIT(leg)
		:: !(failed & BIT(leg)) -> flushed = flushed | BIT(leg);
#if FLUSH_ERRORS
		:: !(failed & BIT(leg)) && flush_errors < FLUSH_ERRORS ->
			flush_errors++;
#endif
		fi;
		leg++;
	:: else -> break
	od;
	leg = 0;
	d_step {
		for (x : 0 .. LEGS * BLOCKS - 1) {
			if
			:: flushed & BIT(x % LEGS) -> maybe[x] = BIT(held[x]);
			:: else
			fi
		};
		x = 0;
	}
}

/* The vote of these legs on what they have given: winner and parties. */
inline vote(voters)
{
	winner = NONE; most = 0; tie = false; parties = 0;
	for (v : 0 .. WRITES) {
		n = 0;
		for (l : 0 .. LEGS - 1) {
			if
			:: (voters) & BIT(l) && given[l] == v -> n++;
			:: else
			fi
		}
		if
		:: n > most -> most = n; winner = v; tie = false;
		:: n && n == most -> tie = true;
		:: else
		fi;
		if
		:: n -> parties++;
		:: else
		fi
	}
	if
	:: tie || most < THRESHOLD -> winner = NONE;
	:: else
	fi
}

/* The legs among these that hold something else than version what. */
inline others(among, block, what)
{
	legs = 0;
	for (l : 0 .. LEGS - 1) {
		if
		:: (among) & BIT(l) && held[CELL(l, block)] != what ->
			legs = legs | BIT(l);
		:: else
		fi
	}
}

/*
 *--------------------------------------------------------------------
 * What the properties speak of
 *--------------------------------------------------------------------
 */

inline note_issued(version, block)
{
	issued = version;
	lawful[block] = lawful[block] | BIT(version);
	lawful_off[block] = lawful_off[block] | BIT(version);
	keeps[block] = keeps[block] | BIT(version);
	keeps_off[block] = keeps_off[block] | BIT(version);
	for (i : 0 .. READS - 1) {
		if
		:: r_step[i] != R_IDLE && r_step[i] != R_DONE &&
		   r_block[i] == block ->
			r_lawful[i] = r_lawful[i] | BIT(version);
			r_keeps[i] = r_keeps[i] | BIT(version);
			r_quiet[i] = false;
		:: else
		fi
	}
#if FLUSHES
	if
	:: f_step != F_IDLE ->
		f_lawful[block] = f_lawful[block] | BIT(version);
		f_keeps[block] = f_keeps[block] | BIT(version);
	:: else
	fi
#endif
}

inline note_acked(version, block)
{
	lawful[block] = lawful[block] & ~(BIT(version) - 1);
	keeps[block] = keeps[block] & ~(BIT(version) - 1);
}

#if WRITES > 1
#define WRITTEN(b) \
	((w_step[0] != W_IDLE && w_step[0] != W_DONE && w_block[0] == (b)) || \
	 (w_step[1] != W_IDLE && w_step[1] != W_DONE && w_block[1] == (b)))
#else
#define WRITTEN(b) \
	(w_step[0] != W_IDLE && w_step[0] != W_DONE && w_block[0] == (b))
#endif

/* Reader me is answered with a version. */
inline answer(version)
{
	write_not_undone = r_lawful[me] & BIT(version);
	CHECK(write_not_undone);
	read_keeps_to_it = r_keeps[me] & BIT(version);
	CHECK(read_keeps_to_it);
	if
	:: r_quiet[me] ->
		x = keeps[r_block[me]] & ~BIT(version);
		for (i : 0 .. READS - 1) {
			if
			:: r_step[i] != R_IDLE && r_step[i] != R_DONE &&
			   r_block[i] == r_block[me] ->
				r_keeps[i] = r_keeps[i] & ~x;
			:: else
			fi
		}
		keeps[r_block[me]] = BIT(version);
		/* on stable storage already, wherever it counts? */
		n = 0;
		for (l : 0 .. LEGS - 1) {
			if
			:: !(log & BIT(l)) && maybe[CELL(l, r_block[me])] !=
					      BIT(version) -> n++;
			:: else
			fi
		}
		if
		:: !n -> keeps_off[r_block[me]] = BIT(version);
		:: else
		fi
	:: else
	fi
}

/*
 *--------------------------------------------------------------------
 * Writes
 *--------------------------------------------------------------------
 */

inline end_writer(w)
{
	w_step[w] = W_DONE;
	w_block[w] = 0;
	w_wait[w] = 0;
	w_bad[w] = 0;
	w_missed[w] = 0;
	w_ok[w] = false;
}

/* note_missed() */
inline begin_write(w)
{
	w_missed[w] = failed;
	w_wait[w] = USABLE;
	stale = stale | IN(failed, w_block[w]);
	w_step[w] = (failed -> W_MISSED : W_LEGS);
}

/* It leaves the region, unlocks, and answers. */
inline end_write(w)
{
#ifdef M_LEAVES_BEFORE_STALE_MARK
	count = count - (w_step[w] != W_MARKS);
#else
	count--;
#endif
	locked = locked & ~BIT(w_block[w]);
	if
	:: w_ok[w] -> note_acked(w + 1, w_block[w]);
	:: else
	fi;
	end_writer(w);
}

/* Legs that lack the block, and have no mark. */
#define UNMARKED(b)	(STALE_IN(b) & ~marked)

#if defined(M_ACK_BEFORE_STALE_MARK)
#define W_MAY_LEAVE(b)	true
#elif defined(M_MARK_AFTER_WRITE)
#define W_MAY_LEAVE(b)	(!UNMARKED(b) && dirty)
#else
#define W_MAY_LEAVE(b)	(!UNMARKED(b))
#endif

/* A leg takes it, or fails it with the new version or the old. */
inline leg_ends(w)
{
	if
	:: how = 0;
#if WRITE_ERRORS
	:: write_errors < WRITE_ERRORS -> how = 1;
#ifndef OLD_ONLY
	:: write_errors < WRITE_ERRORS -> how = 2;
#endif
#endif
	fi;
	d_step {
		w_wait[w] = w_wait[w] & ~BIT(leg);
		x = CELL(leg, w_block[w]);
		if
		:: how != 1 ->
			held[x] = w + 1;
			maybe[x] = maybe[x] | BIT(w + 1);
		:: else
		fi;
		if
		:: how ->
			w_bad[w] = w_bad[w] | BIT(leg);
			write_errors++;
		:: else
		fi;
		leg = 0; how = 0;
	}
}

/* settle_success(), settle_failure() */
inline judge_legs(w)
{
	legs = ALL_LEGS & ~(w_missed[w] | w_bad[w]);
	if
	:: NUMBER(legs) >= THRESHOLD ->
		stale = (stale & ~IN(legs, w_block[w])) |
			IN(w_bad[w], w_block[w]);
		unsettled = unsettled & ~BIT(w_block[w]);
		w_ok[w] = true;
		if
#ifdef M_MARK_AFTER_WRITE
		:: true ->
#else
		:: STALE_IN(w_block[w]) ->
#endif
			w_step[w] = W_LOOK;
#ifdef M_LEAVES_BEFORE_STALE_MARK
			count--;
#endif
		:: else -> end_write(w);
		fi
	:: else ->
		unsettled = unsettled | BIT(w_block[w]);
		SEEN(write_fails_as_a_whole);
		end_write(w);
	fi
}

proctype writer(byte me)
{
end:	do
	/* It holds the range, and enters the region or waits for the worker. */
	:: atomic {
		w_step[me] == W_IDLE && issued == me && WRITES_TO >= crashes &&
		NUMBER(USABLE) >= THRESHOLD && locked != ALL_BLOCKS ->
		if
		:: !(locked & 1) -> w_block[me] = 0;
#if BLOCKS > 1
		:: !(locked & 2) -> w_block[me] = 1;
#endif
		fi;
		d_step {
			locked = locked | BIT(w_block[me]);
			note_issued(me + 1, w_block[me]);
#ifdef M_MARK_AFTER_WRITE
			count++;
			used = true;
			begin_write(me);
#else
			if
			:: dirty ->
				count++;
				used = true;
				begin_write(me);
			:: else -> w_step[me] = W_WAITS;
			fi
#endif
		}
	   }
	:: d_step {
		w_step[me] == W_MISSED ->
		tomark = tomark | (w_missed[me] & ~marked);
		w_step[me] = W_LEGS;
	   }
	/* The legs end: well, or badly, with the new version or the old. */
	:: atomic {
		w_step[me] == W_LEGS && w_wait[me] ->
#ifdef SLOW_WRITES
		if
		:: w_wait[me] & 1 -> leg = 0;
		:: w_wait[me] & 2 -> leg = 1;
#if LEGS > 2
		:: w_wait[me] & 4 -> leg = 2;
#endif
		fi;
		leg_ends(me);
#else
		do
		:: w_wait[me] ->
			leg = LOWEST(w_wait[me]);
			leg_ends(me);
		:: else -> break
		od;
		leg = 0;
		d_step {
			judge_legs(me);
		}
#endif
	   }
#ifdef SLOW_WRITES
	:: d_step {
		w_step[me] == W_LEGS && !w_wait[me] ->
		judge_legs(me);
	   }
#endif
	:: d_step {
		w_step[me] == W_LOOK ->
		x = UNMARKED(w_block[me]);
		SEEN_IF(!x, stale_and_marked);
		SEEN_IF(x, ack_waits_for_mark);
#ifndef M_MARK_NOT_ASKED_FOR
		tomark = tomark | x;
#endif
		refused = refused & ~x;
		w_step[me] = W_MARKS;
	   }
	:: d_step {
		w_step[me] == W_MARKS && W_MAY_LEAVE(w_block[me]) ->
		end_write(me);
	   }
	/* A mark is refused: as if the write had failed. */
	:: d_step {
		w_step[me] == W_MARKS && refused & UNMARKED(w_block[me]) ->
		SEEN(write_refused);
		legs = refused & UNMARKED(w_block[me]);
		unsettled = unsettled | BIT(w_block[me]);
		stale = stale & ~IN(legs, w_block[me]);
		refused = refused & LACKING;
		w_ok[me] = false;
		end_write(me);
	   }
	od
}

/*
 *--------------------------------------------------------------------
 * Flushes
 *--------------------------------------------------------------------
 */

#if FLUSHES
inline end_flush()
{
	f_step = F_IDLE;
	f_ok = 0;
	f_stale = 0;
	f_refused = false;
	for (i : 0 .. BLOCKS - 1) {
		f_lawful[i] = 0;
		f_keeps[i] = 0;
	};
	i = 0;
}

proctype flusher()
{
end:	do
	:: atomic {
		f_step == F_IDLE && flushes < FLUSHES && issued &&
		NUMBER(USABLE) >= THRESHOLD ->
		flush_legs();
		d_step {
			flushes++;
			f_ok = flushed;
			flushed = 0;
			f_stale = LACKING;
			for (i : 0 .. BLOCKS - 1) {
				f_lawful[i] = lawful[i];
				f_keeps[i] = keeps[i];
			}
			f_step = F_LEGS;
		}
	   }
	/* Who did not do it is marked, wherever something may be in its cache. */
	:: d_step {
		f_step == F_LEGS ->
#ifdef M_FLUSH_STALE_LATE
		legs = f_ok & ~LACKING;
#else
		legs = f_ok & ~(LACKING | f_stale);
#endif
		if
		:: NUMBER(legs) >= THRESHOLD ->
#ifndef M_FLUSH_OWES_NOTHING
			owing = ALL_LEGS & ~f_ok;
#endif
			f_step = F_MARKS;
		:: else -> end_flush();
		fi
	   }
	:: d_step {
		f_step == F_MARKS && !owing ->
		if
		:: !f_refused ->
			for (i : 0 .. BLOCKS - 1) {
				lawful_off[i] = lawful_off[i] & f_lawful[i];
				keeps_off[i] = keeps_off[i] & f_keeps[i];
			}
			SEEN_IF(f_ok != ALL_LEGS, flushed_by_some);
		:: else -> SEEN(flush_refused);
		fi;
		end_flush();
	   }
	od
}
#endif

/*
 *--------------------------------------------------------------------
 * Reads and resync
 *--------------------------------------------------------------------
 */

inline end_reader(r)
{
	r_step[r] = (r == RESYNC -> R_IDLE : R_DONE);
	r_block[r] = 0;
	r_todo[r] = 0;
	r_got[r] = 0;
	r_bad[r] = 0;
	r_version[r] = 0;
	r_unsettled[r] = false;
	r_lawful[r] = 0;
	r_keeps[r] = 0;
	r_quiet[r] = false;
	if
	:: r != RESYNC ->
		for (i : 0 .. LEGS - 1) {
			r_versions[r * LEGS + i] = 0;
		}
	:: else
	fi
}

#define HAS(set, b)	((set) & BIT(b))

/* It unlocks, and answers. */
inline end_read()
{
	locked = locked & ~BIT(r_block[me]);
#ifdef ANSWERED
	read_is_answered = r_version[me] != NONE;
	CHECK(read_is_answered);
#endif
	if
	:: me != RESYNC && r_version[me] != NONE && r_keeps[me] ->
		others(ALL_LEGS, r_block[me], r_version[me]);
		majority_returned = LEGS - NUMBER(legs) >= THRESHOLD;
		CHECK(majority_returned);
		answer(r_version[me]);
	:: else
	fi;
	end_reader(me);
}

/* Something is to be done in the block. */
#define TO_DO(b)	(HAS(unsettled, b) || (STALE_IN(b) & USABLE))

#ifdef M_NO_RANGE_LOCK
#define LOCKED(b)	false
#else
#define LOCKED(b)	HAS(locked, b)
#endif

#ifdef M_NEVER_CHOOSES
#define MAY_CHOOSE	false
#else
#define MAY_CHOOSE	true
#endif

/*
 * The vote under the lock: nothing can change what the legs hold. Then what is
 * to be written, and who will lack it.
 */
inline vote_locked()
{
	locked = locked | BIT(r_block[me]);
	r_unsettled[me] = HAS(unsettled, r_block[me]);
	x = USABLE & ~STALE_IN(r_block[me]);
#ifdef M_STALE_VOTE
	x = USABLE;
#endif
	for (l : 0 .. LEGS - 1) {
		given[l] = held[CELL(l, r_block[me])];
	}
	vote(x);
	r_version[me] = winner;
	if
	:: winner == NONE && r_unsettled[me] && NUMBER(x) >= THRESHOLD &&
	   MAY_CHOOSE ->
		for (l : 0 .. LEGS - 1) {
			if
			:: r_version[me] == NONE && x & BIT(l) ->
				r_version[me] = held[CELL(l, r_block[me])];
			:: else
			fi
		}
		SEEN(chosen);
	:: else
	fi;
	others(x, r_block[me], r_version[me]);
	if
	:: r_version[me] == NONE ->
		end_read();
	:: else ->
		/* what is settled on must be what a reader may be told */
		write_not_undone = lawful[r_block[me]] & BIT(r_version[me]);
		CHECK(write_not_undone);
		read_keeps_to_it = keeps[r_block[me]] & BIT(r_version[me]);
		CHECK(read_keeps_to_it);
		healthy_not_blamed = r_unsettled[me] || !legs;
		CHECK(healthy_not_blamed);
		r_todo[me] = (r_unsettled[me] -> legs : 0);
#ifdef M_CHOICE_NOT_WRITTEN
		r_todo[me] = 0;
#endif
		if
		:: me == RESYNC ->
			r_todo[me] = r_todo[me] |
				     (USABLE & STALE_IN(r_block[me]));
		:: else
		fi;
#ifndef M_AWAY_NOT_NOTED
		r_bad[me] = (r_unsettled[me] ->
			     ALL_LEGS & ~(x | STALE_IN(r_block[me])) : 0);
#endif
		r_step[me] = R_WRITE;
		SEEN_IF(r_unsettled[me] && legs && me != RESYNC, read_settles);
		SEEN_IF(r_unsettled[me] && r_bad[me], settled_without_a_leg);
	fi
}

#if defined(M_SETTLED_BEFORE_MARK)
#define R_MAY_SETTLE(b)	true
#elif defined(M_OTHERS_MARKS_NOT_WAITED_FOR)
#define R_MAY_SETTLE(b)	!(r_bad[me] & ~marked)
#else
#define R_MAY_SETTLE(b)	(!UNMARKED(b))
#endif

/* The legs that gave the version all agree on, or are known to lack it. */
#define ACCOUNTED(b)	(x | (STALE_IN(b) & marked))

#if defined(M_MAJORITY_ANSWERS)
#define ALL_AGREE(b)	true
#elif defined(M_SOME_AGREE)
#define ALL_AGREE(b)	(parties == 1)
#else
#define ALL_AGREE(b)	(parties == 1 && ACCOUNTED(b) == ALL_LEGS)
#endif

proctype reader(byte me)
{
end:	do
	:: atomic {
		me != RESYNC && r_step[me] == R_IDLE &&
		(me == 0 || r_step[me - 1] != R_IDLE) && READS_FROM <= crashes ->
		if
		:: r_block[me] = 0;
#if BLOCKS > 1 && READS == 1
		:: r_block[me] = 1;
#endif
		fi;
		d_step {
			r_lawful[me] = lawful[r_block[me]];
			r_keeps[me] = keeps[r_block[me]];
			r_quiet[me] = !WRITTEN(r_block[me]);
#ifndef M_UNSETTLED_ASKED_LATE
			r_unsettled[me] = HAS(unsettled, r_block[me]);
#endif
			r_todo[me] = USABLE & ~STALE_IN(r_block[me]);
			r_step[me] = R_READ;
		}
	   }
	/* One leg after the other; writes and repairs come in between. */
	:: d_step {
		r_step[me] == R_READ && r_todo[me] ->
#ifdef SLOW_READS
		l = LOWEST(r_todo[me]);
		r_todo[me] = r_todo[me] & ~BIT(l);
		r_got[me] = r_got[me] | BIT(l);
		r_versions[me * LEGS + l] = held[CELL(l, r_block[me])];
#else
		for (l : 0 .. LEGS - 1) {
			r_versions[me * LEGS + l] = (r_todo[me] & BIT(l) ->
				held[CELL(l, r_block[me])] : 0);
		};
		r_got[me] = r_todo[me];
		r_todo[me] = 0;
#endif
	   }
	:: d_step {
		r_step[me] == R_READ && !r_todo[me] ->
#ifdef M_STALE_ASKED_ONCE
		x = r_got[me];
#else
		x = r_got[me] & ~STALE_IN(r_block[me]);
#endif
		for (l : 0 .. LEGS - 1) {
			given[l] = r_versions[me * LEGS + l];
		}
		vote(x);
		n = r_unsettled[me] || HAS(unsettled, r_block[me]);
		SEEN_IF(n && winner != NONE && parties == 1 &&
			ACCOUNTED(r_block[me]) == ALL_LEGS, unsettled_but_agreed);
		SEEN_IF(n && winner != NONE && parties == 1 &&
			ACCOUNTED(r_block[me]) != ALL_LEGS, agreed_without_a_leg);
		r_got[me] = 0;
		for (i : 0 .. LEGS - 1) {
			r_versions[me * LEGS + i] = 0;
		}
		if
		:: winner != NONE && (!n || ALL_AGREE(r_block[me])) ->
			answer(winner);
			end_reader(me);
		:: else -> r_step[me] = R_LOCK;
		fi
	   }
	:: d_step {
		me != RESYNC && r_step[me] == R_LOCK && !LOCKED(r_block[me]) ->
		vote_locked();
	   }
	/* Resync and recover go where something is to be done. */
	:: d_step {
		me == RESYNC && r_step[me] == R_IDLE && TO_DO(0) && !LOCKED(0) ->
		r_block[me] = 0;
		vote_locked();
	   }
#if BLOCKS > 1
	:: d_step {
		me == RESYNC && r_step[me] == R_IDLE && TO_DO(1) && !LOCKED(1) ->
		r_block[me] = 1;
		vote_locked();
	   }
#endif
	/* What has won is written, with FUA, one leg after the other. */
	:: atomic {
		r_step[me] == R_WRITE && r_todo[me] ->
		leg = LOWEST(r_todo[me]);
		if
		:: failed & BIT(leg) -> how = 1;
		:: else ->
			if
			:: how = 0;
#if WRITE_ERRORS
			:: write_errors < WRITE_ERRORS -> how = 1; write_errors++;
#ifndef OLD_ONLY
			:: write_errors < WRITE_ERRORS -> how = 2; write_errors++;
#endif
#endif
			fi
		fi;
		d_step {
			r_todo[me] = r_todo[me] & ~BIT(leg);
			x = CELL(leg, r_block[me]);
			if
			:: how == 1
			:: how == 2 ->
				held[x] = r_version[me];
				maybe[x] = maybe[x] | BIT(r_version[me]);
			:: else ->
#ifndef M_CHOOSES_FOR_EACH
				held[x] = r_version[me];
#endif
#ifdef M_WITHOUT_FUA
				maybe[x] = maybe[x] | BIT(held[x]);
#else
				maybe[x] = BIT(held[x]);
#endif
				SEEN_IF(stale & BIT(x), filled);
				stale = stale & ~BIT(x);
			fi;
			if
			:: how && !(stale & BIT(x)) ->
				r_bad[me] = r_bad[me] | BIT(leg);
				SEEN(settled_version_not_taken);
			:: else
			fi;
			leg = 0; how = 0;
		}
	   }
	/* Who lacks it is marked. */
	:: d_step {
		r_step[me] == R_WRITE && !r_todo[me] ->
		legs = ALL_LEGS & ~(r_bad[me] | STALE_IN(r_block[me]));
		if
		:: !r_unsettled[me] -> end_read();
		:: r_unsettled[me] && NUMBER(legs) < THRESHOLD ->
			r_version[me] = NONE;
			SEEN(settled_on_too_few);
			end_read();
		:: else ->
#ifndef M_NOT_TAKEN_STILL_VOTES
			stale = stale | IN(r_bad[me], r_block[me]);
#endif
#ifdef M_OTHERS_MARKS_NOT_WAITED_FOR
			x = r_bad[me] & ~marked;
#else
			x = UNMARKED(r_block[me]);
#endif
			tomark = tomark | x;
			refused = refused & ~x;
			r_step[me] = R_MARKS;
		fi
	   }
	:: d_step {
		r_step[me] == R_MARKS && R_MAY_SETTLE(r_block[me]) ->
		unsettled = unsettled & ~BIT(r_block[me]);
		SEEN(settled);
		end_read();
	   }
	:: d_step {
		r_step[me] == R_MARKS && refused & UNMARKED(r_block[me]) ->
		SEEN(settle_refused);
		stale = stale & ~IN(refused & UNMARKED(r_block[me]), r_block[me]);
		refused = refused & LACKING;
		r_version[me] = NONE;
		end_read();
	   }
#ifdef M_ANSWERS_BEFORE_SETTLED
	:: d_step {
		r_step[me] == R_WRITE && me != RESYNC && r_keeps[me] ->
		answer(r_version[me]);
		r_lawful[me] = 0; r_keeps[me] = 0;
	   }
#endif
	od
}

/*
 *--------------------------------------------------------------------
 * The worker of the log
 *--------------------------------------------------------------------
 */

#ifdef M_UNSETTLED_CLEANED
#define CLEANABLE	true
#else
#define CLEANABLE	(!unsettled)
#endif
#ifdef M_UNSETTLED_LOOKED_AT_LAST
#define STILL_CLEANABLE	(!unsettled)
#else
#define STILL_CLEANABLE	true
#endif
/* Marks that may not be cleared. */
#define NEEDED		LACKING
#ifdef M_CLEANED_IN_FLIGHT
#define NONE_IN_FLIGHT	true
#else
#define NONE_IN_FLIGHT	(count == 0)
#endif
/* Unless region and unsettled are looked at in this order. */
#ifdef M_NOT_USED
#define UNUSED		true
#else
#define UNUSED		!used
#endif

#if WRITES > 1
#define WAITING \
	((w_step[0] == W_WAITS -> 1 : 0) | (w_step[1] == W_WAITS -> 2 : 0))
#else
#define WAITING		(w_step[0] == W_WAITS -> 1 : 0)
#endif
#ifdef M_MARK_AFTER_WRITE
#define LATE		(count && !dirty)
#else
#define LATE		false
#endif

#ifdef LAZY_LOG
#define LAZILY(bits)	(bits)
#else
#define LAZILY(bits)	0
#endif

inline end_pass()
{
	k_step = K_IDLE;
	k_marks = 0;
	k_flushed = 0;
	k_region = false;
	k_error = false;
}

/* Marks on stable storage, but for those that are refused. */
inline mark_log()
{
	for (l : 0 .. LEGS - 1) {
		if
		:: x & BIT(l) && MAY_MARK(BIT(l)) ->
			log = log | BIT(l);
		:: x & BIT(l) && !MAY_MARK(BIT(l)) ->
			refused = refused | (BIT(l) & tomark);
			f_refused = f_refused || (owing & BIT(l));
		:: else
		fi
	}
	if
	:: WAITING || LATE -> log = log | REGION;
	:: else
	fi;
	lazy = 0;
}

/* After that, marks in memory, and who waits goes on. */
inline mark_memory()
{
	marked = marked | (x & MARKS);
	tomark = 0;
	owing = 0;
	SEEN_IF(WAITING == 3, group_commit);
	dirty = dirty || WAITING || LATE;
	for (x : 0 .. WRITES - 1) {
		if
		:: w_step[x] == W_WAITS ->
			used = true;
			count++;
			begin_write(x);
		:: else
		fi
	};
	x = 0;
}

proctype worker()
{
end:	do
	/* All that waits is marked, and the log flushed once. */
	:: d_step {
		k_step == K_IDLE && (WAITING || tomark || owing || LATE) ->
		x = tomark | (log & REGION -> owing : 0);
		SEEN_IF((log & REGION && owing & ~MARKS), marked_for_a_flush);
#ifdef M_MARKED_IN_MEMORY_FIRST
		marked = marked | tomark;
		k_step = K_MARKED;
	   }
	:: d_step {
		k_step == K_MARKED ->
		k_step = K_IDLE;
		x = tomark | (log & REGION -> owing : 0);
#endif
		mark_log();
		mark_memory();
	   }
	/* Cleaning: is the region a candidate? */
	:: d_step {
		k_step == K_IDLE &&
		((dirty && (used || (NONE_IN_FLIGHT && CLEANABLE))) ||
		 marked & ~NEEDED) ->
		k_region = dirty && NONE_IN_FLIGHT && UNUSED && CLEANABLE;
		used = false;
#ifdef M_NO_LOOK_AGAIN
		k_marks = marked & ~NEEDED;
#endif
		k_step = K_CLEAN;
	   }
	/* Then take the bits back. */
	:: d_step {
		k_step == K_CLEAN ->
		k_region = k_region && dirty && NONE_IN_FLIGHT && UNUSED &&
			   STILL_CLEANABLE;
		dirty = dirty && !k_region;
#ifndef M_NO_LOOK_AGAIN
		k_marks = marked;
#endif
		marked = marked & ~k_marks;
		k_step = K_LOOK_AGAIN;
	   }
	/* And look again which marks are needed. The others are flushed for. */
	:: atomic {
		k_step == K_LOOK_AGAIN ->
		d_step {
#ifndef M_NO_LOOK_AGAIN
			SEEN_IF(k_marks & NEEDED, mark_is_still_needed);
			marked = marked | (k_marks & NEEDED);
			k_marks = k_marks & ~NEEDED;
#endif
			k_step = (k_region || k_marks -> K_CLEAR : K_IDLE);
		};
		if
		:: k_step == K_CLEAR ->
#ifndef M_CLEANED_WITHOUT_FLUSH
			flush_legs();
			k_error = (USABLE & ~flushed) != 0;
#else
			flushed = USABLE;
#endif
			k_flushed = flushed;
			flushed = 0;
		:: else
		fi
	   }
	/*
	 * Nothing is cleaned if a flush failed. A leg that was not flushed keeps
	 * its mark, and must have one if the region is to be clean.
	 */
	:: d_step {
		k_step == K_CLEAR ->
		if
		:: k_error ->
			SEEN(flush_fails_nothing_cleaned);
			dirty = dirty || k_region;
			marked = marked | k_marks;
		:: else ->
#ifndef M_MARK_OF_UNFLUSHED_CLEARED
			marked = marked | (k_marks & ~k_flushed);
			k_marks = k_marks & k_flushed;
#endif
#ifdef M_UNFLUSHED_CLEANED
			x = 0;
#else
			x = ALL_LEGS & ~(k_flushed | MARKS);
#endif
			if
			:: k_region && MAY_MARK(x) ->
				SEEN_IF(x, marked_to_clean);
				SEEN(cleaned);
				lazy = (x -> 0 : lazy) | LAZILY(REGION);
				log = (log | x) & ~REGION;
				marked = marked | x;
			:: k_region && !MAY_MARK(x) -> dirty = true;
			:: else
			fi;
			SEEN_IF(k_marks, mark_cleared);
			log = log & ~k_marks;
			lazy = lazy | LAZILY(k_marks);
		fi;
		end_pass();
	   }
	od
}

/*
 *--------------------------------------------------------------------
 * Legs that go and come, and crashes
 *--------------------------------------------------------------------
 */

#if LEG_FAILURES
proctype away()
{
end:	do
	:: atomic {
		leg_failures < LEG_FAILURES && AWAY_FROM <= crashes && USABLE ->
		if
		:: USABLE & 1 -> leg = 0;
		:: USABLE & 2 -> leg = 1;
#if LEGS > 2
		:: USABLE & 4 -> leg = 2;
#endif
#if LEGS > 3
		:: USABLE & 8 -> leg = 3;
#endif
		fi;
		leg_failures++;
		failed = failed | BIT(leg);
		leg = 0;
	   }
	:: atomic {
		failed ->
		if
		:: failed & 1 -> leg = 0;
		:: failed & 2 -> leg = 1;
#if LEGS > 2
		:: failed & 4 -> leg = 2;
#endif
#if LEGS > 3
		:: failed & 8 -> leg = 3;
#endif
		fi;
		failed = failed & ~BIT(leg);
		leg = 0;
	   }
	od
}
#endif

/* What is left in memory: nothing. */
inline forget()
{
	dirty = false; used = false; count = 0;
	stale = 0; marked = 0; tomark = 0; owing = 0; refused = 0; failed = 0;
	unsettled = 0; locked = 0;
	for (x : 0 .. WRITES - 1) {
		if
		:: w_step[x] != W_IDLE ->
			SEEN_IF(w_step[x] != W_DONE, crash_while_writing);
			end_writer(x);
		:: else
		fi
	}
	for (x : 0 .. READS) {
		if
		:: r_step[x] != R_IDLE && r_step[x] != R_DONE ->
			SEEN_IF(r_unsettled[x], crash_while_settling);
			end_reader(x);
			r_step[x] = R_IDLE;
		:: else
		fi
	}
#if FLUSHES
	end_flush();
#endif
	end_pass();
}

/* Legs without a mark must be right, and the same if the region is clean. */
inline check_legs()
{
	for (i : 0 .. BLOCKS - 1) {
		x = NONE;
		for (l : 0 .. LEGS - 1) {
			v = held[CELL(l, i)];
			voter_not_behind = log & BIT(l) || lawful[i] & BIT(v);
			CHECK(voter_not_behind);
			clean_is_identical = log & (REGION | BIT(l)) ||
					     x == NONE || x == v;
			CHECK(clean_is_identical);
			x = (log & BIT(l) -> x : v);
		}
	}
}

/* The first resume of a table. */
inline boot()
{
	if
	:: log & REGION ->
		dirty = true;
		unsettled = ALL_BLOCKS;
	:: else -> SEEN(crash_while_clean);
	fi;
	marked = MARKS;
	SEEN_IF(MARKS, marked_after_crash);
	enough_voters = NUMBER(ALL_LEGS & ~MARKS) >= THRESHOLD;
	CHECK(enough_voters);
#ifndef M_STALE_VOTES_AFTER_CRASH
	stale = IN(MARKS, 0);
#if BLOCKS > 1
	stale = stale | IN(MARKS, 1);
#endif
#endif
}

#if WRITES > 1
#define W_WAITS_FOR(w)	(w_step[w] == W_MARKS && !W_MAY_LEAVE(w_block[w]) && \
			 !(refused & UNMARKED(w_block[w])))
#define WRITERS_WAIT	(W_WAITS_FOR(0) || W_WAITS_FOR(1))
#define W_QUIET(w)	(w_step[w] == W_IDLE || w_step[w] == W_DONE)
#define WRITERS_QUIET	(W_QUIET(0) && W_QUIET(1))
#else
#define W_WAITS_FOR(w)	(w_step[w] == W_MARKS && !W_MAY_LEAVE(w_block[w]) && \
			 !(refused & UNMARKED(w_block[w])))
#define WRITERS_WAIT	W_WAITS_FOR(0)
#define W_QUIET(w)	(w_step[w] == W_IDLE || w_step[w] == W_DONE)
#define WRITERS_QUIET	W_QUIET(0)
#endif

init
{
	atomic {
		for (i : 0 .. LEGS * BLOCKS - 1) { maybe[i] = 1; }
		for (x : 0 .. WRITES - 1) { run writer(x); }
		for (x : 0 .. READS) { run reader(x); }
#if FLUSHES
		run flusher();
#endif
		run worker();
#if LEG_FAILURES
		run away();
#endif
	};

end:	do
	:: atomic {
		crashes < CRASHES && issued ->
		crashes++;
		/* What is in flight lands, or does not. */
		do
		:: leg < WRITES * LEGS ->
			if
			:: w_step[leg / LEGS] == W_LEGS &&
			   w_wait[leg / LEGS] & BIT(leg % LEGS) ->
				d_step {
					x = CELL(leg % LEGS, w_block[leg / LEGS]);
					held[x] = leg / LEGS + 1;
					maybe[x] = maybe[x] | BIT(held[x]);
				}
			:: true
			fi;
			leg++;
		:: else -> break
		od;
		leg = 0;
		if
		:: true;
#ifdef POWER
		:: true ->
			do
			:: leg < LEGS * BLOCKS ->
				if
				:: maybe[leg] & 1 -> held[leg] = 0;
				:: maybe[leg] & 2 -> held[leg] = 1;
#if WRITES > 1
				:: maybe[leg] & 4 -> held[leg] = 2;
#endif
				fi;
				maybe[leg] = BIT(held[leg]);
				leg++;
			:: else -> break
			od;
			leg = 0;
			d_step {
				for (i : 0 .. BLOCKS - 1) {
					lawful[i] = lawful_off[i];
					keeps[i] = keeps_off[i];
				};
				i = 0;
			}
#endif
		fi;
		if
		:: true;
		:: lazy -> log = log | lazy; SEEN(clearing_lost);
		fi;
		d_step {
			lazy = 0;
			forget();
			check_legs();
			boot();
			SEEN_IF(crashes == 2, second_crash);
		}
	   }
	/* All is done. */
	:: d_step {
		WRITERS_QUIET && r_step[RESYNC] == R_IDLE && !unsettled &&
		!locked ->
		for (i : 0 .. BLOCKS - 1) {
			x = NONE;
			for (l : 0 .. LEGS - 1) {
				v = held[CELL(l, i)];
				legs_identical = STALE_IN(i) & BIT(l) ||
						 x == NONE || x == v;
				CHECK(legs_identical);
				x = (STALE_IN(i) & BIT(l) -> x : v);
			}
		};
		x = 0;
	   }
	:: d_step {
		k_step == K_IDLE && !tomark && !owing &&
		(WRITERS_WAIT || (r_step[RESYNC] == R_MARKS &&
		 UNMARKED(r_block[RESYNC]) & ~refused)) ->
		waits_for_something = false;
		CHECK(waits_for_something);
	   }
	od
}
