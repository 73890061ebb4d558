// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty-region log: what a crash of the machine must not make forgotten.
 *
 * For each region of the target it holds whether a write may be under way in it
 * (then the legs may lawfully differ after a crash), and for each leg whether it
 * lacks something there. These marks are kept by dm-quorum-store.c.
 *
 * A write to a region that is not marked waits until the mark is on stable
 * storage; one to a region that is marked only counts itself in. Marks are taken
 * back lazily, many at a time, after the legs have been flushed.
 *
 * dm-log has no locking. One ordered worker is the only one that calls it while
 * the target is in use.
 */

#include "dm-quorum-log.h"

/* How often marks are taken back: twice so long after the last write. */
#define CLEAN_INTERVAL		(3 * HZ)

/**
 * struct log_waiter - a task that waits for marks to be made or taken back
 * @list: link in quorum_log.waiters or cleaners
 * @done: completed when that has been tried
 * @success: marks that were to be made are on stable storage
 */
struct log_waiter {
	struct list_head list;
	struct completion done;
	bool success;
};

/*
 *--------------------------------------------------------------------
 * Regions
 *--------------------------------------------------------------------
 */

/* Does a leg lack anything in a region? */
static bool lacks(struct quorum_log *log, unsigned int leg, unsigned int region)
{
	struct quorum_leg *l = &log->q->legs[leg];
	sector_t end = log_region_end(log, region);

	return end > atomic64_read_acquire(&l->recovered) ||
	       quorum_blocks_next(&l->stale, log_region_start(log, region),
				  end) != QUORUM_NO_SECTOR;
}

/* Is there a block in a region in which the legs may lawfully differ? */
static bool is_unsettled(struct quorum_log *log, unsigned int region)
{
	if (test_bit(region, log->unsettled))
		return true;
	/* Pairs with quorum_log_walked(). */
	smp_rmb();
	return quorum_blocks_next(&log->q->unsettled,
				  log_region_start(log, region),
				  log_region_end(log, region)) !=
	       QUORUM_NO_SECTOR;
}

static bool enter_region(atomic_t *region)
{
	int old = atomic_read(region);

	do {
		if (!(old & REGION_DIRTY))
			return false;
	} while (!atomic_try_cmpxchg(region, &old, (old | REGION_USED) + 1));

	return true;
}

static void leave_regions(struct quorum_log *log, unsigned int first,
			  unsigned int end)
{
	for (; first < end; first++)
		atomic_dec(&log->regions[first]);
}

/* Count a write in. Returns false, and it is not, if a mark is missing. */
static bool enter_regions(struct quorum_log *log, struct quorum_io *io)
{
	unsigned int first, last, region;

	last = log_regions(log, io->sector, quorum_io_sectors(io), &first);
	for (region = first; region <= last; region++) {
		if (unlikely(!enter_region(&log->regions[region]))) {
			leave_regions(log, first, region);
			return false;
		}
	}
	set_bit(QUORUM_IO_LOGGED, &io->flags);

	return true;
}

/*
 *--------------------------------------------------------------------
 * Where legs are stale
 *--------------------------------------------------------------------
 */

static void want(struct quorum_log *log, unsigned int leg, unsigned int region)
{
	struct quorum_log_set *set = log_leg_set(log, leg);

	/* Pairs with collect_stale(): it sees what the leg lacks, or we no mark. */
	smp_mb();
	if (test_bit(region, set->marked))
		return;
	/* First, so that what is wanted never looks like nothing. */
	atomic_inc(&log->nr_wanted);
	if (test_and_set_bit(region, set->wanted))
		atomic_dec(&log->nr_wanted);
}

/* Do enough of these legs lack nothing in a region, in memory and in the log? */
static bool spares(struct quorum_log *log, unsigned long kept,
		   unsigned int region)
{
	unsigned int leg, nr = 0;

	for_each_set_bit(leg, &kept, log->q->nr_legs) {
		struct quorum_log_set *set = log_leg_set(log, leg);

		if (test_bit(region, set->wanted))
			continue;
		/* Pairs with mark_wanted(): the one, or the other, is seen. */
		smp_rmb();
		nr += !test_bit(region, set->stored) && !lacks(log, leg, region);
	}

	return nr >= log->q->vote_threshold;
}

static bool others_marked(struct quorum_log *log, unsigned long kept,
			  unsigned int region)
{
	unsigned int leg;

	for_each_clear_bit(leg, &kept, log->q->nr_legs)
		if (!test_bit(region, log_leg_set(log, leg)->marked))
			return false;

	return true;
}

/* Have all other legs marked in a region, if enough of @kept are left. */
static bool want_others(struct quorum_log *log, unsigned long kept,
			unsigned int region)
{
	struct quorum *q = log->q;
	unsigned int leg;
	bool spared;

	mutex_lock(&q->miss_lock);
	spared = spares(log, kept, region);
	if (spared)
		for_each_clear_bit(leg, &kept, q->nr_legs)
			want(log, leg, region);
	mutex_unlock(&q->miss_lock);

	return spared;
}

/*
 *--------------------------------------------------------------------
 * Marking; the worker's
 *--------------------------------------------------------------------
 */

static void mark_dirty(struct quorum_log *log, const struct quorum_io *io)
{
	struct quorum_log_set *set = log_dirty_set(log);
	unsigned int region, last;

	last = log_regions(log, io->sector, quorum_io_sectors(io), &region);
	for (; region <= last; region++) {
		if (atomic_read(&log->regions[region]) & REGION_DIRTY)
			continue;
		__set_bit(region, set->marked);
		quorum_store_write(log, log_bit(log, set, region), true);
	}
}

/* The marks of a write are on stable storage. */
static void send_marked(struct quorum_log *log, struct quorum_io *io)
{
	unsigned int region, last;

	last = log_regions(log, io->sector, quorum_io_sectors(io), &region);
	for (; region <= last; region++)
		atomic_or(REGION_DIRTY, &log->regions[region]);
	/* Nobody but this worker takes a mark back. */
	enter_regions(log, io);
	queue_work(log->q->vote_wq, &io->work);
}

/* Write where legs are stale. Returns how many bits that are. */
static unsigned int mark_wanted(struct quorum_log *log)
{
	unsigned int leg, region, nr = 0;

	for (leg = 0; leg < log->q->nr_legs; leg++) {
		struct quorum_log_set *set = log_leg_set(log, leg);

		for_each_set_bit(region, set->wanted, log->nr_regions) {
			set_bit(region, set->stored);
			__set_bit(region, set->making);
			/* If it was being taken back, it is not any more. */
			__clear_bit(region, set->leaving);
			/* Pairs with spares(). */
			smp_mb__before_atomic();
			clear_bit(region, set->wanted);
			quorum_store_write(log, log_bit(log, set, region),
					   true);
			nr++;
		}
	}

	return nr;
}

/* The same bits have been flushed, or could not be and are wanted still. */
static void settle_wanted(struct quorum_log *log, unsigned int nr, bool success)
{
	unsigned int leg, region;

	for (leg = 0; nr && leg < log->q->nr_legs; leg++) {
		struct quorum_log_set *set = log_leg_set(log, leg);

		for_each_set_bit(region, set->making, log->nr_regions) {
			__clear_bit(region, set->making);
			if (success)
				set_bit(region, set->marked);
			else if (!test_and_set_bit(region, set->wanted))
				nr--;
		}
	}
	/* Whoever sees that nothing is wanted may rely on the marks. */
	smp_mb__before_atomic();
	atomic_sub(nr, &log->nr_wanted);
}

static bool anything_marked(struct quorum_log *log)
{
	unsigned int set;

	for (set = 0; set <= log->q->nr_legs; set++)
		if (!bitmap_empty(log->sets[set].marked, log->nr_regions))
			return true;

	return false;
}

static void refuse_all(struct quorum_log *log, struct list_head *writes)
{
	blk_status_t status = dm_noflush_suspending(log->q->ti) ?
			      BLK_STS_DM_REQUEUE : BLK_STS_IOERR;
	struct quorum_io *io, *next;

	list_for_each_entry_safe(io, next, writes, log_entry)
		quorum_write_refuse(io, status);
}

/* Nothing was sent. Until the log can be written, or the target goes. */
static void hold(struct quorum_log *log, struct list_head *writes)
{
	bool refusing;

	spin_lock(&log->lock);
	refusing = log->refusing;
	if (!refusing)
		list_splice_tail_init(writes, &log->held);
	spin_unlock(&log->lock);

	if (refusing)
		refuse_all(log, writes);
}

static void wake_waiters(struct list_head *waiters, bool success)
{
	struct log_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, waiters, list) {
		waiter->success = success;
		complete(&waiter->done);
	}
}

/* All that wait share one flush. */
static void mark_work(struct work_struct *work)
{
	struct quorum_log *log = container_of(work, struct quorum_log, work);
	struct quorum_io *io, *next;
	LIST_HEAD(writes);
	LIST_HEAD(waiters);
	unsigned int nr;
	bool success;

	spin_lock(&log->lock);
	list_splice_init(&log->held, &writes);
	list_splice_tail_init(&log->waiting, &writes);
	list_splice_init(&log->waiters, &waiters);
	spin_unlock(&log->lock);

	list_for_each_entry(io, &writes, log_entry)
		mark_dirty(log, io);
	nr = mark_wanted(log);
	success = quorum_store_flush(log);
	settle_wanted(log, nr, success);
	wake_waiters(&waiters, success);

	if (!success)
		hold(log, &writes);
	else
		list_for_each_entry_safe(io, next, &writes, log_entry)
			send_marked(log, io);
	queue_delayed_work(log->wq, &log->clean_work, CLEAN_INTERVAL);
}

static void begin_wait(struct quorum_log *log, struct log_waiter *waiter,
		       struct list_head *waiters)
{
	init_completion(&waiter->done);
	spin_lock(&log->lock);
	list_add_tail(&waiter->list, waiters);
	spin_unlock(&log->lock);
}

/* Returns false if the log cannot be written. */
static bool wait_for_marks(struct quorum_log *log)
{
	struct log_waiter waiter;

	begin_wait(log, &waiter, &log->waiters);
	queue_work(log->wq, &log->work);
	wait_for_completion_io(&waiter.done);

	return waiter.success;
}

/*
 *--------------------------------------------------------------------
 * Taking marks back; the worker's, or of who has stopped that
 *--------------------------------------------------------------------
 */

/* Nobody has counted himself in meanwhile. */
static void keep_dirty(struct quorum_log *log, unsigned int region)
{
	atomic_set(&log->regions[region], REGION_DIRTY);
}

/*
 * Regions that nobody has written for a while. From here on a write to them has
 * to ask for a mark, and gets it after this. Whoever has left an unsettled block
 * did so before it counted itself out.
 */
static bool collect_dirty(struct quorum_log *log, bool all)
{
	struct quorum_log_set *set = log_dirty_set(log);
	unsigned int region;
	bool any = false;

	for_each_set_bit(region, set->marked, log->nr_regions) {
		atomic_t *word = &log->regions[region];
		int old = atomic_read(word);

		/* A mark that could not be made has been since, or is kept. */
		if (old & REGION_WRITES || (log->told && !(old & REGION_DIRTY)))
			continue;
		if (old & REGION_USED && !all) {
			atomic_andnot(REGION_USED, word);
			continue;
		}
		if (atomic_cmpxchg(word, old, REGION_LEAVING) != old)
			continue;
		if (is_unsettled(log, region)) {
			keep_dirty(log, region);
			continue;
		}
		__set_bit(region, set->leaving);
		any = true;
	}

	return any;
}

/*
 * Where a leg has got what it lacked. The mark is given up first: who finds that
 * a leg lacks something either notes that before the look, or finds no mark.
 */
static bool collect_stale(struct quorum_log *log, unsigned int leg)
{
	struct quorum_log_set *set = log_leg_set(log, leg);
	unsigned int region;
	bool any = false;

	for_each_set_bit(region, set->marked, log->nr_regions) {
		/* Nobody is to find no mark for nothing. */
		if (lacks(log, leg, region))
			continue;
		clear_bit(region, set->marked);
		/* Pairs with want() and quorum_log_knows(). */
		smp_mb__after_atomic();
		if (lacks(log, leg, region)) {
			set_bit(region, set->marked);
			continue;
		}
		__set_bit(region, set->leaving);
		any = true;
	}

	return any;
}

/* Make what is wanted marks of. */
static bool note_wanted(struct quorum_log *log)
{
	unsigned int nr = mark_wanted(log);
	bool success = !nr || quorum_store_flush(log);

	settle_wanted(log, nr, success);
	return success;
}

/*
 * What a leg that has failed, or could not flush, took last may be lost with its
 * cache. If so it is found stale there after a restart; if not, it is flushed
 * when it is well, and the mark goes. Where too few others would be left, the
 * region stays dirty.
 */
static bool miss_unflushed(struct quorum_log *log, unsigned long flushed)
{
	struct quorum_log_set *set = log_dirty_set(log);
	unsigned int region;

	for_each_set_bit(region, set->leaving, log->nr_regions) {
		if (others_marked(log, flushed, region) ||
		    want_others(log, flushed, region))
			continue;
		__clear_bit(region, set->leaving);
		keep_dirty(log, region);
	}

	return note_wanted(log);
}

/* Returns the legs that did it. */
static unsigned long flush_legs(struct quorum *q, unsigned long legs)
{
	unsigned long flushed = 0;
	unsigned int leg;

	for_each_set_bit(leg, &legs, q->nr_legs)
		if (!quorum_flush_leg(q, leg))
			__set_bit(leg, &flushed);

	return flushed;
}

/* What was collected of a set is as it was. */
static void keep_marks(struct quorum_log *log, struct quorum_log_set *set)
{
	unsigned int region;

	for_each_set_bit(region, set->leaving, log->nr_regions) {
		__clear_bit(region, set->leaving);
		if (set == log_dirty_set(log))
			keep_dirty(log, region);
		else
			set_bit(region, set->marked);
	}
}

/* From here on a mark may be asked for again: it is made after this. */
static void forget_mark(struct quorum_log *log, struct quorum_log_set *set,
			unsigned int region, bool success)
{
	if (set == log_dirty_set(log)) {
		__clear_bit(region, set->marked);
		atomic_set(&log->regions[region], 0);
	} else if (success) {
		clear_bit(region, set->stored);
	} else {
		/* It may be there or not. Make it, to take it back later. */
		want(log, set - log_leg_set(log, 0), region);
	}
}

/* Returns true if a leg's are among them. */
static bool write_cleared(struct quorum_log *log)
{
	unsigned int nr, region;
	bool any = false;

	for (nr = 0; nr <= log->q->nr_legs; nr++) {
		struct quorum_log_set *set = &log->sets[nr];

		for_each_set_bit(region, set->leaving, log->nr_regions) {
			quorum_store_write(log, log_bit(log, set, region),
					   false);
			any |= set != log_dirty_set(log);
		}
	}

	return any;
}

static void clear_marks(struct quorum_log *log)
{
	unsigned int nr, region;
	bool success;

	/*
	 * Another leg may be marked once this is not. After a crash, the log's
	 * device may have any of the sectors that were written since its flush.
	 */
	if (write_cleared(log))
		quorum_store_flush_device(log);

	/* If that cannot be written, more is marked than need be. */
	success = quorum_store_flush(log);
	for (nr = 0; nr <= log->q->nr_legs; nr++) {
		struct quorum_log_set *set = &log->sets[nr];

		for_each_set_bit(region, set->leaving, log->nr_regions) {
			__clear_bit(region, set->leaving);
			forget_mark(log, set, region, success);
		}
	}
}

/*
 * @regions: not only the marks of legs. @all: also of regions that have been
 * written a moment ago.
 */
static void clean(struct quorum_log *log, bool regions, bool all)
{
	struct quorum *q = log->q;
	unsigned long usable = quorum_usable_legs(q), flushed;
	bool any = regions && collect_dirty(log, all);
	unsigned int leg;

	/* No mark of a leg goes that is not flushed after the look. */
	for_each_set_bit(leg, &usable, q->nr_legs)
		any |= collect_stale(log, leg);
	if (!any)
		return;

	flushed = flush_legs(q, usable);
	for (leg = 0; leg < q->nr_legs; leg++)
		if (!test_bit(leg, &flushed))
			keep_marks(log, log_leg_set(log, leg));
	if (hweight_long(flushed) < q->nr_legs && !miss_unflushed(log, flushed))
		for (leg = 0; leg <= q->nr_legs; leg++)
			keep_marks(log, &log->sets[leg]);
	clear_marks(log);
}

static void clean_work(struct work_struct *work)
{
	struct quorum_log *log = container_of(to_delayed_work(work),
					      struct quorum_log, clean_work);

	LIST_HEAD(waiters);
	bool held;

	spin_lock(&log->lock);
	held = !list_empty(&log->held);
	list_splice_init(&log->cleaners, &waiters);
	spin_unlock(&log->lock);

	/* As long as no mark can be made, none is taken back. */
	if (held)
		queue_work(log->wq, &log->work);
	else if ((!log->told || quorum_store_flush(log)) && note_wanted(log))
		clean(log, list_empty(&waiters), false);
	wake_waiters(&waiters, true);
	if (held || anything_marked(log) || quorum_log_pending(log->q))
		queue_delayed_work(log->wq, &log->clean_work, CLEAN_INTERVAL);
}

/*
 *--------------------------------------------------------------------
 * Interface
 *--------------------------------------------------------------------
 */

/**
 * quorum_log_enter - make sure that a write is known before it is sent
 * @io: the write, which holds its range and is to go on by its work
 *
 * Context: may sleep; waits for nothing.
 * Return: true if it may be sent. If not, its work is queued when it may; or, if
 * the log cannot be written, it is refused when the target is suspended.
 */
bool quorum_log_enter(struct quorum_io *io)
{
	struct quorum_log *log = io->q->log;

	if (likely(!log) || test_bit(QUORUM_IO_LOGGED, &io->flags) ||
	    enter_regions(log, io))
		return true;

	spin_lock(&log->lock);
	list_add_tail(&io->log_entry, &log->waiting);
	spin_unlock(&log->lock);
	queue_work(log->wq, &log->work);

	return false;
}

/**
 * quorum_log_leave - a write has ended on all legs, and what it means is noted
 * @io: the write
 *
 * Context: any.
 */
void quorum_log_leave(struct quorum_io *io)
{
	unsigned int first, last;

	if (likely(!test_bit(QUORUM_IO_LOGGED, &io->flags)))
		return;

	last = log_regions(io->q->log, io->sector, quorum_io_sectors(io),
			   &first);
	leave_regions(io->q->log, first, last + 1);
}

/**
 * quorum_log_want - have it marked that a leg is stale
 * @q: the target
 * @leg: number of the leg; what it lacks has been noted in memory
 * @sector: first device sector
 * @sectors: number of sectors
 *
 * Context: any but interrupts. The mark is made by quorum_log_note().
 */
void quorum_log_want(struct quorum *q, unsigned int leg, sector_t sector,
		     sector_t sectors)
{
	unsigned int region, last;

	if (likely(!q->log))
		return;

	last = log_regions(q->log, sector, sectors, &region);
	for (; region <= last; region++)
		want(q->log, leg, region);
}

/**
 * quorum_log_knows - is it marked that legs are stale?
 * @q: the target
 * @legs: the legs
 * @sector: first device sector
 * @sectors: number of sectors
 *
 * Context: any but interrupts.
 * Return: true if each of them is marked wherever the range is. What is noted in
 * memory before that is asked keeps the marks.
 */
bool quorum_log_knows(struct quorum *q, unsigned long legs, sector_t sector,
		      sector_t sectors)
{
	unsigned int region, last, leg;

	last = log_regions(q->log, sector, sectors, &region);
	/* Pairs with collect_stale(). */
	smp_mb();
	for (; region <= last; region++)
		for_each_set_bit(leg, &legs, q->nr_legs)
			if (!test_bit(region, log_leg_set(q->log, leg)->marked))
				return false;

	return true;
}

/**
 * quorum_log_pending - are there marks that must not be relied on yet?
 * @q: the target
 *
 * Context: any.
 * Return: true if some are wanted and not made.
 */
bool quorum_log_pending(const struct quorum *q)
{
	return q->log && atomic_read(&q->log->nr_wanted);
}

/**
 * quorum_log_note - wait until it is marked that legs are stale
 * @q: the target
 * @legs: the legs, for which that is noted in memory
 * @sector: first device sector
 * @sectors: number of sectors
 *
 * Context: may sleep; waits for the log's worker, which waits for the log, and
 * for the legs to flush.
 * Return: false if the log cannot be written.
 */
bool quorum_log_note(struct quorum *q, u32 legs, sector_t sector,
		     sector_t sectors)
{
	legs &= (u32)(BIT_ULL(q->nr_legs) - 1);

	return !q->log || !legs || quorum_log_knows(q, legs, sector, sectors) ||
	       wait_for_marks(q->log);
}

/**
 * quorum_log_spares - may other legs miss a write?
 * @q: the target
 * @kept: the legs that do not
 * @sector: first device sector of the write
 * @sectors: number of sectors
 *
 * The log notes what a leg lacks by regions, and after a restart so many legs
 * must be left in each that what was acknowledged can be read.
 *
 * Context: quorum.miss_lock.
 * Return: true if vote_threshold of the legs lack nothing in each region.
 */
bool quorum_log_spares(struct quorum *q, u32 kept, sector_t sector,
		       sector_t sectors)
{
	unsigned int region, last;

	last = log_regions(q->log, sector, sectors, &region);
	for (; region <= last; region++)
		if (!spares(q->log, kept, region))
			return false;

	return true;
}

/**
 * quorum_log_take_back - take back marks of legs that lack nothing any more
 * @q: the target
 *
 * That is done from time to time anyway, but a leg that has just been recovered
 * is to be there at once when another one fails.
 *
 * Context: may sleep, like quorum_log_note().
 */
void quorum_log_take_back(struct quorum *q)
{
	struct log_waiter waiter;

	begin_wait(q->log, &waiter, &q->log->cleaners);
	mod_delayed_work(q->log->wq, &q->log->clean_work, 0);
	wait_for_completion_io(&waiter.done);
}

/**
 * quorum_log_flushed - a flush is to be acknowledged
 * @q: the target
 * @legs: the legs that did it
 *
 * Others may have what was acknowledged before in a cache, and lose it. Unless
 * that is marked, they would have a vote after a restart.
 *
 * Context: may sleep, like quorum_log_note().
 * Return: false if it cannot be marked.
 */
bool quorum_log_flushed(struct quorum *q, u32 legs)
{
	struct quorum_log *log = q->log;
	unsigned int region;
	bool wanted = false;

	if (likely(!log || hweight32(legs) == q->nr_legs))
		return true;

	for (region = 0; region < log->nr_regions; region++) {
		if (!(atomic_read(&log->regions[region]) &
		      (REGION_DIRTY | REGION_LEAVING)) ||
		    others_marked(log, legs, region))
			continue;
		if (!want_others(log, legs, region)) {
			quorum_log_take_back(q);
			if (!want_others(log, legs, region))
				return false;
		}
		wanted = true;
	}

	return !wanted || wait_for_marks(log);
}

/**
 * quorum_log_refuse - let no write wait for a log that cannot be written
 * @q: the target, which is about to be suspended
 *
 * Context: may sleep.
 */
void quorum_log_refuse(struct quorum *q)
{
	struct quorum_log *log = q->log;
	LIST_HEAD(writes);

	if (!log)
		return;

	spin_lock(&log->lock);
	log->refusing = true;
	list_splice_init(&log->held, &writes);
	spin_unlock(&log->lock);
	refuse_all(log, &writes);
	if (log->store->type->presuspend)
		log->store->type->presuspend(log->store);
}

/**
 * quorum_log_suspend - leave nothing marked that need not be
 * @q: the target, which has no request in flight
 *
 * Context: may sleep; waits for the log and the legs.
 */
void quorum_log_suspend(struct quorum *q)
{
	struct quorum_log *log = q->log;

	if (!log)
		return;

	cancel_delayed_work_sync(&log->clean_work);
	flush_workqueue(log->wq);
	/* The marks may have queued it again. */
	cancel_delayed_work_sync(&log->clean_work);
	/* As long as no mark can be made, none is taken back. */
	if ((!log->told || quorum_store_flush(log)) && note_wanted(log))
		clean(log, true, true);
	quorum_store_suspend(log);
}

/**
 * quorum_log_resume - begin, or go on
 * @q: the target, which gets no requests yet; or does, if it was not suspended
 *	after all
 *
 * The first time, what the log holds is put into the sets of the target. Later
 * the sets know better.
 *
 * Context: may sleep.
 * Return: true if that was the first time.
 */
bool quorum_log_resume(struct quorum *q)
{
	struct quorum_log *log = q->log;
	bool first;

	if (!log)
		return false;

	first = quorum_store_resume(log);
	spin_lock(&log->lock);
	log->refusing = false;
	spin_unlock(&log->lock);
	if (quorum_log_pending(q))
		wait_for_marks(log);
	queue_delayed_work(log->wq, &log->clean_work, CLEAN_INTERVAL);

	return first;
}

/**
 * quorum_log_init - prepare a log that is all zeroes
 * @log: the log
 *
 * Context: any.
 */
void quorum_log_init(struct quorum_log *log)
{
	spin_lock_init(&log->lock);
	INIT_LIST_HEAD(&log->waiting);
	INIT_LIST_HEAD(&log->held);
	INIT_LIST_HEAD(&log->waiters);
	INIT_LIST_HEAD(&log->cleaners);
	INIT_WORK(&log->work, mark_work);
	INIT_DELAYED_WORK(&log->clean_work, clean_work);
}
