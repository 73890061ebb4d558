/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dm-quorum: types, limits and the interfaces between its files.
 *
 * Sectors are 512 bytes. Two numberings are in use and each field says which:
 * "device sectors" count from the start of the dm device, which is what users
 * see in events, and "target sectors" from the start of this target, which is
 * what is mapped to the legs.
 */
#ifndef DM_QUORUM_H
#define DM_QUORUM_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/device-mapper.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "dm-quorum-vote.h"

#define DM_MSG_PREFIX			"quorum"

/* A vote block: one page on the grid of the dm device. */
#define QUORUM_BLOCK_SHIFT		PAGE_SHIFT
#define QUORUM_BLOCK_BYTES		PAGE_SIZE
#define QUORUM_BLOCK_SECTORS		(PAGE_SIZE >> SECTOR_SHIFT)

/*
 * Requests are split so that they do not cross a multiple of this many target
 * sectors: one bucket of the range lock covers a request, and its private
 * pages are bounded.
 */
#define QUORUM_CHUNK_SHIFT		8
#define QUORUM_CHUNK_SECTORS		BIT(QUORUM_CHUNK_SHIFT)

/* A chunk that does not begin on the vote grid touches one block more. */
#define QUORUM_IO_BLOCKS \
	(QUORUM_CHUNK_SECTORS / QUORUM_BLOCK_SECTORS + 1)

/*
 * Memory for a request, which goes the slow way when there is none. No waiting:
 * a request that frees memory may wait for this one. And not from the reserves,
 * which swap-out and rescuer threads may use: the legs may need them more.
 */
#define QUORUM_GFP	(GFP_NOWAIT | __GFP_NOMEMALLOC | __GFP_NOWARN)

/*
 * Reads of at least so many bytes have their legs checksummed as they land
 * instead of all at once after the last: below it, queueing the work costs more
 * than the checksum that it hides. And a task votes on them, which can be
 * preempted; smaller ones take less time than waking one.
 */
#define QUORUM_LARGE_BYTES		(16U << 10)

struct quorum;
struct quorum_io;

/*
 *--------------------------------------------------------------------
 * Range lock (dm-quorum-range.c)
 *--------------------------------------------------------------------
 */
#define QUORUM_RANGE_BUCKETS		64

/**
 * struct quorum_range_node - a range's place in one bucket
 * @rb: node of the bucket's interval tree
 * @start: first target sector
 * @last: last target sector
 * @subtree_last: kept by the interval tree
 * @blockers: overlapping nodes that came before and are still there; protected
 *	by the bucket's lock
 * @granted: link in a list of nodes that have just lost their last blocker
 * @range: the range
 */
struct quorum_range_node {
	struct rb_node rb;
	sector_t start;
	sector_t last;
	sector_t subtree_last;
	unsigned int blockers;
	struct list_head granted;
	struct quorum_range *range;
};

/*
 * Chunks that a range may touch without an allocation: the one of a request,
 * and those before and after it if its outermost vote blocks reach into them.
 */
#define QUORUM_RANGE_INLINE_NODES	3

/**
 * struct quorum_range - a range of target sectors held, or waited for
 * @inline_nodes: the nodes of a range that touches few chunks
 * @nodes: the nodes, one a bucket, in the order of the buckets
 * @nr_nodes: number of nodes
 * @nr_placed: nodes put into their bucket so far; only the context that places
 *	the next node touches it
 * @first_bucket: bucket of the first chunk
 * @late: legs that do not have yet what the caller has been told to be written
 *	there; set once, while the range is held, before the caller is told
 * @grant: called when a range that had to wait is held, in any context,
 *	interrupts may be off; must not sleep
 */
struct quorum_range {
	struct quorum_range_node inline_nodes[QUORUM_RANGE_INLINE_NODES];
	struct quorum_range_node *nodes;
	unsigned int nr_nodes;
	unsigned int nr_placed;
	unsigned int first_bucket;
	u32 late;
	void (*grant)(struct quorum_range *range);
};

/**
 * struct quorum_range_bucket - the ranges of the chunks that hash here
 * @lock: taken with interrupts off, innermost, never two at a time
 * @tree: all nodes of this bucket, held and waiting
 */
struct quorum_range_bucket {
	/* Protects the tree and the blockers of the nodes in it. */
	spinlock_t lock;
	struct rb_root_cached tree;
} ____cacheline_aligned_in_smp;

/**
 * struct quorum_range_lock - serialises overlapping ranges of one target
 * @buckets: chunk number modulo QUORUM_RANGE_BUCKETS
 */
struct quorum_range_lock {
	struct quorum_range_bucket buckets[QUORUM_RANGE_BUCKETS];
};

void quorum_range_lock_init(struct quorum_range_lock *lock);
int quorum_range_init(struct quorum_range *range, sector_t start,
		      sector_t sectors, gfp_t gfp);
bool quorum_range_lock(struct quorum_range_lock *lock,
		       struct quorum_range *range);
void quorum_range_unlock(struct quorum_range_lock *lock,
			 struct quorum_range *range);
u32 quorum_range_late(struct quorum_range_lock *lock, sector_t start,
		      sector_t sectors);

/*
 *--------------------------------------------------------------------
 * Sets of vote blocks (dm-quorum-blocks.c)
 *--------------------------------------------------------------------
 */

/**
 * struct quorum_blocks - a sparse set of vote blocks
 * @pages: bitmaps of one page each, by block number; a page once put here stays
 *	until the set is destroyed, which is why readers need no lock
 * @nr_pages: number of pages in @pages
 * @count: number of blocks in the set; a hint for readers that race a change
 */
struct quorum_blocks {
	struct xarray pages;
	atomic_t nr_pages;
	atomic_long_t count;
};

/*
 * To add what must not be forgotten. A request that may free memory waits for
 * it, so there is no waiting for memory; it may take from the reserves instead.
 */
#define QUORUM_BLOCKS_GFP	(GFP_NOWAIT | __GFP_HIGH | __GFP_NOWARN)

void quorum_blocks_init(struct quorum_blocks *blocks);
void quorum_blocks_destroy(struct quorum_blocks *blocks);
int quorum_blocks_add(struct quorum_blocks *blocks, sector_t sector,
		      sector_t sectors, gfp_t gfp);
void quorum_blocks_remove(struct quorum_blocks *blocks, sector_t sector,
			  sector_t sectors);
void quorum_blocks_remove_touched(struct quorum_blocks *blocks, sector_t sector,
				  sector_t sectors);
bool quorum_blocks_has(struct quorum_blocks *blocks, sector_t sector);

/* quorum_blocks_next() has found nothing. */
#define QUORUM_NO_SECTOR		(~(sector_t)0)

sector_t quorum_blocks_next(struct quorum_blocks *blocks, sector_t sector,
			    sector_t end);

/* Can be called anywhere; a change under way may or may not be seen. */
static inline bool quorum_blocks_empty(struct quorum_blocks *blocks)
{
	return !atomic_long_read(&blocks->count);
}

/* Sectors of the blocks in the set; as exact as quorum_blocks_empty(). */
static inline sector_t quorum_blocks_sectors(struct quorum_blocks *blocks)
{
	return (sector_t)atomic_long_read(&blocks->count) *
	       QUORUM_BLOCK_SECTORS;
}

/*
 *--------------------------------------------------------------------
 * Events (dm-quorum-event.c)
 *--------------------------------------------------------------------
 */

/* DM_ACTION; the names are in one table in dm-quorum-event.c. */
enum quorum_action {
	QUORUM_REPORT_BAD,
	QUORUM_FAILURE,
	QUORUM_LEG_FAILED,
	QUORUM_LEG_RESTORED,
	QUORUM_SYNC_DONE,
	QUORUM_LOG_FAILED,
	QUORUM_NR_ACTIONS,
};

/* DM_QUORUM_TYPE, named in the same place. */
enum quorum_type {
	QUORUM_TYPE_READ,
	QUORUM_TYPE_WRITE,
	QUORUM_TYPE_FLUSH,
	QUORUM_TYPE_REWRITE,
	QUORUM_TYPE_CHECK,
	QUORUM_TYPE_REPAIR,
	QUORUM_TYPE_RESYNC,
	QUORUM_TYPE_RECOVER,
	QUORUM_NR_TYPES,
};

/* quorum_report.leg of an event that concerns no single leg. */
#define QUORUM_NO_LEG			(-1)

/* quorum_report.byte of an event that names no byte. */
#define QUORUM_NO_BYTE			(~0ULL)

/* What a walk over the device has found and done; named there, too. */
enum quorum_total {
	/* Vote blocks in which a leg lost. */
	QUORUM_TOTAL_MISMATCHES,
	/* Vote blocks without a winner. */
	QUORUM_TOTAL_NO_QUORUM,
	/* Vote blocks that were wrong on a leg and are right. */
	QUORUM_TOTAL_REWRITTEN,
	/* Sectors in which a leg was stale and is not any more. */
	QUORUM_TOTAL_RECOVERED,
	QUORUM_NR_TOTALS,
};

/**
 * struct quorum_report - what there is to tell
 * @action: what happened
 * @type: the kind of request it happened to
 * @leg: number of the leg, or QUORUM_NO_LEG
 * @sector: first device sector concerned
 * @sectors: number of sectors concerned
 * @error: what the leg answered, BLK_STS_OK for a lost vote
 * @votes: size of the largest group; for writes, legs that took the request
 * @voters: legs that voted; for writes, legs it was sent to
 * @byte: blkverify's first differing byte on the device, or QUORUM_NO_BYTE
 * @nr_versions: number of entries of @version that are set, 0 for none
 * @version: what each leg had to say: a group number or one of the two below
 * @totals: in its place, those of the walk that is done
 */
struct quorum_report {
	enum quorum_action action;
	enum quorum_type type;
	int leg;
	sector_t sector;
	sector_t sectors;
	blk_status_t error;
	u8 votes;
	u8 voters;
	u8 nr_versions;
	union {
		s8 version[QUORUM_MAX_LEGS];
		u64 totals[QUORUM_NR_TOTALS];
	};
	u64 byte;
};

#define QUORUM_VERSION_ABSENT		QUORUM_ABSTAINS
#define QUORUM_VERSION_ERROR		(-2)

struct quorum_events;

int __init quorum_events_init(void);
void quorum_events_exit(void);
int quorum_events_create(struct quorum *q);
void quorum_events_destroy(struct quorum *q);
void quorum_events_report(struct quorum *q, const struct quorum_report *report);
u64 quorum_events_suppressed(struct quorum *q);
void quorum_events_reset(struct quorum *q);
ssize_t quorum_events_list(struct quorum *q, char *result, unsigned int maxlen);

/*
 *--------------------------------------------------------------------
 * The device
 *--------------------------------------------------------------------
 */

/* quorum_leg.flags */
enum {
	/* Gets no I/O and has no vote, until it is restored. */
	QUORUM_LEG_IS_FAILED,
	/* Is being brought back: tell when it is in sync. */
	QUORUM_LEG_IS_RESTORED,
};

/* quorum_leg.recovered of a leg that is stale nowhere but in its set. */
#define QUORUM_ALL_RECOVERED		S64_MAX

/**
 * struct quorum_leg - one copy of the data
 * @dev: the device, NULL for an absent leg; constant
 * @start: first sector used on @dev; constant
 * @flags: atomic bits
 * @stale: vote blocks in which the leg missed a write that was acknowledged
 * @recovered: device sector from which on the leg is stale as a whole, or
 *	QUORUM_ALL_RECOVERED
 * @lost_track: how often it could not be noted which block the leg missed, or
 *	the leg was restored; protected by quorum.leg_lock
 * @bad: vote blocks in which the leg was confirmed to hold a wrong version and
 *	which have not been written since. A hint, which holds what memory
 *	allows: reads of them take the range at once, and ask only once
 * @mismatches: vote blocks in which the leg lost a vote
 * @read_errors: read requests that the leg failed
 * @write_errors: writes and flushes that the leg failed
 * @rewritten: blocks repaired on this leg
 * @outstanding: what has to happen before the leg can be restored: two for each
 *	part of a request that was let go, see dm-quorum-hung.c; protected by
 *	quorum.hung_lock
 * @repair_after: no reader tries to repair the leg before this time, in jiffies
 *	of 64 bits: one has just failed, or tries. 0 if the last one has not
 * @slow_in_row: timed reads since the last one in which the leg was not slow; a
 *	hint that only decides which leg gets the caller's pages
 * @bad_in_row: requests since the last one in which the leg was right; several
 *	requests may change it at a time, and in which order they come is not
 *	defined, so it needs no more than to be atomic
 */
struct quorum_leg {
	struct dm_dev *dev;
	sector_t start;
	unsigned long flags;
	struct quorum_blocks stale;
	atomic64_t recovered;
	unsigned int lost_track;
	struct quorum_blocks bad;
	unsigned int outstanding;
	atomic64_t mismatches;
	atomic64_t read_errors;
	atomic64_t write_errors;
	atomic64_t rewritten;
	atomic64_t repair_after;
	int slow_in_row;
	atomic_t bad_in_row;
};

/*
 * Reads that have been answered and whose doubts are still being looked into.
 * Less than the reserve of requests, so that they cannot use it up.
 */
#define QUORUM_MIN_IOS			16
#define QUORUM_MAX_DETACHED		8

enum quorum_read_pattern {
	QUORUM_READ_QUORUM,
	QUORUM_READ_FIFO,
	QUORUM_READ_FAST,
};

/**
 * struct quorum_block_leg - a leg of the block engine
 * @page: holds the leg's version of the block
 * @vec: the bio's only segment
 * @bio: the leg's request. A leg that hangs may have it, and @page, still; it is
 *	not usable then
 */
struct quorum_block_leg {
	struct page *page;
	struct bio_vec vec;
	struct bio bio;
};

/**
 * struct quorum_block_engine - does requests one vote block at a time
 * @wq: ordered, so that one request at a time uses what follows
 * @image: a page for the version that has won, to repair legs with
 * @source: a page for the data to be written. What a leg that hangs has been
 *	given changes with it and with @image, so the leg is stale there
 * @legs: one a leg, with all the memory that its request needs
 */
struct quorum_block_engine {
	struct workqueue_struct *wq;
	struct bio_vec image;
	struct page *source;
	struct quorum_block_leg *legs;
};

/*
 *--------------------------------------------------------------------
 * Walks over the device (dm-quorum-sync.c)
 *--------------------------------------------------------------------
 */

enum quorum_sync_action {
	QUORUM_SYNC_CHECK,
	QUORUM_SYNC_REPAIR,
	QUORUM_SYNC_RESYNC,
	QUORUM_SYNC_RECOVER,
};

/**
 * struct quorum_walk - a walk over the device
 * @action: what for
 * @start: first device sector
 * @end: device sector behind the last one
 * @position: device sector that is next
 *
 * The status reads quorum_sync.walk without a lock, and does not mind seeing it
 * change.
 */
struct quorum_walk {
	enum quorum_sync_action action;
	sector_t start;
	sector_t end;
	sector_t position;
};

/**
 * struct quorum_sync - walks over the device, one at a time
 * @lock: taken from tasks only, never by the worker
 * @work: walks
 * @wait: woken when @in_flight goes down, and to stop
 * @walk: the walk
 * @kept: a check or repair that was stopped, to go on with when asked again;
 *	nothing if it is at its end
 * @kept_totals: what it had found and done
 * @active: the walk goes on, or will when the device is resumed. Set by who
 *	holds @lock, cleared by the worker as the last thing that it does
 * @stop: the worker is to return
 * @frozen: nothing may begin by itself. The status reads it without the lock
 * @suspended: nothing may run
 * @in_flight: reads that have not ended
 * @lost_track: an unsettled block could not be noted, for want of memory: the
 *	log keeps its regions
 * @gave_up: legs that could not be given what they lack, and are left alone in
 *	this walk; atomic bits
 * @totals: what has been found and done
 * @paced: since when @paced_sectors have been walked, in jiffies
 * @paced_sectors: counted to keep the speed
 * @others: sectors that the device's users had read and written when last
 *	looked at
 * @others_seen: when that last changed, in jiffies
 * @busy: they were at it when last looked at
 */
struct quorum_sync {
	/*
	 * Serialises messages, suspend and resume: protects @kept, @frozen and
	 * @suspended, and all else while the work does not run. While it runs,
	 * that is the worker's.
	 */
	struct mutex lock;
	struct work_struct work;
	wait_queue_head_t wait;
	struct quorum_walk walk;
	struct quorum_walk kept;
	u64 kept_totals[QUORUM_NR_TOTALS];
	bool active;
	bool stop;
	bool frozen;
	bool suspended;
	atomic_t in_flight;
	bool lost_track;
	unsigned long gave_up;
	atomic64_t totals[QUORUM_NR_TOTALS];
	unsigned long paced;
	sector_t paced_sectors;
	u64 others;
	unsigned long others_seen;
	bool busy;
};

/*
 *--------------------------------------------------------------------
 * Legs that hang (dm-quorum-hung.c)
 *--------------------------------------------------------------------
 */
#define QUORUM_IO_LISTS			32

/**
 * struct quorum_io_list - requests that began on one processor
 * @lock: taken with interrupts off
 * @ios: the requests, by quorum_io.node
 */
struct quorum_io_list {
	/* Protects the list: a request in it has not ended. */
	spinlock_t lock;
	struct list_head ios;
} ____cacheline_aligned_in_smp;

/* What quorum_leg_wait() returns for a failed leg; no leg answers a bio so. */
#define QUORUM_STS_LET_GO		BLK_STS_DM_REQUEUE

/**
 * struct quorum - a dm-quorum target
 * @ti: the target; constant
 * @vote_threshold: legs that must agree; constant
 * @nr_legs: number of legs; constant
 * @read_pattern: constant
 * @rewrite_corrupted: repair legs that lost a vote or failed to read; constant
 * @blkverify: stop at the first difference; constant
 * @zero_copy_writes: write the legs from the caller's pages; constant
 * @ack_early: a write is acknowledged when @vote_threshold legs have it; constant
 * @max_leg_errors: bad requests in a row that fail a leg, 0 for never; constant
 * @ranges: writes in flight, by target sectors
 * @unsettled: vote blocks in which a write failed as a whole, where the legs may
 *	lawfully differ. Where writes were under way when the machine crashed is
 *	in @log
 * @log: the dirty-region log, or NULL
 * @io_pool: struct quorum_io
 * @vote_wq: votes, and whatever else completion needs a task for
 * @agree_wq: votes on small requests, which mostly end in agreement and then need
 *	no task: this saves waking one
 * @engine: the slow way for requests that lack memory or need single blocks
 * @leg_lock: never taken from interrupts; what is taken inside it: the events'
 *	lock, that of a list of requests, @hung_lock
 * @io_lists: all requests that have not ended
 * @hung_lock: taken with interrupts off; nothing but that of @hung_wait is taken
 *	inside it
 * @hung_wait: woken when quorum_leg.outstanding goes down
 * @sync: check, repair, resync and recover
 * @timed: when a read was timed last, in jiffies; a hint
 * @late_lock: taken with interrupts off; nothing but that of @late_wait is taken
 *	inside it
 * @late_bytes: memory of the requests that were answered before all legs landed;
 *	without the lock it says whether there are any
 * @late_wait: woken when @late_bytes reaches zero
 * @late_seq: number of the last flush that was asked for, with @ack_early
 * @late_flushes: flushes that wait until enough legs have what was acknowledged
 *	before, by quorum_io.log_entry
 * @nr_late_flushes: how many wait, also those that @late_work has at hand
 * @late_work: sends flushes that need not wait any more
 * @nr_detached: reads that have been answered and are still being confirmed
 * @detached_wait: woken when @nr_detached reaches zero
 * @no_quorum: vote blocks without a winner, and writes and flushes that too few
 *	legs took
 * @raced: votes that disagreed without a leg being at fault
 * @events: counters and queue of the uevents
 * @legs: the legs
 */
struct quorum {
	struct dm_target *ti;
	unsigned int vote_threshold;
	unsigned int nr_legs;
	enum quorum_read_pattern read_pattern;
	bool rewrite_corrupted;
	bool blkverify;
	bool zero_copy_writes;
	bool ack_early;
	unsigned int max_leg_errors;

	struct quorum_range_lock ranges;
	struct quorum_blocks unsettled;
	struct quorum_log *log;
	mempool_t io_pool;
	struct workqueue_struct *vote_wq;
	struct workqueue_struct *agree_wq;
	struct quorum_block_engine engine;
	/*
	 * Serialises decisions to fail and restore a leg: two legs that reach
	 * max_leg_errors together must not both leave where only one can be
	 * spared. And changes of quorum_leg.recovered: none may undo another.
	 */
	spinlock_t leg_lock;
	/*
	 * With a log: makes it one step to see that enough legs are left in a
	 * region and to note that others miss a write there.
	 */
	struct mutex miss_lock;

	struct quorum_io_list io_lists[QUORUM_IO_LISTS];
	/* Protects quorum_leg.outstanding, quorum_io.refs, and quorum_io.let_go. */
	spinlock_t hung_lock;
	wait_queue_head_t hung_wait;

	struct quorum_sync sync;

	unsigned long timed;

	/* Protects all that is late_*, and makes quorum_io.late one with it. */
	spinlock_t late_lock;
	unsigned int late_bytes;
	wait_queue_head_t late_wait;
	u64 late_seq;
	struct list_head late_flushes;
	unsigned int nr_late_flushes;
	struct delayed_work late_work;

	atomic_t nr_detached;
	wait_queue_head_t detached_wait;

	atomic64_t no_quorum;
	atomic64_t raced;
	struct quorum_events *events;

	struct quorum_leg legs[];
};

/*
 * Legs of a set, as that is when the loop begins. for_each_set_bit() calls a
 * function for each.
 */
#define quorum_for_each_leg(leg, legs)					\
	for (unsigned long left_ = (legs);				\
	     left_ && ((leg) = __ffs(left_), true); left_ &= left_ - 1)

/* Number of the dm device. */
static inline dev_t quorum_devt(const struct quorum *q)
{
	return disk_devt(dm_disk(dm_table_get_md(q->ti->table)));
}

/* A leg that takes requests. It may still be stale where it missed a write. */
static inline bool quorum_leg_usable(const struct quorum_leg *leg)
{
	return leg->dev && !test_bit(QUORUM_LEG_IS_FAILED, &leg->flags);
}

/* A leg that lacks nothing of what was acknowledged. */
static inline bool quorum_leg_in_sync(struct quorum_leg *leg)
{
	/* In this order: a walk adds what it cannot fill, and goes on. */
	return atomic64_read_acquire(&leg->recovered) == QUORUM_ALL_RECOVERED &&
	       quorum_blocks_empty(&leg->stale);
}

/* Has the leg been given what there is at a device sector, but for what it missed? */
static inline bool quorum_leg_filled(struct quorum_leg *leg, sector_t sector)
{
	return sector < atomic64_read_acquire(&leg->recovered);
}

/* Does the leg lack anything in the block that a device sector is in? */
static inline bool quorum_leg_stale(struct quorum_leg *leg, sector_t sector)
{
	/* In this order: what a walk leaves moves into the set. */
	return !quorum_leg_filled(leg, sector) ||
	       quorum_blocks_has(&leg->stale, sector);
}

/*
 *--------------------------------------------------------------------
 * The table line (dm-quorum-table.c), messages (dm-quorum-message.c), the legs
 * (dm-quorum-leg.c)
 *--------------------------------------------------------------------
 */

/* In the place of a device. */
#define QUORUM_ABSENT_LEG		"-"

bool quorum_is_writable(const struct quorum *q);
int quorum_table_parse_sizes(struct dm_target *ti, struct dm_arg_set *as,
			     unsigned int *threshold, unsigned int *nr_legs);
int quorum_table_parse(struct quorum *q, struct dm_arg_set *as);
void quorum_table_print(struct quorum *q, char *result, unsigned int maxlen);
void quorum_table_print_ima(struct quorum *q, char *result,
			    unsigned int maxlen);

int quorum_message(struct dm_target *ti, unsigned int argc, char **argv,
		   char *result, unsigned int maxlen);

char quorum_leg_health(struct quorum_leg *leg);
const char *quorum_leg_name(const struct quorum_leg *leg);
u32 quorum_usable_legs(const struct quorum *q);
bool quorum_legs_in_sync(struct quorum *q);
void quorum_leg_missed(struct quorum *q, unsigned int leg, sector_t sector,
		       sector_t sectors);
void quorum_legs_missed_late(struct quorum *q, unsigned long kept,
			     sector_t sector, sector_t sectors);
bool quorum_legs_missed(struct quorum *q, u32 kept, sector_t sector,
			sector_t sectors);
blk_status_t quorum_flush_leg(struct quorum *q, unsigned int leg);
int quorum_restore_leg(struct quorum *q, unsigned int leg);
void quorum_fail_leg(struct quorum *q, unsigned int leg);
void quorum_leg_good(struct quorum *q, unsigned int leg);
void quorum_leg_bad(struct quorum *q, unsigned int leg);

/*
 *--------------------------------------------------------------------
 * The dirty-region log (dm-quorum-log.c)
 *--------------------------------------------------------------------
 */
int quorum_log_create(struct quorum *q, const char *type, unsigned int argc,
		      char **argv);
void quorum_log_destroy(struct quorum *q);
bool quorum_log_enter(struct quorum_io *io);
void quorum_log_leave(struct quorum_io *io);
void quorum_log_want(struct quorum *q, unsigned int leg, sector_t sector,
		     sector_t sectors);
bool quorum_log_knows(struct quorum *q, unsigned long legs, sector_t sector,
		      sector_t sectors);
bool quorum_log_spares(struct quorum *q, u32 kept, sector_t sector,
		       sector_t sectors);
bool quorum_log_pending(const struct quorum *q);
bool quorum_log_note(struct quorum *q, u32 legs, sector_t sector,
		     sector_t sectors);
bool quorum_log_unsettled(struct quorum *q, sector_t sector);
sector_t quorum_log_unsettled_next(struct quorum *q, sector_t sector);
sector_t quorum_log_unsettled_sectors(const struct quorum *q);
void quorum_log_settled(struct quorum *q, sector_t sector, sector_t sectors);
void quorum_log_walked(struct quorum *q, sector_t start, sector_t end);
void quorum_log_take_back(struct quorum *q);
bool quorum_log_flushed(struct quorum *q, u32 legs);
void quorum_log_refuse(struct quorum *q);
void quorum_log_suspend(struct quorum *q);
bool quorum_log_resume(struct quorum *q);
bool quorum_log_remembers(const struct quorum *q);
unsigned int quorum_log_status(const struct quorum *q, status_type_t type,
			       char *result, unsigned int maxlen);

/* May legs lawfully differ in the block that a device sector is in? */
static inline bool quorum_is_unsettled(struct quorum *q, sector_t sector)
{
	/* In this order: what a walk leaves moves from the log into the set. */
	return (q->log && quorum_log_unsettled(q, sector)) ||
	       quorum_blocks_has(&q->unsettled, sector);
}

/* They may nowhere; as exact as quorum_blocks_empty(). */
static inline bool quorum_all_settled(struct quorum *q)
{
	return (!q->log || !quorum_log_unsettled_sectors(q)) &&
	       quorum_blocks_empty(&q->unsettled);
}

/*
 *--------------------------------------------------------------------
 * One request (dm-quorum-io.c)
 *--------------------------------------------------------------------
 */

/* Segments that a private copy has room for without an allocation. */
#define QUORUM_INLINE_VECS		2

/**
 * struct quorum_buffer - private pages that hold one version of a request
 * @vec: the segments; each but the first begins on the vote grid
 * @nr_vecs: number of segments
 * @inline_vec: where @vec points for small requests
 */
struct quorum_buffer {
	struct bio_vec *vec;
	unsigned int nr_vecs;
	struct bio_vec inline_vec[QUORUM_INLINE_VECS];
};

/**
 * struct quorum_leg_io - one leg's part of a request
 * @io: the request
 * @buffer: the leg's private pages in a read; unused by the leg that reads into
 *	the caller's
 * @data: segments that hold what the leg read
 * @iter: position in @data while blocks are voted on
 * @status: how the leg's request ended
 * @took: how long the leg took, in ns, if quorum_io.sent is set
 * @first_status: how it ended when the leg was asked first
 * @stale: blocks of a read in which the leg was stale when it was asked
 * @lacked: parts of a write in which the leg was stale before that was noted, if
 *	it is in quorum_io.noted
 * @suspect: blocks in which the legs differed when the leg was asked first, and
 *	it was among those that had a vote
 * @wrong: blocks in which the leg lost a vote under the lock, and is to be
 *	repaired
 * @lost: blocks in which that has been counted
 * @rewritten: blocks whose repair has been counted
 * @crc: checksum of each vote block, as far as @nr_crcs
 * @nr_crcs: blocks checksummed so far
 * @bio: the leg's request, in the same allocation behind the legs
 */
struct quorum_leg_io {
	struct quorum_io *io;
	struct quorum_buffer buffer;
	const struct bio_vec *data;
	struct bvec_iter iter;
	blk_status_t status;
	blk_status_t first_status;
	unsigned int nr_crcs;
	u64 took;
	u64 stale;
	u64 lacked;
	u64 suspect;
	u64 wrong;
	u64 lost;
	u64 rewritten;
	u32 crc[QUORUM_IO_BLOCKS];
	struct bio *bio;
};

/* quorum_io.flags */
enum {
	/* The work is queued, and holds a reference of quorum_io.pending. */
	QUORUM_IO_QUEUED,
	/* The range is held: what the legs hold now is not about to change. */
	QUORUM_IO_LOCKED,
	/* The caller has what it asked for, or a winner for each block. */
	QUORUM_IO_SERVED,
	/* Of a walk over the device and not of a caller. */
	QUORUM_IO_WALKS,
	/* What was to be put right on the legs has been tried. */
	QUORUM_IO_MENDED,
	/* The write is counted in its regions of the log. */
	QUORUM_IO_LOGGED,
	/* Some of the write has been sent, if not all of it to any leg. */
	QUORUM_IO_PARTLY_SENT,
};

/* quorum_io.mend: what a read is to put right on the legs */
enum {
	/* Lost votes, and blocks that cannot be read. */
	QUORUM_MEND_WRONG	= BIT(0),
	/* Missed writes. */
	QUORUM_MEND_STALE	= BIT(1),
	/* What a write that failed as a whole has left; any version will do. */
	QUORUM_MEND_UNSETTLED	= BIT(2),
};

/**
 * struct quorum_io - one request of the caller
 * @q: the target
 * @bio: the caller's bio, owned until bio_endio(); its bi_iter is never moved.
 *	NULL once the caller has been answered while the request goes on
 * @op: what the legs are asked to do
 * @opf: the same with flags, for the legs' bios
 * @type: the same as events name it
 * @sector: first device sector
 * @bytes: length
 * @work: whatever the request needs a task for
 * @log_entry: link in a list of writes that wait for the log, or of flushes that
 *	wait for late writes
 * @range: a write holds it from before the first leg is written until after the
 *	last; a read while it is being confirmed
 * @copy: the private copy that the legs are written from; in a read that
 *	repairs, the versions that have won
 * @flags: atomic bits
 * @list: the list that the request is in
 * @node: link there
 * @asked: legs that the request was sent to. Whoever drops the last of @pending
 *	takes those out that it has let go
 * @voting: those of @asked whose versions are being voted on; its work's alone
 * @landed: legs whose request has ended, atomic bits
 * @failed: those of @landed whose request failed, atomic bits
 * @lent: legs that have been given the caller's pages, which cannot be taken
 *	back; written before they are sent anything
 * @may_go: legs that have a part of it in flight, and not in the caller's pages,
 *	atomic bits. Whoever clears the bit drops the leg's reference of @pending:
 *	the leg when it answers, or quorum_let_go()
 * @let_go: legs that were let go, and are failed and not restored as long as the
 *	request has not ended. Its owner can rely on it
 * @mend: what is to be put right on the legs, QUORUM_MEND_*
 * @unmended: legs that could not be mended, and are left alone
 * @behind: legs that lacked something when a flush was sent
 * @noted: legs that were noted to miss this write before it was sent
 * @told: legs whose failure has been counted and reported
 * @doubted: legs that failed when they were asked first, and may not have been
 *	told of
 * @erred: legs that failed and are to blame for it
 * @lost: legs that lost a vote
 * @won: legs that were in the majority of a vote
 * @suspects: blocks in which the legs differed, by their number in the request
 * @settled: blocks in which that has been counted and reported
 * @unsettled: blocks that were unsettled when the legs were asked
 * @unsure: unsettled blocks that are to be settled before the caller is answered,
 *	or the walk goes on
 * @stuck: blocks of which some part could not be settled
 * @kept: blocks of which all that has won under the lock is in @copy, or in the
 *	block engine's image
 * @pending: one for each leg request in flight, one for the submitter, and one
 *	for the queued work; whoever drops the last one owns the request
 * @put: drops a reference of @pending for a leg that is let go
 * @done: completed when nothing is pending, if that is waited for
 * @refs: one for the request, until it ends, and one for each bio that a leg let
 *	go has not given back: they keep the memory. Protected by
 *	quorum.hung_lock
 * @sent: when the read was sent, in ns, if it is timed, or 0
 * @late: bytes of memory that it holds, if it was answered before all legs had
 *	landed, or 0; set once, and who reads it without being the one to set it
 *	only wants to know whether that is still worth trying
 * @late_seq: of a late write, quorum.late_seq when it was acknowledged; written
 *	before @late. Of a flush that waits, its own number
 * @direct: the leg that reads into the caller's pages, or -1; a fifo read is at
 *	this leg
 * @legs: one a leg
 */
struct quorum_io {
	struct quorum *q;
	struct bio *bio;
	enum req_op op;
	blk_opf_t opf;
	enum quorum_type type;
	sector_t sector;
	unsigned int bytes;
	struct work_struct work;
	struct list_head log_entry;
	struct quorum_range range;
	struct quorum_buffer copy;
	unsigned long flags;
	struct quorum_io_list *list;
	struct list_head node;
	unsigned long asked;
	unsigned long voting;
	unsigned long lent;
	unsigned long may_go;
	unsigned long let_go;
	unsigned long landed;
	unsigned long failed;
	unsigned long told;
	unsigned long doubted;
	u32 mend;
	u32 unmended;
	u32 behind;
	u32 noted;
	u32 erred;
	u32 lost;
	u32 won;
	u64 suspects;
	u64 settled;
	u64 unsettled;
	u64 unsure;
	u64 stuck;
	u64 kept;
	atomic_t pending;
	void (*put)(struct quorum_io *io);
	struct completion *done;
	unsigned int refs;
	u64 sent;
	unsigned int late;
	u64 late_seq;
	int direct;
	struct quorum_leg_io legs[];
};

static inline sector_t quorum_io_sectors(const struct quorum_io *io)
{
	return io->bytes >> SECTOR_SHIFT;
}

static inline unsigned int quorum_leg_number(const struct quorum_leg_io *leg_io)
{
	return leg_io - leg_io->io->legs;
}

/* Legs whose status and data may be looked at. */
static inline unsigned long quorum_legs_landed(const struct quorum_io *io)
{
	unsigned long landed = READ_ONCE(io->landed);

	/* Pairs with quorum_leg_landed(). */
	smp_rmb();
	return landed;
}

/* Those of them that did it. */
static inline unsigned long quorum_legs_did(const struct quorum_io *io)
{
	return quorum_legs_landed(io) & ~READ_ONCE(io->failed);
}

/* Bytes from @sector, a device sector, to the end of its vote block. */
static inline unsigned int quorum_block_rest(sector_t sector)
{
	return QUORUM_BLOCK_BYTES -
	       ((sector << SECTOR_SHIFT) & (QUORUM_BLOCK_BYTES - 1));
}

/* Count for the walk that the request is of, if it is of one. */
static inline void quorum_io_count(struct quorum_io *io,
				   enum quorum_total total, u64 nr)
{
	if (test_bit(QUORUM_IO_WALKS, &io->flags))
		atomic64_add(nr, &io->q->sync.totals[total]);
}

/* The bits of the blocks of the request. */
static inline u64 quorum_io_all_blocks(const struct quorum_io *io)
{
	sector_t first = io->sector / QUORUM_BLOCK_SECTORS;
	sector_t last = (io->sector + quorum_io_sectors(io) - 1) /
			QUORUM_BLOCK_SECTORS;

	return GENMASK_ULL(last - first, 0);
}

/* First device sector of a block of the request. */
static inline sector_t quorum_io_block_sector(const struct quorum_io *io,
					      unsigned int block)
{
	sector_t first = round_down(io->sector, QUORUM_BLOCK_SECTORS);

	return max(io->sector, first + block * QUORUM_BLOCK_SECTORS);
}

size_t quorum_io_size(unsigned int nr_legs);
blk_status_t quorum_io_failure(struct quorum_io *io, blk_status_t error, u64 nr,
			       u8 votes, u8 voters);
void quorum_leg_error(struct quorum_io *io, unsigned int leg, sector_t sector,
		      sector_t sectors);
struct quorum_io *quorum_io_alloc(struct quorum *q, struct bio *bio,
				  enum req_op op, enum quorum_type type);
struct quorum_io *quorum_io_alloc_flush(struct quorum *q);
struct quorum_io *quorum_io_alloc_walk(struct quorum *q, sector_t sector,
				       sector_t sectors, enum quorum_type type);
sector_t quorum_whole_blocks(const struct quorum *q, sector_t *sector,
			     sector_t sectors);
u64 quorum_io_unsettled(const struct quorum_io *io);
void quorum_io_forget(struct quorum_io *io);
void quorum_io_doubt(struct quorum_io *io);
void quorum_io_free(struct quorum_io *io);
void quorum_io_end(struct quorum_io *io, blk_status_t status);
int quorum_buffer_alloc(struct quorum_buffer *buffer, sector_t sector,
			unsigned int bytes);
void quorum_leg_bio_private(struct quorum_io *io, unsigned int leg,
			    struct quorum_buffer *buffer);
int quorum_leg_bio_clone(struct quorum_io *io, unsigned int leg);
void quorum_leg_bio_nodata(struct quorum_io *io, unsigned int leg);
void quorum_send(struct quorum_io *io, bio_end_io_t *end_io,
		 void (*put)(struct quorum_io *io));
bool quorum_leg_landed(struct bio *bio);
void quorum_leg_bio_init(struct quorum_io *io, unsigned int leg,
			 struct bio *bio, struct bio_vec *vec,
			 unsigned int nr_vecs);
void quorum_copy(const struct bio_vec *to_vec, struct bvec_iter to,
		 const struct bio_vec *from_vec, struct bvec_iter from);
blk_status_t quorum_io_error(const struct quorum_io *io);
bool quorum_status_blames(enum req_op op, blk_status_t status);

/* dm-quorum-hung.c */
void quorum_hung_init(struct quorum *q);
void quorum_io_enlist(struct quorum_io *io);
void quorum_io_delist(struct quorum_io *io);
void quorum_hung_put(struct quorum_io *io, unsigned long legs);
void quorum_parts_begin(struct quorum_io *io, unsigned long legs,
			void (*put)(struct quorum_io *io));
void quorum_parts_sent(struct quorum_io *io);
bool quorum_part_back(struct bio *bio);
void quorum_let_go(struct quorum *q);
void quorum_wait_begin(struct quorum_io *io, unsigned long legs,
		       struct completion *done);
void quorum_wait_submit(struct quorum_io *io, unsigned int leg,
			struct bio *bio);
void quorum_wait_end(struct quorum_io *io);
blk_status_t quorum_leg_wait(struct quorum_io *io, unsigned int leg,
			     struct bio *bio);
bool quorum_leg_hangs(struct quorum *q, unsigned int leg);
void quorum_hung_drain(struct quorum *q);

/* dm-quorum-latency.c */
void quorum_latency_begin(struct quorum_io *io);
void quorum_latency_landed(struct quorum_leg_io *leg_io);
void quorum_latency_end(struct quorum_io *io);
unsigned int quorum_latency_nearest(const struct quorum *q, u32 legs);

/* dm-quorum-late.c */
void quorum_late_init(struct quorum *q);
bool quorum_late_answer(struct quorum_io *io, u32 late);
void quorum_late_landed(struct quorum *q);
void quorum_late_end(struct quorum *q, unsigned int bytes);
bool quorum_late_flush(struct quorum_io *io);
void quorum_late_drain(struct quorum *q);

/*
 *--------------------------------------------------------------------
 * What votes mean (dm-quorum-tally.c)
 *--------------------------------------------------------------------
 */

/**
 * struct quorum_tally - the votes on the blocks of one read
 * @io: the read
 * @to: position in the caller's bio, while there is a caller
 * @sector: the same position, in device sectors
 * @image: where the winners are kept to repair legs with, or NULL
 * @image_sector: device sector at which that begins
 * @block: number of the next block in the request
 * @final: nothing can come of asking again: count, report, decide
 * @undecided: a block has no winner, and asking again may help
 * @failed: the block at hand has a part without a winner
 * @unsettled: the legs may lawfully differ there
 * @choose: that is to be put right, by any version if none has won
 * @excused: legs differ in the block at hand, and may
 * @differed: legs differ in the block at hand
 * @missing: a leg has no vote in the block at hand, or in a part of it, that had
 *	one when the legs differed there
 * @status: what the caller gets
 */
struct quorum_tally {
	struct quorum_io *io;
	struct bvec_iter to;
	sector_t sector;
	const struct bio_vec *image;
	sector_t image_sector;
	unsigned int block;
	bool final;
	bool undecided;
	bool failed;
	bool unsettled;
	bool choose;
	bool excused;
	bool differed;
	bool missing;
	blk_status_t status;
};

unsigned int quorum_logical_block_bytes(const struct quorum *q);
/* The first difference stops a verifying read. */
static inline bool quorum_tally_stops(const struct quorum_tally *tally)
{
	return tally->status && tally->io->q->blkverify &&
	       !test_bit(QUORUM_IO_WALKS, &tally->io->flags);
}

void quorum_tally_init(struct quorum_tally *tally, struct quorum_io *io,
		       bool final);
void quorum_tally_errors(struct quorum_io *io, sector_t sector,
			 unsigned int bytes);
bool quorum_tally_agreed(struct quorum_tally *tally,
			 struct quorum_ballot *ballot);
bool quorum_tally_decided(struct quorum_tally *tally,
			  struct quorum_ballot *ballot);
void quorum_tally_block(struct quorum_tally *tally,
			struct quorum_ballot *ballot);
void quorum_tally_legs(struct quorum_io *io);

/*
 *--------------------------------------------------------------------
 * Reads (dm-quorum-read.c), writes (dm-quorum-write.c), confirmation
 * (dm-quorum-confirm.c), repair (dm-quorum-repair.c), walks over the device
 * (dm-quorum-sync.c) and the block engine (dm-quorum-block.c)
 *--------------------------------------------------------------------
 */
void quorum_read(struct quorum *q, struct bio *bio);
void quorum_read_walk(struct quorum_io *io);
bool quorum_read_legs(struct quorum_io *io, bool private);

void __init quorum_write_init(void);
void quorum_write(struct quorum *q, struct bio *bio);
void quorum_flush(struct quorum *q, struct bio *bio);
void quorum_write_settle(struct quorum_io *io);
void quorum_write_refuse(struct quorum_io *io, blk_status_t status);

void quorum_confirm(struct quorum_io *io);
void quorum_confirm_end(struct quorum_io *io, blk_status_t status);
void quorum_confirm_drain(struct quorum *q);

bool quorum_repair_worth(const struct quorum_io *io);
void quorum_repair(struct quorum_io *io);
void quorum_repair_piece(struct quorum_io *io, unsigned int block,
			 sector_t sector, unsigned int bytes);

int __init quorum_sync_init(void);
void quorum_sync_exit(void);
void quorum_sync_create(struct quorum *q);
int quorum_sync_begin(struct quorum *q, enum quorum_sync_action action);
int quorum_sync_begin_range(struct quorum *q, enum quorum_sync_action action,
			    sector_t start, sector_t end);
void quorum_sync_idle(struct quorum *q, bool frozen);
void quorum_sync_recover(struct quorum *q);
void quorum_sync_suspend(struct quorum *q);
void quorum_sync_resume(struct quorum *q, bool first);
void quorum_sync_landed(struct quorum_io *io);
const char *quorum_sync_word(struct quorum *q);
bool quorum_sync_progress(struct quorum *q, sector_t *done, sector_t *total);

int quorum_engine_create(struct quorum *q);
void quorum_engine_destroy(struct quorum *q);
void quorum_engine_queue(struct quorum_io *io);

/*
 *--------------------------------------------------------------------
 * Differences between kernels. Kbuild looks for the features themselves,
 * because vendors' version numbers do not tell.
 *--------------------------------------------------------------------
 */
#ifdef HAVE_WQ_PERCPU
#define QUORUM_WQ_PERCPU		WQ_PERCPU
#else
#define QUORUM_WQ_PERCPU		0
#endif

/* A workqueue that needs no task, where there is such a thing. */
#ifdef HAVE_WQ_BH_PERCPU
#define QUORUM_WQ_BH			(WQ_BH | WQ_PERCPU)
#elif defined(HAVE_WQ_BH)
#define QUORUM_WQ_BH			WQ_BH
#else
#define QUORUM_WQ_BH			(WQ_MEM_RECLAIM | QUORUM_WQ_PERCPU)
#endif

/* How legs are opened: the type has changed its name with its flags. */
#ifdef BLK_OPEN_WRITE
#define QUORUM_MODE_WRITE		BLK_OPEN_WRITE
#else
#define QUORUM_MODE_WRITE		FMODE_WRITE
#endif

#ifdef BLK_STS_INVAL
#define QUORUM_STS_INVAL		BLK_STS_INVAL
#else
#define QUORUM_STS_INVAL		BLK_STS_NOTSUPP
#endif

/*
 * What the page cache writes must not change on the way, or the legs differ
 * (with zero_copy_writes) and the caller's checksums fail.
 */
static inline void quorum_stable_pages_by_target(struct dm_target *ti)
{
#ifdef HAVE_TI_STABLE_WRITES
	ti->needs_stable_writes = true;
#endif
}

static inline void quorum_stable_pages_by_limits(struct queue_limits *limits)
{
#ifdef HAVE_LIMITS_STABLE_WRITES
	limits->features |= BLK_FEAT_STABLE_WRITES;
#endif
}

/* A vote needs a task: completion cannot be polled for. */
static inline void quorum_no_polling(struct queue_limits *limits)
{
#ifdef HAVE_LIMITS_POLL
	limits->features &= ~BLK_FEAT_POLL;
#endif
}

#endif /* DM_QUORUM_H */
