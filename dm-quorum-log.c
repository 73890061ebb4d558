// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dirty-region log: what a crash of the machine must not make forgotten.
 *
 * For each region of the target it holds whether a write may be under way in it
 * (then the legs may lawfully differ after a crash), and for each leg whether it
 * lacks something there. Storage is the kernel's dm-log, which is shown a target
 * with all these bits as its regions, one set behind the other: a signature, the
 * dirty regions, and those in which leg 0 is stale, leg 1, and so on. So a leg
 * that is added at the end begins as one that lacks everything.
 *
 * A write to a region that is not marked waits until the mark is on stable
 * storage; one to a region that is marked only counts itself in. Marks are taken
 * back lazily, many at a time, after the legs have been flushed.
 *
 * dm-log has no locking. One ordered worker is the only one that calls it while
 * the target is in use.
 */

#include "dm-quorum.h"
#include <linux/dm-dirty-log.h>

/* quorum_log.regions[]: the writes in flight, and these. */
#define REGION_DIRTY		BIT(30)	/* the mark is on stable storage */
#define REGION_USED		BIT(29)	/* written since the last look */
#define REGION_LEAVING		BIT(28)	/* it is being taken back */
#define REGION_WRITES		(REGION_LEAVING - 1)

/* How often marks are taken back: twice so long after the last write. */
#define CLEAN_INTERVAL		(3 * HZ)

/* Each set is in memory and, in one piece, written with each mark. */
#define MAX_REGIONS		BIT(20)

/* Bits in front of the sets, which tell whose log it is. */
#define SIGNATURE_BITS		64

/**
 * struct log_set - one bit a region: dirty, or stale on one leg
 * @marked: is marked on stable storage, and will stay so; of the dirty regions
 *	the worker's alone, and perhaps not on stable storage: their words tell.
 *	Of a leg's, atomic bits
 * @leaving: the mark is being taken back; the worker's
 * @making: the mark is being made; the worker's. This and what follows is for
 *	legs only: of dirty regions, the writes that wait say which to mark
 * @wanted: is to be marked; atomic bits
 * @stored: may be marked on stable storage; atomic bits
 */
struct log_set {
	unsigned long *marked;
	unsigned long *leaving;
	unsigned long *making;
	unsigned long *wanted;
	unsigned long *stored;
};

/**
 * struct quorum_log - the dirty-region log of a target
 * @q: the target
 * @store: dm-log
 * @shown: the target that dm-log is shown
 * @region_shift: sectors of a region, as a power of two
 * @nr_regions: number of regions
 * @volatile_store: nothing of it outlives the table
 * @nosync: of such a log: the legs are known to be equal
 * @has_been_read: what it holds is known, and memory has the truth since
 * @running: dm-log has been resumed
 * @written: the log holds a signature. Until then nothing is marked
 * @unsettled: regions that were dirty when the log was read, and have not been
 *	walked over since; atomic bits
 * @nr_unsettled: number of these; a hint for readers that race a change
 * @resettled: vote blocks in them that were written or settled since. A hint, as
 *	much as memory allows
 * @regions: a word for each region, see REGION_DIRTY
 * @wq: ordered, so that dm-log is called by one at a time
 * @work: marks
 * @clean_work: takes back marks, and tries again what could not be marked
 * @lock: see below
 * @waiting: writes that wait for marks
 * @held: writes whose marks could not be made; tried again with the next one,
 *	and from time to time
 * @waiters: who waits for the marks of legs
 * @refusing: the target is being suspended: nobody waits for a log that fails
 * @nr_wanted: bits that are set in quorum_log.sets[].wanted, and a hint for
 *	readers that race a change of them
 * @told: that the log has failed; the worker's
 * @sets: the dirty regions, then those of each leg
 */
struct quorum_log {
	struct quorum *q;
	struct dm_dirty_log *store;
	struct dm_target shown;
	unsigned int region_shift;
	unsigned int nr_regions;
	bool volatile_store;
	bool nosync;
	bool has_been_read;
	bool running;
	bool written;
	unsigned long *unsettled;
	atomic_t nr_unsettled;
	struct quorum_blocks resettled;
	atomic_t *regions;
	struct workqueue_struct *wq;
	struct work_struct work;
	struct delayed_work clean_work;
	/* Protects the lists, and @refusing. Taken from tasks, innermost. */
	spinlock_t lock;
	struct list_head waiting;
	struct list_head held;
	struct list_head waiters;
	bool refusing;
	atomic_t nr_wanted;
	bool told;
	struct log_set sets[];
};

/**
 * struct log_waiter - a task that waits for the marks of legs
 * @list: link in quorum_log.waiters
 * @done: completed when they are made or could not be
 * @success: they are on stable storage
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

static unsigned int region_of(const struct quorum_log *log, sector_t sector)
{
	return dm_target_offset(log->q->ti, sector) >> log->region_shift;
}

/* First device sector of a region. */
static sector_t region_start(const struct quorum_log *log, unsigned int region)
{
	return log->q->ti->begin + ((sector_t)region << log->region_shift);
}

/* Device sector behind a region; the last one may be shorter. */
static sector_t region_end(const struct quorum_log *log, unsigned int region)
{
	return min(region_start(log, region + 1),
		   log->q->ti->begin + log->q->ti->len);
}

/* The regions from *@first to the one that is returned hold a range. */
static unsigned int regions_of(const struct quorum_log *log, sector_t sector,
			       sector_t sectors, unsigned int *first)
{
	*first = region_of(log, sector);

	return region_of(log, sector + sectors - 1);
}

static struct log_set *dirty_set(struct quorum_log *log)
{
	return &log->sets[0];
}

static struct log_set *leg_set(struct quorum_log *log, unsigned int leg)
{
	return &log->sets[1 + leg];
}

/* The number by which dm-log knows a bit. */
static region_t stored(const struct quorum_log *log, const struct log_set *set,
		       unsigned int region)
{
	return SIGNATURE_BITS +
	       (region_t)(set - log->sets) * log->nr_regions + region;
}

/* Does a leg lack anything in a region? */
static bool lacks(struct quorum_log *log, unsigned int leg, unsigned int region)
{
	struct quorum_leg *l = &log->q->legs[leg];
	sector_t end = region_end(log, region);

	return end > atomic64_read_acquire(&l->recovered) ||
	       quorum_blocks_next(&l->stale, region_start(log, region), end) !=
	       QUORUM_NO_SECTOR;
}

/* Is there a block in a region in which the legs may lawfully differ? */
static bool is_unsettled(struct quorum_log *log, unsigned int region)
{
	if (test_bit(region, log->unsettled))
		return true;
	/* Pairs with quorum_log_walked(). */
	smp_rmb();
	return quorum_blocks_next(&log->q->unsettled, region_start(log, region),
				  region_end(log, region)) != QUORUM_NO_SECTOR;
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

	last = regions_of(log, io->sector, quorum_io_sectors(io), &first);
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
	struct log_set *set = leg_set(log, leg);

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
		struct log_set *set = leg_set(log, leg);

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
		if (!test_bit(region, leg_set(log, leg)->marked))
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

/*
 * Which bits the log holds is only known if it was written for this layout of
 * regions. All legs' sets are behind the dirty regions, so that legs can be added.
 */
static u64 signature_of(const struct quorum_log *log)
{
	struct {
		__le64 len;
		__le64 region_sectors;
	} layout = {
		.len = cpu_to_le64(log->q->ti->len),
		.region_sectors = cpu_to_le64(1ULL << log->region_shift),
	};
	u32 crc = quorum_crc(&layout, sizeof(layout));

	/* Neither all clean nor all dirty, as what nobody has written is. */
	return crc | (u64)~crc << 32;
}

static int flush_bits(struct quorum_log *log)
{
	return log->store->type->flush(log->store);
}

static void write_bit(struct quorum_log *log, region_t bit, bool mark)
{
	if (mark)
		log->store->type->mark_region(log->store, bit);
	else
		log->store->type->clear_region(log->store, bit);
}

/* There is a mark among them, so the flush is one of the log's device, too. */
static void write_signature(struct quorum_log *log, u64 signature)
{
	region_t bit;

	for (bit = 0; bit < SIGNATURE_BITS; bit++)
		write_bit(log, bit, !(signature & BIT_ULL(bit)));
}

static void write_sets(struct quorum_log *log)
{
	unsigned int nr, region;

	for (region = 0; region < log->nr_regions; region++) {
		write_bit(log, stored(log, dirty_set(log), region),
			  test_bit(region, dirty_set(log)->marked));
		for (nr = 1; nr <= log->q->nr_legs; nr++)
			write_bit(log, stored(log, &log->sets[nr], region),
				  test_bit(region, log->sets[nr].stored));
	}
}

/*
 * A log that is new: nobody may take it for one of this layout before all of it
 * is right.
 */
static int write_store(struct quorum_log *log)
{
	unsigned int region;
	int r;

	write_sets(log);
	write_signature(log, 0);
	r = flush_bits(log);
	if (r)
		return r;
	write_signature(log, signature_of(log));
	r = flush_bits(log);
	if (r)
		return r;

	for_each_set_bit(region, dirty_set(log)->marked, log->nr_regions)
		atomic_or(REGION_DIRTY, &log->regions[region]);
	log->written = true;
	return 0;
}

static bool flush_store(struct quorum_log *log)
{
	struct quorum_report report = {
		.action = QUORUM_LOG_FAILED,
		.leg = QUORUM_NO_LEG,
		.byte = QUORUM_NO_BYTE,
	};
	int r = log->written ? flush_bits(log) : write_store(log);

	if (!r) {
		log->told = false;
		return true;
	}

	report.error = errno_to_blk_status(r);
	DMERR_LIMIT("%s: the log cannot be written (%d)",
		    dm_table_device_name(log->q->ti->table), r);
	if (!log->told)
		quorum_events_report(log->q, &report);
	log->told = true;
	return false;
}

static void mark_dirty(struct quorum_log *log, const struct quorum_io *io)
{
	unsigned int region, last;

	last = regions_of(log, io->sector, quorum_io_sectors(io), &region);
	for (; region <= last; region++) {
		if (atomic_read(&log->regions[region]) & REGION_DIRTY)
			continue;
		__set_bit(region, dirty_set(log)->marked);
		log->store->type->mark_region(log->store,
					      stored(log, dirty_set(log),
						     region));
	}
}

/* The marks of a write are on stable storage. */
static void send_marked(struct quorum_log *log, struct quorum_io *io)
{
	unsigned int region, last;

	last = regions_of(log, io->sector, quorum_io_sectors(io), &region);
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
		struct log_set *set = leg_set(log, leg);

		for_each_set_bit(region, set->wanted, log->nr_regions) {
			set_bit(region, set->stored);
			__set_bit(region, set->making);
			/* Pairs with spares(). */
			smp_mb__before_atomic();
			clear_bit(region, set->wanted);
			log->store->type->mark_region(log->store,
						      stored(log, set, region));
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
		struct log_set *set = leg_set(log, leg);

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
	success = flush_store(log);
	settle_wanted(log, nr, success);
	wake_waiters(&waiters, success);

	if (!success)
		hold(log, &writes);
	else
		list_for_each_entry_safe(io, next, &writes, log_entry)
			send_marked(log, io);
	queue_delayed_work(log->wq, &log->clean_work, CLEAN_INTERVAL);
}

/* Returns false if the log cannot be written. */
static bool wait_for_marks(struct quorum_log *log)
{
	struct log_waiter waiter = { .success = true };

	init_completion(&waiter.done);
	spin_lock(&log->lock);
	list_add_tail(&waiter.list, &log->waiters);
	spin_unlock(&log->lock);
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
	struct log_set *set = dirty_set(log);
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
	struct log_set *set = leg_set(log, leg);
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
	bool success = !nr || flush_store(log);

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
	struct log_set *set = dirty_set(log);
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
static void keep_marks(struct quorum_log *log, struct log_set *set)
{
	unsigned int region;

	for_each_set_bit(region, set->leaving, log->nr_regions) {
		__clear_bit(region, set->leaving);
		if (set == dirty_set(log))
			keep_dirty(log, region);
		else
			set_bit(region, set->marked);
	}
}

/* From here on a mark may be asked for again: it is made after this. */
static void forget_mark(struct quorum_log *log, struct log_set *set,
			unsigned int region, bool success)
{
	if (set == dirty_set(log)) {
		__clear_bit(region, set->marked);
		atomic_set(&log->regions[region], 0);
	} else if (success) {
		clear_bit(region, set->stored);
	} else {
		/* It may be there or not. Make it, to take it back later. */
		want(log, set - leg_set(log, 0), region);
	}
}

static void clear_marks(struct quorum_log *log)
{
	unsigned int nr, region;
	bool success;

	for (nr = 0; nr <= log->q->nr_legs; nr++)
		for_each_set_bit(region, log->sets[nr].leaving, log->nr_regions)
			write_bit(log, stored(log, &log->sets[nr], region),
				  false);

	/* If that cannot be written, more is marked than need be. */
	success = flush_store(log);
	for (nr = 0; nr <= log->q->nr_legs; nr++) {
		struct log_set *set = &log->sets[nr];

		for_each_set_bit(region, set->leaving, log->nr_regions) {
			__clear_bit(region, set->leaving);
			forget_mark(log, set, region, success);
		}
	}
}

/* @all: also what has been written a moment ago. */
static void clean(struct quorum_log *log, bool all)
{
	struct quorum *q = log->q;
	unsigned long usable = quorum_usable_legs(q), flushed;
	bool any = collect_dirty(log, all);
	unsigned int leg;

	/* No mark of a leg goes that is not flushed after the look. */
	for_each_set_bit(leg, &usable, q->nr_legs)
		any |= collect_stale(log, leg);
	if (!any)
		return;

	flushed = flush_legs(q, usable);
	for (leg = 0; leg < q->nr_legs; leg++)
		if (!test_bit(leg, &flushed))
			keep_marks(log, leg_set(log, leg));
	if (hweight_long(flushed) < q->nr_legs && !miss_unflushed(log, flushed))
		for (leg = 0; leg <= q->nr_legs; leg++)
			keep_marks(log, &log->sets[leg]);
	clear_marks(log);
}

static void clean_work(struct work_struct *work)
{
	struct quorum_log *log = container_of(to_delayed_work(work),
					      struct quorum_log, clean_work);

	bool held;

	spin_lock(&log->lock);
	held = !list_empty(&log->held);
	spin_unlock(&log->lock);

	/* As long as no mark can be made, none is taken back. */
	if (held || quorum_log_pending(log->q))
		queue_work(log->wq, &log->work);
	else if (!log->told || flush_store(log))
		clean(log, false);
	if (held || anything_marked(log))
		queue_delayed_work(log->wq, &log->clean_work, CLEAN_INTERVAL);
}

/*
 *--------------------------------------------------------------------
 * Reading it
 *--------------------------------------------------------------------
 */

/* dm-log tells what it has found when it was resumed. */
static bool is_marked(struct quorum_log *log, region_t bit)
{
	return log->store->type->in_sync(log->store, bit, 1) <= 0;
}

static bool has_signature(struct quorum_log *log)
{
	u64 signature = signature_of(log);
	unsigned int bit;

	for (bit = 0; bit < SIGNATURE_BITS; bit++)
		if (is_marked(log, bit) != !(signature & BIT_ULL(bit)))
			return false;

	return true;
}

static void read_set(struct quorum_log *log, struct log_set *set)
{
	unsigned int region;

	for (region = 0; region < log->nr_regions; region++)
		if (is_marked(log, stored(log, set, region)))
			__set_bit(region, set->marked);
}

/* The first of the marked regions behind which there is no other. */
static unsigned int tail_of(const struct quorum_log *log,
			    const struct log_set *set)
{
	unsigned int region = log->nr_regions;

	while (region && test_bit(region - 1, set->marked))
		region--;

	return region;
}

/*
 * Put what is marked into the set of a leg, and what is marked up to the end into
 * its position: that needs no memory, and a new leg is marked everywhere.
 */
static void load_leg(struct quorum_log *log, unsigned int leg)
{
	struct log_set *set = leg_set(log, leg);
	struct quorum_leg *l = &log->q->legs[leg];
	unsigned int tail = tail_of(log, set), region;
	s64 from = QUORUM_ALL_RECOVERED;

	if (tail < log->nr_regions)
		from = region_start(log, tail);
	for_each_set_bit(region, set->marked, tail) {
		sector_t start = region_start(log, region);

		if (!quorum_blocks_add(&l->stale, start,
				       region_end(log, region) - start,
				       GFP_NOIO))
			continue;
		from = start;
		break;
	}
	/* Positions are those of vote blocks. */
	if (from != QUORUM_ALL_RECOVERED)
		from = round_down(from, QUORUM_BLOCK_SECTORS);

	/* The table may say that it is stale as a whole. */
	if (from < atomic64_read(&l->recovered))
		atomic64_set(&l->recovered, from);
	if (!quorum_leg_in_sync(l))
		set_bit(QUORUM_LEG_IS_RESTORED, &l->flags);
}

/* All of what a position makes stale is to be marked. */
static void want_tail(struct quorum_log *log, unsigned int leg)
{
	struct dm_target *ti = log->q->ti;
	sector_t end = ti->begin + ti->len;
	sector_t from = max_t(u64, ti->begin,
			      atomic64_read(&log->q->legs[leg].recovered));

	if (from < end)
		quorum_log_want(log->q, leg, from, end - from);
}

/* What absent legs hold when they come back is not known. */
static void miss_dirty(struct quorum_log *log)
{
	struct quorum *q = log->q;
	u32 present = quorum_usable_legs(q);
	unsigned int region;

	if (hweight32(present) == q->nr_legs)
		return;
	/* Where they are needed, no block is settled without them. */
	for_each_set_bit(region, dirty_set(log)->marked, log->nr_regions) {
		sector_t start = region_start(log, region);

		quorum_legs_missed(q, present, start,
				   region_end(log, region) - start);
	}
}

static void load_sets(struct quorum_log *log)
{
	unsigned int leg, region;

	for_each_set_bit(region, dirty_set(log)->marked, log->nr_regions) {
		if (log->written)
			atomic_set(&log->regions[region], REGION_DIRTY);
		set_bit(region, log->unsettled);
		atomic_inc(&log->nr_unsettled);
	}
	for (leg = 0; leg < log->q->nr_legs; leg++) {
		bitmap_copy(leg_set(log, leg)->stored,
			    leg_set(log, leg)->marked, log->nr_regions);
		load_leg(log, leg);
		want_tail(log, leg);
	}
	miss_dirty(log);
}

/* dm-log has read it again, and could not, or somebody else has written it. */
static void rewrite_store(struct quorum_log *log)
{
	write_sets(log);
	write_signature(log, signature_of(log));
	flush_store(log);
}

/* What was left by the last table, or before a crash. */
static void read_store(struct quorum_log *log)
{
	struct log_set *set = log->sets;

	log->written = log->nosync || has_signature(log);
	if (log->nosync)
		return;
	if (log->written) {
		for (; set < leg_set(log, log->q->nr_legs); set++)
			read_set(log, set);
	} else {
		bitmap_fill(dirty_set(log)->marked, log->nr_regions);
		flush_store(log);
	}
	load_sets(log);
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

	last = regions_of(io->q->log, io->sector, quorum_io_sectors(io),
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

	last = regions_of(q->log, sector, sectors, &region);
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

	last = regions_of(q->log, sector, sectors, &region);
	/* Pairs with collect_stale(). */
	smp_mb();
	for (; region <= last; region++)
		for_each_set_bit(leg, &legs, q->nr_legs)
			if (!test_bit(region, leg_set(q->log, leg)->marked))
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
 * quorum_log_unsettled - was a write under way in a block, in a crash?
 * @q: the target, which has a log
 * @sector: device sector in the block
 *
 * Context: any.
 * Return: true if so, and legs may still differ there.
 */
bool quorum_log_unsettled(struct quorum *q, sector_t sector)
{
	struct quorum_log *log = q->log;
	sector_t first = round_down(sector, QUORUM_BLOCK_SECTORS);
	sector_t last = first + QUORUM_BLOCK_SECTORS - 1;

	if (likely(!atomic_read_acquire(&log->nr_unsettled)))
		return false;

	/* A block can be in two regions if the target is not on the vote grid. */
	first = max(first, q->ti->begin);
	last = min(last, q->ti->begin + q->ti->len - 1);
	if (!test_bit(region_of(log, first), log->unsettled) &&
	    !test_bit(region_of(log, last), log->unsettled)) {
		/* Pairs with quorum_log_walked(): the caller looks at the set. */
		smp_rmb();
		return false;
	}

	return !quorum_blocks_has(&log->resettled, sector);
}

/**
 * quorum_log_unsettled_next - find such a block
 * @q: the target, which has a log
 * @sector: device sector to begin at
 *
 * Context: may sleep.
 * Return: a device sector from @sector on in the first of them, or
 * QUORUM_NO_SECTOR.
 */
sector_t quorum_log_unsettled_next(struct quorum *q, sector_t sector)
{
	struct quorum_log *log = q->log;
	unsigned int region;

	if (!atomic_read(&log->nr_unsettled) ||
	    sector >= q->ti->begin + q->ti->len)
		return QUORUM_NO_SECTOR;

	sector = max(sector, q->ti->begin);
	region = region_of(log, sector);
	for_each_set_bit_from(region, log->unsettled, log->nr_regions) {
		sector = max(sector, region_start(log, region));
		for (; sector < region_end(log, region);
		     sector += quorum_block_rest(sector) >> SECTOR_SHIFT)
			if (!quorum_blocks_has(&log->resettled, sector))
				return sector;
		cond_resched();
	}

	return QUORUM_NO_SECTOR;
}

/**
 * quorum_log_unsettled_sectors - how much is there of it?
 * @q: the target, which has a log
 *
 * Context: any.
 * Return: sectors of the regions that have not been walked over.
 */
sector_t quorum_log_unsettled_sectors(const struct quorum *q)
{
	const struct quorum_log *log = q->log;
	sector_t regions = atomic_read(&log->nr_unsettled);

	return min(regions << log->region_shift, q->ti->len);
}

/**
 * quorum_log_settled - legs do not differ lawfully any more
 * @q: the target
 * @sector: first device sector
 * @sectors: number of sectors; of whole vote blocks in it, that is
 *
 * Without memory to note it, a version may be chosen there if none has won.
 *
 * Context: any but interrupts.
 */
void quorum_log_settled(struct quorum *q, sector_t sector, sector_t sectors)
{
	sector_t end = round_down(sector + sectors, QUORUM_BLOCK_SECTORS);
	struct quorum_log *log = q->log;

	sector = round_up(sector, QUORUM_BLOCK_SECTORS);
	if (likely(!log) || !atomic_read(&log->nr_unsettled) || sector >= end)
		return;

	quorum_blocks_add(&log->resettled, sector, end - sector, QUORUM_GFP);
}

/**
 * quorum_log_walked - a walk has put right all that was unsettled
 * @q: the target, which has a log
 * @start: device sector at which the walk began
 * @end: where it is; what it could not put right is in quorum.unsettled
 *
 * Context: may sleep.
 */
void quorum_log_walked(struct quorum *q, sector_t start, sector_t end)
{
	struct quorum_log *log = q->log;
	unsigned int region;

	for_each_set_bit(region, log->unsettled, log->nr_regions) {
		if (region_start(log, region) < start)
			continue;
		if (region_end(log, region) > end)
			break;
		/* Whoever sees that finds what is in the set. */
		smp_mb__before_atomic();
		clear_bit(region, log->unsettled);
		atomic_dec(&log->nr_unsettled);
	}
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

	last = regions_of(q->log, sector, sectors, &region);
	for (; region <= last; region++)
		if (!spares(q->log, kept, region))
			return false;

	return true;
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
		if (!want_others(log, legs, region))
			return false;
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
	clean(log, true);
	if (log->store->type->postsuspend)
		log->store->type->postsuspend(log->store);
	log->running = false;
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

	/* What it says of errors the next flush does, too. */
	first = !log->has_been_read;
	if (!log->running && log->store->type->resume)
		log->store->type->resume(log->store);
	if (first)
		read_store(log);
	else if (!log->running && log->written && !has_signature(log))
		rewrite_store(log);
	log->has_been_read = true;
	log->running = true;

	spin_lock(&log->lock);
	log->refusing = false;
	spin_unlock(&log->lock);
	if (quorum_log_pending(q))
		wait_for_marks(log);
	queue_delayed_work(log->wq, &log->clean_work, CLEAN_INTERVAL);

	return first;
}

/**
 * quorum_log_remembers - will what a leg lacks be known to the next table?
 * @q: the target
 *
 * Context: any.
 * Return: true if it is in a log that outlives this table.
 */
bool quorum_log_remembers(const struct quorum *q)
{
	return q->log && !q->log->volatile_store && q->log->written &&
	       !quorum_log_pending(q);
}

/**
 * quorum_log_status - print what dm-log says of itself
 * @q: the target
 * @type: its state, or its arguments as the table has them
 * @result: where to
 * @maxlen: its size
 *
 * Context: may sleep.
 * Return: length of the text.
 */
unsigned int quorum_log_status(const struct quorum *q, status_type_t type,
			       char *result, unsigned int maxlen)
{
	unsigned int sz;

	sz = q->log->store->type->status(q->log->store, type, result, maxlen);
	/* For a table it ends with a space. */
	while (sz && sz < maxlen && result[sz - 1] == ' ')
		result[--sz] = '\0';

	return sz;
}

static void free_sets(struct quorum_log *log)
{
	unsigned int nr;

	for (nr = 0; nr <= log->q->nr_legs; nr++) {
		kvfree(log->sets[nr].marked);
		kvfree(log->sets[nr].leaving);
		kvfree(log->sets[nr].making);
		kvfree(log->sets[nr].wanted);
		kvfree(log->sets[nr].stored);
	}
	kvfree(log->regions);
	kvfree(log->unsettled);
	quorum_blocks_destroy(&log->resettled);
}

static unsigned long *alloc_set(const struct quorum_log *log)
{
	return kvcalloc(BITS_TO_LONGS(log->nr_regions), sizeof(long),
			GFP_KERNEL);
}

static int alloc_sets(struct quorum_log *log)
{
	unsigned int nr;

	log->regions = kvcalloc(log->nr_regions, sizeof(*log->regions),
				GFP_KERNEL);
	log->unsettled = alloc_set(log);
	if (!log->regions || !log->unsettled)
		return -ENOMEM;
	for (nr = 0; nr <= log->q->nr_legs; nr++) {
		struct log_set *set = &log->sets[nr];

		set->marked = alloc_set(log);
		set->leaving = alloc_set(log);
		if (!set->marked || !set->leaving)
			return -ENOMEM;
		if (set == dirty_set(log))
			continue;
		set->making = alloc_set(log);
		set->wanted = alloc_set(log);
		set->stored = alloc_set(log);
		if (!set->making || !set->wanted || !set->stored)
			return -ENOMEM;
	}

	return 0;
}

/*
 * How long the target that dm-log is shown must be depends on the size of its
 * regions, which only dm-log finds in its arguments: so it is made twice.
 */
static int create_store(struct quorum_log *log, const char *type,
			unsigned int argc, char **argv)
{
	struct dm_target *ti = log->q->ti;
	u32 region_sectors;

	log->shown = *ti;
	log->store = dm_dirty_log_create(type, &log->shown, NULL, argc, argv);
	if (!log->store) {
		ti->error = "Cannot create log";
		return -EINVAL;
	}

	region_sectors = log->store->type->get_region_size(log->store);
	dm_dirty_log_destroy(log->store);
	log->store = NULL;
	if (!is_power_of_2(region_sectors) ||
	    region_sectors < QUORUM_BLOCK_SECTORS) {
		ti->error = "Log region is smaller than a page";
		return -EINVAL;
	}
	if (dm_sector_div_up(ti->len, region_sectors) > MAX_REGIONS) {
		ti->error = "Log regions are too small for so many";
		return -EINVAL;
	}

	log->region_shift = ilog2(region_sectors);
	log->nr_regions = dm_sector_div_up(ti->len, region_sectors);
	log->shown.len = stored(log, leg_set(log, log->q->nr_legs), 0) <<
			 log->region_shift;
	log->store = dm_dirty_log_create(type, &log->shown, NULL, argc, argv);
	if (!log->store) {
		ti->error = "Log device is too small";
		return -EINVAL;
	}

	return 0;
}

/**
 * quorum_log_create - allocate the log of a target
 * @q: the target, whose legs are known; quorum_log_destroy() also undoes what was
 *	done before an error
 * @type: dm-log's type
 * @argc: number of arguments
 * @argv: dm-log's arguments
 *
 * Context: may sleep.
 * Return: 0, or a negative errno with the reason in dm_target.error.
 */
int quorum_log_create(struct quorum *q, const char *type, unsigned int argc,
		      char **argv)
{
	struct quorum_log *log;
	int r;

	log = kzalloc(struct_size(log, sets, q->nr_legs + 1), GFP_KERNEL);
	if (!log)
		goto no_memory;

	q->log = log;
	log->q = q;
	log->volatile_store = !strcmp(type, "core");
	log->nosync = argc && !strcmp(argv[argc - 1], "nosync");
	spin_lock_init(&log->lock);
	quorum_blocks_init(&log->resettled);
	INIT_LIST_HEAD(&log->waiting);
	INIT_LIST_HEAD(&log->held);
	INIT_LIST_HEAD(&log->waiters);
	INIT_WORK(&log->work, mark_work);
	INIT_DELAYED_WORK(&log->clean_work, clean_work);

	r = create_store(log, type, argc, argv);
	if (r)
		return r;
	log->wq = alloc_ordered_workqueue("quorum-log/%s", WQ_MEM_RECLAIM,
					  dm_table_device_name(q->ti->table));
	if (!log->wq || alloc_sets(log))
		goto no_memory;

	return 0;

no_memory:
	q->ti->error = "Cannot allocate memory";
	return -ENOMEM;
}

/**
 * quorum_log_destroy - free the log of a target
 * @q: the target, which is suspended or has never been resumed
 *
 * Context: may sleep.
 */
void quorum_log_destroy(struct quorum *q)
{
	struct quorum_log *log = q->log;

	if (!log)
		return;

	if (log->wq) {
		cancel_delayed_work_sync(&log->clean_work);
		destroy_workqueue(log->wq);
	}
	if (log->store)
		dm_dirty_log_destroy(log->store);
	free_sets(log);
	kfree(log);
}
