// SPDX-License-Identifier: GPL-2.0-only
/*
 * A model of writes, voted reads, their confirmation and repair, for spin: what
 * dm-quorum-write.c, -read.c, -tally.c, -confirm.c, -repair.c and -leg.c do to one
 * vote block, or two.
 *
 * LEGS legs hold BLOCKS vote blocks with SECTORS logical blocks in all. WRITERS and
 * READERS are processes that make one request each, for any of the sectors (but see
 * what_to_write() and what_to_read()). A version is a number: 0 is what the legs
 * begin with, a write brings its own.
 *
 *	here			there
 *	!(locked & ...)		quorum_range_lock(), quorum_range_unlock(); what is
 *				used of it is only that overlapping ranges exclude
 *				each other, which range.pml shows. Order is left open
 *	the process writer	quorum_write(), start_write(),
 *				leg_write_end() in any order of the legs,
 *				quorum_write_settle() or the short way of put_write(),
 *				end_write()
 *	forget_bad()		forget_bad(), after the range is held, before a leg
 *				is written
 *	settle_success()	settle_success(), a step for each leg
 *	the process reader	quorum_read(), and for either pass from read_legs on:
 *				quorum_read_legs(), each leg at its own time, then
 *				vote_on_read() block by block
 *	known_bad()		known_bad(), in one step with the beginning of the
 *				read: to measure from then is to measure no less
 *	ask()			blocks_in() of make_read_bios(), before the first leg
 *				is read
 *	fill_ballot()		fill_ballot(), and what it finds stays for this pass
 *	excused =		tally_difference() asking unsettled, a step later
 *	vote_part()		quorum_vote_part()
 *	do_parts()		do_parts(), on what take_from_caller() keeps from
 *				changing
 *	decide()		agreed(), is_suspicion(), and what tally_difference()
 *				makes of the answer
 *	report_losers()		report_losers()
 *	judge()			judge_difference(), tally_failure()
 *	count_losers()		count_losers(), in one step with the vote: but for
 *				known_bad(), only who holds the range looks
 *	forget_winners()	forget_winners(), likewise
 *	count_race()		raced in close_block()
 *	the end of a pass	end_first_pass(), or quorum_confirm_end()
 *	confirm			quorum_confirm(): detach_caller() and the lock, then
 *				confirm_work()
 *	stale, bad, unsettled	the sets of that name, which are of vote blocks
 *	CONFIRM_RANGE()		init_range() of dm-quorum-confirm.c
 *	served, settled, suspects, undecided, confirming
 *				QUORUM_IO_SERVED, io->settled, io->suspects,
 *				tally->undecided, QUORUM_IO_LOCKED
 *	stays			stays_stale(), in one step with nr_took()
 *	with REPAIR, a read mends what is wrong (QUORUM_MEND_WRONG):
 *	keep_winner(), kept	keep_winner(), io->kept
 *	wrong			note_wrong()
 *	rewrite()		repair_legs() asking who is usable, what is unsettled,
 *				repair_leg() and the write of rewrite(), of all blocks
 *				in one step
 *	rewritten()		verify(), which finds what was written, and its
 *				forget_bad()
 *	with RECOVER, the last reader is a walk, which reads all and mends what legs
 *	missed, too (QUORUM_MEND_STALE):
 *	missed			io->legs[].stale
 *	known_bad()		quorum_read_walk() as well
 *	WORTH			quorum_repair_worth() in end_first_pass()
 *	fill()			fill(), the write
 *	filled()		the rest of fill()
 *	with RESTORE, leg 1 is failed and restored:
 *	the process away	quorum_fail_leg(), quorum_restore_leg()
 *	legs =			quorum_usable_legs() of start_write()
 *	lacked			note_lacked()
 *	note_missed()		note_missed(), a step for each leg
 *	take_back_missed()	take_back_missed(), likewise
 *	asked =			the second look of start_write()
 *	who_is_asked()		legs_to_read(), a step before ask()
 *
 * Faults, of which there are as many as the constants allow:
 *	WRITE_ERRORS	a leg fails a write, or a repair, and holds the old version or
 *			the new one (with FIRST_FAILS, only the first writer's, and the
 *			old)
 *	CORRUPTIONS	leg 0 goes bad at any time, or drops a write that it claims to
 *			have done. WRONG marks such a version, for the assertions only:
 *			nobody else sees it
 *	BEGIN_BAD	leg 0 is bad from the beginning in the first sector, known for
 *			it or not (with BEGIN_BAD=2 in the second too, not known)
 *	OUTDATED	leg 0 is known to be bad in the first block, and is not: it has
 *			been made right behind the driver's back
 *	SCRIBBLES	the caller changes its buffer, which leg 0 was read into
 *	RESTORE		leg 1 is failed at any time, and restored at any time after
 *			that. What it has been sent goes on
 *
 * What is checked; each name is that of an assertion:
 *	healthy_not_blamed	a leg is counted and reported only if it gave a
 *				version that is wrong, or the block holds one (P3)
 *	damage_is_exact		and if it gave that in the very sector that is reported
 *				(P5)
 *	bad_counted_once	a leg that is bad before a read begins, while no write
 *				comes, is counted by that read exactly once for each
 *				block, if there is a winner (P5), unless another read
 *				has repaired it meanwhile; with RESTORE, at most once
 *	known_read_once		and if it has been counted for a block before, and no
 *				write has come since, the legs are read only once
 *	known_is_bad		a leg is known only for blocks in which it holds
 *				something wrong, but for OUTDATED, or where a part of a
 *				block was repaired or a repair has failed, and there too once the whole block
 *				has been read under the lock
 *	race_counted_once	a read counts a block as raced or excused once at most
 *	majority_returned	a version returned was read from at least THRESHOLD
 *				legs, and from more than any other (P1)
 *	write_not_undone	a read returns nothing older than a write that was
 *				acknowledged before the read began (P2)
 *	read_is_answered	with fewer faults than take the majority away (ANSWERED)
 *				every read gets an answer (P5)
 *	legs_identical		when all is done, legs hold the same, but for a leg
 *				that is stale or corrupted, or after a write that
 *				failed as a whole (P4)
 *	voter_not_behind	a leg that is not stale, failed or not, holds nothing
 *				older than the last write that was acknowledged, at any
 *				time, but for what is corrupted (P2). It is looked at
 *				after each step that can break it: a write or a repair
 *				of a leg, a block that leaves a stale set, an answer.
 *				With REPAIR or without readers only, to save time
 *	healthy_not_rewritten	a leg that is not stale is repaired only in blocks in
 *				which it gave or holds something wrong (P3)
 *	found_is_right		what a leg has lost under the lock is right when that
 *				read unlocks, and when all is done, unless it went bad
 *				again or the repair failed (P4)
 * and, by spin, that every request ends (no invalid end state).
 *
 * SEEN(state) prints the name of a state when the search first comes to it.
 *
 * Two steps can be left out without breaking any of these. In M_STALE_ASKED_ONCE,
 * fill_ballot() does not look at the stale set again. A leg that became stale since
 * it was asked did so by a write that was not acknowledged when the read began, so
 * what it gave is lawful; nobody is blamed for it, as under the lock the set stays
 * as it was when the leg was asked. Another is the second look of start_write(), in
 * M_ONE_LOOK: a leg that is restored while it is noted to miss the write stays stale.
 *
 * Left out: read errors and what is repaired for them, fifo, blkverify, blocks that
 * lie in the target in part, writes that find too few legs, lack of memory and with it
 * the block engine (which does all under the range lock), the repair of unsettled
 * blocks (QUORUM_MEND_UNSETTLED), legs that are stale as a whole, where a walk goes and
 * when, flushes, repairs that are tried again or given up, a leg that claims to have
 * been repaired, rate limits and events, max_leg_errors, checksums (versions are
 * compared as they are), torn reads and writes of a leg (a leg takes or gives all
 * sectors of a request in one step), suspend, memory order, and the order in which a
 * read asks the legs (ascending here; the writes reach them in any order, so each
 * mixture of old and new versions can still be read).
 */

#ifndef LEGS
#define LEGS		3
#endif
#ifndef THRESHOLD
#define THRESHOLD	2
#endif
#ifndef SECTORS
#define SECTORS		1
#endif
#ifndef BLOCKS
#define BLOCKS		1	/* vote blocks of SECTORS / BLOCKS sectors each */
#endif
#ifndef WRITERS
#define WRITERS		2
#endif
#ifndef READERS
#define READERS		1
#endif
#ifndef WRITE_ERRORS
#define WRITE_ERRORS	0
#endif
#ifndef CORRUPTIONS
#define CORRUPTIONS	0
#endif
#ifndef SCRIBBLES
#define SCRIBBLES	0
#endif

#if defined(RECOVER) && !defined(REPAIR)
#define REPAIR
#endif

#ifndef FIRST_WRITES
#define FIRST_WRITES	2	/* sectors, a bit each */
#endif

#define BIT(n)		(1 << (n))
#define WHOLE		(BIT(SECTORS) - 1)
#define ALL_LEGS	(BIT(LEGS) - 1)
#define CELL(l, s)	((l) * SECTORS + (s))

#define PER_BLOCK	(SECTORS / BLOCKS)
#define IN_BLOCK(b)	((BIT(PER_BLOCK) - 1) << ((b) * PER_BLOCK))
#define BLOCK_OF(s)	((s) / PER_BLOCK)

#define ALL_BLOCKS	(BIT(BLOCKS) - 1)

/* A leg, in a block or in several. */
#define OF(l, b)	BIT((l) * BLOCKS + (b))
#define OF_ALL(l, bs)	((bs) << ((l) * BLOCKS))

/* The blocks that a range of sectors touches, or covers. */
#if BLOCKS == 1
#define TOUCHED(range)	1
#define COVERED(range)	((range) == WHOLE -> 1 : 0)
#define CONFIRM_RANGE(range) WHOLE
#else
/* of one sector each */
#define TOUCHED(range)	(range)
#define COVERED(range)	(range)
#define CONFIRM_RANGE(range) (range)
#endif

/* That the search has been here; the test looks for it. */
#define SEEN(e)	c_code { static int once; if (!once++) printf("seen: " #e "\n"); }

#define GARBAGE		7	/* no write brings it */
#define SCRIBBLE	6	/* nor this */
#define VERSION		7	/* mask */
#define WRONG		8	/* flag */

/* The legs. */
byte held[LEGS * SECTORS];

/* The driver's. */
byte stale, bad;		/* OF() of legs and blocks */
byte unsettled;			/* blocks, a bit each */
byte locked;			/* sectors, a bit each */
#ifdef RESTORE
byte usable = ALL_LEGS;		/* legs, a bit each */
#else
#define usable		ALL_LEGS
#endif

/* What the properties speak of. */
byte order[WRITERS + 1];	/* of each version; 0 for that of the beginning */
byte nr_writes;
byte acked[SECTORS];		/* order of the last write acknowledged */
byte in_flight;
byte write_errors, corruptions, scribbles;
byte blamed;			/* blocks, not written since leg 0 was counted */
#ifdef REPAIR
byte mended;			/* blocks in which leg 0 has been repaired */
byte found;			/* sectors that leg 0 is to hold right again */
#endif

hidden byte healthy_not_blamed, bad_counted_once, known_read_once;
hidden byte majority_returned, write_not_undone, read_is_answered;
hidden byte legs_identical, damage_is_exact, known_is_bad, race_counted_once;
hidden byte voter_not_behind, healthy_not_rewritten, found_is_right;

/* A mutant's test looks for one property, whatever else the mutant breaks first. */
#ifdef ONLY
#define NUMBER_OF_majority_returned	1
#define NUMBER_OF_write_not_undone	2
#define NUMBER_OF_damage_is_exact	3
#define NUMBER_OF_healthy_not_blamed	4
#define NUMBER_OF_bad_counted_once	5
#define NUMBER_OF_known_read_once	6
#define NUMBER_OF_read_is_answered	7
#define NUMBER_OF_legs_identical	8
#define NUMBER_OF_known_is_bad		9
#define NUMBER_OF_race_counted_once	10
#define NUMBER_OF_voter_not_behind	11
#define NUMBER_OF_healthy_not_rewritten	12
#define NUMBER_OF_found_is_right	13
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

/* Scratch, within one step. */
hidden byte l, k, s, n, most, winner, voters, losers, lost, no_winner, act;
hidden byte differ, few, tie, v;

inline any_sectors(range)
{
#if SECTORS == 1
	range = 1;
#else
	if
	:: range = 1;
	:: range = 2;
	:: range = 3;
	fi;
#endif
}

/* Of what a leg that may vote holds, nothing acknowledged has been undone. */
inline check_voters()
{
#if defined(REPAIR) || !READERS
	l = 0;
	do
	:: l < LEGS * SECTORS ->
		v = held[l] & VERSION;
		voter_not_behind = held[l] & WRONG ||
			stale & OF(l / SECTORS, BLOCK_OF(l % SECTORS)) ||
			(v <= WRITERS && order[v] >= acked[l % SECTORS]);
		CHECK(voter_not_behind);
		l++;
	:: else -> break
	od;
	l = 0; v = 0;
#else
	skip
#endif
}

/* With two sectors, the first of several writes or reads is for one of them. */
inline what_to_write()
{
	if
	:: SECTORS > 1 && me == 1 -> what = FIRST_WRITES;
	:: else -> any_sectors(what);
	fi;
}

#ifdef RECOVER
#define WALKS		(me == READERS - 1)
#else
#define WALKS		false
#endif

inline what_to_read()
{
	if
	:: WALKS -> what = WHOLE;
	:: SECTORS > 1 && READERS > 1 && me == 0 && !WALKS -> what = 1;
	:: SECTORS > 1 && READERS == 1 && !WALKS -> what = WHOLE;
	:: else -> any_sectors(what);
	fi;
}

/*
 *--------------------------------------------------------------------
 * Writes
 *--------------------------------------------------------------------
 */

inline land(leg, failing)
{
	d_step {
		s = 0;
		do
		:: s < SECTORS ->
			if
			:: what & BIT(s) -> held[CELL(leg, s)] = me;
			:: else
			fi;
			s++;
		:: else -> break
		od;
		s = 0;
		waiting = waiting & ~BIT(leg);
		if
		:: failing ->
			failed = failed | BIT(leg);
			write_errors++;
		:: else
		fi;
		check_voters();
	}
}

inline miss(leg)
{
	d_step {
		waiting = waiting & ~BIT(leg);
		failed = failed | BIT(leg);
		write_errors++;
	}
}

/* Leg 0 keeps what it had, and says nothing. */
inline drop()
{
	d_step {
		s = 0;
		do
		:: s < SECTORS ->
			if
			:: what & BIT(s) ->
				held[CELL(0, s)] = held[CELL(0, s)] | WRONG;
			:: else
			fi;
			s++;
		:: else -> break
		od;
		s = 0;
#ifdef REPAIR
		found = found & ~what;
#endif
		waiting = waiting & ~BIT(0);
		corruptions++;
	}
}

#ifdef FIRST_FAILS
#define CAN_FAIL	(me == 1)
#else
#define CAN_FAIL	true
#endif

inline leg_ends(leg)
{
	if
	:: land(leg, false);
#if WRITE_ERRORS
	:: atomic { write_errors < WRITE_ERRORS && CAN_FAIL -> miss(leg); }
#ifndef FIRST_FAILS
	:: atomic { write_errors < WRITE_ERRORS -> land(leg, true); }
#endif
#endif
#if CORRUPTIONS
	:: atomic { leg == 0 && corruptions < CORRUPTIONS -> drop(); }
#endif
	fi
}

#ifdef M_PART_CLEARS
#define CLEARED(range)	TOUCHED(range)
#else
#define CLEARED(range)	COVERED(range)
#endif

#ifdef RESTORE
#define ASKED		asked
#else
#define ASKED		ALL_LEGS
#endif

inline settle_success()
{
	i = 0;
	do
	:: i < LEGS ->
		atomic {
			if
			:: !(ASKED & BIT(i));
			:: failed & BIT(i) ->
#ifndef M_NOT_STALE
				stale = stale | OF_ALL(i, TOUCHED(what));
				SEEN(leg_becomes_stale);
#endif
			:: ASKED & BIT(i) && !(failed & BIT(i)) ->
				if
				:: stale & OF_ALL(i, CLEARED(what)) ->
					stale = stale & ~OF_ALL(i, CLEARED(what));
					SEEN(stale_leg_in_sync_again);
				:: stale & OF_ALL(i, TOUCHED(what)) &&
				   !CLEARED(what) ->
					SEEN(written_in_part_and_still_stale);
				:: else
				fi
			fi;
			check_voters();
			i++;
		}
	:: else ->
		i = 0;
		break
	od;
	atomic {
		if
		:: unsettled & CLEARED(what) ->
			unsettled = unsettled & ~CLEARED(what);
			SEEN(settled_again);
		:: unsettled & TOUCHED(what) && !CLEARED(what) ->
			SEEN(written_in_part_and_still_unsettled);
		:: else
		fi
	}
}

inline nr_of(set)
{
	n = 0;
	k = 0;
	do
	:: k < LEGS ->
		n = n + (((set) >> k) & 1);
		k++;
	:: else -> break
	od;
	k = 0;
}

inline acknowledge()
{
	d_step {
		s = 0;
		do
		:: s < SECTORS && !lost_vote ->
			if
			:: what & BIT(s) && order[me] > acked[s] ->
				acked[s] = order[me];
			:: else
			fi;
			s++;
		:: else -> break
		od;
		s = 0;
		check_voters();
	}
}

inline forget_bad()
{
#ifdef M_HINT_STAYS
	skip;
#else
	k = 0;
	do
	:: k < LEGS ->
		if
		:: bad & OF_ALL(k, TOUCHED(what)) -> SEEN(hint_forgotten);
		:: else
		fi;
#ifdef M_PART_KEEPS_HINT
		bad = bad & ~OF_ALL(k, COVERED(what));
#else
		bad = bad & ~OF_ALL(k, TOUCHED(what));
#endif
		k++;
	:: else -> break
	od;
	k = 0;
#endif
}

/* A failed leg misses this, if it is not written to. */
inline note_missed()
{
	do
	:: i < LEGS ->
		atomic {
			if
			:: !(legs & BIT(i)) ->
#ifndef M_MISSED_NOT_NOTED
				stale = stale | OF_ALL(i, TOUCHED(what));
#endif
				SEEN(failed_leg_misses_a_write);
			:: else
			fi;
			i++;
		}
	:: else -> i = 0; break
	od
}

/* Sets losers to the legs that have no vote, though they have taken it. */
inline stays()
{
	losers = 0;
	k = 0;
	do
	:: k < LEGS ->
		if
		:: stale & OF_ALL(k, TOUCHED(what) & ~COVERED(what)) ->
			losers = losers | BIT(k);
		:: else
		fi;
		k++;
	:: else -> break
	od;
	k = 0;
}

/* Does a leg that takes requests lack something? */
#ifdef RESTORE
#define LACKING		((usable & BIT(0) && stale & OF_ALL(0, ALL_BLOCKS)) || \
			 (usable & BIT(1) && stale & OF_ALL(1, ALL_BLOCKS)) || \
			 (usable & BIT(2) && stale & OF_ALL(2, ALL_BLOCKS)) || \
			 (usable & BIT(3) && stale & OF_ALL(3, ALL_BLOCKS)))
#else
#define LACKING		stale
#endif

#if defined(M_LACKED_FORGOTTEN)
#define TAKEN_BACK	(stale & OF_ALL(i, COVERED(what)))
#elif defined(M_PART_TAKEN_BACK)
#define TAKEN_BACK	(stale & OF_ALL(i, TOUCHED(what)) & ~lacked)
#else
#define TAKEN_BACK	(stale & OF_ALL(i, COVERED(what)) & ~lacked)
#endif

/* What was noted is no longer so: the write has failed as a whole. */
inline take_back_missed()
{
	do
	:: i < LEGS ->
		atomic {
			if
			:: !(legs & BIT(i)) && TAKEN_BACK ->
				stale = stale & ~TAKEN_BACK;
				SEEN(taken_back);
				check_voters();
			:: !(legs & BIT(i)) && !(TAKEN_BACK) -> SEEN(not_taken_back);
			:: else
			fi;
			i++;
		}
	:: else -> i = 0; break
	od
}

proctype writer(byte me)
{
	byte what, waiting, failed, i;
#ifdef RESTORE
	byte legs, asked, lacked;
#endif
	bool lost_vote;			/* failed as a whole */

	atomic {
		what_to_write();
#ifndef M_UNLOCKED_WRITES
		if
		:: locked & what -> SEEN(write_waits);
		:: else
		fi;
		!(locked & what);
		locked = locked | what;
#endif
#ifdef REPAIR
		if
		:: mended & TOUCHED(what) -> SEEN(written_after_repair);
		:: else
		fi;
#endif
		nr_writes++;
		order[me] = nr_writes;
		in_flight++;
#ifndef RESTORE
		waiting = ALL_LEGS;
#endif
	};
#ifdef RESTORE
	legs = usable;
#endif
	d_step { forget_bad(); blamed = blamed & ~TOUCHED(what); };
#ifdef RESTORE
	lacked = stale;
#ifndef M_MISSED_NOTED_LATE
	note_missed();
#endif
	atomic {
#ifdef M_ONE_LOOK
		asked = legs;
#else
		asked = legs | usable;
#endif
		if
		:: asked != legs -> SEEN(restored_while_noted);
		:: else
		fi;
		waiting = asked;
	};
#endif
	do
	:: waiting & BIT(0) -> leg_ends(0);
	:: waiting & BIT(1) -> leg_ends(1);
	:: waiting & BIT(2) -> leg_ends(2);
#if LEGS > 3
	:: waiting & BIT(3) -> leg_ends(3);
#endif
	:: !waiting -> break
	od;

	atomic {
		stays();
		nr_of(ASKED & ~failed & ~losers);
		lost_vote = n < THRESHOLD;
		n = 0; losers = 0;
	};
#ifdef M_ACK_FIRST
	acknowledge();
#endif
#ifdef M_UNLOCK_FIRST
	atomic { locked = locked & ~what; in_flight--; };
#endif
	if
	:: !failed && !LACKING && !unsettled;
	:: else ->
		if
		:: lost_vote ->
#if defined(M_FAILURE_FORGOTTEN)
			skip;
#elif defined(M_FAILURE_MAKES_STALE)
			d_step {
				k = 0;
				do
				:: k < LEGS ->
					if
					:: failed & BIT(k) ->
						stale = stale | OF_ALL(k, TOUCHED(what));
					:: else
					fi;
					k++;
				:: else -> break
				od;
				k = 0;
			}
#else
			atomic {
				unsettled = unsettled | TOUCHED(what);
				SEEN(write_fails_as_a_whole);
			}
#ifdef RESTORE
			take_back_missed();
#endif
#endif
		:: else -> settle_success();
		fi;
	fi;
#ifndef M_UNLOCK_FIRST
	atomic { locked = locked & ~what; in_flight--; };
#endif
#if defined(RESTORE) && defined(M_MISSED_NOTED_LATE)
	note_missed();
#endif
#ifndef M_ACK_FIRST
	acknowledge();
#endif
}

/*
 *--------------------------------------------------------------------
 * Reads
 *--------------------------------------------------------------------
 */

/* What is known of a leg before it is asked. */
inline ask(leg)
{
#ifdef M_STALE_ASKED_LATE
	skip;
#else
	if
	:: stale & OF_ALL(leg, TOUCHED(what)) -> SEEN(stale_when_asked);
	:: else
	fi;
	absent = absent | (stale & OF_ALL(leg, TOUCHED(what)));
#endif
#ifdef RECOVER
	missed = missed | (stale & OF_ALL(leg, TOUCHED(what)));
#endif
}

/* Legs that have failed are not, and do not vote. */
inline who_is_asked()
{
	k = 0;
	do
	:: k < LEGS ->
		if
		:: !(usable & BIT(k)) ->
			absent = absent | OF_ALL(k, ALL_BLOCKS);
			SEEN(failed_leg_not_asked);
		:: else
		fi;
		k++;
	:: else -> break
	od;
	k = 0;
}

/* A leg gives its version, here and now. */
inline read_leg(leg)
{
	s = 0;
	do
	:: s < SECTORS ->
		if
		:: what & BIT(s) -> got[CELL(leg, s)] = held[CELL(leg, s)];
		:: else
		fi;
		s++;
	:: else -> break
	od;
	s = 0;
}

inline scribble()
{
	s = 0;
	do
	:: s < SECTORS ->
		if
		:: what & BIT(s) ->
			got[CELL(0, s)] = SCRIBBLE | (got[CELL(0, s)] & WRONG);
		:: else
		fi;
		s++;
	:: else -> break
	od;
	s = 0;
	scribbles++;
}

/* Who is on the ballot for a block: not who was stale then, nor who is now. */
inline fill_ballot()
{
	l = 0;
	do
	:: l < LEGS ->
		if
		:: stale & OF(l, block) && !(absent & OF(l, block)) ->
			SEEN(stale_since_asked);
		:: absent & OF(l, block) && !(stale & OF(l, block)) ->
			SEEN(in_sync_since_asked);
		:: else
		fi;
#ifndef M_STALE_ASKED_ONCE
		absent = absent | (stale & OF(l, block));
#endif
		l++;
	:: else -> break
	od;
	l = 0;
}

#ifdef M_STALE_VOTE
#define VOTES(leg)	true
#else
#define VOTES(leg)	(!(absent & OF(leg, block)))
#endif

#ifdef M_THRESHOLD_LESS_ONE
#define ENOUGH		(THRESHOLD - 1)
#else
#define ENOUGH		THRESHOLD
#endif

/* Sets n to the number of voters that have version v of sector s. */
inline count_votes()
{
	n = 0;
	k = 0;
	do
	:: k < LEGS ->
		if
		:: VOTES(k) && (got[CELL(k, s)] & VERSION) == v -> n++;
		:: else
		fi;
		k++;
	:: else -> break
	od;
}

/*
 * quorum_vote() on sector s: sets most, winner (a leg, or LEGS for none) and
 * losers, and differ.
 */
inline vote_part()
{
	most = 0;
	winner = LEGS;
	tie = false;
	losers = 0;
	l = 0;
	do
	:: l < LEGS ->
		if
		:: VOTES(l) ->
			v = got[CELL(l, s)] & VERSION;
			count_votes();
			if
			:: n > most -> most = n; winner = l; tie = false;
			:: n == most &&
			   v != (got[CELL(winner, s)] & VERSION) -> tie = true;
			:: else
			fi;
			if
			:: n < voters -> differ = true;
			:: else
			fi
		:: else
		fi;
		l++;
	:: else -> break
	od;
	if
	:: most < ENOUGH -> winner = LEGS;
#ifndef M_TIE_GUESSED
	:: most >= ENOUGH && tie -> winner = LEGS; SEEN(tie);
#endif
	:: else ->
		v = got[CELL(winner, s)] & VERSION;
		l = 0;
		do
		:: l < LEGS ->
			if
			:: VOTES(l) && (got[CELL(l, s)] & VERSION) != v ->
				losers = losers | BIT(l);
			:: else
			fi;
			l++;
		:: else -> break
		od
	fi;
	l = 0; k = 0; n = 0;
}

inline count_voters()
{
	voters = 0;
	k = 0;
	do
	:: k < LEGS ->
		voters = voters + (VOTES(k) -> 1 : 0);
		k++;
	:: else -> break
	od;
	k = 0;
}

/* The caller gets the winner of sector s: the assertion counts for itself. */
inline check_returned()
{
	v = got[CELL(winner, s)] & VERSION;
	tie = 0;
	most = 0;
	k = 0;
	do
	:: k < LEGS ->
		n = 0;
		l = 0;
		do
		:: l < LEGS ->
			n = n + ((VOTES(l) && VOTES(k) &&
				  (got[CELL(l, s)] & VERSION) ==
				  (got[CELL(k, s)] & VERSION)) -> 1 : 0);
			l++;
		:: else -> break
		od;
		if
		:: (got[CELL(k, s)] & VERSION) == v && VOTES(k) -> most = n;
		:: else -> tie = (n > tie -> n : tie);
		fi;
		k++;
	:: else -> break
	od;
	majority_returned = most >= THRESHOLD && most > tie;
	CHECK(majority_returned);
	write_not_undone = v <= WRITERS;
	CHECK(write_not_undone);
	write_not_undone = order[v] >= since[s];
	CHECK(write_not_undone);
	if
	:: order[v] < acked[s] -> SEEN(older_than_a_write_since_acknowledged);
	:: order[v] > acked[s] -> SEEN(write_seen_before_it_is_acknowledged);
	:: else
	fi;
	l = 0; k = 0; n = 0; v = 0; tie = 0;
}

/* Blame the losers of sector s. */
inline report_losers()
{
	l = 0;
	do
	:: l < LEGS ->
		damage_is_exact = !(losers & BIT(l)) || got[CELL(l, s)] & WRONG;
		CHECK(damage_is_exact);
		tie = (got[CELL(l, s)] | held[CELL(l, s)]) & WRONG;
#if PER_BLOCK > 1
		tie = tie | (held[CELL(l, 0)] | held[CELL(l, 1)]) & WRONG;
#endif
		healthy_not_blamed = !(losers & BIT(l)) || tie;
		CHECK(healthy_not_blamed);
		l++;
	:: else -> break
	od;
	l = 0; tie = 0;
}

#ifdef M_UNSETTLED_ASKED_TWICE
#define EXCUSED		(unsettled & BIT(block))
#else
#define EXCUSED		excused
#endif

/*
 * Vote on each sector of a block: sets differ, few if too few vote, no_winner if a
 * sector has none, and lost to the legs that lost in any. The action is what is
 * done with each.
 */
#define PART_VOTE	0
#define PART_SERVE	1
#define PART_JUDGE	2

/* Only under the lock. */
#ifdef M_NO_CONFIRMATION
#define MENDS		true
#else
#define MENDS		confirming
#endif

/* What has won is to be given to legs. */
inline keep_winner(action)
{
#ifdef REPAIR
	if
	:: action != PART_VOTE && MENDS -> win[s] = got[CELL(winner, s)] & VERSION;
	:: else
	fi
#else
	skip
#endif
}

inline do_parts(action)
{
	count_voters();
	few = voters < ENOUGH;
	differ = false;
	no_winner = false;
	lost = 0;
	s = 0;
	do
	:: s < SECTORS ->
		if
		:: what & BIT(s) && BLOCK_OF(s) == block ->
			vote_part();
			lost = lost | losers;
			if
			:: winner == LEGS -> no_winner = true;
			:: else ->
				if
				:: action == PART_JUDGE && losers && !EXCUSED ->
					report_losers();
				:: else
				fi;
				keep_winner(action);
				if
				:: action != PART_VOTE && !served ->
					check_returned();
				:: else
				fi
			fi
		:: else
		fi;
		s++;
	:: else -> break
	od;
	s = 0; most = 0; winner = 0; voters = 0; losers = 0; tie = 0; v = 0;
}

inline count_race()
{
	raced[block]++;
	race_counted_once = raced[block] <= 1;
	CHECK(race_counted_once);
}

#ifdef M_HINT_JUDGES
/* The first pass judges a block if all that lost are known to be bad there. */
inline may_judge()
{
	tie = true;
	l = 0;
	do
	:: l < LEGS ->
		if
		:: lost & BIT(l) && !(bad & OF(l, block)) -> tie = false;
		:: else
		fi;
		l++;
	:: else -> break
	od;
	l = 0;
	tie = tie || EXCUSED;
}
#else
#define may_judge()	tie = EXCUSED
#endif

#ifdef M_FIRST_PASS_FORGIVES
#define FORGIVES	true
#else
#define FORGIVES	confirming
#endif

/* All its parts have a winner. */
inline keep_block()
{
#ifdef REPAIR
	if
	:: MENDS -> kept = kept | BIT(block);
	:: else
	fi
#else
	skip
#endif
}

/* What to do about a block, once the votes are known. */
inline decide()
{
	may_judge();
	if
	:: !differ && !few ->
		act = PART_SERVE;
		if
		:: confirming && suspects & BIT(block) ->
			count_race();
			SEEN(only_a_race);
		:: else
		fi;
		if
		:: FORGIVES -> forget_winners();
		:: else
		fi;
		keep_block();
	:: (differ || few) && confirming ->
		act = (settled & BIT(block) -> PART_VOTE : PART_JUDGE);
		if
		:: settled & BIT(block) -> SEEN(judged_in_first_pass);
		:: else
		fi
	:: (differ || few) && !confirming ->
		if
#ifdef M_NO_CONFIRMATION
		:: true ->
			act = PART_JUDGE;
			settled = settled | BIT(block);
#else
		:: no_winner ->
			act = PART_VOTE;
			undecided = true;
			suspects = suspects | (differ -> BIT(block) : 0);
			SEEN(undecided_at_first);
		:: !no_winner && tie ->
			act = PART_JUDGE;
#ifndef M_COUNTED_TWICE
			settled = settled | BIT(block);
#endif
			if
			:: EXCUSED -> SEEN(excused_at_once);
			:: else
			fi
		:: else ->
			act = PART_SERVE;
			suspects = suspects | BIT(block);
#endif
		fi
	fi;
	tie = 0;
}

/* Those that lost are known for it from now on. */
inline count_losers()
{
	l = 0;
	do
	:: l < LEGS ->
		if
#ifndef M_NOT_REMEMBERED
		:: lost & BIT(l) -> bad = bad | OF(l, block);
#endif
		:: else
		fi;
		l++;
	:: else -> break
	od;
	l = 0;
	if
	:: lost & 1 ->
		blamed = blamed | BIT(block);
#ifndef M_NEVER_COUNTED
		times[block]++;
#endif
	:: else
	fi;
}

/* All that voted agree on this block; those that were stale did not vote. */
inline forget_winners()
{
	l = 0;
	do
	:: l < LEGS ->
		if
#if defined(M_NEVER_FORGIVEN)
#elif defined(M_PART_FORGIVES)
		:: VOTES(l) && bad & OF(l, block) ->
#else
		:: VOTES(l) && bad & OF(l, block) && COVERED(what) & BIT(block) ->
#endif
#ifndef M_NEVER_FORGIVEN
			bad = bad & ~OF(l, block);
			SEEN(found_right_and_forgotten);
#endif
		:: else
		fi;
		l++;
	:: else -> break
	od;
	l = 0;
}

#ifdef M_REPAIR_UNSETTLED
#define BEYOND_REPAIR	0
#else
#define BEYOND_REPAIR	unsettled
#endif

/* Those that lost are to be put right. */
inline note_wrong()
{
#ifdef REPAIR
	l = 0;
	do
	:: l < LEGS ->
		if
		:: lost & BIT(l) && MENDS && !(BEYOND_REPAIR & BIT(block)) ->
			wrong = wrong | OF(l, block);
		:: else
		fi;
		l++;
	:: else -> break
	od;
	l = 0;
	if
	:: lost & 1 && !no_winner && MENDS && !EXCUSED ->
		found = found | (what & IN_BLOCK(block));
	:: else
	fi;
	if
	:: lost && EXCUSED && MENDS -> SEEN(unsettled_and_not_repaired);
	:: else
	fi
#else
	skip
#endif
}

/* Once the parts are reported. */
inline judge()
{
	if
	:: no_winner;
	:: else -> keep_block();
	fi;
	note_wrong();
	if
	:: EXCUSED && lost ->
		count_race();
		if
		:: confirming -> SEEN(excused_under_the_lock);
		:: else
		fi
	:: !EXCUSED ->
		if
		:: confirming && lost -> SEEN(blamed_under_the_lock);
		:: else
		fi;
		count_losers();
	:: else
	fi;
	if
	:: no_winner && !served ->
		unanswered = true;
		SEEN(no_answer);
	:: no_winner && served -> SEEN(served_and_then_no_winner);
	:: else
	fi;
}

inline forget_versions()
{
	k = 0;
	do
	:: k < LEGS * SECTORS -> got[k] = 0; k++;
	:: else -> break
	od;
	k = 0;
	absent = 0;
#ifdef RECOVER
	missed = 0;
#endif
}

/*
 * Sets tie if a leg is known to be bad in any block of the read, or a walk may find
 * something to fill.
 */
inline known_bad()
{
	tie = false;
#ifndef M_HINT_IGNORED
	k = 0;
	do
	:: k < LEGS ->
		if
		:: bad & OF_ALL(k, TOUCHED(what)) -> tie = true;
		:: else
		fi;
		k++;
	:: else -> break
	od;
	k = 0;
#endif
#ifdef RECOVER
	tie = tie || (WALKS && LACKING);
#endif
}

/* What the read is measured by, before it begins. */
inline note_beginning()
{
	s = 0;
	do
	:: s < SECTORS ->
		since[s] = acked[s];
		if
		:: what & BIT(s) && held[CELL(0, s)] & WRONG ->
			was_wrong = was_wrong | BIT(BLOCK_OF(s));
		:: else
		fi;
		s++;
	:: else -> break
	od;
	s = 0;
	was_known = was_wrong & blamed;
	quiet = !in_flight;
	writes_before = nr_writes;
#ifdef REPAIR
	mended_before = mended;
#endif
#ifdef RESTORE
	quiet = false;
#endif
}

/* Then leg 0 may be right, and still be known to be bad. */
#if defined(REPAIR) && WRITE_ERRORS
#define REPAIR_FAILED(b) (write_errors && mended & BIT(b))
#else
#define REPAIR_FAILED(b) false
#endif

/* Else, what is known to be bad, or no leg was read at first. */
#define READ_TWICE	(undecided || suspects)

#if PER_BLOCK == 1
#define LEG_0_WRONG(b)	(held[b] & WRONG)
#else
#define LEG_0_WRONG(b)	((held[0] | held[1]) & WRONG)
#endif

#ifdef REPAIR
#define MENDED_SINCE	(mended & ~mended_before)
#else
#define MENDED_SINCE	0
#endif

/* The read is over: has leg 0 got what it deserves? */
inline check_counted()
{
	s = 0;
	do
	:: s < BLOCKS ->
		bad_counted_once = times[s] <= 1;
		CHECK(bad_counted_once);
		if
		:: quiet && nr_writes == writes_before && !in_flight &&
		   !(unsettled & BIT(s)) && !(stale & OF(0, s)) && !unanswered ->
			bad_counted_once = !(was_wrong & BIT(s)) || times[s] == 1 ||
					   MENDED_SINCE & BIT(s);
			CHECK(bad_counted_once);
			known_read_once = !(was_known & BIT(s)) || !READ_TWICE;
			CHECK(known_read_once);
			if
			:: was_known & BIT(s) -> SEEN(known_and_counted);
			:: was_wrong & ~was_known & BIT(s) -> SEEN(found_and_counted);
			:: else
			fi
		:: else
		fi;
		known_is_bad = !(confirming && COVERED(what) & BIT(s) &&
				 bad & OF(0, s)) || LEG_0_WRONG(s) ||
			       REPAIR_FAILED(s);
		CHECK(known_is_bad);
		times[s] = 0;
		raced[s] = 0;
		s++;
	:: else -> break
	od;
#ifdef ANSWERED
	read_is_answered = !unanswered;
	CHECK(read_is_answered);
#endif
	forget_versions();
	s = 0;
	do
	:: s < SECTORS -> since[s] = 0; s++;
	:: else -> break
	od;
	s = 0;
	quiet = 0; was_wrong = 0; was_known = 0; writes_before = 0;
	confirming = 0; excused = 0; served = 0; undecided = 0; unanswered = 0;
	suspects = 0; settled = 0; block = 0; what = 0;
#ifdef REPAIR
	s = 0;
	do
	:: s < SECTORS -> win[s] = 0; s++;
	:: else -> break
	od;
	s = 0;
	kept = 0; wrong = 0; mended_before = 0;
#endif
}

/*
 *--------------------------------------------------------------------
 * Repair
 *--------------------------------------------------------------------
 */

#define THE_LEGS(set)	((set) >> (leg * BLOCKS) & ALL_BLOCKS)

/* The leg gets what has won, in some blocks. */
inline give_winner(blocks)
{
	s = 0;
	do
	:: s < SECTORS ->
		if
		:: what & BIT(s) && (blocks) & BIT(BLOCK_OF(s)) ->
			held[CELL(leg, s)] = win[s];
		:: else
		fi;
		s++;
	:: else -> break
	od;
	s = 0;
	if
	:: leg == 0 -> mended = mended | (blocks);
	:: else
	fi
}

/* The leg fails that; it may hold it or not. */
inline fail_repair()
{
	write_errors++;
	if
	:: leg == 0 -> found = found & ~what;
	:: else
	fi;
	SEEN(repair_fails);
}

/* Is the leg to blame for something in each of these blocks? */
inline check_rewritten(blocks)
{
	s = 0;
	do
	:: s < BLOCKS ->
		tie = (got[CELL(leg, s * PER_BLOCK)] |
		       held[CELL(leg, s * PER_BLOCK)]) & WRONG;
#if PER_BLOCK > 1
		tie = tie | (got[CELL(leg, 1)] | held[CELL(leg, 1)]) & WRONG;
#endif
		healthy_not_rewritten = !((blocks) & BIT(s)) || tie;
		CHECK(healthy_not_rewritten);
		s++;
	:: else -> break
	od;
	s = 0; tie = 0;
}

/* Sets todo to the blocks that the leg has been given. */
inline rewrite()
{
	todo = THE_LEGS(wrong) & kept & ~BEYOND_REPAIR;
#ifdef M_NOT_REPAIRED
	todo = 0;
#endif
	if
	:: todo && usable & BIT(leg) ->
		check_rewritten(todo);
		if
		:: true ->
			give_winner(todo);
			SEEN(repaired);
			if
			:: in_flight -> SEEN(repaired_beside_a_write);
			:: else
			fi
#if WRITE_ERRORS && !defined(FIRST_FAILS)
		:: write_errors < WRITE_ERRORS ->
			fail_repair();
			todo = 0;
		:: write_errors < WRITE_ERRORS ->
			give_winner(todo);
			fail_repair();
			todo = 0;
#endif
		fi;
		check_voters();
	:: else -> todo = 0;
	fi
}

/* It has been read back, and is right. */
inline rewritten()
{
	if
	:: todo ->
		if
		:: todo & ~COVERED(what) -> SEEN(repaired_in_part);
		:: else
		fi;
		todo = todo & COVERED(what);
#ifndef M_REPAIR_KEEPS_HINT
		bad = bad & ~OF_ALL(leg, todo);
#endif
		if
		:: leg == 0 -> blamed = blamed & ~todo;
		:: else
		fi;
		todo = 0;
	:: else
	fi
}

#ifdef RECOVER
inline leave_stale()
{
	stale = stale & ~OF_ALL(leg, todo & COVERED(what));
	check_voters();
}

/* What the leg missed; sets todo as rewrite() does. */
inline fill()
{
	todo = (WALKS -> THE_LEGS(missed) & kept : 0);
	if
	:: todo && usable & BIT(leg) ->
		if
		:: true ->
#ifdef M_IN_SYNC_FIRST
			leave_stale();
#else
			give_winner(todo);
#endif
			SEEN(filled);
			if
			:: todo & unsettled -> SEEN(filled_where_unsettled);
			:: else
			fi
#if WRITE_ERRORS && !defined(FIRST_FAILS)
		:: write_errors < WRITE_ERRORS ->
			fail_repair();
			SEEN(fill_fails);
			todo = 0;
#endif
		fi;
		check_voters();
	:: else -> todo = 0;
	fi
}

inline filled()
{
	if
	:: todo ->
#ifdef M_IN_SYNC_FIRST
		give_winner(todo);
#else
		leave_stale();
#endif
		todo = 0;
	:: else
	fi
}
#endif

inline check_found()
{
	s = 0;
	do
	:: s < SECTORS ->
		found_is_right = !(confirming && what & found & BIT(s)) ||
				 !(held[s] & WRONG);
		CHECK(found_is_right);
		s++;
	:: else -> break
	od;
	s = 0;
}

/*
 *--------------------------------------------------------------------
 * A read from its beginning to its end
 *--------------------------------------------------------------------
 */

/*
 * Where something that matters here can change between two steps. Without write
 * errors and failed legs nothing is stale or unsettled, and the steps are one.
 */
#if WRITE_ERRORS || defined(RESTORE)
#define BETWEEN		}; atomic {
#else
#define BETWEEN
#endif
#if defined(M_UNSETTLED_ASKED_TWICE) || defined(M_CALLERS_PAGES_VOTED)
#define GAP		}; atomic {
#else
#define GAP
#endif

#if defined(M_UNLOCKED_CONFIRMATION)
#define LOCKS		false
#elif defined(M_HINT_UNLOCKED)
#define LOCKS		READ_TWICE
#else
#define LOCKS		true
#endif

#if defined(REPAIR) && defined(M_REPAIR_UNLOCKED)
#define UNLOCKS		false
#else
#define UNLOCKS		(confirming && LOCKS)
#endif

#ifdef RECOVER
#define WORTH		(WALKS && missed)
#define TO_MEND		(wrong | missed)
#else
#define WORTH		false
#define TO_MEND		wrong
#endif

proctype reader(byte me)
{
	byte what, leg, block, absent;
	byte got[LEGS * SECTORS], since[SECTORS], times[BLOCKS], raced[BLOCKS];
	byte suspects, settled;			/* blocks, a bit each */
	bool undecided, unanswered, served, confirming, excused;
	byte writes_before, was_wrong, was_known, todo;
	bool quiet;
#ifdef REPAIR
	byte win[SECTORS], wrong;
	byte kept, mended_before;		/* blocks, a bit each */
#endif
#ifdef RECOVER
	byte missed;				/* OF() of legs and blocks */
#endif

	atomic {
		what_to_read();
		note_beginning();
		known_bad();
		if
		:: tie ->
			tie = 0;
			SEEN(known_at_once);
			goto confirm;
		:: else
		fi
	};

	/* quorum_read_legs() */
read_legs:
#ifdef RESTORE
	atomic { who_is_asked(); };
#endif
#if WRITE_ERRORS || defined(RESTORE)
	do
	:: leg < LEGS -> atomic { ask(leg); leg++; }
	:: else -> leg = 0; break
	od;
#endif
	do
	:: leg < LEGS -> d_step { read_leg(leg); leg++; }
	:: else -> leg = 0; break
	od;
#if SCRIBBLES
	atomic {
		if
		:: !confirming && scribbles < SCRIBBLES ->
			scribble();
			SEEN(buffer_changed);
		:: true
		fi;
	};
#endif

	/* vote_on_read(), for each block */
vote_on_read:
	do
	:: block < BLOCKS && TOUCHED(what) & BIT(block) ->
		atomic {
			fill_ballot();
			BETWEEN
			excused = (unsettled & BIT(block) -> 1 : 0);
			BETWEEN
			do_parts(PART_VOTE);
			decide();
			todo = act;
			GAP
#ifdef M_CALLERS_PAGES_VOTED
			if
			:: !confirming && scribbles < SCRIBBLES -> scribble();
			:: true
			fi;
#endif
			do_parts(todo);
			if
			:: todo == PART_JUDGE -> judge();
			:: else
			fi;
			todo = 0; excused = 0; differ = 0; few = 0; lost = 0;
			no_winner = 0; act = 0;
			block++;
		}
	:: block < BLOCKS && !(TOUCHED(what) & BIT(block)) -> block++;
	:: else -> break
	od;

#ifdef REPAIR
	/* quorum_repair() */
#ifdef M_REPAIR_UNLOCKED
	if
	:: confirming && LOCKS -> locked = locked & ~CONFIRM_RANGE(what);
	:: else
	fi;
#endif
	do
	:: leg < LEGS && MENDS && THE_LEGS(TO_MEND) ->
		atomic { rewrite(); };
#ifdef RECOVER
		atomic { rewritten(); fill(); };
		atomic { filled(); };
#else
		atomic { rewritten(); };
#endif
		leg++;
	:: leg < LEGS && !(MENDS && THE_LEGS(TO_MEND)) -> leg++;
	:: else -> leg = 0; break
	od;
#endif

	/* end_first_pass() or quorum_confirm_end() */
	atomic {
		block = 0;
		if
		:: confirming || (!READ_TWICE && !WORTH) ->
#ifdef REPAIR
			check_found();
#endif
			if
			:: UNLOCKS -> locked = locked & ~CONFIRM_RANGE(what);
			:: else
			fi;
			check_counted();
			goto out;
		:: else ->
			served = !undecided && !WALKS;
			if
			:: served -> SEEN(served_before_confirmation);
			:: else
			fi
		fi;
confirm:
		/* quorum_confirm() and confirm_work() */
		if
		:: LOCKS ->
			if
			:: locked & CONFIRM_RANGE(what) && READ_TWICE ->
				SEEN(confirmation_waits);
			:: locked & CONFIRM_RANGE(what) && !READ_TWICE ->
				SEEN(known_and_waits);
			:: else
			fi;
			!(locked & CONFIRM_RANGE(what));
			locked = locked | CONFIRM_RANGE(what);
		:: else
		fi;
		confirming = true;
#ifdef M_FIRST_VOTE_COUNTS
		goto vote_on_read;
#else
		forget_versions();
		goto read_legs;
#endif
	};
out:	skip
}

#if CORRUPTIONS
/* Leg 0 goes bad in one sector, at any time. */
proctype rot()
{
	if
	:: atomic {
		corruptions < CORRUPTIONS ->
		corruptions++;
#ifdef REPAIR
		found = 0;
#endif
		if
		:: held[CELL(0, 0)] = GARBAGE | WRONG;
#if SECTORS > 1
		:: held[CELL(0, 1)] = GARBAGE | WRONG;
#endif
		fi
	   }
	:: true
	fi
}
#endif

#ifdef RESTORE
/* Whoever fails or restores a leg waits for nobody. */
proctype away()
{
	usable = usable & ~BIT(1);
	atomic {
		usable = usable | BIT(1);
		if
		:: stale & OF_ALL(1, ALL_BLOCKS) -> SEEN(restored_and_stale);
		:: else -> SEEN(restored_and_in_sync);
		fi
	}
}
#endif

init
{
	byte i;

	atomic {
#ifdef BEGIN_BAD
		/* bad from the beginning, and known for it or not */
		held[0] = GARBAGE | WRONG;
		if
		:: bad = OF(0, 0); blamed = BIT(0);
		:: true
		fi;
#if BEGIN_BAD > 1
		held[CELL(0, 1)] = GARBAGE | WRONG;
#endif
#endif
#ifdef OUTDATED
		bad = OF(0, 0);
#endif
		i = 1;
		do
		:: i <= WRITERS -> run writer(i); i++;
		:: else -> break
		od;
		i = 0;
		do
		:: i < READERS -> run reader(i); i++;
		:: else -> break
		od;
#if CORRUPTIONS
		run rot();
#endif
#ifdef RESTORE
		run away();
#endif
		i = 0;
	};

	_nr_pr == 1;
	atomic {
#ifdef REPAIR
		s = 0;
		do
		:: s < SECTORS ->
			found_is_right = !(found & BIT(s)) || !(held[s] & WRONG);
			CHECK(found_is_right);
			s++;
		:: else -> break
		od;
		s = 0;
#endif
#if !defined(OUTDATED) && !(defined(REPAIR) && PER_BLOCK > 1)
		s = 0;
		do
		:: s < BLOCKS ->
			known_is_bad = !(bad & OF(0, s)) || LEG_0_WRONG(s) ||
				       REPAIR_FAILED(s);
			CHECK(known_is_bad);
			s++;
		:: else -> break
		od;
		s = 0;
#endif
		legs_identical = true;
		l = 0;
		do
		:: l < LEGS * SECTORS ->
			k = 0;
			do
			:: k < LEGS * SECTORS ->
				if
				:: l % SECTORS == k % SECTORS &&
				   !(unsettled & BIT(BLOCK_OF(l % SECTORS))) &&
				   !(stale & (OF(l / SECTORS, BLOCK_OF(l % SECTORS)) |
					      OF(k / SECTORS, BLOCK_OF(k % SECTORS)))) &&
				   !((held[l] | held[k]) & WRONG) ->
					legs_identical = held[l] == held[k];
					CHECK(legs_identical);
				:: else
				fi;
				k++;
			:: else -> break
			od;
			l++;
		:: else -> break
		od;
		l = 0; k = 0;
	}
}
