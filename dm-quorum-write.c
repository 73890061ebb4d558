// SPDX-License-Identifier: GPL-2.0-only
/*
 * One write, from map to bio_endio.
 *
 * quorum_write() takes the range lock, at once or through the worker
 * write_work(); start_write() copies the data and sends them to every usable
 * leg; leg_write_end() runs as each leg answers, and after the last the request
 * is ended on the spot if all is well, or judged in quorum_write_settle().
 * Write-zeroes and discards go the same way without data, flushes without range.
 * With write_ack threshold the caller may be answered before, by answer_early();
 * all else goes on as if it had not been.
 */

#include "dm-quorum.h"

static bool moves_data(const struct quorum_io *io)
{
	return io->op == REQ_OP_WRITE && io->type == QUORUM_TYPE_WRITE;
}

/**
 * struct parts - the vote blocks that a write covers whole, in 64 parts at most
 * @nr: number of a part
 * @sector: its first device sector
 * @next: device sector behind it
 * @end: device sector behind the last one
 * @step: sectors of a part: one block, unless a write-zeroes is long
 */
struct parts {
	unsigned int nr;
	sector_t sector;
	sector_t next;
	sector_t end;
	sector_t step;
};

static struct parts first_part(const struct quorum_io *io)
{
	struct parts parts = { .sector = io->sector };
	sector_t sectors;

	sectors = quorum_whole_blocks(io->q, &parts.sector,
				      quorum_io_sectors(io));
	parts.end = round_down(parts.sector + sectors, QUORUM_BLOCK_SECTORS);
	parts.sector = round_up(parts.sector, QUORUM_BLOCK_SECTORS);
	parts.step = round_up(sectors / 64 + 1, QUORUM_BLOCK_SECTORS);
	parts.next = min(parts.sector + parts.step, parts.end);

	return parts;
}

static void next_part(struct parts *parts)
{
	parts->nr++;
	parts->sector = parts->next;
	parts->next = min(parts->sector + parts->step, parts->end);
}

/* Will the leg have no vote in some block of a write that it has taken? */
static bool stays_stale(const struct quorum_io *io, struct quorum_leg *leg)
{
	sector_t first = io->sector, sectors, last;

	sectors = quorum_whole_blocks(io->q, &first, quorum_io_sectors(io));
	last = first + sectors - 1;
	if (last >= atomic64_read(&leg->recovered))
		return true;

	/* Of its blocks, only the outermost may have been written in part. */
	return (first % QUORUM_BLOCK_SECTORS &&
		quorum_blocks_has(&leg->stale, first)) ||
	       ((last + 1) % QUORUM_BLOCK_SECTORS &&
		quorum_blocks_has(&leg->stale, last));
}

/*
 * Those of @legs that have a vote to say that they have got it. A flush makes last
 * what was acknowledged before, and a stale leg lacks some of that, even if it
 * has got something newer before the flush has ended.
 */
static unsigned int nr_that_count(const struct quorum_io *io, unsigned long legs)
{
	unsigned int leg, nr = 0;

	quorum_for_each_leg(leg, legs) {
		struct quorum_leg *l = &io->q->legs[leg];

		nr += likely(quorum_leg_in_sync(l)) ||
		      (io->type != QUORUM_TYPE_FLUSH && !stays_stale(io, l));
	}

	return nr;
}

/* Legs that have what was asked for, and count. */
static unsigned int nr_took(const struct quorum_io *io)
{
	return nr_that_count(io, io->asked & ~io->failed &
				 ~(unsigned long)io->behind);
}

/* End the request. Whoever waits for the range may go on. */
static void end_write(struct quorum_io *io, blk_status_t status)
{
	/* Flushes have no range. */
	if (io->type == QUORUM_TYPE_WRITE) {
		quorum_log_leave(io);
		quorum_range_unlock(&io->q->ranges, &io->range);
	}
	quorum_io_end(io, status);
}

/*
 *--------------------------------------------------------------------
 * Judging the legs
 *--------------------------------------------------------------------
 */

/* Some say so, others fail and take back that they can. */
static bool cannot_zero(struct quorum_io *io, unsigned int leg)
{
	struct block_device *bdev = io->q->legs[leg].dev->bdev;
	blk_status_t status = io->legs[leg].status;

	return status == BLK_STS_NOTSUPP ||
	       (status == BLK_STS_TARGET && !bdev_write_zeroes_sectors(bdev));
}

/* Segments to write zeroes from, as many as it takes; all are the zero page. */
static struct bio_vec zeroes[64];

/* Write zeroes to a leg whose part of the request has ended, and wait. */
static blk_status_t write_zeroes(struct quorum_io *io, unsigned int leg)
{
	struct quorum *q = io->q;
	struct bio *bio = io->legs[leg].bio;
	sector_t sector = q->legs[leg].start +
		dm_target_offset(q->ti, io->sector);
	sector_t end = sector + quorum_io_sectors(io);
	blk_status_t status = BLK_STS_OK;

	while (sector < end && !status) {
		quorum_leg_bio_init(io, leg, bio, zeroes, ARRAY_SIZE(zeroes));
		bio->bi_opf = REQ_OP_WRITE;
		bio->bi_vcnt = ARRAY_SIZE(zeroes);
		bio->bi_iter.bi_sector = sector;
		bio->bi_iter.bi_size = min_t(u64, ARRAY_SIZE(zeroes) * PAGE_SIZE,
					     (u64)(end - sector) << SECTOR_SHIFT);
		sector += bio_sectors(bio);
		status = quorum_leg_wait(io, leg, bio);
	}

	return status;
}

/*
 * A leg may turn out not to know write-zeroes only when it gets one. The others
 * have done it by then, so write zeroes to this one.
 */
static void zero_by_hand(struct quorum_io *io)
{
	blk_status_t status;
	unsigned int leg;

	for_each_set_bit(leg, &io->failed, io->q->nr_legs) {
		if (!cannot_zero(io, leg))
			continue;
		status = write_zeroes(io, leg);
		/* One that is failed has not done what it said it cannot. */
		if (status == QUORUM_STS_LET_GO)
			continue;
		io->legs[leg].status = status;
		if (!status)
			clear_bit(leg, &io->failed);
	}
}

static void judge_legs(struct quorum_io *io)
{
	unsigned int leg;

	for_each_set_bit(leg, &io->asked, io->q->nr_legs) {
		if (!test_bit(leg, &io->failed)) {
			quorum_leg_good(io->q, leg);
			continue;
		}
		quorum_leg_error(io, leg, io->sector, quorum_io_sectors(io));
		if (io->erred & BIT(leg))
			quorum_leg_bad(io->q, leg);
	}
}

/*
 * What a leg misses cannot be marked, and the write has been acknowledged. Its
 * regions stay dirty as long as the target is there: after a crash, that more than
 * half of the legs hold it decides, see quorum_choose().
 */
static void stay_dirty(struct quorum_io *io, unsigned long took)
{
	quorum_legs_missed_late(io->q, took, io->sector, quorum_io_sectors(io));
	clear_bit(QUORUM_IO_LOGGED, &io->flags);
	DMWARN_LIMIT("%s: the log cannot tell which leg misses the write at sector %llu",
		     dm_table_device_name(io->q->ti->table), (u64)io->sector);
}

/*
 * Enough legs hold the new data. A leg that does not is stale here, and so is one
 * that was let go, whatever it does yet; those that do are no longer, in the
 * blocks that were written whole. Returns false if that could be forgotten in a
 * crash: then the write cannot be acknowledged.
 */
static bool settle_success(struct quorum_io *io)
{
	struct quorum *q = io->q;
	sector_t sector = io->sector, sectors;
	unsigned long took = io->asked & ~io->failed;
	unsigned int leg;

	if (!quorum_legs_missed(q, took, sector, quorum_io_sectors(io)) ||
	    !quorum_log_note(q, ~took, sector, quorum_io_sectors(io))) {
		if (!io->late)
			return false;
		stay_dirty(io, took);
	}

	sectors = quorum_whole_blocks(q, &sector, quorum_io_sectors(io));
	for_each_set_bit(leg, &took, q->nr_legs)
		quorum_blocks_remove(&q->legs[leg].stale, sector, sectors);
	quorum_blocks_remove(&q->unsettled, sector, sectors);
	quorum_log_settled(q, sector, sectors);
	return true;
}

/*
 * Legs lack nothing of a write that is not acknowledged: it is taken back that they
 * do, but for what they lacked before. Only in blocks that the write covers whole,
 * as another one may have been missed in the rest of a block. And what a leg that
 * was let go writes yet may be anything.
 */
static void take_back_missed(struct quorum_io *io)
{
	unsigned long legs = io->noted & ~io->let_go;
	struct parts parts;
	unsigned int leg;

	for_each_set_bit(leg, &legs, io->q->nr_legs)
		for (parts = first_part(io); parts.sector < parts.end;
		     next_part(&parts))
			if (!(io->legs[leg].lacked & BIT_ULL(parts.nr)))
				quorum_blocks_remove(&io->q->legs[leg].stale,
						     parts.sector,
						     parts.next - parts.sector);
}

/*
 * Nothing is acknowledged, so each leg, whether it answered well or not, or was
 * asked for a part of it only, may hold either version and none is wrong. What
 * cannot be kept in the set costs no data: a leg may be blamed for a version that
 * was lawful, and the log says so. What was not sent has changed nothing.
 */
static void settle_failure(struct quorum_io *io)
{
	bool sent = io->asked || io->let_go ||
		    test_bit(QUORUM_IO_PARTLY_SENT, &io->flags);

	if (sent &&
	    quorum_blocks_add(&io->q->unsettled, io->sector,
			      quorum_io_sectors(io), QUORUM_BLOCKS_GFP))
		DMWARN_LIMIT("%s: no memory to note a failed write at sector %llu",
			     dm_table_device_name(io->q->ti->table),
			     (u64)io->sector);
	else
		take_back_missed(io);
}

/**
 * quorum_write_refuse - end a write that has not been sent to any leg
 * @io: the write, which holds its range; gone on return
 * @status: what the caller gets
 *
 * Context: any.
 */
void quorum_write_refuse(struct quorum_io *io, blk_status_t status)
{
	end_write(io, status);
}

/**
 * quorum_write_settle - judge the legs by how a write or flush went
 * @io: the request, which has ended on all legs; gone on return
 *
 * Context: may sleep; a worker of the device.
 */
void quorum_write_settle(struct quorum_io *io)
{
	struct quorum *q = io->q;
	bool write = io->type == QUORUM_TYPE_WRITE, success;
	blk_status_t status = BLK_STS_OK;

	if (io->op == REQ_OP_WRITE_ZEROES)
		zero_by_hand(io);
	/* Of a late write, a flush may be looking for what its legs have. */
	WRITE_ONCE(io->asked, io->asked & ~io->let_go);
	WRITE_ONCE(io->failed, io->failed & io->asked);

	/* What has been acknowledged was taken by enough legs. */
	success = io->late || nr_took(io) >= q->vote_threshold;
	if (success)
		success = write ? settle_success(io) :
			  quorum_log_flushed(q, io->asked & ~io->failed);
	if (write && !success)
		settle_failure(io);

	judge_legs(io);
	if (!success && !io->late)
		status = quorum_io_failure(io, quorum_io_error(io), 1,
					   nr_took(io),
					   hweight_long(io->asked));

	end_write(io, status);
}

/*
 *--------------------------------------------------------------------
 * Sending
 *--------------------------------------------------------------------
 */

/* There is nothing to be noted or waited for before the answer. */
static bool nothing_to_settle(const struct quorum_io *io)
{
	struct quorum *q = io->q;

	if (unlikely(quorum_log_pending(q)) ||
	    (q->log && io->type == QUORUM_TYPE_FLUSH &&
	     hweight_long(io->asked) < q->nr_legs))
		return false;

	return quorum_legs_in_sync(q) && quorum_all_settled(q);
}

static void settle_work(struct work_struct *work)
{
	quorum_write_settle(container_of(work, struct quorum_io, work));
}

static void settle_later(struct quorum_io *io)
{
	INIT_WORK(&io->work, settle_work);
	queue_work(io->q->vote_wq, &io->work);
}

/* Legs that have it and lack nothing, in use or not. */
static unsigned int nr_sound(const struct quorum_io *io, unsigned long took)
{
	unsigned int leg, nr = 0;

	quorum_for_each_leg(leg, took & ~(unsigned long)io->behind)
		nr += quorum_leg_in_sync(&io->q->legs[leg]);

	return nr;
}

static void put_write(struct quorum_io *io)
{
	unsigned int leg;

	if (!atomic_dec_and_test(&io->pending))
		return;

	/* A leg that lacks something may have been failed a moment ago. */
	if (unlikely(io->failed || io->let_go || io->behind ||
		     !nothing_to_settle(io) ||
		     nr_sound(io, io->asked) < io->q->vote_threshold)) {
		settle_later(io);
		return;
	}

	quorum_for_each_leg(leg, io->asked)
		quorum_leg_good(io->q, leg);
	end_write(io, BLK_STS_OK);
}

/* Enough legs have it: acknowledge, and leave the others to come. */
static void answer_early(struct quorum_io *io)
{
	unsigned long took = quorum_legs_did(io);

	/* Who finds that the leg has not got it sees this later: find_oldest(). */
	smp_mb();
	if (READ_ONCE(io->late)) {
		quorum_late_landed(io->q);
		return;
	}

	if (nr_sound(io, took) < io->q->vote_threshold || took == io->asked ||
	    !nothing_to_settle(io))
		return;
	quorum_late_answer(io, io->type == QUORUM_TYPE_WRITE ?
			       io->asked & ~took : 0);
}

static void leg_write_end(struct bio *bio)
{
	struct quorum_leg_io *leg_io = bio->bi_private;
	struct quorum_io *io = leg_io->io;

	if (!quorum_leg_landed(bio))
		return;

	if (unlikely(io->q->ack_early))
		answer_early(io);
	put_write(io);
}

/* Make the legs' bios, or none if memory is short. */
static bool make_write_bios(struct quorum_io *io, unsigned long legs)
{
	bool copy = moves_data(io) && !io->q->zero_copy_writes;
	struct bio *bio = io->bio;
	struct bvec_iter to = { .bi_size = io->bytes };
	unsigned int leg;

	if (copy) {
		if (quorum_buffer_alloc(&io->copy, io->sector, io->bytes))
			return false;
		quorum_copy(io->copy.vec, to, bio->bi_io_vec, bio->bi_iter);
	}

	quorum_for_each_leg(leg, legs) {
		if (copy)
			quorum_leg_bio_private(io, leg, &io->copy);
		else if (!moves_data(io))
			quorum_leg_bio_nodata(io, leg);
		else if (quorum_leg_bio_clone(io, leg))
			goto no_memory;
	}

	return true;

no_memory:
	for_each_set_bit(leg, &io->asked, io->q->nr_legs)
		bio_uninit(io->legs[leg].bio);
	io->asked = 0;
	io->lent = 0;
	return false;
}

/* What was known to be wrong is about to be replaced. */
static void forget_bad(struct quorum_io *io)
{
	unsigned int leg;

	for (leg = 0; leg < io->q->nr_legs; leg++)
		if (unlikely(!quorum_blocks_empty(&io->q->legs[leg].bad)))
			quorum_blocks_remove_touched(&io->q->legs[leg].bad,
						     io->sector,
						     quorum_io_sectors(io));
}

/* See take_back_missed(). */
static void note_lacked(struct quorum_io *io, u32 legs)
{
	struct parts parts;
	unsigned int leg;

	io->noted = ~legs;
	for (leg = 0; leg < io->q->nr_legs; leg++) {
		io->legs[leg].lacked = 0;
		for (parts = first_part(io); parts.sector < parts.end;
		     next_part(&parts))
			if (quorum_blocks_next(&io->q->legs[leg].stale,
					       parts.sector, parts.next) !=
			    QUORUM_NO_SECTOR)
				io->legs[leg].lacked |= BIT_ULL(parts.nr);
	}
}

/*
 * A failed leg may be restored one day. What it misses is noted before the
 * write can be acknowledged, or the leg be asked again. Returns the legs to be
 * written, or none if that cannot be noted.
 */
static u32 note_missed(struct quorum_io *io, u32 legs)
{
	struct quorum *q = io->q;

	if (likely(hweight32(legs) == q->nr_legs))
		return legs;
	note_lacked(io, legs);
	if (!quorum_legs_missed(q, legs, io->sector, quorum_io_sectors(io)))
		return 0;

	/*
	 * Whoever restores the leg from here on sees that. And whoever has
	 * restored it before wants it to be written.
	 */
	smp_mb();
	return legs | quorum_usable_legs(q);
}

/* Legs that a flush will not count for. */
static void note_behind(struct quorum_io *io)
{
	unsigned int leg;

	for (leg = 0; leg < io->q->nr_legs; leg++)
		if (unlikely(!quorum_leg_in_sync(&io->q->legs[leg])))
			io->behind |= BIT(leg);
}

/* Send to all usable legs what holds its range, or needs none. */
static void start_write(struct quorum_io *io)
{
	u32 legs = quorum_usable_legs(io->q);

	if (io->type == QUORUM_TYPE_WRITE && !quorum_log_enter(io))
		return;
	/* A write that cannot succeed must not make the legs differ. */
	if (io->type == QUORUM_TYPE_WRITE)
		legs = likely(nr_that_count(io, legs) >= io->q->vote_threshold) ?
		       note_missed(io, legs) : 0;
	if (unlikely(hweight32(legs) < io->q->vote_threshold)) {
		settle_later(io);
		return;
	}
	if (io->type == QUORUM_TYPE_WRITE)
		forget_bad(io);
	else
		note_behind(io);
	if (unlikely(!make_write_bios(io, legs))) {
		quorum_engine_queue(io);
		return;
	}

	quorum_send(io, leg_write_end, put_write);
	put_write(io);
}

static void write_work(struct work_struct *work)
{
	start_write(container_of(work, struct quorum_io, work));
}

/* The range has become free: submitting takes a task. */
static void grant_write(struct quorum_range *range)
{
	struct quorum_io *io = container_of(range, struct quorum_io, range);

	queue_work(io->q->vote_wq, &io->work);
}

/**
 * quorum_write_init - prepare the module
 *
 * Context: any.
 */
void __init quorum_write_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(zeroes); i++) {
		zeroes[i].bv_page = ZERO_PAGE(0);
		zeroes[i].bv_len = PAGE_SIZE;
	}
}

/**
 * quorum_write - map a write, write-zeroes or discard
 * @q: the target
 * @bio: the caller's bio; one that carries data lies within one chunk
 *
 * A discard becomes a write-zeroes that may unmap: what a leg returns after a
 * discard is its own affair, after this all return the same.
 *
 * Context: may sleep; does not wait for other writes. With a log, if a leg misses
 * it while another has just been recovered, waits for the log and for the legs to
 * flush.
 */
void quorum_write(struct quorum *q, struct bio *bio)
{
	enum req_op op = bio_op(bio) == REQ_OP_WRITE ? REQ_OP_WRITE :
						       REQ_OP_WRITE_ZEROES;
	sector_t start = dm_target_offset(q->ti, bio->bi_iter.bi_sector);
	struct quorum_io *io;

	io = quorum_io_alloc(q, bio, op, QUORUM_TYPE_WRITE);
	INIT_WORK(&io->work, write_work);
	io->range.grant = grant_write;
	if (quorum_range_init(&io->range, start, quorum_io_sectors(io),
			      QUORUM_GFP)) {
		/* The first chunk needs no memory; the core sends the rest. */
		dm_accept_partial_bio(bio, QUORUM_CHUNK_SECTORS -
				      (start & (QUORUM_CHUNK_SECTORS - 1)));
		io->bytes = bio->bi_iter.bi_size;
		quorum_range_init(&io->range, start, quorum_io_sectors(io),
				  QUORUM_GFP);
	}

	if (quorum_range_lock(&q->ranges, &io->range))
		start_write(io);
}

/**
 * quorum_flush - map a flush
 * @q: the target
 * @bio: the caller's bio, which is empty
 *
 * Context: may sleep.
 */
void quorum_flush(struct quorum *q, struct bio *bio)
{
	struct quorum_io *io = quorum_io_alloc(q, bio, REQ_OP_WRITE,
					       QUORUM_TYPE_FLUSH);

	INIT_WORK(&io->work, write_work);
	if (!q->ack_early || !quorum_late_flush(io))
		start_write(io);
}
