// SPDX-License-Identifier: GPL-2.0-only
/*
 * Confirmation: legs that differ are read once more while nothing can change.
 *
 * The legs may have differed only because a write was on its way to them, or
 * because the caller changed the buffer that one of them was read into. So the
 * range is taken, which waits for the writes in flight and holds off others, all
 * legs are read into private pages, and that vote counts.
 *
 * A read whose blocks all had a winner is answered before. The number of reads
 * that go on like this is bounded; past the bound, the caller waits. A block
 * that has been confirmed to be bad is remembered until it is written or found
 * to be right: it is read once, under the range, and what is found counts.
 *
 * With rewrite_corrupted, legs that lost or failed under the range are repaired
 * while it is still held: no write can come between the vote and the repair, so
 * what is written is what was acknowledged last.
 */

#include "dm-quorum.h"

/* Answer the caller now, if so many requests may go on without one. */
static void detach_caller(struct quorum_io *io, blk_status_t status)
{
	struct bio *bio = io->bio;

	if (!bio ||
	    !atomic_add_unless(&io->q->nr_detached, 1, QUORUM_MAX_DETACHED))
		return;

	io->bio = NULL;
	bio->bi_status = status;
	bio_endio(bio);
}

/* The range is held. */
static void confirm_work(struct work_struct *work)
{
	struct quorum_io *io = container_of(work, struct quorum_io, work);

	set_bit(QUORUM_IO_LOCKED, &io->flags);
	if (io->q->log && !test_bit(QUORUM_IO_WALKS, &io->flags) &&
	    quorum_io_unsettled(io))
		io->mend |= QUORUM_MEND_UNSETTLED;
	if (test_bit(QUORUM_IO_WALKS, &io->flags) &&
	    io->mend & QUORUM_MEND_UNSETTLED)
		io->unsure = quorum_io_unsettled(io);
	if (!quorum_read_legs(io, true))
		quorum_engine_queue(io);
}

static void grant_confirm(struct quorum_range *range)
{
	struct quorum_io *io = container_of(range, struct quorum_io, range);

	queue_work(io->q->vote_wq, &io->work);
}

/*
 * The range of all vote blocks that the read touches. What is found is noted
 * for blocks as a whole, so nothing may be written to any part of them.
 */
static void init_range(struct quorum_io *io)
{
	struct dm_target *ti = io->q->ti;
	sector_t start = round_down(io->sector, QUORUM_BLOCK_SECTORS);
	sector_t end = round_up(io->sector + quorum_io_sectors(io),
				QUORUM_BLOCK_SECTORS);

	start = max(start, ti->begin);
	end = min(end, ti->begin + ti->len);
	/* A read lies in one chunk, so this cannot fail. */
	quorum_range_init(&io->range, dm_target_offset(ti, start), end - start,
			  QUORUM_GFP);
	io->range.grant = grant_confirm;
}

/**
 * quorum_confirm - read again under the range lock, and let that count
 * @io: the read; no leg has any of it in flight. One that has not been sent at
 *	all, for want of memory or because it would disagree, is read for the
 *	first time
 *
 * Context: any but interrupts.
 */
void quorum_confirm(struct quorum_io *io)
{
	quorum_io_doubt(io);
	quorum_io_forget(io);
	if (test_bit(QUORUM_IO_SERVED, &io->flags))
		detach_caller(io, BLK_STS_OK);

	INIT_WORK(&io->work, confirm_work);
	init_range(io);
	if (quorum_range_lock(&io->q->ranges, &io->range))
		grant_confirm(&io->range);
}

/*
 * What of a walk could not be settled stays known when the walk has gone on. And
 * what of a read could not be may read differently another time.
 */
static blk_status_t judge_unsure(struct quorum_io *io, blk_status_t status)
{
	struct quorum *q = io->q;
	unsigned int block;

	if (!test_bit(QUORUM_IO_WALKS, &io->flags)) {
		/* What a caller has, all legs held that may vote. */
		if (status || test_bit(QUORUM_IO_SERVED, &io->flags))
			return status;
		return quorum_io_failure(io, BLK_STS_IOERR,
					 hweight64(io->unsure),
					 hweight32(io->won),
					 hweight_long(io->asked & ~io->failed));
	}

	for (block = 0; block < QUORUM_IO_BLOCKS; block++)
		if (io->unsure & BIT_ULL(block) &&
		    quorum_blocks_add(&q->unsettled,
				      quorum_io_block_sector(io, block), 1,
				      QUORUM_BLOCKS_GFP))
			WRITE_ONCE(q->sync.lost_track, true);

	return status;
}

/* Tell of the legs that did not fail again. */
static void tell_doubted(struct quorum_io *io)
{
	unsigned int leg;

	io->failed = io->doubted & ~io->told & ~(unsigned long)io->erred;
	for_each_set_bit(leg, &io->failed, io->q->nr_legs) {
		io->legs[leg].status = io->legs[leg].first_status;
		quorum_leg_error(io, leg, io->sector, quorum_io_sectors(io));
	}
}

/**
 * quorum_confirm_end - judge the legs by a read, repair them, and end it
 * @io: the read; gone on return
 * @status: what the caller gets, if it still waits
 *
 * Context: a worker of the device, may sleep: quorum_confirm_drain() relies on
 * that.
 */
void quorum_confirm_end(struct quorum_io *io, blk_status_t status)
{
	struct quorum *q = io->q;
	bool detached;

	/* Without what has won, the block engine has done it, or cannot. */
	if (unlikely(io->copy.nr_vecs && quorum_repair_worth(io))) {
		if (!io->unsure)
			detach_caller(io, status);
		quorum_repair(io);
	}
	if (unlikely(io->unsure))
		status = judge_unsure(io, status);
	if (unlikely(io->doubted))
		tell_doubted(io);
	quorum_tally_legs(io);
	detached = !io->bio && !io->late &&
		   !test_bit(QUORUM_IO_WALKS, &io->flags);
	if (test_bit(QUORUM_IO_LOCKED, &io->flags))
		quorum_range_unlock(&q->ranges, &io->range);
	if (test_bit(QUORUM_IO_WALKS, &io->flags))
		quorum_sync_landed(io);
	quorum_io_end(io, status);

	if (detached && atomic_dec_and_test(&q->nr_detached))
		wake_up(&q->detached_wait);
}

/**
 * quorum_confirm_drain - wait for the reads that device-mapper does not know of
 * @q: the target, which gets no new requests
 *
 * Context: may sleep.
 */
void quorum_confirm_drain(struct quorum *q)
{
	wait_event(q->detached_wait, !atomic_read(&q->nr_detached));
	/* The last of them may just be about to return from its work. */
	flush_workqueue(q->agree_wq);
	flush_workqueue(q->vote_wq);
	flush_workqueue(q->engine.wq);
}
