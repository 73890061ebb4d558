// SPDX-License-Identifier: GPL-2.0-only
/*
 * Walks over the device: check, repair, resync and recover.
 *
 * A worker sends reads that have no caller, one after the other or a few at a
 * time, and each goes the way of all reads: vote, confirmation, and what there
 * is to put right under the range lock. So a walk needs no rules of its own to
 * be right while the device is in use. It goes as fast as the legs allow while
 * nobody else uses the device, and otherwise no faster than it must.
 */

#include "dm-quorum.h"
#include <linux/moduleparam.h>
#include <linux/part_stat.h>

/*
 * Reads of a walk at a time. Together with those that have been answered and
 * are still being confirmed, less than the reserve of requests.
 */
#define DEPTH			4

/* What a leg has been filled with is flushed after so many sectors, or so long. */
#define FLUSH_SECTORS		(64 * QUORUM_CHUNK_SECTORS)
#define FLUSH_TIME		HZ

/* So long after somebody used the device it counts as being used. */
#define BUSY			(HZ / 2)

static unsigned int sync_speed_min = 1000;
module_param(sync_speed_min, uint, 0644);
MODULE_PARM_DESC(sync_speed_min, "Speed of check, repair, resync and recover while a device is in use, in KiB/s");

static unsigned int sync_speed_max = 200000;
module_param(sync_speed_max, uint, 0644);
MODULE_PARM_DESC(sync_speed_max, "Speed while a device is not in use, in KiB/s");

/* What a walk is called, how events name it, and what it puts right. */
static const struct {
	const char *word;
	enum quorum_type type;
	u32 mend;
	unsigned int depth;
} actions[] = {
	[QUORUM_SYNC_CHECK]	= { "check", QUORUM_TYPE_CHECK, 0, DEPTH },
	[QUORUM_SYNC_REPAIR]	= { "repair", QUORUM_TYPE_REPAIR,
				    QUORUM_MEND_WRONG | QUORUM_MEND_STALE |
				    QUORUM_MEND_UNSETTLED, 1 },
	[QUORUM_SYNC_RESYNC]	= { "resync", QUORUM_TYPE_RESYNC,
				    QUORUM_MEND_STALE | QUORUM_MEND_UNSETTLED,
				    1 },
	[QUORUM_SYNC_RECOVER]	= { "recover", QUORUM_TYPE_RECOVER,
				    QUORUM_MEND_STALE, 1 },
};

/* Goes where something is known to be missing, not everywhere. */
#define RECOVERS(action)	((action) >= QUORUM_SYNC_RESYNC)

static struct workqueue_struct *sync_wq;

static sector_t target_end(const struct quorum *q)
{
	return q->ti->begin + q->ti->len;
}

static bool stopped(const struct quorum_sync *sync)
{
	return READ_ONCE(sync->stop);
}

/*
 *--------------------------------------------------------------------
 * Speed
 *--------------------------------------------------------------------
 */

/* Has somebody used the device a moment ago? What legs do is not counted. */
static bool is_busy(struct quorum *q)
{
	struct block_device *part = dm_disk(dm_table_get_md(q->ti->table))->part0;
	struct quorum_sync *sync = &q->sync;
	u64 others;

	/* Other processors go on counting: what is missed is seen next time. */
	others = data_race(part_stat_read_accum(part, sectors));
	if (others != sync->others) {
		sync->others = others;
		sync->others_seen = jiffies;
	}

	return time_before(jiffies, sync->others_seen + BUSY);
}

/* Jiffies until the next read is due, at @kib a second. */
static unsigned long until_due(const struct quorum_sync *sync, unsigned int kib)
{
	u64 due = div64_u64((u64)sync->paced_sectors * HZ,
			    2ULL * max(kib, 1U));
	unsigned long passed = jiffies - sync->paced;

	return due > passed ? due - passed : 0;
}

static void pace_anew(struct quorum_sync *sync)
{
	sync->paced = jiffies;
	sync->paced_sectors = 0;
}

/* How long to wait before the next read, in jiffies. */
static unsigned long until_next(struct quorum *q)
{
	struct quorum_sync *sync = &q->sync;
	unsigned int min = READ_ONCE(sync_speed_min);
	bool busy = is_busy(q);

	/* Having been fast is not to be paid for by being too slow. */
	if (busy != sync->busy)
		pace_anew(sync);
	sync->busy = busy;

	return until_due(sync, busy ? min :
				      max(min, READ_ONCE(sync_speed_max)));
}

static void keep_pace(struct quorum *q)
{
	struct quorum_sync *sync = &q->sync;
	unsigned long wait = until_next(q);

	while (wait && !stopped(sync)) {
		/* Others may come, or be done. */
		wait_event_timeout(sync->wait, stopped(sync),
				   min_t(unsigned long, wait, HZ / 10));
		wait = until_next(q);
	}

	/* Nor is having been slow to be made up for. */
	if (time_after(jiffies, sync->paced + HZ))
		pace_anew(sync);
}

/*
 *--------------------------------------------------------------------
 * Where next
 *--------------------------------------------------------------------
 */

/* First sector from @sector on that a leg lacks. */
static sector_t next_stale(struct quorum *q, sector_t sector)
{
	sector_t next = QUORUM_NO_SECTOR, recovered;
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++) {
		struct quorum_leg *l = &q->legs[leg];

		if (!quorum_leg_usable(l) || test_bit(leg, &q->sync.gave_up))
			continue;
		recovered = atomic64_read(&l->recovered);
		next = min(next, quorum_blocks_next(&l->stale, sector,
						    target_end(q)));
		if (recovered != QUORUM_ALL_RECOVERED)
			next = min(next, max(sector, recovered));
	}

	return next;
}

/* First sector from @sector on that a walk is to put right. */
static sector_t next_wanted(struct quorum *q, sector_t sector)
{
	sector_t next = next_stale(q, sector);

	if (q->sync.walk.action == QUORUM_SYNC_RESYNC) {
		next = min(next, quorum_blocks_next(&q->unsettled, sector,
						    target_end(q)));
		if (q->log)
			next = min(next, quorum_log_unsettled_next(q, sector));
	}

	return next;
}

/* The end of what is to be put right from @sector on, @end at most. */
static sector_t wanted_end(struct quorum *q, sector_t sector, sector_t end)
{
	do {
		sector = round_down(sector, QUORUM_BLOCK_SECTORS) +
			 QUORUM_BLOCK_SECTORS;
	} while (sector < end && next_wanted(q, sector) <= sector);

	return min(sector, end);
}

/* The next part of the device to read. Returns false at the end. */
static bool next_part(struct quorum *q, sector_t *sector, sector_t *end)
{
	struct quorum_walk *walk = &q->sync.walk;
	sector_t next = walk->position;

	/* The last block may end behind the device, and be found once more. */
	if (next >= walk->end)
		return false;
	if (RECOVERS(walk->action))
		next = next_wanted(q, walk->position);
	if (next >= walk->end)
		return false;

	*sector = max(next, walk->position);
	*end = min(walk->end, round_down(*sector, QUORUM_CHUNK_SECTORS) +
			      QUORUM_CHUNK_SECTORS);
	if (RECOVERS(walk->action))
		*end = wanted_end(q, *sector, *end);
	return true;
}

/*
 *--------------------------------------------------------------------
 * Legs that are filled from some sector on
 *--------------------------------------------------------------------
 */

/**
 * struct fill - what has been written to legs, and may be in their caches
 * @start: device sector at which it begins
 * @began: when that was, in jiffies
 * @lost_track: that of each leg when that began
 */
struct fill {
	sector_t start;
	unsigned long began;
	unsigned int lost_track[QUORUM_MAX_LEGS];
};

static void begin_fill(struct quorum *q, struct fill *fill)
{
	unsigned int leg;

	*fill = (struct fill) {
		.start = q->sync.walk.position,
		.began = jiffies,
	};
	spin_lock(&q->leg_lock);
	for (leg = 0; leg < q->nr_legs; leg++)
		fill->lost_track[leg] = q->legs[leg].lost_track;
	spin_unlock(&q->leg_lock);
}

/* All legs that lack something from @fill on have been given it up to @end. */
static void flush_leg(struct quorum *q, unsigned int leg,
		      const struct fill *fill, sector_t end)
{
	struct quorum_leg *l = &q->legs[leg];
	sector_t recovered = atomic64_read(&l->recovered);
	blk_status_t status;

	if (!quorum_leg_usable(l) || test_bit(leg, &q->sync.gave_up) ||
	    max(recovered, q->ti->begin) < fill->start || recovered >= end)
		return;
	status = quorum_flush_leg(q, leg);
	if (status) {
		if (status != QUORUM_STS_LET_GO)
			set_bit(leg, &q->sync.gave_up);
		return;
	}

	/* Unless more was lost meanwhile, or the leg was away for a while. */
	spin_lock(&q->leg_lock);
	if (fill->lost_track[leg] == l->lost_track &&
	    atomic64_read(&l->recovered) == recovered)
		atomic64_set_release(&l->recovered, end == target_end(q) ?
				     QUORUM_ALL_RECOVERED : end);
	spin_unlock(&q->leg_lock);
}

/* All that was unsettled where the walk has been is settled, or in the set. */
static void tell_log(struct quorum *q)
{
	const struct quorum_walk *walk = &q->sync.walk;

	if (q->log && actions[walk->action].mend & QUORUM_MEND_UNSETTLED &&
	    !READ_ONCE(q->sync.lost_track))
		quorum_log_walked(q, walk->start, walk->position);
}

static bool is_much(const struct fill *fill, sector_t position)
{
	return position - fill->start >= FLUSH_SECTORS ||
	       time_after(jiffies, fill->began + FLUSH_TIME);
}

static void end_fill(struct quorum *q, struct fill *fill)
{
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++)
		flush_leg(q, leg, fill, q->sync.walk.position);
	tell_log(q);
	begin_fill(q, fill);
}

/*
 *--------------------------------------------------------------------
 * The walk
 *--------------------------------------------------------------------
 */

static void read_part(struct quorum *q, sector_t sector, sector_t end)
{
	enum quorum_sync_action action = q->sync.walk.action;
	struct quorum_io *io = quorum_io_alloc_walk(q, sector, end - sector,
						    actions[action].type);

	io->mend = actions[action].mend;
	atomic_inc(&q->sync.in_flight);
	quorum_read_walk(io);
}

/**
 * quorum_sync_landed - a read of a walk is done
 * @io: the read; its range is not held any more
 *
 * Context: any.
 */
void quorum_sync_landed(struct quorum_io *io)
{
	struct quorum_sync *sync = &io->q->sync;
	unsigned long unmended = io->unmended;
	unsigned int leg;

	/*
	 * Nothing was asked for, so that nothing could be kept: there were too
	 * few legs. What has been put right meanwhile by a write is no failure.
	 */
	if (test_bit(QUORUM_IO_LOCKED, &io->flags) && !io->copy.nr_vecs &&
	    !test_bit(QUORUM_IO_MENDED, &io->flags))
		unmended = ~0UL;
	for_each_set_bit(leg, &unmended, io->q->nr_legs)
		if (!quorum_leg_in_sync(&io->q->legs[leg]))
			set_bit(leg, &sync->gave_up);
	/* Whoever sees that it has ended, see has_ended(), sees these bits. */
	smp_mb__before_atomic();
	atomic_dec(&sync->in_flight);
	wake_up(&sync->wait);
}

/* No more than so many reads have not ended. */
static bool has_ended(struct quorum_sync *sync, unsigned int depth)
{
	return atomic_read_acquire(&sync->in_flight) <= depth;
}

static void walk(struct quorum *q)
{
	struct quorum_sync *sync = &q->sync;
	unsigned int depth = actions[sync->walk.action].depth;
	bool mends = actions[sync->walk.action].mend;
	struct fill fill;
	sector_t sector, end;

	begin_fill(q, &fill);
	for (;;) {
		keep_pace(q);
		wait_event(sync->wait, has_ended(sync, depth - 1));
		if (mends && is_much(&fill, sync->walk.position))
			end_fill(q, &fill);
		if (stopped(sync) || !next_part(q, &sector, &end))
			break;
		read_part(q, sector, end);
		WRITE_ONCE(sync->walk.position, end);
		sync->paced_sectors += end - sector;
	}
	wait_event(sync->wait, has_ended(sync, 0));

	if (!stopped(sync))
		WRITE_ONCE(sync->walk.position, sync->walk.end);
	if (mends)
		end_fill(q, &fill);
}

/* Under the lock, so that it is not told of a leg that has just failed again. */
static void tell_restored(struct quorum *q)
{
	struct quorum_report report = {
		.action = QUORUM_LEG_RESTORED,
		.byte = QUORUM_NO_BYTE,
	};

	spin_lock(&q->leg_lock);
	for (report.leg = 0; report.leg < q->nr_legs; report.leg++) {
		struct quorum_leg *leg = &q->legs[report.leg];

		if (quorum_leg_usable(leg) && quorum_leg_in_sync(leg) &&
		    test_and_clear_bit(QUORUM_LEG_IS_RESTORED, &leg->flags))
			quorum_events_report(q, &report);
	}
	spin_unlock(&q->leg_lock);
}

static void tell_done(struct quorum *q)
{
	const struct quorum_walk *walk = &q->sync.walk;
	struct quorum_report report = {
		.action = QUORUM_SYNC_DONE,
		.type = actions[walk->action].type,
		.leg = QUORUM_NO_LEG,
		.sector = walk->start,
		.sectors = walk->end - walk->start,
		.byte = QUORUM_NO_BYTE,
	};
	unsigned int i;

	if (RECOVERS(walk->action) && !quorum_legs_in_sync(q))
		report.error = BLK_STS_IOERR;
	if (walk->action == QUORUM_SYNC_RESYNC &&
	    !quorum_all_settled(q))
		report.error = BLK_STS_IOERR;
	for (i = 0; i < QUORUM_NR_TOTALS; i++)
		report.totals[i] = atomic64_read(&q->sync.totals[i]);
	quorum_events_report(q, &report);
}

static void sync_work(struct work_struct *work)
{
	struct quorum *q = container_of(work, struct quorum, sync.work);

	walk(q);
	tell_restored(q);
	/* One that was stopped when there was nothing left has come to its end. */
	if (stopped(&q->sync) && q->sync.walk.position < q->sync.walk.end)
		return;

	tell_done(q);
	/* From here on all is whose who takes the lock: see is_active(). */
	smp_store_release(&q->sync.active, false);
}

/*
 *--------------------------------------------------------------------
 * Control; called with the lock held
 *--------------------------------------------------------------------
 */

static bool is_active(const struct quorum_sync *sync)
{
	/* Pairs with sync_work(): all that it did is seen once it is done. */
	return smp_load_acquire(&sync->active);
}

static void start_work(struct quorum *q)
{
	struct quorum_sync *sync = &q->sync;

	if (sync->suspended)
		return;
	pace_anew(sync);
	queue_work(sync_wq, &sync->work);
}

/* Waits for legs at most: the worker never takes the lock. */
static void stop_work(struct quorum *q)
{
	struct quorum_sync *sync = &q->sync;

	WRITE_ONCE(sync->stop, true);
	wake_up(&sync->wait);
	flush_work(&sync->work);
	WRITE_ONCE(sync->stop, false);
}

/* Stop what goes on. A check or repair can be gone on with. */
static void stop_walk(struct quorum *q)
{
	struct quorum_sync *sync = &q->sync;
	unsigned int i;

	stop_work(q);
	/* One that lost track begins anew, or the log would forget a block. */
	if (is_active(sync) && !RECOVERS(sync->walk.action) &&
	    !READ_ONCE(sync->lost_track)) {
		sync->kept = sync->walk;
		for (i = 0; i < QUORUM_NR_TOTALS; i++)
			sync->kept_totals[i] = atomic64_read(&sync->totals[i]);
	}
	WRITE_ONCE(sync->active, false);
}

static void begin(struct quorum *q, const struct quorum_walk *walk, bool go_on)
{
	struct quorum_sync *sync = &q->sync;
	unsigned int i;

	/* The status may be looking. */
	WRITE_ONCE(sync->walk.action, walk->action);
	WRITE_ONCE(sync->walk.start, walk->start);
	WRITE_ONCE(sync->walk.end, walk->end);
	WRITE_ONCE(sync->walk.position, walk->position);
	sync->gave_up = 0;
	sync->lost_track = false;
	for (i = 0; i < QUORUM_NR_TOTALS; i++)
		atomic64_set(&sync->totals[i],
			     go_on ? sync->kept_totals[i] : 0);
	WRITE_ONCE(sync->active, true);
	start_work(q);
}

static struct quorum_walk whole_target(const struct quorum *q,
				       enum quorum_sync_action action)
{
	struct quorum_walk walk = {
		.action = action,
		.start = q->ti->begin,
		.end = target_end(q),
		.position = q->ti->begin,
	};

	return walk;
}

static bool can_go_on(const struct quorum_sync *sync,
		      enum quorum_sync_action action)
{
	return sync->kept.action == action &&
	       sync->kept.position < sync->kept.end;
}

/* Begin, or go on where the same was stopped. */
static int ask_for(struct quorum *q, struct quorum_walk *walk, bool go_on)
{
	struct quorum_sync *sync = &q->sync;

	if (is_active(sync))
		return -EBUSY;

	WRITE_ONCE(sync->frozen, false);
	go_on = go_on && can_go_on(sync, walk->action);
	if (go_on)
		*walk = sync->kept;
	if (!RECOVERS(walk->action))
		sync->kept.position = sync->kept.end;
	begin(q, walk, go_on);

	return 0;
}

/*
 *--------------------------------------------------------------------
 * Interface
 *--------------------------------------------------------------------
 */

/**
 * quorum_sync_begin - walk over the device, or go on with that
 * @q: the target
 * @action: what for
 *
 * Context: may sleep.
 * Return: 0, or -EBUSY if a walk is under way.
 */
int quorum_sync_begin(struct quorum *q, enum quorum_sync_action action)
{
	struct quorum_walk walk = whole_target(q, action);
	int r;

	mutex_lock(&q->sync.lock);
	r = ask_for(q, &walk, true);
	mutex_unlock(&q->sync.lock);

	return r;
}

/**
 * quorum_sync_begin_range - walk over a part of the device
 * @q: the target
 * @action: what for
 * @start: first device sector
 * @end: device sector behind the last one
 *
 * The vote blocks that it touches are read. A walk over the same range that was
 * stopped is gone on with.
 *
 * Context: may sleep.
 * Return: 0, -EBUSY if a walk is under way, or -EINVAL if the range is empty or
 * not in the target.
 */
int quorum_sync_begin_range(struct quorum *q, enum quorum_sync_action action,
			    sector_t start, sector_t end)
{
	struct quorum_walk walk = whole_target(q, action);
	const struct quorum_walk *kept = &q->sync.kept;
	int r;

	if (start >= end || start < walk.start || end > walk.end)
		return -EINVAL;

	walk.start = max_t(sector_t, walk.start,
			   round_down(start, QUORUM_BLOCK_SECTORS));
	walk.end = min_t(sector_t, walk.end,
			 round_up(end, QUORUM_BLOCK_SECTORS));
	walk.position = walk.start;

	mutex_lock(&q->sync.lock);
	r = ask_for(q, &walk,
		    kept->start == walk.start && kept->end == walk.end);
	mutex_unlock(&q->sync.lock);

	return r;
}

/**
 * quorum_sync_idle - stop what goes on
 * @q: the target
 * @frozen: let nothing begin that nobody asks for
 *
 * Context: may sleep; waits for legs.
 */
void quorum_sync_idle(struct quorum *q, bool frozen)
{
	mutex_lock(&q->sync.lock);
	stop_walk(q);
	WRITE_ONCE(q->sync.frozen, frozen);
	mutex_unlock(&q->sync.lock);
}

/**
 * quorum_sync_recover - give legs that have come back what they lack
 * @q: the target
 *
 * At once, whatever else goes on: they do not vote before. Not if that is
 * frozen. Where a write has failed they vote, and may differ: if there are such
 * blocks, they are settled as well.
 *
 * Context: may sleep; waits for legs.
 */
void quorum_sync_recover(struct quorum *q)
{
	struct quorum_walk walk = whole_target(q, QUORUM_SYNC_RECOVER);
	struct quorum_sync *sync = &q->sync;

	mutex_lock(&sync->lock);
	if (!sync->frozen) {
		stop_work(q);
		if (!quorum_all_settled(q) ||
		    (is_active(sync) && sync->walk.action == QUORUM_SYNC_RESYNC))
			walk.action = QUORUM_SYNC_RESYNC;
		stop_walk(q);
		begin(q, &walk, false);
	}
	mutex_unlock(&sync->lock);
}

/**
 * quorum_sync_suspend - stop what goes on until quorum_sync_resume()
 * @q: the target
 *
 * Context: may sleep; waits for legs.
 */
void quorum_sync_suspend(struct quorum *q)
{
	mutex_lock(&q->sync.lock);
	q->sync.suspended = true;
	stop_work(q);
	mutex_unlock(&q->sync.lock);
}

/**
 * quorum_sync_resume - go on with what was stopped, or put right what is known
 * @q: the target
 * @first: the log has just been read: whatever it knows of is to be put right;
 *	otherwise legs that are new are to be filled
 *
 * Context: may sleep.
 */
void quorum_sync_resume(struct quorum *q, bool first)
{
	struct quorum_walk walk =
		whole_target(q, first ? QUORUM_SYNC_RESYNC :
					QUORUM_SYNC_RECOVER);
	struct quorum_sync *sync = &q->sync;
	bool unfilled = false;
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++)
		unfilled |= quorum_leg_usable(&q->legs[leg]) &&
			    atomic64_read(&q->legs[leg].recovered) !=
			    QUORUM_ALL_RECOVERED;

	if (first)
		unfilled = !quorum_all_settled(q) || !quorum_legs_in_sync(q);

	mutex_lock(&sync->lock);
	sync->suspended = false;
	if (is_active(sync))
		start_work(q);
	else if (unfilled && !sync->frozen)
		begin(q, &walk, false);
	mutex_unlock(&sync->lock);
}

/**
 * quorum_sync_word - what goes on, in dm-raid's words
 * @q: the target
 *
 * Context: any; what goes on may change at any time.
 * Return: a constant string.
 */
const char *quorum_sync_word(struct quorum *q)
{
	if (READ_ONCE(q->sync.active))
		return actions[READ_ONCE(q->sync.walk.action)].word;

	return READ_ONCE(q->sync.frozen) ? "frozen" : "idle";
}

/**
 * quorum_sync_progress - how far has a check or repair come?
 * @q: the target
 * @done: receives the sectors that have been walked
 * @total: receives the sectors to be walked
 *
 * Context: any; what goes on may change at any time.
 * Return: false if there is none.
 */
bool quorum_sync_progress(struct quorum *q, sector_t *done, sector_t *total)
{
	const struct quorum_walk *walk = &q->sync.walk;
	sector_t start, end, position;

	if (!READ_ONCE(q->sync.active) || RECOVERS(READ_ONCE(walk->action)))
		return false;

	/* If another one begins meanwhile, they need not be of the same. */
	start = READ_ONCE(walk->start);
	end = max(start, READ_ONCE(walk->end));
	position = clamp(READ_ONCE(walk->position), start, end);
	*done = position - start;
	*total = end - start;
	return true;
}

/**
 * quorum_sync_create - prepare a target, which is not to walk before it is
 *	resumed
 * @q: the target
 *
 * Context: any.
 */
void quorum_sync_create(struct quorum *q)
{
	struct quorum_sync *sync = &q->sync;

	mutex_init(&sync->lock);
	INIT_WORK(&sync->work, sync_work);
	init_waitqueue_head(&sync->wait);
	/* Nobody has: jiffies begin below 0. */
	sync->others_seen = jiffies - BUSY;
	sync->suspended = true;
}

/**
 * quorum_sync_init - prepare the module
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int __init quorum_sync_init(void)
{
	sync_wq = alloc_workqueue("quorum-sync", WQ_UNBOUND, 0);

	return sync_wq ? 0 : -ENOMEM;
}

/**
 * quorum_sync_exit - undo quorum_sync_init()
 *
 * Context: may sleep.
 */
void quorum_sync_exit(void)
{
	destroy_workqueue(sync_wq);
}
