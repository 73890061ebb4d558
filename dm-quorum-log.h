/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dirty-region log: between dm-quorum-log.c, which marks, and
 * dm-quorum-store.c, which keeps the marks.
 */
#ifndef DM_QUORUM_LOG_H
#define DM_QUORUM_LOG_H

#include "dm-quorum.h"
#include <linux/dm-dirty-log.h>

/* quorum_log.regions[]: the writes in flight, and these. */
#define REGION_DIRTY		BIT(30)	/* the mark is on stable storage */
#define REGION_USED		BIT(29)	/* written since the last look */
#define REGION_LEAVING		BIT(28)	/* it is being taken back */
#define REGION_WRITES		(REGION_LEAVING - 1)

/* Bits in front of the sets, which tell whose log it is. */
#define SIGNATURE_BITS		64

/**
 * struct quorum_log_set - one bit a region: dirty, or stale on one leg
 * @marked: is marked on stable storage, and will stay so; of the dirty regions
 *	the worker's alone, and perhaps not on stable storage: their words tell.
 *	Of a leg's, atomic bits
 * @leaving: the mark is being taken back; the worker's
 * @making: the mark is being made; the worker's. This and what follows is for
 *	legs only: of dirty regions, the writes that wait say which to mark
 * @wanted: is to be marked; atomic bits
 * @stored: may be marked on stable storage; atomic bits
 */
struct quorum_log_set {
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
 * @written: the log holds a signature. Until then nothing is marked. The table
 *	reads it while that may change
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
 * @cleaners: who waits until marks have been taken back
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
	struct list_head cleaners;
	bool refusing;
	atomic_t nr_wanted;
	bool told;
	struct quorum_log_set sets[];
};

static inline unsigned int log_region(const struct quorum_log *log,
				      sector_t sector)
{
	return dm_target_offset(log->q->ti, sector) >> log->region_shift;
}

/* First device sector of a region. */
static inline sector_t log_region_start(const struct quorum_log *log,
					unsigned int region)
{
	return log->q->ti->begin + ((sector_t)region << log->region_shift);
}

/* Device sector behind a region; the last one may be shorter. */
static inline sector_t log_region_end(const struct quorum_log *log,
				      unsigned int region)
{
	return min(log_region_start(log, region + 1),
		   log->q->ti->begin + log->q->ti->len);
}

/* The regions from *@first to the one that is returned hold a range. */
static inline unsigned int log_regions(const struct quorum_log *log,
				       sector_t sector, sector_t sectors,
				       unsigned int *first)
{
	*first = log_region(log, sector);

	return log_region(log, sector + sectors - 1);
}

static inline struct quorum_log_set *log_dirty_set(struct quorum_log *log)
{
	return &log->sets[0];
}

static inline struct quorum_log_set *log_leg_set(struct quorum_log *log,
						 unsigned int leg)
{
	return &log->sets[1 + leg];
}

/* The number by which dm-log knows a bit. */
static inline region_t log_bit(const struct quorum_log *log,
			       const struct quorum_log_set *set,
			       unsigned int region)
{
	return SIGNATURE_BITS +
	       (region_t)(set - log->sets) * log->nr_regions + region;
}

/* dm-quorum-log.c */
void quorum_log_init(struct quorum_log *log);

/* dm-quorum-store.c */
void quorum_store_write(struct quorum_log *log, region_t bit, bool mark);
bool quorum_store_flush(struct quorum_log *log);
void quorum_store_flush_device(struct quorum_log *log);
bool quorum_store_resume(struct quorum_log *log);
void quorum_store_suspend(struct quorum_log *log);

#endif /* DM_QUORUM_LOG_H */
