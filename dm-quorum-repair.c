// SPDX-License-Identifier: GPL-2.0-only
/*
 * Repair: legs get what has won where they lost a vote or failed to read, where
 * they missed a write, and where a failed write has left them different.
 *
 * It follows the vote under the range lock, while that is still held: what has
 * won is what was acknowledged last, and no write can come in between. One leg
 * is written after the other, so that a block is never in flight on two, and
 * with FUA, because what it replaces may have been on stable storage. What a leg
 * held wrong is read back; what it never had is not.
 */

#include "dm-quorum.h"

/*
 * How long readers leave a leg alone after a repair of it has failed, at least:
 * as long as it took, some times over, because the range is held meanwhile.
 */
#define BACK_OFF		HZ
#define BACK_OFF_FACTOR		8

/* Longer than a repair takes, so that one reader at a time tries. */
#define CLAIM			(600 * HZ)

/* Readers leave the rest to others when the repair of a leg takes longer. */
#define PATIENCE		HZ

/* One bad block is not to keep those behind it from being repaired. */
#define MAX_FAILURES		2

/**
 * struct repair - the repair of one leg
 * @io: the read, which holds its range; asked, failed and the status of each leg
 *	are those of the vote
 * @leg: number of the leg
 * @block: number of the first block in the request
 * @unsettled: blocks in which no leg is to blame
 * @seen: legs that were looked at
 * @began: when the repair of the leg began, in jiffies
 * @failures: blocks that could not be repaired
 * @sector: device sector at which the image begins
 * @end: device sector at which it ends
 * @image: what has won
 * @nr_image: number of segments
 * @scratch: where the leg is read back into
 * @nr_scratch: number of segments
 * @bio: for the leg
 */
struct repair {
	struct quorum_io *io;
	unsigned int leg;
	unsigned int block;
	u64 unsettled;
	u32 seen;
	unsigned long began;
	unsigned int failures;
	sector_t sector;
	sector_t end;
	const struct bio_vec *image;
	unsigned int nr_image;
	const struct bio_vec *scratch;
	unsigned int nr_scratch;
	struct bio *bio;
};

static struct quorum_leg *leg_of(const struct repair *repair)
{
	return &repair->io->q->legs[repair->leg];
}

/*
 *--------------------------------------------------------------------
 * Telling
 *--------------------------------------------------------------------
 */

static void report(const struct repair *repair, enum quorum_type type,
		   unsigned int block, sector_t sector, sector_t sectors,
		   blk_status_t error)
{
	const struct quorum_io *io = repair->io;
	unsigned long voters = io->asked & ~io->failed;
	struct quorum_report report = {
		.action = QUORUM_REPORT_BAD,
		.type = type,
		.leg = repair->leg,
		.sector = sector,
		.sectors = sectors,
		.error = error,
		.byte = QUORUM_NO_BYTE,
	};
	unsigned int leg;

	for_each_set_bit(leg, &voters, io->q->nr_legs) {
		if (io->legs[leg].stale & BIT_ULL(block))
			continue;
		report.voters++;
		report.votes += !(io->legs[leg].wrong & BIT_ULL(block));
	}
	quorum_events_report(io->q, &report);
}

static void repair_failed(struct repair *repair, unsigned int block,
			  sector_t sector, sector_t sectors,
			  blk_status_t error)
{
	repair->failures++;
	report(repair, QUORUM_TYPE_REWRITE, block, sector, sectors, error);
}

/*
 *--------------------------------------------------------------------
 * One leg
 *--------------------------------------------------------------------
 */

/* Where in its segments a sector of the image, or of what is read back, lies. */
static struct bvec_iter iter_at(const struct repair *repair,
				const struct bio_vec *vec, sector_t sector,
				sector_t end)
{
	unsigned int offset = (sector - repair->sector) << SECTOR_SHIFT;
	struct bvec_iter iter = {
		.bi_size = (end - repair->sector) << SECTOR_SHIFT,
	};

	bvec_iter_advance(vec, &iter, offset);
	return iter;
}

/*
 * Read or write some sectors of the leg, and wait, but not if the leg is failed.
 * What it has been given to write then may be used for something else by the
 * time that it is written.
 */
static blk_status_t transfer(const struct repair *repair, blk_opf_t opf,
			     sector_t sector, sector_t end)
{
	struct quorum *q = repair->io->q;
	bool write = op_is_write(opf);
	const struct bio_vec *vec = write ? repair->image : repair->scratch;
	unsigned int nr = write ? repair->nr_image : repair->nr_scratch;
	struct bio *bio = repair->bio;
	blk_status_t status;

	if (!quorum_leg_usable(leg_of(repair)))
		return QUORUM_STS_LET_GO;

	bio_init(bio, leg_of(repair)->dev->bdev, (struct bio_vec *)vec, nr,
		 opf);
	bio->bi_vcnt = nr;
	bio->bi_iter = iter_at(repair, vec, sector, end);
	bio->bi_iter.bi_sector = leg_of(repair)->start +
				 dm_target_offset(q->ti, sector);
	status = quorum_leg_wait(repair->io, repair->leg, bio);
	if (write && status == QUORUM_STS_LET_GO)
		quorum_leg_missed(q, repair->leg, sector, end - sector);

	return status;
}

/* Does what was read back equal the image? */
static bool holds_image(const struct repair *repair, sector_t sector,
			sector_t end)
{
	struct bvec_iter a = iter_at(repair, repair->image, sector, end);
	struct bvec_iter b = iter_at(repair, repair->scratch, sector, end);

	while (a.bi_size) {
		struct bio_vec x = bvec_iter_bvec(repair->image, a);
		struct bio_vec y = bvec_iter_bvec(repair->scratch, b);
		unsigned int bytes = min(x.bv_len, y.bv_len);

		/* Private pages are not in high memory. */
		if (memcmp(bvec_virt(&x), bvec_virt(&y), bytes))
			return false;
		bvec_iter_advance(repair->image, &a, bytes);
		bvec_iter_advance(repair->scratch, &b, bytes);
	}

	return true;
}

/* First sector behind a block. */
static sector_t block_end(const struct repair *repair, sector_t sector)
{
	return min(repair->end,
		   sector + (quorum_block_rest(sector) >> SECTOR_SHIFT));
}

static void is_right(const struct repair *repair, unsigned int block)
{
	repair->io->legs[repair->leg].wrong &= ~BIT_ULL(block);
}

/* Once for each vote block, of however many parts it is repaired. */
static void count_rewritten(const struct repair *repair, unsigned int block)
{
	struct quorum_leg_io *leg_io = &repair->io->legs[repair->leg];

	if (leg_io->rewritten & BIT_ULL(block))
		return;

	leg_io->rewritten |= BIT_ULL(block);
	atomic64_inc(&leg_of(repair)->rewritten);
	quorum_io_count(repair->io, QUORUM_TOTAL_REWRITTEN, 1);
}

static void forget_bad(const struct repair *repair, sector_t sector,
		       sector_t sectors)
{
	sectors = quorum_whole_blocks(repair->io->q, &sector, sectors);
	quorum_blocks_remove(&leg_of(repair)->bad, sector, sectors);
}

/* More than one block: if they fail together it is not known which is bad. */
static bool is_run(const struct repair *repair, sector_t sector, sector_t end)
{
	return end > block_end(repair, sector);
}

/*
 * Judge each block of what was read back. Returns false if one is not right: of
 * a run that is told when its blocks have been tried one by one.
 */
static bool verify(struct repair *repair, unsigned int block, sector_t sector,
		   sector_t end)
{
	bool run = is_run(repair, sector, end), right = true;
	sector_t next;

	for (; sector < end; sector = next, block++) {
		next = block_end(repair, sector);
		if (holds_image(repair, sector, next)) {
			is_right(repair, block);
			count_rewritten(repair, block);
			forget_bad(repair, sector, next - sector);
			continue;
		}
		if (!run)
			repair_failed(repair, block, sector, next - sector,
				      BLK_STS_OK);
		right = false;
	}

	return right;
}

/*
 * Write some blocks to the leg, or read them back. Returns false on failure: of
 * a run nothing has been told then, since its blocks will be tried one by one.
 */
static bool try_transfer(struct repair *repair, blk_opf_t opf,
			 unsigned int block, sector_t sector, sector_t end)
{
	struct quorum_leg *leg = leg_of(repair);
	blk_status_t status = transfer(repair, opf, sector, end);

	if (!status)
		return true;
	if (status == QUORUM_STS_LET_GO)
		return false;

	if (quorum_status_blames(opf & REQ_OP_MASK, status))
		atomic64_inc(op_is_write(opf) ? &leg->write_errors :
						&leg->read_errors);
	if (!is_run(repair, sector, end))
		repair_failed(repair, block, sector, end - sector, status);

	return false;
}

/* Write some blocks to the leg and read them back. Returns false on failure. */
static bool rewrite(struct repair *repair, unsigned int block, sector_t sector,
		    sector_t end)
{
	return try_transfer(repair, REQ_OP_WRITE | REQ_FUA, block, sector,
			    end) &&
	       try_transfer(repair, REQ_OP_READ, block, sector, end) &&
	       verify(repair, block, sector, end);
}

static void lost(const struct repair *repair, unsigned int block,
		 sector_t sector, sector_t end)
{
	struct quorum_io *io = repair->io;
	struct quorum_leg_io *leg_io = &io->legs[repair->leg];

	report(repair, io->type, block, sector, end - sector, BLK_STS_OK);
	io->lost |= BIT(repair->leg);
	if (leg_io->lost & BIT_ULL(block))
		return;

	leg_io->lost |= BIT_ULL(block);
	atomic64_inc(&leg_of(repair)->mismatches);
	quorum_io_count(io, QUORUM_TOTAL_MISMATCHES, 1);
}

/* Whoever has won would have done so against one more voter, too. */
static bool is_majority(const struct quorum *q)
{
	return 2 * q->vote_threshold > q->nr_legs;
}

/*
 * The leg has failed to read the request, so it is not known which blocks it
 * fails. One that it can read now may be wrong: nobody has looked at it yet.
 */
static bool try_block(struct repair *repair, unsigned int block,
		      sector_t sector, sector_t end)
{
	if (!transfer(repair, REQ_OP_READ, sector, end)) {
		if (holds_image(repair, sector, end)) {
			is_right(repair, block);
			return true;
		}
		/* It has a vote: a read that asks for less will hold that. */
		if (!is_majority(repair->io->q))
			return true;
		if (!(repair->unsettled & BIT_ULL(block)))
			lost(repair, block, sector, end);
	}

	return rewrite(repair, block, sector, end);
}

/* Blocks from @block on that are in @blocks without a gap. */
static unsigned int run_length(u64 blocks, unsigned int block)
{
	unsigned int length = 0;

	while (block + length < 64 && blocks & BIT_ULL(block + length))
		length++;

	return length;
}

/*
 * Give the leg what it missed. It is stale no more where that is on stable
 * storage; where it is stale from some sector on, the walk that fills it sees to
 * that.
 */
static bool fill(struct repair *repair, unsigned int block, sector_t sector,
		 sector_t end)
{
	struct quorum_leg *leg = leg_of(repair);
	bool bulk = sector >= atomic64_read(&leg->recovered);
	sector_t sectors = end - sector;

	if (!try_transfer(repair, REQ_OP_WRITE | (bulk ? 0 : REQ_FUA), block,
			  sector, end))
		return false;

	quorum_io_count(repair->io, QUORUM_TOTAL_RECOVERED, sectors);
	sectors = quorum_whole_blocks(repair->io->q, &sector, sectors);
	quorum_blocks_remove(&leg->stale, sector, sectors);
	return true;
}

typedef bool (*repair_fn)(struct repair *repair, unsigned int block,
			  sector_t sector, sector_t end);

static bool is_walk(const struct repair *repair)
{
	return test_bit(QUORUM_IO_WALKS, &repair->io->flags);
}

/* A leg that cannot be repaired, or not soon, is not to hold up the rest. */
static bool go_on(const struct repair *repair)
{
	return quorum_leg_usable(leg_of(repair)) &&
	       repair->failures < MAX_FAILURES &&
	       (is_walk(repair) ||
		time_before(jiffies, repair->began + PATIENCE));
}

/* Do these of the leg's blocks, in runs or, where that fails, one by one. */
static void repair_blocks(struct repair *repair, u64 blocks,
			  repair_fn repair_run, bool one)
{
	sector_t sector = repair->sector, end;
	unsigned int block = repair->block, length, i;
	unsigned int singles = one ? 64 : 0;

	while (sector < repair->end && go_on(repair)) {
		length = max(run_length(blocks, block), 1U);
		if (singles) {
			singles--;
			length = 1;
		}
		end = block_end(repair, sector);
		for (i = 1; i < length; i++)
			end = block_end(repair, end);
		if (blocks & BIT_ULL(block) &&
		    !repair_run(repair, block, sector, end) && length > 1) {
			singles = length;
			continue;
		}
		sector = end;
		block += length;
	}
}

/*
 *--------------------------------------------------------------------
 * Which legs, and where
 *--------------------------------------------------------------------
 */

/* The bits of the blocks that the image is of. */
static u64 image_blocks(const struct repair *repair)
{
	sector_t sector = repair->sector;
	unsigned int block = repair->block;
	u64 blocks = 0;

	for (; sector < repair->end; sector = block_end(repair, sector))
		blocks |= BIT_ULL(block++);

	return blocks;
}

/* Readers have something better to do for a while after a failure. */
static bool backs_off(const struct quorum_io *io, unsigned int leg)
{
	u64 until = atomic64_read(&io->q->legs[leg].repair_after);

	return until && !test_bit(QUORUM_IO_WALKS, &io->flags) &&
	       time_before64(get_jiffies_64(), until);
}

/* After a failure only one tries again. */
static bool may_try(struct repair *repair)
{
	atomic64_t *after = &leg_of(repair)->repair_after;
	u64 until = atomic64_read(after), now = get_jiffies_64();

	/* Parts of the request have shown that it is of no use. */
	if (repair->io->unmended & BIT(repair->leg))
		return false;
	if (!until || is_walk(repair))
		return true;

	return time_after_eq64(now, until) &&
	       atomic64_cmpxchg(after, until, now + CLAIM) == until;
}

/* Does a leg that fails requests, but no block, get better by repairs? */
static void judge_repair(struct repair *repair, bool failed)
{
	unsigned long took = jiffies - repair->began;
	bool done = repair->io->legs[repair->leg].rewritten;
	u64 until = 0;

	if (repair->failures)
		repair->io->unmended |= BIT(repair->leg);
	if (repair->failures || (failed && !done))
		until = get_jiffies_64() +
			max_t(unsigned long, BACK_OFF, BACK_OFF_FACTOR * took);
	if (until || atomic64_read(&leg_of(repair)->repair_after))
		atomic64_set(&leg_of(repair)->repair_after, until);
}

static bool failed_to_read(const struct quorum_io *io, unsigned int leg)
{
	return test_bit(leg, &io->failed) &&
	       quorum_status_blames(REQ_OP_READ, io->legs[leg].status);
}

/* Is there a block that it cannot read, and ought to? */
static bool may_be_unreadable(const struct quorum_io *io, unsigned int leg)
{
	return failed_to_read(io, leg) &&
	       quorum_io_all_blocks(io) & ~io->legs[leg].stale &
	       ~io->unsettled;
}

/*
 * May what the leg holds be taken for what it held when it missed something?
 * Where nothing can be chosen, for want of a leg that may have the answer, a new
 * leg must not look like that one: see quorum_choose().
 */
static bool must_stay_unfilled(const struct repair *repair, u64 blocks)
{
	struct quorum *q = repair->io->q;

	return q->ack_early && q->log && blocks & repair->io->unsettled &&
	       !quorum_leg_filled(leg_of(repair), repair->sector);
}

/*
 * What a leg missed and cannot be given stays noted. What is in its set already has
 * its mark in the log, or must not have one, as too few others would be left.
 */
static void keep_missed(const struct repair *repair, u64 blocks)
{
	sector_t sector = repair->sector;
	unsigned int block = repair->block;

	if (unlikely(must_stay_unfilled(repair, blocks)))
		repair->io->unmended |= BIT(repair->leg);

	for (; sector < repair->end; sector = block_end(repair, sector))
		if (blocks & BIT_ULL(block++) &&
		    !quorum_blocks_has(&leg_of(repair)->stale, sector))
			quorum_leg_missed(repair->io->q, repair->leg, sector, 1);
}

/* The leg's part of the memory: the request's, or the block engine's. */
static void use_memory(struct repair *repair, bool engine)
{
	struct quorum_block_leg *block_leg =
		&repair->io->q->engine.legs[repair->leg];
	struct quorum_leg_io *leg_io = &repair->io->legs[repair->leg];

	repair->bio = engine ? &block_leg->bio : leg_io->bio;
	repair->scratch = engine ? &block_leg->vec : leg_io->buffer.vec;
	repair->nr_scratch = engine ? 1 : leg_io->buffer.nr_vecs;
}

/* @blocks are those in which it is to be right, of @all. */
static void repair_leg(struct repair *repair, u64 blocks, u64 all)
{
	struct quorum_io *io = repair->io;
	struct quorum_leg_io *leg_io = &io->legs[repair->leg];
	bool failed = test_bit(repair->leg, &io->failed);
	u64 missed = 0, kept = io->kept;

	/* Which of its blocks it fails is not known. */
	if (failed)
		leg_io->wrong = blocks & ~leg_io->stale;
	if (io->mend & QUORUM_MEND_STALE)
		missed = leg_io->stale & all;
	if (failed && !failed_to_read(io, repair->leg))
		kept = 0;
	if (!((leg_io->wrong | missed) & kept) || !may_try(repair)) {
		keep_missed(repair, missed);
		return;
	}

	repair->began = jiffies;
	repair->failures = 0;
	repair_blocks(repair, leg_io->wrong & kept,
		      failed ? try_block : rewrite, failed);
	repair_blocks(repair, missed & kept, fill, false);
	keep_missed(repair, missed & ~kept);
	judge_repair(repair, failed);
}

/* Legs that were asked and looked at, and have not been failed since. */
static u32 seen_legs(const struct repair *repair)
{
	return repair->seen & repair->io->asked &
	       quorum_usable_legs(repair->io->q);
}

/*
 * The legs that were asked hold the same where none of them is wrong. Another
 * one, failed or just restored, may hold something else, unless it is known to
 * be stale there anyway.
 */
static bool all_hold(struct repair *repair, unsigned int block, sector_t sector)
{
	struct quorum_io *io = repair->io;
	unsigned long legs = seen_legs(repair);
	unsigned int leg;

	for_each_set_bit(leg, &legs, io->q->nr_legs)
		if (io->legs[leg].wrong & BIT_ULL(block))
			return false;

	for_each_clear_bit(leg, &legs, io->q->nr_legs)
		if (io->q->legs[leg].dev &&
		    !(io->legs[leg].stale & BIT_ULL(block)))
			quorum_leg_missed(io->q, leg, sector, 1);

	return true;
}

/*
 * With a log, whoever does not hold it is made stale, and that is known after a
 * crash: so there is no other version that could ever be read.
 */
static bool rest_is_stale(struct repair *repair, unsigned int block,
			  sector_t sector)
{
	struct quorum_io *io = repair->io;
	struct quorum *q = io->q;
	u32 seen = seen_legs(repair), hold = 0, stale = 0;
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (quorum_leg_stale(&q->legs[leg], sector))
			stale |= BIT(leg);
		else if (seen & BIT(leg) &&
			 !(io->legs[leg].wrong & BIT_ULL(block)))
			hold |= BIT(leg);

	/* Some may have become stale since the vote. */
	if (hweight32(hold) < q->vote_threshold)
		return false;

	/* One that is noted, since a moment ago perhaps, may not be marked. */
	return quorum_legs_missed(q, hold | stale, sector, 1) &&
	       quorum_log_note(q, ~hold, sector, 1);
}

/* A block, or the last part of one of which the others are settled. */
static void is_settled(struct repair *repair, unsigned int block, sector_t end)
{
	struct quorum_io *io = repair->io;
	sector_t sector = quorum_io_block_sector(io, block), sectors;

	io->unsure &= ~BIT_ULL(block);
	io->unsettled &= ~BIT_ULL(block);
	sectors = quorum_whole_blocks(io->q, &sector, end - sector);
	quorum_blocks_remove(&io->q->unsettled, sector, sectors);
	quorum_log_settled(io->q, sector, sectors);
}

static void settle(struct repair *repair, u64 blocks)
{
	struct quorum_io *io = repair->io;
	sector_t io_end = io->sector + quorum_io_sectors(io), sector, end;
	unsigned int block = repair->block;

	for (sector = repair->sector; sector < repair->end;
	     sector = end, block++) {
		end = block_end(repair, sector);
		if (!(blocks & BIT_ULL(block)))
			continue;
		if (!(io->q->log ? rest_is_stale(repair, block, sector) :
				   all_hold(repair, block, sector)))
			io->stuck |= BIT_ULL(block);
		else if (!(io->stuck & BIT_ULL(block)) &&
			 (end == io_end ||
			  quorum_block_rest(end) == QUORUM_BLOCK_BYTES))
			is_settled(repair, block, end);
	}
}

static void repair_legs(struct repair *repair, bool engine)
{
	struct quorum_io *io = repair->io;
	u64 all = image_blocks(repair), blocks = 0;

	repair->unsettled = io->unsettled & all;
	io->stuck |= all & ~io->kept;
	if (io->mend & QUORUM_MEND_WRONG)
		blocks |= all & ~repair->unsettled;
	if (io->mend & QUORUM_MEND_UNSETTLED)
		blocks |= repair->unsettled;
	blocks &= io->kept;

	for (repair->leg = 0; repair->leg < io->q->nr_legs; repair->leg++) {
		if (!quorum_leg_usable(leg_of(repair)))
			continue;
		repair->seen |= BIT(repair->leg);
		use_memory(repair, engine);
		repair_leg(repair, blocks, all);
	}
	if (repair->unsettled & blocks && io->mend & QUORUM_MEND_UNSETTLED)
		settle(repair, repair->unsettled & blocks);
	set_bit(QUORUM_IO_MENDED, &io->flags);
}

/**
 * quorum_repair_worth - is there a leg to repair?
 * @io: a read; no leg has any of it in flight. It may not hold its range yet
 *
 * Context: any.
 * Return: true if a leg lost a vote under the lock, or failed to read, and may
 * be repaired; or if the read is to put right more than that, and there is more.
 */
bool quorum_repair_worth(const struct quorum_io *io)
{
	unsigned int leg;

	if (!io->mend)
		return false;
	if (io->mend & QUORUM_MEND_UNSETTLED && io->unsettled)
		return true;
	for (leg = 0; leg < io->q->nr_legs; leg++)
		if (io->mend & QUORUM_MEND_STALE && io->legs[leg].stale &&
		    quorum_leg_usable(&io->q->legs[leg]))
			return true;

	for_each_set_bit(leg, &io->asked, io->q->nr_legs)
		if ((io->legs[leg].wrong || may_be_unreadable(io, leg)) &&
		    quorum_leg_usable(&io->q->legs[leg]) && !backs_off(io, leg))
			return true;

	return false;
}

/**
 * quorum_repair - put the legs right after a vote
 * @io: a read, voted on under the lock, with what has won in io->copy
 *
 * Context: may sleep; waits for legs only.
 */
void quorum_repair(struct quorum_io *io)
{
	struct repair repair = {
		.io = io,
		.sector = io->sector,
		.end = io->sector + quorum_io_sectors(io),
		.image = io->copy.vec,
		.nr_image = io->copy.nr_vecs,
	};

	repair_legs(&repair, false);
}

/**
 * quorum_repair_piece - put the legs right after a vote of the block engine
 * @io: the read
 * @block: number of the block in the request
 * @sector: first device sector of what was voted on, the block or a part of it
 * @bytes: its length; what has won is in the engine's image
 *
 * Context: the engine's worker.
 */
void quorum_repair_piece(struct quorum_io *io, unsigned int block,
			 sector_t sector, unsigned int bytes)
{
	struct repair repair = {
		.io = io,
		.block = block,
		.sector = sector,
		.end = sector + (bytes >> SECTOR_SHIFT),
		.image = &io->q->engine.image,
		.nr_image = 1,
	};

	repair_legs(&repair, true);
}
