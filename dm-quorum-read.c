// SPDX-License-Identifier: GPL-2.0-only
/*
 * One read, from map to bio_endio.
 *
 * quorum_read() sends it to every usable leg; leg_read_end() runs as each leg
 * lands; its work looks at what has landed and, after the last, votes block by
 * block. If all agree that is the end of it. Otherwise, with a
 * task, vote_on_read() has a closer look; if the legs differ the request goes to
 * quorum_confirm(), which sends it through here once more, and for good.
 * With read_pattern fast the same work may answer the caller before the last leg,
 * and otherwise goes on as if it had not. read_pattern fifo takes the shorter way
 * of the functions named fifo_*.
 */

#include "dm-quorum.h"
#include <linux/highmem.h>

/*
 *--------------------------------------------------------------------
 * All legs and vote
 *--------------------------------------------------------------------
 */

/* Where in its segments a leg's version of the request begins. */
static struct bvec_iter begin_of_data(const struct quorum_leg_io *leg_io)
{
	const struct quorum_io *io = leg_io->io;
	struct bvec_iter private = { .bi_size = io->bytes };

	return io->direct == quorum_leg_number(leg_io) ? io->bio->bi_iter :
							 private;
}

static void checksum_leg(struct quorum_leg_io *leg_io)
{
	struct bvec_iter iter = begin_of_data(leg_io);
	sector_t sector = leg_io->io->sector;
	unsigned int bytes;
	void *copy;

	while (iter.bi_size) {
		struct bio_vec vec = bvec_iter_bvec(leg_io->data, iter);

		bytes = min(iter.bi_size, quorum_block_rest(sector));
		copy = bvec_kmap_local(&vec);
		leg_io->crc[leg_io->nr_crcs++] = quorum_crc(copy, bytes);
		kunmap_local(copy);
		bvec_iter_advance(leg_io->data, &iter, bytes);
		sector += bytes >> SECTOR_SHIFT;
	}
}

static void checksum_landed(struct quorum_io *io)
{
	unsigned long landed = quorum_legs_landed(io);
	unsigned int leg;

	quorum_for_each_leg(leg, landed)
		if (!io->legs[leg].status && !io->legs[leg].nr_crcs)
			checksum_leg(&io->legs[leg]);
}

/* Of the next block, or of one that has been looked at before. */
static u32 block_crc(struct quorum_leg_io *leg_io, unsigned int block,
		     const void *copy, unsigned int bytes)
{
	u32 crc;

	if (block < leg_io->nr_crcs)
		return leg_io->crc[block];

	crc = quorum_crc(copy, bytes);
	/* Blocks in which the leg is stale are left out. */
	if (block == leg_io->nr_crcs)
		leg_io->crc[leg_io->nr_crcs++] = crc;

	return crc;
}

/*
 * Put the versions of one block on a ballot. The caller's pages may be in high
 * memory; they are of one leg at most, so that it takes one kmap.
 */
static void fill_ballot(struct quorum_io *io, struct quorum_ballot *ballot,
			unsigned int block, sector_t sector, unsigned int bytes)
{
	struct quorum *q = io->q;
	unsigned int leg;

	ballot->nr_legs = q->nr_legs;
	ballot->threshold = q->vote_threshold;
	ballot->bytes = bytes;
	ballot->stale = 0;
	for (leg = 0; leg < q->nr_legs; leg++) {
		struct quorum_leg_io *leg_io = &io->legs[leg];
		struct quorum_leg *l = &q->legs[leg];
		struct bio_vec vec;
		const void *copy;
		bool stale;

		ballot->copy[leg] = NULL;
		if (!(io->voting & BIT(leg)) || leg_io->status)
			continue;
		stale = leg_io->stale & BIT_ULL(block) ||
			quorum_leg_stale(l, sector);
		if (unlikely(stale) && !quorum_leg_filled(l, sector))
			continue;

		vec = bvec_iter_bvec(leg_io->data, leg_io->iter);
		copy = bvec_kmap_local(&vec);
		ballot->copy[leg] = copy;
		if (unlikely(stale))
			ballot->stale |= BIT(leg);
		else
			ballot->crc[leg] = block_crc(leg_io, block, copy,
						     bytes);
	}
}

static void empty_ballot(struct quorum_ballot *ballot)
{
	unsigned int leg = ballot->nr_legs;

	while (leg--)
		if (ballot->copy[leg])
			kunmap_local(ballot->copy[leg]);
}

static void next_block(struct quorum_io *io, unsigned int bytes)
{
	unsigned int leg;

	quorum_for_each_leg(leg, io->asked)
		bvec_iter_advance(io->legs[leg].data, &io->legs[leg].iter,
				  bytes);
}

typedef bool (*vote_fn)(struct quorum_tally *tally,
			struct quorum_ballot *ballot);

/* Call @vote on each block in turn, with what @legs hold, until it says false. */
static bool vote_on_blocks(struct quorum_io *io, unsigned long legs,
			   struct quorum_tally *tally, vote_fn vote)
{
	sector_t sector = io->sector;
	unsigned int left = io->bytes, bytes, block = 0, leg;
	struct quorum_ballot ballot;
	bool go_on;

	io->voting = legs;
	quorum_for_each_leg(leg, io->asked)
		io->legs[leg].iter = begin_of_data(&io->legs[leg]);

	if (unlikely(!left))
		return true;

	for (;;) {
		bytes = min(left, quorum_block_rest(sector));
		fill_ballot(io, &ballot, block++, sector, bytes);
		go_on = vote(tally, &ballot);
		empty_ballot(&ballot);
		left -= bytes;
		if (!left || !go_on)
			return go_on;
		next_block(io, bytes);
		sector += bytes >> SECTOR_SHIFT;
	}
}

static bool has_winner(struct quorum_tally *tally, struct quorum_ballot *ballot)
{
	return quorum_vote(ballot);
}

static bool tally_block(struct quorum_tally *tally,
			struct quorum_ballot *ballot)
{
	quorum_tally_block(tally, ballot);

	return !quorum_tally_stops(tally);
}

/*
 * The caller has its data unless a block is undecided. If legs differed or one
 * is undecided, find out by asking again. And legs are repaired under the lock.
 */
static void end_first_pass(struct quorum_tally *tally)
{
	struct quorum_io *io = tally->io;

	if (!tally->undecided) {
		quorum_tally_errors(io, io->sector, io->bytes);
		if (io->bio)
			set_bit(QUORUM_IO_SERVED, &io->flags);
	}

	if (tally->undecided || io->suspects || quorum_repair_worth(io))
		quorum_confirm(io);
	else
		quorum_confirm_end(io, BLK_STS_OK);
}

static void vote_on_read(struct quorum_io *io)
{
	bool locked = test_bit(QUORUM_IO_LOCKED, &io->flags);
	struct quorum_tally tally;

	io->asked &= ~io->let_go;
	/* Without any leg to ask there is nothing to ask again. */
	quorum_tally_init(&tally, io, locked || !io->asked);
	if (!tally.final) {
		vote_on_blocks(io, io->asked, &tally, tally_block);
		end_first_pass(&tally);
		return;
	}

	/*
	 * Legs that failed the request may have failed in different blocks of
	 * it, and hold a majority in each. Ask for each block alone then, if
	 * there is a block that would have no winner.
	 */
	if (unlikely(io->failed) &&
	    io->bytes > quorum_logical_block_bytes(io->q) &&
	    !vote_on_blocks(io, io->asked, &tally, has_winner)) {
		quorum_io_doubt(io);
		quorum_engine_queue(io);
		return;
	}

	quorum_tally_errors(io, io->sector, io->bytes);
	vote_on_blocks(io, io->asked, &tally, tally_block);
	quorum_confirm_end(io, tally.status);
}

/*
 * What nothing is to be done about but to answer the caller. What is to be
 * settled, counted or repaired is left to vote_on_read().
 */
static bool all_agree(struct quorum_io *io)
{
	struct quorum_tally tally;

	if (io->failed || io->let_go || io->doubted || io->erred ||
	    io->unsettled || quorum_io_unsettled(io) || !io->asked ||
	    test_bit(QUORUM_IO_LOCKED, &io->flags) ||
	    test_bit(QUORUM_IO_WALKS, &io->flags))
		return false;

	quorum_tally_init(&tally, io, false);
	return vote_on_blocks(io, io->asked, &tally, quorum_tally_agreed);
}

/*
 * Some legs have not landed, but those that have may decide. What is to be
 * settled wants all of them.
 */
static void answer_early(struct quorum_io *io)
{
	unsigned long landed = quorum_legs_landed(io);
	struct quorum_tally tally;

	if (io->unsettled || quorum_io_unsettled(io))
		return;

	quorum_tally_init(&tally, io, false);
	if (vote_on_blocks(io, landed, &tally, quorum_tally_decided) &&
	    quorum_late_answer(io, 0))
		set_bit(QUORUM_IO_SERVED, &io->flags);
}

/* May the legs that have landed decide the vote? */
static bool may_decide(const struct quorum_io *io)
{
	if (likely(io->q->read_pattern != QUORUM_READ_FAST) ||
	    test_bit(QUORUM_IO_LOCKED, &io->flags) ||
	    test_bit(QUORUM_IO_WALKS, &io->flags) || READ_ONCE(io->late))
		return false;

	return hweight_long(quorum_legs_did(io)) >= io->q->vote_threshold;
}

static void vote_work(struct work_struct *work)
{
	vote_on_read(container_of(work, struct quorum_io, work));
}

static bool is_large(const struct quorum_io *io)
{
	return io->bytes >= QUORUM_LARGE_BYTES;
}

/*
 * What lands in a task is voted on at once: a bottom half that is raised outside
 * of interrupts would be left to a task otherwise.
 */
static void queue_small(struct quorum_io *io)
{
	bool at_once = in_task() && !irqs_disabled();

	if (at_once)
		local_bh_disable();
	queue_work(io->q->agree_wq, &io->work);
	if (at_once)
		local_bh_enable();
}

static void queue_read(struct quorum_io *io)
{
	if (is_large(io))
		queue_work(io->q->vote_wq, &io->work);
	else
		queue_small(io);
}

static void put_read(struct quorum_io *io)
{
	if (!atomic_dec_and_test(&io->pending))
		return;

	atomic_set(&io->pending, 1);
	queue_read(io);
}

/* Drop the reference of the work. Returns true if it was the last one. */
static bool look_at_landed(struct quorum_io *io)
{
	clear_bit(QUORUM_IO_QUEUED, &io->flags);
	/* A leg that lands from here on queues the work anew. */
	smp_mb__after_atomic();
	if (is_large(io))
		checksum_landed(io);
	if (unlikely(may_decide(io)) && atomic_read(&io->pending) > 1)
		answer_early(io);

	return atomic_dec_and_test(&io->pending);
}

/* All legs have landed. Returns true if the read has ended with that. */
static bool end_if_agreed(struct quorum_io *io)
{
	quorum_latency_end(io);
	if (unlikely(!all_agree(io)))
		return false;

	quorum_tally_legs(io);
	quorum_io_end(io, BLK_STS_OK);
	return true;
}

/* The last leg of a small read has landed, or one of a fast read. */
static void small_read_work(struct work_struct *work)
{
	struct quorum_io *io = container_of(work, struct quorum_io, work);

	if (!look_at_landed(io) || likely(end_if_agreed(io)))
		return;

	INIT_WORK(&io->work, vote_work);
	queue_work(io->q->vote_wq, &io->work);
}

/* A leg of a large read has landed. */
static void large_read_work(struct work_struct *work)
{
	struct quorum_io *io = container_of(work, struct quorum_io, work);

	if (look_at_landed(io) && unlikely(!end_if_agreed(io)))
		vote_on_read(io);
}

static void leg_read_end(struct bio *bio)
{
	struct quorum_leg_io *leg_io = bio->bi_private;
	struct quorum_io *io = leg_io->io;

	if (!quorum_leg_landed(bio))
		return;

	quorum_latency_landed(leg_io);
	/* The leg's reference passes to the work, if that is not queued yet. */
	if ((is_large(io) || unlikely(may_decide(io))) &&
	    !test_and_set_bit(QUORUM_IO_QUEUED, &io->flags))
		queue_read(io);
	else
		put_read(io);
}

/*
 * The versions of a block are compared where they lie, so the caller's pages
 * can take a leg's data only if no block is scattered over several: each segment
 * but the last must end with a block.
 */
static bool caller_on_grid(struct bio *bio)
{
	u64 at = (u64)bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct bvec_iter iter;
	struct bio_vec vec;

	bio_for_each_segment(vec, bio, iter) {
		at += vec.bv_len;
		if (vec.bv_len < iter.bi_size && at & (QUORUM_BLOCK_BYTES - 1))
			return false;
	}

	return true;
}

/* Blocks of the request in which a leg is stale. */
static u64 stale_blocks(const struct quorum_io *io, struct quorum_leg *leg)
{
	sector_t end = io->sector + quorum_io_sectors(io), sector;
	unsigned int block = 0;
	u64 stale = 0;

	for (sector = io->sector; sector < end;
	     sector = quorum_io_block_sector(io, block))
		if (quorum_leg_stale(leg, sector))
			stale |= BIT_ULL(block++);
		else
			block++;

	return stale;
}

/*
 * Legs that are yet to get what has been acknowledged count as stale in a block.
 * Under the lock there are none.
 */
static void note_late(struct quorum_io *io)
{
	struct quorum *q = io->q;
	sector_t end = io->sector + quorum_io_sectors(io), sector, next;
	unsigned int block = 0, leg;

	for (sector = io->sector; sector < end; sector = next) {
		u32 late;

		next = min(end, quorum_io_block_sector(io, block + 1));
		late = quorum_range_late(&q->ranges,
					 dm_target_offset(q->ti, sector),
					 next - sector);
		quorum_for_each_leg(leg, late)
			io->legs[leg].stale |= BIT_ULL(block);
		block++;
	}
}

/*
 * A write may put a leg in sync before the vote, but what is read now may still
 * be what it held before. And a block may be settled, by what is not read now.
 */
static void note_stale(struct quorum_io *io)
{
	unsigned int leg;

	io->unsettled = quorum_io_unsettled(io);

	/* Who has been told of a write before sees that it is late, */
	if (unlikely(io->q->ack_early && READ_ONCE(io->q->late_bytes)) &&
	    !test_bit(QUORUM_IO_LOCKED, &io->flags))
		note_late(io);
	/* or that it is not any more, and then who is stale because of it. */
	smp_rmb();
	for (leg = 0; leg < io->q->nr_legs; leg++) {
		struct quorum_leg *l = &io->q->legs[leg];

		if (unlikely(!quorum_leg_in_sync(l)))
			io->legs[leg].stale |= stale_blocks(io, l);
	}
}

/* Legs that are worth to be asked: not those that are only being filled. */
static u32 legs_to_read(const struct quorum_io *io)
{
	struct quorum *q = io->q;
	unsigned int leg;
	u32 legs = 0;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (quorum_leg_usable(&q->legs[leg]) &&
		    io->sector < atomic64_read(&q->legs[leg].recovered))
			legs |= BIT(leg);

	return legs;
}

/* Make the legs' bios. On false, memory is short and some may be made. */
static bool make_read_bios(struct quorum_io *io, unsigned long legs,
			   bool private)
{
	unsigned int leg;

	if (!private && caller_on_grid(io->bio))
		io->direct = quorum_latency_nearest(io->q, legs);

	quorum_for_each_leg(leg, legs) {
		struct quorum_buffer *buffer = &io->legs[leg].buffer;

		if (leg == io->direct)
			continue;
		if (quorum_buffer_alloc(buffer, io->sector, io->bytes))
			return false;
	}

	if (io->mend && test_bit(QUORUM_IO_LOCKED, &io->flags) &&
	    quorum_buffer_alloc(&io->copy, io->sector, io->bytes))
		return false;
	if (io->direct >= 0 && quorum_leg_bio_clone(io, io->direct))
		return false;
	quorum_for_each_leg(leg, legs)
		if (leg != io->direct)
			quorum_leg_bio_private(io, leg, &io->legs[leg].buffer);

	return true;
}

/**
 * quorum_read_legs - send a read to all usable legs, to be voted on
 * @io: the read, fresh or forgotten
 * @private: no leg may read into the caller's pages
 *
 * Too few legs are not asked: the vote without voters that follows tells it
 * like every other failure.
 *
 * Context: may sleep.
 * Return: false if there was no memory. Nothing has been sent then.
 */
bool quorum_read_legs(struct quorum_io *io, bool private)
{
	u32 legs = legs_to_read(io);

	note_stale(io);
	/* Two, also because lockdep tells apart by that where they run. */
	if (is_large(io))
		INIT_WORK(&io->work, large_read_work);
	else
		INIT_WORK(&io->work, small_read_work);
	private |= io->q->read_pattern == QUORUM_READ_FAST;
	if (likely(hweight32(legs) >= io->q->vote_threshold) &&
	    !make_read_bios(io, legs, private))
		return false;

	quorum_latency_begin(io);
	quorum_send(io, leg_read_end, put_read);
	put_read(io);
	return true;
}

static bool touches(const struct quorum_io *io, struct quorum_blocks *set)
{
	sector_t sector = round_down(io->sector, QUORUM_BLOCK_SECTORS);
	sector_t end = io->sector + quorum_io_sectors(io);

	return quorum_blocks_next(set, sector, end) != QUORUM_NO_SECTOR;
}

/* A first pass would end in a suspicion. */
static bool known_bad(const struct quorum_io *io)
{
	struct quorum *q = io->q;
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (unlikely(!quorum_blocks_empty(&q->legs[leg].bad)) &&
		    quorum_leg_usable(&q->legs[leg]) &&
		    touches(io, &q->legs[leg].bad))
			return true;

	return false;
}

/* By the caller's pages if that may do, or else under the lock. */
static void read_and_vote(struct quorum_io *io)
{
	if (unlikely(known_bad(io) || !quorum_read_legs(io, false)))
		quorum_confirm(io);
}

/*
 *--------------------------------------------------------------------
 * read_pattern fifo: the first leg that reads without error
 *--------------------------------------------------------------------
 */

static void fifo_put(struct quorum_io *io)
{
	if (!atomic_dec_and_test(&io->pending))
		return;

	if (unlikely(io->legs[io->direct].status || io->erred)) {
		queue_work(io->q->vote_wq, &io->work);
	} else {
		quorum_leg_good(io->q, io->direct);
		quorum_io_end(io, BLK_STS_OK);
	}
}

static void fifo_read_end(struct bio *bio)
{
	struct quorum_leg_io *leg_io = bio->bi_private;

	if (quorum_leg_landed(bio))
		fifo_put(leg_io->io);
}

static void fifo_fail(struct quorum_io *io)
{
	quorum_confirm_end(io, quorum_io_failure(io, quorum_io_error(io), 1,
						 0, 0));
}

/*
 * Ask the next leg after @leg. A leg that missed a write in any block of the
 * request is passed over; if that leaves none, the legs vote, which takes from
 * each the blocks in which it is in sync.
 */
static void fifo_next(struct quorum_io *io, int leg)
{
	struct quorum *q = io->q;
	bool stale = false;

	note_stale(io);
	while (++leg < q->nr_legs) {
		if (!quorum_leg_usable(&q->legs[leg]))
			continue;
		if (io->legs[leg].stale) {
			stale = true;
			continue;
		}
		io->direct = leg;
		io->asked = 0;
		io->lent = 0;
		if (quorum_leg_bio_clone(io, leg))
			break;
		quorum_send(io, fifo_read_end, fifo_put);
		fifo_put(io);
		return;
	}

	if (!stale) {
		fifo_fail(io);
		return;
	}
	quorum_io_forget(io);
	read_and_vote(io);
}

static void fifo_work(struct work_struct *work)
{
	struct quorum_io *io = container_of(work, struct quorum_io, work);

	if (!io->legs[io->direct].status) {
		/* Others have failed before this one. */
		io->won |= BIT(io->direct);
		quorum_confirm_end(io, BLK_STS_OK);
		return;
	}

	quorum_leg_error(io, io->direct, io->sector, quorum_io_sectors(io));
	__set_bit(io->direct, &io->told);
	fifo_next(io, io->direct);
}

/*
 *--------------------------------------------------------------------
 */

/**
 * quorum_read_walk - read a part of the device for a walk
 * @io: the read
 *
 * What is only to be found out does not need the lock, unless it is bad.
 *
 * Context: may sleep.
 */
void quorum_read_walk(struct quorum_io *io)
{
	bool lock = known_bad(io);

	if (io->mend & QUORUM_MEND_STALE)
		lock |= !quorum_legs_in_sync(io->q);
	if (io->mend & QUORUM_MEND_UNSETTLED)
		lock |= !quorum_all_settled(io->q);
	/* A late leg is to be looked at, too. */
	lock |= quorum_range_late(&io->q->ranges,
				  dm_target_offset(io->q->ti, io->sector),
				  quorum_io_sectors(io));
	if (lock || !quorum_read_legs(io, true))
		quorum_confirm(io);
}

/**
 * quorum_read - map a read
 * @q: the target
 * @bio: the caller's bio, which lies within one chunk
 *
 * Context: may sleep.
 */
void quorum_read(struct quorum *q, struct bio *bio)
{
	struct quorum_io *io = quorum_io_alloc(q, bio, REQ_OP_READ,
					       QUORUM_TYPE_READ);

	/* Which leg is the first to answer is nothing to rely on. */
	if (q->read_pattern == QUORUM_READ_FIFO &&
	    !(q->log && quorum_io_unsettled(io))) {
		INIT_WORK(&io->work, fifo_work);
		fifo_next(io, -1);
		return;
	}

	read_and_vote(io);
}
