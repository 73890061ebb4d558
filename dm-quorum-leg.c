// SPDX-License-Identifier: GPL-2.0-only
/*
 * The legs: which of them take requests, and when one is sent no more.
 */

#include "dm-quorum.h"

/**
 * quorum_usable_legs - the legs that take requests
 * @q: the target
 *
 * Context: any. A leg may be failed at any time; a request that is sent to it
 * all the same does no harm.
 * Return: a bit for each leg.
 */
u32 quorum_usable_legs(const struct quorum *q)
{
	unsigned int leg;
	u32 usable = 0;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (quorum_leg_usable(&q->legs[leg]))
			usable |= BIT(leg);

	return usable;
}

/**
 * quorum_legs_in_sync - does no leg lack anything?
 * @q: the target
 *
 * Context: any.
 * Return: true if all legs that take requests are in sync.
 */
bool quorum_legs_in_sync(struct quorum *q)
{
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (quorum_leg_usable(&q->legs[leg]) &&
		    !quorum_leg_in_sync(&q->legs[leg]))
			return false;

	return true;
}

/**
 * quorum_leg_missed - note that a leg misses a write
 * @q: the target
 * @leg: number of the leg
 * @sector: first device sector of the write
 * @sectors: number of sectors
 *
 * What cannot be kept is not lost: the leg is stale as a whole then.
 *
 * Context: may not be called from interrupts.
 */
void quorum_leg_missed(struct quorum *q, unsigned int leg, sector_t sector,
		       sector_t sectors)
{
	struct quorum_leg *l = &q->legs[leg];

	if (!quorum_blocks_add(&l->stale, sector, sectors, QUORUM_BLOCKS_GFP))
		return;

	DMWARN_LIMIT("%s: no memory to note what leg %u missed, all of it is stale",
		     dm_table_device_name(q->ti->table), leg);
	spin_lock(&q->leg_lock);
	l->lost_track++;
	atomic64_set(&l->recovered, 0);
	spin_unlock(&q->leg_lock);
}

/**
 * quorum_fail_leg - send a leg no more requests
 * @q: the target
 * @leg: number of a leg that is present
 *
 * Context: any.
 */
void quorum_fail_leg(struct quorum *q, unsigned int leg)
{
	struct quorum_report report = {
		.action = QUORUM_LEG_FAILED,
		.leg = leg,
		.byte = QUORUM_NO_BYTE,
	};

	if (test_and_set_bit(QUORUM_LEG_IS_FAILED, &q->legs[leg].flags))
		return;

	DMERR_LIMIT("%s: leg %u (%s) failed",
		    dm_table_device_name(q->ti->table), leg,
		    q->legs[leg].dev->name);
	quorum_events_report(q, &report);
}

/**
 * quorum_restore_leg - send a failed leg requests again
 * @q: the target
 * @leg: number of the leg
 *
 * It lacks what was written meanwhile, all of which has been noted: whoever
 * finds the leg failed and does not write to it notes that before.
 *
 * Context: any but interrupts.
 * Return: false if the leg is not failed.
 */
bool quorum_restore_leg(struct quorum *q, unsigned int leg)
{
	struct quorum_leg *l = &q->legs[leg];
	bool failed;

	spin_lock(&q->leg_lock);
	failed = test_bit(QUORUM_LEG_IS_FAILED, &l->flags);
	if (failed) {
		atomic_set(&l->bad_in_row, 0);
		atomic64_set(&l->repair_after, 0);
		/* Whatever is being written to others, it was not to this. */
		l->lost_track++;
		set_bit(QUORUM_LEG_IS_RESTORED, &l->flags);
		clear_bit(QUORUM_LEG_IS_FAILED, &l->flags);
	}
	spin_unlock(&q->leg_lock);

	return failed;
}

/**
 * quorum_leg_good - a leg was right in a request
 * @q: the target
 * @leg: number of the leg
 *
 * Context: any.
 */
void quorum_leg_good(struct quorum *q, unsigned int leg)
{
	/* Reading first keeps the cache line shared while all is well. */
	if (unlikely(atomic_read(&q->legs[leg].bad_in_row)))
		atomic_set(&q->legs[leg].bad_in_row, 0);
}

/* Legs other than @leg that may vote everywhere. */
static unsigned int nr_good_others(struct quorum *q, unsigned int leg)
{
	unsigned int other, nr = 0;

	for (other = 0; other < q->nr_legs; other++)
		nr += other != leg && quorum_leg_usable(&q->legs[other]) &&
		      quorum_leg_in_sync(&q->legs[other]);

	return nr;
}

/**
 * quorum_leg_bad - a leg failed a request or lost a vote in it
 * @q: the target
 * @leg: number of the leg
 *
 * The leg that reaches max_leg_errors is failed, unless the others would be too
 * few to vote: half a chance to read the data is better than none.
 *
 * Context: may not be called from interrupts.
 */
void quorum_leg_bad(struct quorum *q, unsigned int leg)
{
	unsigned int bad = atomic_inc_return(&q->legs[leg].bad_in_row);

	if (!q->max_leg_errors || bad < q->max_leg_errors)
		return;

	spin_lock(&q->leg_lock);
	if (quorum_leg_usable(&q->legs[leg]) &&
	    nr_good_others(q, leg) >= q->vote_threshold)
		quorum_fail_leg(q, leg);
	spin_unlock(&q->leg_lock);
}
