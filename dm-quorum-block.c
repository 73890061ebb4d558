// SPDX-License-Identifier: GPL-2.0-only
/*
 * The block engine: a request done one vote block at a time.
 *
 * It takes the requests for which there was no memory, because it needs none:
 * everything that one block takes is allocated with the device. And it takes
 * the reads in which several legs failed, to find out which blocks of the
 * request each of them can still read. What such reads find is repaired block by
 * block as well. It does one request at a time, and that request holds its
 * range, so it never waits for another.
 */

#include "dm-quorum.h"

/* Submit one leg's block; @page holds the data or is to receive them. */
static void submit_block(struct quorum_io *io, unsigned int leg,
			 struct page *page, sector_t sector, unsigned int bytes)
{
	struct quorum *q = io->q;
	struct quorum_block_leg *block_leg = &q->engine.legs[leg];
	struct bio *bio = &block_leg->bio;

	quorum_leg_bio_init(io, leg, bio, &block_leg->vec, 1);
	__bio_add_page(bio, page, bytes, 0);
	bio->bi_iter.bi_sector = q->legs[leg].start +
				 dm_target_offset(q->ti, sector);
	quorum_wait_submit(io, leg, bio);
}

/*
 * Ask all usable legs for one block, or write it to them from @from, and wait.
 * io->asked, io->failed and the status of each leg say how it went; a leg that
 * was let go has not been asked.
 */
static void do_block(struct quorum_io *io, struct page *from, sector_t sector,
		     unsigned int bytes)
{
	struct quorum *q = io->q;
	struct quorum_block_engine *engine = &q->engine;
	unsigned long legs = quorum_usable_legs(q);
	struct completion done;
	unsigned int leg;

	quorum_wait_begin(io, legs, &done);
	for_each_set_bit(leg, &legs, q->nr_legs)
		submit_block(io, leg, from ?: engine->legs[leg].page, sector,
			     bytes);
	quorum_wait_end(io);

	io->asked = legs & ~io->let_go;
	io->failed = 0;
	for_each_set_bit(leg, &io->asked, q->nr_legs) {
		io->legs[leg].status = engine->legs[leg].bio.bi_status;
		if (io->legs[leg].status)
			__set_bit(leg, &io->failed);
	}
}

static void fill_ballot(struct quorum_io *io, struct quorum_ballot *ballot,
			sector_t sector, unsigned int bytes)
{
	struct quorum *q = io->q;
	unsigned int leg;

	ballot->nr_legs = q->nr_legs;
	ballot->threshold = q->vote_threshold;
	ballot->bytes = bytes;
	ballot->stale = 0;
	for (leg = 0; leg < q->nr_legs; leg++) {
		bool stale = quorum_leg_stale(&q->legs[leg], sector);
		const void *copy = page_address(q->engine.legs[leg].page);

		io->legs[leg].stale = stale ? ~0ULL : 0;
		ballot->copy[leg] = NULL;
		if (!test_bit(leg, &io->asked) || io->legs[leg].status)
			continue;
		if (stale && !quorum_leg_filled(&q->legs[leg], sector))
			continue;
		ballot->copy[leg] = copy;
		if (stale)
			ballot->stale |= BIT(leg);
		else
			ballot->crc[leg] = quorum_crc(copy, bytes);
	}
}

/* What one piece needs is repaired before the next is read. */
static void forget_piece(struct quorum_io *io)
{
	unsigned int leg;

	io->kept = 0;
	for (leg = 0; leg < io->q->nr_legs; leg++)
		io->legs[leg].wrong = 0;
}

/*
 * Read and vote on the next @bytes. Returns false, and nothing has been said of
 * it, if legs failed, the others have no winner, and smaller pieces may.
 */
static bool read_piece(struct quorum_tally *tally, unsigned int bytes)
{
	struct quorum_io *io = tally->io;
	sector_t sector = tally->sector;
	unsigned int block = tally->block;
	struct quorum_ballot ballot;

	forget_piece(io);
	tally->image_sector = sector;
	do_block(io, NULL, tally->sector, bytes);
	fill_ballot(io, &ballot, tally->sector, bytes);
	if (io->failed && bytes > quorum_logical_block_bytes(io->q) &&
	    !quorum_vote(&ballot)) {
		quorum_io_doubt(io);
		return false;
	}

	quorum_tally_errors(io, tally->sector, bytes);
	quorum_tally_block(tally, &ballot);
	if (tally->image)
		quorum_repair_piece(io, block, sector, bytes);
	return true;
}

static void read_block(struct quorum_tally *tally, unsigned int bytes)
{
	unsigned int part = quorum_logical_block_bytes(tally->io->q);

	if (read_piece(tally, bytes))
		return;

	for (; bytes; bytes -= part)
		read_piece(tally, part);
}

static void engine_read(struct quorum_io *io)
{
	sector_t end = io->sector + quorum_io_sectors(io);
	struct quorum_tally tally;
	u64 rest;

	quorum_tally_init(&tally, io, true);
	if (io->mend)
		tally.image = &io->q->engine.image;
	while (tally.sector < end && !quorum_tally_stops(&tally)) {
		rest = (u64)(end - tally.sector) << SECTOR_SHIFT;
		read_block(&tally, min_t(u64, rest,
					 quorum_block_rest(tally.sector)));
	}
	quorum_confirm_end(io, tally.status);
}

/*
 * A leg that fails a block has failed the write, and so has one that was failed
 * or restored on the way and thus not asked for all blocks: it is behind if the
 * write succeeds, even if nobody blames it. One that was let go may be given what
 * is not of the write at all, so it is behind even if the write fails.
 */
static void engine_write(struct quorum_io *io)
{
	struct quorum_block_engine *engine = &io->q->engine;
	struct bvec_iter from = io->bio->bi_iter;
	sector_t sector = io->sector;
	unsigned long asked = 0, always = ~0UL, failed = 0, leg;
	blk_status_t status[QUORUM_MAX_LEGS];

	while (from.bi_size) {
		struct bvec_iter to = {
			.bi_size = min(from.bi_size, quorum_block_rest(sector)),
		};
		struct bio_vec vec = {
			.bv_page = engine->source,
			.bv_len = to.bi_size,
		};

		quorum_copy(&vec, to, io->bio->bi_io_vec, from);
		do_block(io, vec.bv_page, sector, to.bi_size);
		asked |= io->asked;
		always &= io->asked;
		for_each_set_bit(leg, &io->failed, io->q->nr_legs)
			if (!test_and_set_bit(leg, &failed))
				status[leg] = io->legs[leg].status;
		bio_advance_iter(io->bio, &from, to.bi_size);
		sector += to.bi_size >> SECTOR_SHIFT;
	}

	if (asked)
		set_bit(QUORUM_IO_PARTLY_SENT, &io->flags);
	io->asked = asked & always;
	io->failed = failed & io->asked;
	for_each_set_bit(leg, &io->failed, io->q->nr_legs)
		io->legs[leg].status = status[leg];
	for_each_set_bit(leg, &io->let_go, io->q->nr_legs)
		quorum_leg_missed(io->q, leg, io->sector,
				  quorum_io_sectors(io));
	/* What it may be given is no version at all: after a crash, too. */
	quorum_log_note(io->q, io->let_go, io->sector, quorum_io_sectors(io));
	quorum_write_settle(io);
}

static void engine_work(struct work_struct *work)
{
	struct quorum_io *io = container_of(work, struct quorum_io, work);

	if (io->op == REQ_OP_READ)
		engine_read(io);
	else
		engine_write(io);
}

/**
 * quorum_engine_queue - have a request done block by block
 * @io: the request, which holds its range; no leg has any of it in flight
 *
 * Context: any.
 */
void quorum_engine_queue(struct quorum_io *io)
{
	quorum_io_forget(io);
	INIT_WORK(&io->work, engine_work);
	queue_work(io->q->engine.wq, &io->work);
}

/**
 * quorum_engine_create - allocate the block engine
 * @q: the target; quorum_engine_destroy() also undoes what was done before an
 *	error
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int quorum_engine_create(struct quorum *q)
{
	struct quorum_block_engine *engine = &q->engine;
	unsigned int leg;

	engine->wq = alloc_ordered_workqueue("quorum-block/%s", WQ_MEM_RECLAIM,
					     dm_table_device_name(q->ti->table));
	engine->legs = kcalloc(q->nr_legs, sizeof(*engine->legs), GFP_KERNEL);
	engine->image.bv_page = alloc_page(GFP_KERNEL);
	engine->image.bv_len = PAGE_SIZE;
	engine->source = alloc_page(GFP_KERNEL);
	if (!engine->wq || !engine->legs || !engine->image.bv_page ||
	    !engine->source)
		return -ENOMEM;

	for (leg = 0; leg < q->nr_legs; leg++) {
		engine->legs[leg].page = alloc_page(GFP_KERNEL);
		if (!engine->legs[leg].page)
			return -ENOMEM;
	}

	return 0;
}

/**
 * quorum_engine_destroy - free the block engine
 * @q: the target, which has no request in flight
 *
 * Context: may sleep.
 */
void quorum_engine_destroy(struct quorum *q)
{
	struct quorum_block_engine *engine = &q->engine;
	unsigned int leg;

	if (engine->wq)
		destroy_workqueue(engine->wq);
	for (leg = 0; engine->legs && leg < q->nr_legs; leg++)
		if (engine->legs[leg].page)
			__free_page(engine->legs[leg].page);
	kfree(engine->legs);
	if (engine->image.bv_page)
		__free_page(engine->image.bv_page);
	if (engine->source)
		__free_page(engine->source);
}
