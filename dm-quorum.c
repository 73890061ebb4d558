// SPDX-License-Identifier: GPL-2.0-only
/*
 * dm-quorum: every write goes to all legs, every read is voted on.
 *
 * This file is the target itself: construction, map, status, module.
 * Documentation/dm-quorum.rst describes the interface, and
 * Documentation/internals.md how a request flows.
 */

#include "dm-quorum.h"
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "dm-quorum-trace.h"

/*
 *--------------------------------------------------------------------
 * Construction
 *--------------------------------------------------------------------
 */

/* Undo the construction, as far as it came. No request is in flight. */
static void quorum_free(struct quorum *q)
{
	unsigned int leg;

	if (q->agree_wq)
		destroy_workqueue(q->agree_wq);
	if (q->vote_wq)
		destroy_workqueue(q->vote_wq);
	quorum_engine_destroy(q);
	/* It may still have something to tell. */
	quorum_log_destroy(q);
	quorum_events_destroy(q);
	mempool_exit(&q->io_pool);
	quorum_blocks_destroy(&q->unsettled);
	for (leg = 0; leg < q->nr_legs; leg++) {
		quorum_blocks_destroy(&q->legs[leg].stale);
		quorum_blocks_destroy(&q->legs[leg].bad);
		if (q->legs[leg].dev)
			dm_put_device(q->ti, q->legs[leg].dev);
	}
	kfree(q);
}

static struct quorum *quorum_alloc(struct dm_target *ti, unsigned int threshold,
				   unsigned int nr_legs)
{
	struct quorum *q = kzalloc(struct_size(q, legs, nr_legs), GFP_KERNEL);
	unsigned int leg;

	if (!q)
		return NULL;

	q->ti = ti;
	q->vote_threshold = threshold;
	q->nr_legs = nr_legs;
	quorum_range_lock_init(&q->ranges);
	quorum_hung_init(q);
	quorum_late_init(q);
	quorum_blocks_init(&q->unsettled);
	spin_lock_init(&q->leg_lock);
	mutex_init(&q->miss_lock);
	init_waitqueue_head(&q->detached_wait);
	for (leg = 0; leg < nr_legs; leg++) {
		quorum_blocks_init(&q->legs[leg].stale);
		atomic64_set(&q->legs[leg].recovered, QUORUM_ALL_RECOVERED);
		quorum_blocks_init(&q->legs[leg].bad);
	}
	quorum_sync_create(q);

	return q;
}

static int allocate_resources(struct quorum *q)
{
	const char *name = dm_table_device_name(q->ti->table);
	int r;

	r = mempool_init_kmalloc_pool(&q->io_pool, QUORUM_MIN_IOS,
				      quorum_io_size(q->nr_legs));
	if (r)
		goto bad;

	r = -ENOMEM;
	q->vote_wq = alloc_workqueue("quorum/%s",
				     WQ_MEM_RECLAIM | QUORUM_WQ_PERCPU, 0,
				     name);
	q->agree_wq = alloc_workqueue("quorum-agree/%s", QUORUM_WQ_BH, 0, name);
	if (!q->vote_wq || !q->agree_wq)
		goto bad;
	r = quorum_engine_create(q);
	if (r)
		goto bad;
	r = quorum_events_create(q);
	if (r)
		goto bad;

	return 0;
bad:
	q->ti->error = "Cannot allocate memory";
	return r;
}

/* Discards go down as write-zeroes: a leg must know both. */
static bool legs_can_discard(const struct quorum *q)
{
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++) {
		if (!q->legs[leg].dev)
			continue;
		if (!bdev_max_discard_sectors(q->legs[leg].dev->bdev) ||
		    !bdev_write_zeroes_sectors(q->legs[leg].dev->bdev))
			return false;
	}

	return true;
}

static int configure_target(struct quorum *q)
{
	struct dm_target *ti = q->ti;
	int r;

	r = dm_set_target_max_io_len(ti, QUORUM_CHUNK_SECTORS);
	if (r)
		return r;

	ti->num_flush_bios = 1;
	ti->flush_supported = true;
	ti->num_discard_bios = legs_can_discard(q) ? 1 : 0;
	ti->num_write_zeroes_bios = 1;
	/* So that what a worker sends is charged to the caller's cgroup. */
	ti->needs_bio_set_dev = true;
	/* Each write in flight takes a private copy. */
	ti->limit_swap_bios = true;
	quorum_stable_pages_by_target(ti);

	return 0;
}

/*
 * <vote_threshold> <#legs> {<dev> <offset>}{#legs} [<#opt_args> <opt_args>]
 *
 * Options:
 *	rewrite_corrupted
 *	blkverify
 *	read_pattern quorum|fifo|fast
 *	zero_copy_writes
 *	max_leg_errors <n>
 *	log <type> <#log_args> <log_args>
 *	rebuild <leg>
 *	write_ack all|threshold
 */
static int quorum_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_arg_set as = { .argc = argc, .argv = argv };
	unsigned int threshold, nr_legs;
	struct quorum *q;
	int r;

	r = quorum_table_parse_sizes(ti, &as, &threshold, &nr_legs);
	if (r)
		return r;

	q = quorum_alloc(ti, threshold, nr_legs);
	if (!q) {
		ti->error = "Cannot allocate memory";
		return -ENOMEM;
	}

	r = quorum_table_parse(q, &as);
	if (!r)
		r = allocate_resources(q);
	if (!r)
		r = configure_target(q);
	if (r) {
		quorum_free(q);
		return r;
	}

	ti->private = q;
	return 0;
}

static void quorum_dtr(struct dm_target *ti)
{
	struct quorum *q = ti->private;

	/* Every request has ended, so all of the reserve must be back. */
	WARN_ON_ONCE(q->io_pool.curr_nr < q->io_pool.min_nr);
	quorum_free(q);
}

/*
 *--------------------------------------------------------------------
 * Mapping and limits
 *--------------------------------------------------------------------
 */

static int quorum_map(struct dm_target *ti, struct bio *bio)
{
	struct quorum *q = ti->private;

	switch (bio_op(bio)) {
	case REQ_OP_READ:
		quorum_read(q, bio);
		return DM_MAPIO_SUBMITTED;
	case REQ_OP_WRITE:
		/* The core sends the flush of a write by itself, and empty. */
		if (bio_sectors(bio))
			quorum_write(q, bio);
		else
			quorum_flush(q, bio);
		return DM_MAPIO_SUBMITTED;
	case REQ_OP_WRITE_ZEROES:
	case REQ_OP_DISCARD:
		quorum_write(q, bio);
		return DM_MAPIO_SUBMITTED;
	default:
		return DM_MAPIO_KILL;
	}
}

static void quorum_presuspend(struct dm_target *ti)
{
	/* First: a walk may wait for a range that a write holds, for the log. */
	quorum_log_refuse(ti->private);
	quorum_sync_suspend(ti->private);
}

static void quorum_resume(struct dm_target *ti)
{
	quorum_sync_resume(ti->private, quorum_log_resume(ti->private));
}

/*
 * The caller's requests have ended, so nothing new can begin. A leg that hangs
 * may be one of the next table's, so it is waited for.
 */
static void quorum_postsuspend(struct dm_target *ti)
{
	quorum_late_drain(ti->private);
	quorum_confirm_drain(ti->private);
	quorum_log_suspend(ti->private);
	/* Last: until here the log flushes legs, which may be let go, too. */
	quorum_hung_drain(ti->private);
}

static int quorum_iterate_devices(struct dm_target *ti,
				  iterate_devices_callout_fn fn, void *data)
{
	struct quorum *q = ti->private;
	unsigned int leg;
	int r = 0;

	for (leg = 0; leg < q->nr_legs && !r; leg++)
		if (q->legs[leg].dev)
			r = fn(ti, q->legs[leg].dev, q->legs[leg].start,
			       ti->len, data);

	return r;
}

static void quorum_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	quorum_stable_pages_by_limits(limits);
	quorum_no_polling(limits);
}

/*
 *--------------------------------------------------------------------
 * Status
 *--------------------------------------------------------------------
 */

/* Sectors in which a leg is stale, or more if it lacks some in two ways. */
static sector_t missing_sectors(const struct quorum *q, struct quorum_leg *leg)
{
	sector_t end = q->ti->begin + q->ti->len;
	u64 recovered = atomic64_read(&leg->recovered);

	return quorum_blocks_sectors(&leg->stale) + end -
	       clamp_t(u64, recovered, q->ti->begin, end);
}

/* Sectors that are in sync on the usable leg that lacks most. */
static sector_t synced_sectors(struct quorum *q)
{
	sector_t missing = q->log ? quorum_log_unsettled_sectors(q) : 0;
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (quorum_leg_usable(&q->legs[leg]))
			missing = max(missing,
				      missing_sectors(q, &q->legs[leg]));

	return q->ti->len - min(missing, q->ti->len);
}

static u64 sum_of_legs(struct quorum *q, size_t counter)
{
	unsigned int leg;
	u64 sum = 0;

	for (leg = 0; leg < q->nr_legs; leg++)
		sum += atomic64_read((atomic64_t *)((void *)&q->legs[leg] +
						    counter));

	return sum;
}

static unsigned int status_info(struct quorum *q, char *result,
				unsigned int maxlen)
{
	sector_t done = synced_sectors(q), total = q->ti->len;
	unsigned int leg, sz = 0;

	quorum_sync_progress(q, &done, &total);
	DMEMIT("%u %u ", q->vote_threshold, q->nr_legs);
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT("%c", quorum_leg_health(&q->legs[leg]));
	DMEMIT(" %llu/%llu %s %llu %llu %llu %llu %llu 5", (u64)done,
	       (u64)total, quorum_sync_word(q),
	       sum_of_legs(q, offsetof(struct quorum_leg, mismatches)),
	       (u64)atomic64_read(&q->no_quorum),
	       sum_of_legs(q, offsetof(struct quorum_leg, rewritten)),
	       (u64)atomic64_read(&q->raced), quorum_events_suppressed(q));
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT(" %s %llu %llu %llu %llu", quorum_leg_name(&q->legs[leg]),
		       (u64)atomic64_read(&q->legs[leg].mismatches),
		       (u64)atomic64_read(&q->legs[leg].read_errors),
		       (u64)atomic64_read(&q->legs[leg].write_errors),
		       (u64)atomic64_read(&q->legs[leg].rewritten));
	if (q->log) {
		DMEMIT(" ");
		sz += quorum_log_status(q, STATUSTYPE_INFO, result + sz,
					maxlen - sz);
	}

	return sz;
}

static void quorum_status(struct dm_target *ti, status_type_t type,
			  unsigned int status_flags, char *result,
			  unsigned int maxlen)
{
	switch (type) {
	case STATUSTYPE_INFO:
		status_info(ti->private, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		quorum_table_print(ti->private, result, maxlen);
		break;
	case STATUSTYPE_IMA:
		quorum_table_print_ima(ti->private, result, maxlen);
		break;
	}
}

/*
 *--------------------------------------------------------------------
 * Module
 *--------------------------------------------------------------------
 */

static struct target_type quorum_target = {
	.name = "quorum",
	.version = { 1, 0, 0 },
	.module = THIS_MODULE,
	.ctr = quorum_ctr,
	.dtr = quorum_dtr,
	.map = quorum_map,
	.presuspend = quorum_presuspend,
	.presuspend_undo = quorum_resume,
	.postsuspend = quorum_postsuspend,
	.resume = quorum_resume,
	.status = quorum_status,
	.message = quorum_message,
	.iterate_devices = quorum_iterate_devices,
	.io_hints = quorum_io_hints,
};

static int __init quorum_module_init(void)
{
	int r;

	quorum_write_init();
	r = quorum_events_init();
	if (r)
		return r;
	r = quorum_sync_init();
	if (r)
		goto no_sync;
	r = dm_register_target(&quorum_target);
	if (r)
		goto no_target;

	return 0;

no_target:
	quorum_sync_exit();
no_sync:
	quorum_events_exit();
	return r;
}

static void __exit quorum_module_exit(void)
{
	dm_unregister_target(&quorum_target);
	quorum_sync_exit();
	quorum_events_exit();
}

module_init(quorum_module_init);
module_exit(quorum_module_exit);

MODULE_DESCRIPTION(DM_NAME " target that votes on what its legs hold");
MODULE_AUTHOR("The dm-quorum authors");
MODULE_LICENSE("GPL");
MODULE_VERSION("1.0.0");
MODULE_ALIAS("dm-quorum");
