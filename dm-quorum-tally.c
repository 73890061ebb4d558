// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the votes on the blocks of a read mean: for the caller, for the legs,
 * and for the administrator.
 *
 * A vote in which legs differ is a suspicion at first: a write may have been
 * under way, or the caller may have changed its buffer. The tally of a first
 * pass gives the caller the winners and notes the suspects; the final one, made
 * of what was read again while nothing could change, counts and reports.
 */

#include "dm-quorum.h"
#include "dm-quorum-trace.h"

/**
 * quorum_logical_block_bytes - smallest part of a block that is voted on
 * @q: the target
 *
 * Context: any, while the table is in use.
 * Return: the logical block size of the dm device in bytes, a page at most.
 */
unsigned int quorum_logical_block_bytes(const struct quorum *q)
{
	struct mapped_device *md = dm_table_get_md(q->ti->table);

	/* Another target's may be larger; that of our legs never is. */
	return min_t(unsigned int, QUORUM_BLOCK_BYTES,
		     queue_logical_block_size(dm_disk(md)->queue));
}

/*
 *--------------------------------------------------------------------
 * No winner
 *--------------------------------------------------------------------
 */

/* What each leg had to say about a block without a winner. */
static void describe_versions(const struct quorum_io *io,
			      const struct quorum_ballot *ballot,
			      struct quorum_report *report)
{
	unsigned int leg;

	report->nr_versions = ballot->nr_legs;
	for (leg = 0; leg < ballot->nr_legs; leg++)
		report->version[leg] = test_bit(leg, &io->failed) ?
			QUORUM_VERSION_ERROR : ballot->group[leg];
}

static void report_difference(const struct quorum *q,
			      const struct quorum_ballot *ballot,
			      struct quorum_report *report)
{
	unsigned int offset;

	if (!quorum_first_difference(ballot, &offset))
		return;

	report->byte = ((u64)report->sector << SECTOR_SHIFT) + offset;
	DMERR_LIMIT("%s: blkverify: legs differ, first at byte %llu",
		    dm_table_device_name(q->ti->table), report->byte);
}

/* Too few legs hold the same version: the caller gets an error. */
static void tally_failure(struct quorum_tally *tally, sector_t sector,
			  const struct quorum_ballot *ballot)
{
	struct quorum_io *io = tally->io;
	struct quorum *q = io->q;
	struct quorum_report report = {
		.action = QUORUM_FAILURE,
		.type = io->type,
		.leg = QUORUM_NO_LEG,
		.sector = sector,
		.sectors = ballot->bytes >> SECTOR_SHIFT,
		.votes = ballot->votes,
		.voters = ballot->voters,
		.byte = QUORUM_NO_BYTE,
	};

	/* It was better the first time, and the caller has that. */
	if (test_bit(QUORUM_IO_SERVED, &io->flags))
		return;

	if (ballot->voters < q->vote_threshold)
		report.error = quorum_io_error(io);
	else
		report.error = BLK_STS_PROTECTION;
	tally->status = report.error;
	if (!quorum_status_blames(io->op, report.error))
		return;

	tally->failed = true;

	describe_versions(io, ballot, &report);
	if (q->blkverify)
		report_difference(q, ballot, &report);
	quorum_events_report(q, &report);
}

/*
 *--------------------------------------------------------------------
 * A winner
 *--------------------------------------------------------------------
 */

static void copy_winner(const struct quorum_ballot *ballot,
			const struct bio_vec *to_vec, struct bvec_iter to)
{
	const void *winner = ballot->copy[ballot->winner];
	struct bvec_iter iter;
	struct bio_vec vec;

	to.bi_size = ballot->bytes;
	for_each_bvec(vec, to_vec, iter, to) {
		memcpy_to_bvec(&vec, winner);
		winner += vec.bv_len;
	}
}

/* Keep the winner, to repair others with it. */
static void keep_winner(struct quorum_tally *tally, sector_t sector,
			const struct quorum_ballot *ballot)
{
	unsigned int offset = (sector - tally->image_sector) << SECTOR_SHIFT;
	struct bvec_iter to = { .bi_size = offset + ballot->bytes };

	if (!tally->image)
		return;

	bvec_iter_advance(tally->image, &to, offset);
	copy_winner(ballot, tally->image, to);
}

/* See that the caller has the winner, and whoever else may need it. */
static void serve_winner(struct quorum_tally *tally, sector_t sector,
			 struct bvec_iter to,
			 const struct quorum_ballot *ballot)
{
	struct quorum_io *io = tally->io;

	keep_winner(tally, sector, ballot);
	if (!io->bio)
		return;
	if (io->direct < 0 ||
	    ballot->group[io->direct] != ballot->group[ballot->winner])
		copy_winner(ballot, io->bio->bi_io_vec, to);
}

/**
 * struct lost_run - parts of a block, one behind the other, that are lost alike
 * @sector: first device sector
 * @sectors: number of sectors, 0 for none
 * @votes: votes of the winner
 * @voters: legs that voted
 * @losers: legs that lost
 */
struct lost_run {
	sector_t sector;
	sector_t sectors;
	unsigned int votes;
	unsigned int voters;
	u32 losers;
};

static void report_losers(struct quorum_tally *tally,
			  const struct lost_run *run)
{
	struct quorum *q = tally->io->q;
	struct quorum_report report = {
		.action = QUORUM_REPORT_BAD,
		.type = tally->io->type,
		.sector = run->sector,
		.sectors = run->sectors,
		.votes = run->votes,
		.voters = run->voters,
		.byte = QUORUM_NO_BYTE,
	};
	unsigned long losers = run->losers;

	if (!run->sectors)
		return;
	for_each_set_bit(report.leg, &losers, q->nr_legs)
		quorum_events_report(q, &report);
}

/* Parts that are lost alike are told as one, however slowly they are judged. */
static void note_losers(struct quorum_tally *tally, struct lost_run *run,
			sector_t sector, const struct quorum_ballot *part)
{
	if (!run->sectors || run->sector + run->sectors != sector ||
	    run->losers != part->losers || run->votes != part->votes ||
	    run->voters != part->voters) {
		report_losers(tally, run);
		run->sector = sector;
		run->sectors = 0;
		run->votes = part->votes;
		run->voters = part->voters;
		run->losers = part->losers;
	}
	run->sectors += part->bytes >> SECTOR_SHIFT;
}

static void note_winners(struct quorum_tally *tally,
			 const struct quorum_ballot *ballot)
{
	unsigned int leg;

	for (leg = 0; leg < ballot->nr_legs; leg++)
		if (ballot->group[leg] != QUORUM_ABSTAINS &&
		    !(ballot->losers & BIT(leg)))
			tally->io->won |= BIT(leg);
}

/*
 *--------------------------------------------------------------------
 * A block in which the legs differ
 *--------------------------------------------------------------------
 */

/* What to do with each part of a block. */
enum part_action {
	PART_VOTE,	/* nothing, to see whether all of them have a winner */
	PART_SERVE,	/* give the caller the winner */
	PART_JUDGE,	/* that, and report losers and failures */
};

/**
 * struct part_result - the votes on the parts of a block
 * @won: every part has a winner
 * @losers: legs that lost in any part
 */
struct part_result {
	bool won;
	u32 losers;
};

static void do_part(struct quorum_tally *tally, struct lost_run *run,
		    sector_t sector, struct bvec_iter to,
		    const struct quorum_ballot *part, enum part_action action)
{
	if (action != PART_VOTE && part->winner >= 0)
		serve_winner(tally, sector, to, part);
	if (action != PART_JUDGE)
		return;

	trace_quorum_vote(tally->io, sector, part);
	if (part->winner < 0) {
		tally_failure(tally, sector, part);
		return;
	}
	note_winners(tally, part);
	if (part->losers && !tally->unsettled)
		note_losers(tally, run, sector, part);
}

/*
 * Without a log, whoever votes has had what was acknowledged: who has not is known
 * to be stale.
 */
static bool choose_version(struct quorum_tally *tally,
			   struct quorum_ballot *part)
{
	struct quorum *q = tally->io->q;

	return quorum_choose(part, q->ack_early && q->log);
}

/*
 * Vote on each logical block. Legs that are damaged in different ones outvote
 * each other there, and reports name what is bad and no more.
 */
static struct part_result do_parts(struct quorum_tally *tally,
				   const struct quorum_ballot *whole,
				   enum part_action action)
{
	unsigned int bytes = quorum_logical_block_bytes(tally->io->q), offset;
	struct part_result result = { .won = true };
	struct bvec_iter to = tally->to;
	struct lost_run run = { .sectors = 0 };
	struct quorum_ballot part;

	for (offset = 0; offset < whole->bytes; offset += bytes) {
		result.won &= quorum_vote_part(whole, &part, offset, bytes) ||
			      (tally->choose && choose_version(tally, &part));
		result.losers |= part.losers;
		do_part(tally, &run, tally->sector + (offset >> SECTOR_SHIFT),
			to, &part, action);
		if (tally->io->bio)
			bio_advance_iter(tally->io->bio, &to, bytes);
	}
	report_losers(tally, &run);

	return result;
}

/*
 * Count those that lost the block, once. It is known to be bad from now on, and
 * read under the lock at once.
 */
static void count_losers(struct quorum_tally *tally, unsigned long losers)
{
	struct quorum *q = tally->io->q;
	unsigned int leg;

	for_each_set_bit(leg, &losers, q->nr_legs) {
		struct quorum_leg_io *leg_io = &tally->io->legs[leg];

		if (leg_io->lost & BIT_ULL(tally->block))
			continue;
		leg_io->lost |= BIT_ULL(tally->block);
		atomic64_inc(&q->legs[leg].mismatches);
		quorum_io_count(tally->io, QUORUM_TOTAL_MISMATCHES, 1);
		/* Without memory it has to be confirmed again, that is all. */
		quorum_blocks_add(&q->legs[leg].bad, tally->sector, 1,
				  QUORUM_GFP);
	}
	tally->io->lost |= losers;
}

/* Those that agree on a block as a whole are not known to be bad there. */
static void forget_winners(struct quorum_tally *tally,
			   const struct quorum_ballot *ballot)
{
	struct quorum *q = tally->io->q;
	sector_t sector = tally->sector, sectors;
	unsigned int leg;

	sectors = quorum_whole_blocks(q, &sector,
				      ballot->bytes >> SECTOR_SHIFT);
	for (leg = 0; leg < ballot->nr_legs; leg++)
		if (unlikely(!quorum_blocks_empty(&q->legs[leg].bad)) &&
		    quorum_ballot_has(ballot, leg))
			quorum_blocks_remove(&q->legs[leg].bad, sector,
					     sectors);
}

/* The legs to put right, if that has been asked for. */
static void note_wrong(struct quorum_tally *tally, unsigned long losers)
{
	u32 what = tally->unsettled ? QUORUM_MEND_UNSETTLED : QUORUM_MEND_WRONG;
	unsigned int leg;

	if (!(tally->io->mend & what))
		return;

	for_each_set_bit(leg, &losers, tally->io->q->nr_legs)
		tally->io->legs[leg].wrong |= BIT_ULL(tally->block);
}

/* Votes that can be held by part: as a whole some version may lack a voter. */
static bool parts_can_vote(const struct quorum_tally *tally,
			   const struct quorum_ballot *ballot)
{
	/* A verifying read stops at the first difference, whatever it is. */
	return ballot->voters >= ballot->threshold && !tally->io->q->blkverify;
}

/* Count and report; there is nothing to be gained by asking again. */
static void judge_difference(struct quorum_tally *tally,
			     const struct quorum_ballot *ballot)
{
	struct part_result result = { .won = false };

	tally->differed = true;
	if (parts_can_vote(tally, ballot)) {
		result = do_parts(tally, ballot, PART_JUDGE);
	} else {
		trace_quorum_vote(tally->io, tally->sector, ballot);
		tally_failure(tally, tally->sector, ballot);
	}

	if (result.won && tally->image)
		tally->io->kept |= BIT_ULL(tally->block);
	note_wrong(tally, result.losers);
	if (tally->unsettled)
		tally->excused |= !!result.losers;
	else
		count_losers(tally, result.losers);
}

/* The votes on a block, or on all its parts one by one, are complete. */
static void close_block(struct quorum_tally *tally)
{
	struct quorum_io *io = tally->io;

	if (tally->failed) {
		atomic64_inc(&io->q->no_quorum);
		quorum_io_count(io, QUORUM_TOTAL_NO_QUORUM, 1);
	}
	if (tally->excused ||
	    (tally->final && !tally->differed && !tally->missing &&
	     io->suspects & BIT_ULL(tally->block)))
		atomic64_inc(&io->q->raced);

	tally->failed = false;
	tally->excused = false;
	tally->differed = false;
	tally->missing = false;
	tally->block++;
}

/*
 * The caller can still change the pages that a leg was read into, and several
 * votes on one version want it to stay: take that leg's from the caller. Returns
 * the page that holds it, or NULL without memory.
 */
static struct page *take_from_caller(struct quorum_tally *tally,
				     struct quorum_ballot *ballot)
{
	int direct = tally->io->direct;
	struct page *page = alloc_page(QUORUM_GFP);

	if (!page)
		return NULL;

	memcpy(page_address(page), ballot->copy[direct], ballot->bytes);
	ballot->copy[direct] = page_address(page);
	ballot->crc[direct] = quorum_crc(ballot->copy[direct], ballot->bytes);
	quorum_vote(ballot);

	return page;
}

/* When the legs were asked, or now that they have answered? */
static bool was_unsettled(const struct quorum_tally *tally)
{
	return tally->io->unsettled & BIT_ULL(tally->block) ||
	       quorum_is_unsettled(tally->io->q, tally->sector);
}

/*
 * With a log, what is read of an unsettled block is never to change: it must be
 * what every leg holds that may ever vote there, or be made that first.
 */
static bool must_settle(const struct quorum_tally *tally,
			const struct quorum_ballot *ballot)
{
	struct quorum *q = tally->io->q;
	unsigned int leg;
	u32 stale = 0;

	if (likely(!q->log) || !was_unsettled(tally))
		return false;
	if (ballot->losers || ballot->winner < 0)
		return true;

	for (leg = 0; leg < q->nr_legs; leg++) {
		if (quorum_ballot_has(ballot, leg))
			continue;
		if (!quorum_leg_stale(&q->legs[leg], tally->sector))
			return true;
		stale |= BIT(leg);
	}

	return !quorum_log_knows(q, stale, tally->sector, 1);
}

/* Is this the caller's first look at it, which may have been unlucky? */
static bool is_suspicion(struct quorum_tally *tally,
			 const struct quorum_ballot *ballot)
{
	struct part_result result;

#ifdef QUORUM_TEST_NO_CONFIRM
	return false;
#endif
	if (tally->final)
		return false;
	if (!parts_can_vote(tally, ballot) || must_settle(tally, ballot)) {
		tally->undecided = true;
		return true;
	}

	result = do_parts(tally, ballot, PART_VOTE);
	if (!result.won) {
		tally->undecided = true;
		return true;
	}
	if (tally->unsettled)
		return false;

	do_parts(tally, ballot, PART_SERVE);
	return true;
}

/*
 *--------------------------------------------------------------------
 * Interface
 *--------------------------------------------------------------------
 */

/**
 * quorum_tally_init - begin to vote on the blocks of a read
 * @tally: where the votes stand
 * @io: the read
 * @final: asking again can change nothing
 *
 * Context: any.
 */
void quorum_tally_init(struct quorum_tally *tally, struct quorum_io *io,
		       bool final)
{
	memset(tally, 0, sizeof(*tally));
	tally->io = io;
	tally->sector = io->sector;
	tally->final = final;
	tally->image = io->copy.nr_vecs ? io->copy.vec : NULL;
	tally->image_sector = io->sector;
	if (io->bio)
		tally->to = io->bio->bi_iter;
}

/**
 * quorum_tally_errors - count and report the legs that failed to read
 * @io: the read
 * @sector: first device sector of what was asked for
 * @bytes: length of what was asked for
 *
 * Context: may not be called from interrupts.
 */
void quorum_tally_errors(struct quorum_io *io, sector_t sector,
			 unsigned int bytes)
{
	unsigned long untold = io->failed & ~io->told;
	unsigned int leg;

	for_each_set_bit(leg, &untold, io->q->nr_legs)
		quorum_leg_error(io, leg, sector, bytes >> SECTOR_SHIFT);
	/* The engine finds out more of a leg than that it failed. */
	if (bytes == io->bytes)
		io->told |= io->failed;
}

/* Go on behind what has been voted on, a block or a part of one. */
static void advance(struct quorum_tally *tally, unsigned int bytes)
{
	struct quorum_io *io = tally->io;

	if (io->bio)
		bio_advance_iter(io->bio, &tally->to, bytes);
	tally->sector += bytes >> SECTOR_SHIFT;
	if (quorum_block_rest(tally->sector) == QUORUM_BLOCK_BYTES ||
	    tally->sector == io->sector + quorum_io_sectors(io))
		close_block(tally);
}

static void tally_agreement(struct quorum_tally *tally,
			    const struct quorum_ballot *ballot)
{
	trace_quorum_vote(tally->io, tally->sector, ballot);
	serve_winner(tally, tally->sector, tally->to, ballot);
	note_winners(tally, ballot);
	if (tally->image)
		tally->io->kept |= BIT_ULL(tally->block);
	if (tally->final)
		forget_winners(tally, ballot);
}

/*
 * Whoever has a vote here is to have one the next time, too. Too few voters are no
 * difference between them.
 */
static void note_suspects(struct quorum_tally *tally,
			  const struct quorum_ballot *ballot)
{
	struct quorum_io *io = tally->io;
	unsigned int leg;

	if (ballot->votes == ballot->voters)
		return;

	io->suspects |= BIT_ULL(tally->block);
	for (leg = 0; leg < io->q->nr_legs; leg++)
		if (quorum_ballot_has(ballot, leg))
			io->legs[leg].suspect |= BIT_ULL(tally->block);
}

/* A leg that is not asked again, or fails, may be the one that differed. */
static void note_missing(struct quorum_tally *tally,
			 const struct quorum_ballot *ballot)
{
	struct quorum_io *io = tally->io;
	unsigned int leg;

	for (leg = 0; leg < io->q->nr_legs; leg++)
		if (io->legs[leg].suspect & BIT_ULL(tally->block) &&
		    !quorum_ballot_has(ballot, leg))
			tally->missing = true;
}

static void tally_difference(struct quorum_tally *tally,
			     const struct quorum_ballot *ballot)
{
	struct quorum_io *io = tally->io;
	u64 this_block = BIT_ULL(tally->block);

	tally->unsettled = was_unsettled(tally);
	tally->choose = tally->final && tally->unsettled &&
			io->mend & QUORUM_MEND_UNSETTLED;
	if (is_suspicion(tally, ballot)) {
		note_suspects(tally, ballot);
	} else if (!(io->settled & this_block)) {
		judge_difference(tally, ballot);
		/* A first pass takes each block whole. */
		if (!tally->final)
			io->settled |= this_block;
	}
}

static bool agreed(const struct quorum_ballot *ballot)
{
	return ballot->winner >= 0 && !ballot->losers;
}

/**
 * quorum_tally_agreed - give the caller the next block of a read if all agree
 * @tally: where the votes stand
 * @ballot: the versions
 *
 * Context: any.
 * Return: false if they do not: then this says nothing about the block.
 */
bool quorum_tally_agreed(struct quorum_tally *tally,
			 struct quorum_ballot *ballot)
{
	quorum_vote(ballot);
	if (!agreed(ballot))
		return false;

	tally_agreement(tally, ballot);
	advance(tally, ballot->bytes);
	return true;
}

/**
 * quorum_tally_decided - give the caller the next block of a read if no leg that
 *	is yet to land can change what it gets
 * @tally: where the votes stand
 * @ballot: the versions of the legs that have landed
 *
 * A version that more than half of all legs hold wins, as a whole and in each
 * part of the block, whatever the others say.
 *
 * Context: any.
 * Return: false if one can.
 */
bool quorum_tally_decided(struct quorum_tally *tally,
			  struct quorum_ballot *ballot)
{
	struct quorum_io *io = tally->io;
	unsigned int to_land = hweight_long(io->asked & ~io->voting);

	if (!quorum_vote(ballot) ||
	    2 * ballot->votes <= ballot->voters + to_land)
		return false;

	serve_winner(tally, tally->sector, tally->to, ballot);
	advance(tally, ballot->bytes);
	return true;
}

/**
 * quorum_tally_block - vote on the next block of a read
 * @tally: where the votes stand
 * @ballot: the versions; stale legs have no vote on it
 *
 * Context: may not be called from interrupts.
 */
void quorum_tally_block(struct quorum_tally *tally,
			struct quorum_ballot *ballot)
{
	int direct = tally->io->direct;
	const void *callers = NULL;
	struct page *page = NULL;

	if (direct >= 0 && quorum_ballot_has(ballot, direct))
		callers = ballot->copy[direct];
	quorum_vote(ballot);
	if (unlikely(!agreed(ballot)) && callers)
		page = take_from_caller(tally, ballot);
	if (unlikely(must_settle(tally, ballot))) {
		if (tally->final)
			tally->io->unsure |= BIT_ULL(tally->block);
		else
			tally->undecided = true;
	}
	if (unlikely(tally->final && tally->io->suspects))
		note_missing(tally, ballot);

	if (likely(agreed(ballot))) {
		tally_agreement(tally, ballot);
	} else if (callers && !page) {
		tally->undecided = true;
		note_suspects(tally, ballot);
	} else {
		tally_difference(tally, ballot);
	}
	advance(tally, ballot->bytes);

	if (page) {
		ballot->copy[direct] = callers;
		__free_page(page);
	}
}

/**
 * quorum_tally_legs - judge the legs by a read as a whole
 * @io: the read
 *
 * Context: may not be called from interrupts if a leg was bad, else any.
 */
void quorum_tally_legs(struct quorum_io *io)
{
	u32 bad = io->lost | io->erred;
	unsigned int leg;

	for (leg = 0; leg < io->q->nr_legs; leg++) {
		if (bad & BIT(leg))
			quorum_leg_bad(io->q, leg);
		else if (io->won & BIT(leg))
			quorum_leg_good(io->q, leg);
	}
}
