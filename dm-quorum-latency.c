// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which leg reads straight into the caller's pages: the first that is not slow.
 *
 * Those pages cannot be taken back from a leg that hangs, and a slow one is the
 * likeliest to. All legs of one read in a while are timed. Which of two healthy
 * legs is the faster by a little makes no difference, and a single late answer
 * says nothing, so a leg is slow that took several times as long as the fastest
 * in several of these reads in a row.
 */

#include "dm-quorum.h"

/* Longer than so many times what the fastest leg took, and so much, is slow. */
#define SLOW_FACTOR		4
#define SLOW_NS			NSEC_PER_MSEC

/* Reads in a row in which a leg is slow before it counts as that. */
#define SLOW_IN_ROW		4

/**
 * quorum_latency_begin - a read is about to be sent; time it, if it is time
 * @io: the read
 *
 * Context: any.
 */
void quorum_latency_begin(struct quorum_io *io)
{
	struct quorum *q = io->q;
	unsigned long now = jiffies;

	io->sent = 0;
	/* One read a tick; nothing is lost if two are timed. */
	if (likely(READ_ONCE(q->timed) == now))
		return;

	WRITE_ONCE(q->timed, now);
	io->sent = ktime_get_ns();
}

/**
 * quorum_latency_landed - a leg has answered a read
 * @leg_io: the leg's part
 *
 * Context: any.
 */
void quorum_latency_landed(struct quorum_leg_io *leg_io)
{
	if (unlikely(leg_io->io->sent))
		leg_io->took = ktime_get_ns() - leg_io->io->sent;
}

/**
 * quorum_latency_end - all legs have answered a read
 * @io: the read
 *
 * Context: any. Two reads may be judged at a time: both say something true, and
 * if one is lost the next comes in a tick.
 */
void quorum_latency_end(struct quorum_io *io)
{
	unsigned long landed = io->asked & io->landed & ~io->failed;
	u64 fastest = U64_MAX;
	unsigned int leg;

	if (likely(!io->sent))
		return;

	quorum_for_each_leg(leg, landed)
		fastest = min(fastest, io->legs[leg].took);
	quorum_for_each_leg(leg, landed) {
		struct quorum_leg *l = &io->q->legs[leg];
		bool slow = io->legs[leg].took > SLOW_FACTOR * fastest + SLOW_NS;

		WRITE_ONCE(l->slow_in_row,
			   slow ? min(READ_ONCE(l->slow_in_row) + 1,
				      SLOW_IN_ROW) : 0);
	}
}

/**
 * quorum_latency_nearest - which leg is to read into the caller's pages?
 * @q: the target
 * @legs: those that are asked, at least one
 *
 * Context: any.
 * Return: the number of the leg.
 */
unsigned int quorum_latency_nearest(const struct quorum *q, u32 legs)
{
	unsigned int leg;

	quorum_for_each_leg(leg, legs)
		if (likely(READ_ONCE(q->legs[leg].slow_in_row) < SLOW_IN_ROW))
			return leg;

	return __ffs(legs);
}
