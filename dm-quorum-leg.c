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
 * all the same does no harm, and lets it go.
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
 * quorum_leg_health - how a leg is
 * @leg: the leg
 *
 * Context: any.
 * Return: a letter of dm-raid's: A in sync, a not yet, D failed, or - for absent.
 */
char quorum_leg_health(struct quorum_leg *leg)
{
	if (!leg->dev)
		return '-';
	if (!quorum_leg_usable(leg))
		return 'D';
	return quorum_leg_in_sync(leg) ? 'A' : 'a';
}

/**
 * quorum_leg_name - what the status and the table call a leg
 * @leg: the leg
 *
 * Context: any.
 * Return: its device's number as a string, or QUORUM_ABSENT_LEG.
 */
const char *quorum_leg_name(const struct quorum_leg *leg)
{
	return leg->dev ? leg->dev->name : QUORUM_ABSENT_LEG;
}

/* Returns false if the leg is stale as a whole, because that cannot be kept. */
static bool note_lacks(struct quorum *q, unsigned int leg, sector_t sector,
		       sector_t sectors)
{
	struct quorum_leg *l = &q->legs[leg];

	if (!quorum_blocks_add(&l->stale, sector, sectors, QUORUM_BLOCKS_GFP))
		return true;

	DMWARN_LIMIT("%s: no memory to note what leg %u missed, all of it is stale",
		     dm_table_device_name(q->ti->table), leg);
	spin_lock(&q->leg_lock);
	l->lost_track++;
	atomic64_set(&l->recovered, 0);
	spin_unlock(&q->leg_lock);
	return false;
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
	if (note_lacks(q, leg, sector, sectors))
		quorum_log_want(q, leg, sector, sectors);
	else
		quorum_log_want(q, leg, q->ti->begin, q->ti->len);
}

/**
 * quorum_legs_missed_late - note that legs miss a write that was acknowledged
 * @q: the target
 * @kept: the legs that do not miss it
 * @sector: first device sector of the write
 * @sectors: number of sectors
 *
 * It is too late to refuse the write because the log cannot tell so much. It is
 * known until the target goes.
 *
 * Context: may not be called from interrupts.
 */
void quorum_legs_missed_late(struct quorum *q, unsigned long kept,
			     sector_t sector, sector_t sectors)
{
	unsigned int leg;

	for_each_clear_bit(leg, &kept, q->nr_legs)
		if (q->legs[leg].dev)
			note_lacks(q, leg, sector, sectors);
}

/* An absent leg may come back with another table: the log will know. */
static void note_missed(struct quorum *q, unsigned long kept, sector_t sector,
			sector_t sectors)
{
	unsigned int leg;

	for_each_clear_bit(leg, &kept, q->nr_legs)
		if (q->legs[leg].dev || q->log)
			quorum_leg_missed(q, leg, sector, sectors);
}

/* The same where all is marked, and stays so if it is noted in time. */
static void note_marked(struct quorum *q, unsigned long missed, sector_t sector,
			sector_t sectors)
{
	unsigned int leg;

	for_each_set_bit(leg, &missed, q->nr_legs)
		if (!note_lacks(q, leg, sector, sectors))
			quorum_log_want(q, leg, q->ti->begin, q->ti->len);
}

/* Unless too few would be left in a region of the log. */
static bool note_spared(struct quorum *q, u32 kept, sector_t sector,
			sector_t sectors)
{
	bool spared;

	mutex_lock(&q->miss_lock);
	spared = quorum_log_spares(q, kept, sector, sectors);
	if (spared)
		note_missed(q, kept, sector, sectors);
	mutex_unlock(&q->miss_lock);

	return spared;
}

/**
 * quorum_legs_missed - note that all legs but some miss a write
 * @q: the target
 * @kept: the legs that do not miss it
 * @sector: first device sector of the write
 * @sectors: number of sectors
 *
 * With a log, quorum_log_note() is to follow before the write is acknowledged.
 *
 * Context: may sleep.
 * Return: false, with no mark asked for, if the log could not tell what enough legs
 * hold after that: the write must fail then.
 */
bool quorum_legs_missed(struct quorum *q, u32 kept, sector_t sector,
			sector_t sectors)
{
	u32 missed = ~kept & (u32)(BIT_ULL(q->nr_legs) - 1);

	if (!missed)
		return true;
	if (!q->log) {
		note_missed(q, kept, sector, sectors);
		return true;
	}

	/*
	 * So it is once a leg has been failed for a while: without the lock, and
	 * so without a mark that is not there.
	 */
	if (quorum_log_knows(q, missed, sector, sectors)) {
		note_marked(q, missed, sector, sectors);
		if (quorum_log_knows(q, missed, sector, sectors))
			return true;
	}

	if (note_spared(q, kept, sector, sectors))
		return true;
	quorum_log_take_back(q);
	return note_spared(q, kept, sector, sectors);
}

/* Without memory for it, the leg cannot be let go. */
static blk_status_t send_flush(struct quorum *q, unsigned int leg)
{
	struct quorum_io *io = quorum_io_alloc_flush(q);
	blk_status_t status;
	int r;

	if (!io) {
		r = blkdev_issue_flush(q->legs[leg].dev->bdev);
		return errno_to_blk_status(r);
	}

	quorum_leg_bio_nodata(io, leg);
	status = quorum_leg_wait(io, leg, io->legs[leg].bio);
	quorum_io_end(io, BLK_STS_OK);

	return status;
}

/**
 * quorum_flush_leg - have a leg make last what it was given
 * @q: the target
 * @leg: number of a leg that is present
 *
 * A failure is told, and counted if it is the leg's fault.
 *
 * Context: may sleep; waits for the leg, or until it is failed.
 * Return: how it ended, or QUORUM_STS_LET_GO if the leg is failed.
 */
blk_status_t quorum_flush_leg(struct quorum *q, unsigned int leg)
{
	struct quorum_report report = {
		.action = QUORUM_REPORT_BAD,
		.type = QUORUM_TYPE_FLUSH,
		.leg = leg,
		.voters = 1,
		.byte = QUORUM_NO_BYTE,
	};

	report.error = send_flush(q, leg);
	if (!report.error || report.error == QUORUM_STS_LET_GO)
		return report.error;

	quorum_events_report(q, &report);
	if (quorum_status_blames(REQ_OP_FLUSH, report.error)) {
		atomic64_inc(&q->legs[leg].write_errors);
		quorum_leg_bad(q, leg);
	}
	return report.error;
}

/**
 * quorum_fail_leg - send a leg no more requests
 * @q: the target
 * @leg: number of a leg that is present
 *
 * Context: with leg_lock held. Once that is dropped, quorum_let_go() is to follow,
 * for what the leg has in flight.
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
 * finds the leg failed and does not write to it notes that before. And nothing of
 * what it was let go with may still come, over what it is given from now on.
 *
 * Context: any but interrupts.
 * Return: 0, -EINVAL if the leg is not failed, or -EBUSY if it hangs.
 */
int quorum_restore_leg(struct quorum *q, unsigned int leg)
{
	struct quorum_leg *l = &q->legs[leg];
	int r = 0;

	spin_lock(&q->leg_lock);
	if (!test_bit(QUORUM_LEG_IS_FAILED, &l->flags)) {
		r = -EINVAL;
	} else if (quorum_leg_hangs(q, leg)) {
		r = -EBUSY;
	} else {
		atomic_set(&l->bad_in_row, 0);
		atomic64_set(&l->repair_after, 0);
		/* Whatever is being written to others, it was not to this. */
		l->lost_track++;
		set_bit(QUORUM_LEG_IS_RESTORED, &l->flags);
		clear_bit(QUORUM_LEG_IS_FAILED, &l->flags);
	}
	spin_unlock(&q->leg_lock);

	return r;
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
	bool fail;

	if (!q->max_leg_errors || bad < q->max_leg_errors)
		return;

	spin_lock(&q->leg_lock);
	fail = quorum_leg_usable(&q->legs[leg]) &&
	       nr_good_others(q, leg) >= q->vote_threshold;
	if (fail)
		quorum_fail_leg(q, leg);
	spin_unlock(&q->leg_lock);
	if (fail)
		quorum_let_go(q);
}
