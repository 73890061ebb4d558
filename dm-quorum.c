// SPDX-License-Identifier: GPL-2.0-only
/*
 * dm-quorum: every write goes to all legs, every read is voted on.
 *
 * This file is the target itself: table line, map, status, messages, module.
 * Documentation/dm-quorum.rst describes the interface, and
 * Documentation/internals.md how a request flows.
 */

#include "dm-quorum.h"
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "dm-quorum-trace.h"

#define OPT_REWRITE		"rewrite_corrupted"
#define OPT_BLKVERIFY		"blkverify"
#define OPT_READ_PATTERN	"read_pattern"
#define OPT_ZERO_COPY		"zero_copy_writes"
#define OPT_MAX_LEG_ERRORS	"max_leg_errors"
#define OPT_LOG			"log"
#define OPT_REBUILD		"rebuild"

#define ABSENT_LEG		"-"

/* Room for the log's arguments, and for all options, as the table prints them. */
#define LOG_LEN			256
#define OPTIONS_LEN		(128 + LOG_LEN + \
				 QUORUM_MAX_LEGS * sizeof(" rebuild 31"))

static const char * const read_pattern_names[] = {
	[QUORUM_READ_QUORUM]	= "quorum",
	[QUORUM_READ_FIFO]	= "fifo",
};

/*
 *--------------------------------------------------------------------
 * Table line
 *--------------------------------------------------------------------
 */

static int refuse(struct dm_target *ti, const char *error)
{
	ti->error = (char *)error;
	return -EINVAL;
}

/* Unlike dm_read_arg() this does not wrap what is too large. */
static int read_number(struct dm_target *ti, struct dm_arg_set *as,
		       unsigned int min, unsigned int max, unsigned int *number,
		       const char *error)
{
	const char *arg = dm_shift_arg(as);

	if (!arg || arg[0] == '+' || kstrtouint(arg, 10, number) ||
	    *number < min || *number > max)
		return refuse(ti, error);

	return 0;
}

/* Two legs on one disk may not share a sector of it. */
static int check_overlap(struct quorum *q, unsigned int leg)
{
	struct dm_target *ti = q->ti;
	struct block_device *bdev = q->legs[leg].dev->bdev, *other_bdev;
	sector_t start = get_start_sect(bdev) + q->legs[leg].start, other_start;
	unsigned int other;

	for (other = 0; other < leg; other++) {
		if (!q->legs[other].dev)
			continue;
		other_bdev = q->legs[other].dev->bdev;
		if (other_bdev->bd_disk != bdev->bd_disk)
			continue;
		other_start = get_start_sect(other_bdev) + q->legs[other].start;
		if (start < other_start + ti->len && other_start < start + ti->len)
			return refuse(ti, "Leg overlaps another leg");
		DMWARN("%s: legs %u and %u are on one disk, which can fail both",
		       dm_table_device_name(ti->table), other, leg);
	}

	return 0;
}

static int check_leg(struct quorum *q, unsigned int leg)
{
	struct dm_target *ti = q->ti;
	struct block_device *bdev = q->legs[leg].dev->bdev;
	sector_t start = q->legs[leg].start;
	sector_t block = bdev_logical_block_size(bdev) >> SECTOR_SHIFT;

	if (bdev->bd_disk == dm_disk(dm_table_get_md(ti->table)))
		return refuse(ti, "Device cannot be its own leg");
	if (bdev_is_zoned(bdev))
		return refuse(ti, "Zoned legs are not supported");
	if (block > QUORUM_BLOCK_SECTORS)
		return refuse(ti, "Logical block of a leg is larger than a page");
	if (start > bdev_nr_sectors(bdev) ||
	    ti->len > bdev_nr_sectors(bdev) - start)
		return refuse(ti, "Leg is too small");
	if (start & (block - 1))
		return refuse(ti, "Leg offset is not a multiple of the logical block size");
	if (ti->len & (block - 1))
		return refuse(ti, "Length is not a multiple of the logical block size");

	return check_overlap(q, leg);
}

static int parse_leg(struct quorum *q, struct dm_arg_set *as, unsigned int leg)
{
	struct dm_target *ti = q->ti;
	const char *name = dm_shift_arg(as), *offset = dm_shift_arg(as);
	unsigned long long start;
	int r;

	if (!offset)
		return refuse(ti, "Fewer legs than #legs says");
	if (offset[0] == '+' || kstrtoull(offset, 10, &start) ||
	    start != (sector_t)start)
		return refuse(ti, "Invalid leg offset");
	q->legs[leg].start = start;
	if (!strcmp(name, ABSENT_LEG))
		return 0;

	r = dm_get_device(ti, name, dm_table_get_mode(ti->table),
			  &q->legs[leg].dev);
	if (r) {
		q->legs[leg].dev = NULL;
		ti->error = "Cannot open leg";
		return r;
	}

	return check_leg(q, leg);
}

static int parse_legs(struct quorum *q, struct dm_arg_set *as)
{
	unsigned int leg;
	int r;

	for (leg = 0; leg < q->nr_legs; leg++) {
		r = parse_leg(q, as, leg);
		if (r)
			return r;
	}

	if (hweight32(quorum_usable_legs(q)) < q->vote_threshold)
		return refuse(q->ti, "Fewer legs present than vote_threshold");

	return 0;
}

/**
 * struct option - an option of the table line
 * @name: its name
 * @repeats: may be given more than once
 * @parse: takes the option's arguments
 * @is_set: it is not at its default
 * @print: prints it, with a space before each word; NULL if that is but its name
 */
struct option {
	const char *name;
	bool repeats;
	int (*parse)(struct quorum *q, struct dm_arg_set *as);
	bool (*is_set)(const struct quorum *q);
	unsigned int (*print)(const struct quorum *q, char *result,
			      unsigned int maxlen);
};

static int parse_rewrite(struct quorum *q, struct dm_arg_set *as)
{
	q->rewrite_corrupted = true;
	return 0;
}

static bool is_rewrite_set(const struct quorum *q)
{
	return q->rewrite_corrupted;
}

static int parse_blkverify(struct quorum *q, struct dm_arg_set *as)
{
	q->blkverify = true;
	return 0;
}

static bool is_blkverify_set(const struct quorum *q)
{
	return q->blkverify;
}

static int parse_read_pattern(struct quorum *q, struct dm_arg_set *as)
{
	const char *name = dm_shift_arg(as);
	int pattern;

	if (!name)
		return refuse(q->ti, "read_pattern needs an argument");
	if (!strcmp(name, "fast"))
		return refuse(q->ti, "read_pattern fast is not supported yet");
	pattern = match_string(read_pattern_names,
			       ARRAY_SIZE(read_pattern_names), name);
	if (pattern < 0)
		return refuse(q->ti, "Invalid read_pattern");

	q->read_pattern = pattern;
	return 0;
}

static bool is_read_pattern_set(const struct quorum *q)
{
	return q->read_pattern != QUORUM_READ_QUORUM;
}

static unsigned int print_read_pattern(const struct quorum *q, char *result,
				       unsigned int maxlen)
{
	unsigned int sz = 0;

	DMEMIT(" " OPT_READ_PATTERN " %s", read_pattern_names[q->read_pattern]);
	return sz;
}

static int parse_zero_copy(struct quorum *q, struct dm_arg_set *as)
{
	q->zero_copy_writes = true;
	return 0;
}

static bool is_zero_copy_set(const struct quorum *q)
{
	return q->zero_copy_writes;
}

static int parse_max_leg_errors(struct quorum *q, struct dm_arg_set *as)
{
	if (!as->argc)
		return refuse(q->ti, "max_leg_errors needs an argument");

	return read_number(q->ti, as, 0, UINT_MAX, &q->max_leg_errors,
			   "Invalid max_leg_errors");
}

static bool is_max_leg_errors_set(const struct quorum *q)
{
	return q->max_leg_errors;
}

static unsigned int print_max_leg_errors(const struct quorum *q, char *result,
					 unsigned int maxlen)
{
	unsigned int sz = 0;

	DMEMIT(" " OPT_MAX_LEG_ERRORS " %u", q->max_leg_errors);
	return sz;
}

/* They would rule out what the log says, each time the device is resumed. */
static int check_log_args(struct quorum *q, const char *type, unsigned int argc,
			  char **argv)
{
	unsigned int i;

	for (i = 0; strcmp(type, "core") && i < argc; i++)
		if (!strcmp(argv[i], "sync") || !strcmp(argv[i], "nosync"))
			return refuse(q->ti, "sync and nosync are for a log of type core only");

	return 0;
}

/* Where the log is written, nothing else may be. */
static int check_log_device(struct quorum *q, const char *type,
			    unsigned int argc, char **argv)
{
	struct dm_target *ti = q->ti;
	struct block_device *bdev;
	struct dm_dev *dev;
	unsigned int leg;
	bool shared;
	int r;

	if (strcmp(type, "disk") || !argc)
		return 0;
	r = dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &dev);
	if (r) {
		ti->error = "Cannot open log device";
		return r;
	}

	bdev = dev->bdev;
	shared = bdev->bd_disk == dm_disk(dm_table_get_md(ti->table));
	for (leg = 0; leg < q->nr_legs; leg++)
		shared |= q->legs[leg].dev && q->legs[leg].dev->bdev == bdev;
	dm_put_device(ti, dev);
	if (shared)
		return refuse(ti, "Log device is a leg, or the device itself");

	return 0;
}

static int parse_log(struct quorum *q, struct dm_arg_set *as)
{
	const char *type = dm_shift_arg(as);
	char text[LOG_LEN], **argv;
	unsigned int argc;
	int r;

	if (!as->argc)
		return refuse(q->ti, "log needs a type and a number of arguments");
	r = read_number(q->ti, as, 0, as->argc - 1, &argc,
			"Invalid number of log arguments");
	if (r)
		return r;
	argv = as->argv;
	dm_consume_args(as, argc);

	r = check_log_args(q, type, argc, argv);
	if (!r)
		r = check_log_device(q, type, argc, argv);
	if (!r)
		r = quorum_log_create(q, type, argc, argv);
	if (r)
		return r;
	if (quorum_log_status(q, STATUSTYPE_TABLE, text, LOG_LEN) >=
	    LOG_LEN - sizeof(" " OPT_LOG " "))
		return refuse(q->ti, "Log arguments are too long");

	return 0;
}

static bool is_log_set(const struct quorum *q)
{
	return q->log;
}

static unsigned int print_log(const struct quorum *q, char *result,
			      unsigned int maxlen)
{
	unsigned int sz = 0;

	DMEMIT(" " OPT_LOG " ");
	return sz + quorum_log_status(q, STATUSTYPE_TABLE, result + sz,
				      maxlen - sz);
}

static bool is_unfilled(const struct quorum_leg *leg)
{
	return atomic64_read(&leg->recovered) != QUORUM_ALL_RECOVERED;
}

static int parse_rebuild(struct quorum *q, struct dm_arg_set *as)
{
	unsigned int leg;
	int r;

	if (!as->argc)
		return refuse(q->ti, "rebuild needs an argument");
	r = read_number(q->ti, as, 0, q->nr_legs - 1, &leg,
			"Invalid leg to rebuild");
	if (r)
		return r;
	if (!q->legs[leg].dev)
		return refuse(q->ti, "Leg to rebuild is absent");
	if (is_unfilled(&q->legs[leg]))
		return refuse(q->ti, "Leg to rebuild given twice");

	atomic64_set(&q->legs[leg].recovered, 0);
	set_bit(QUORUM_LEG_IS_RESTORED, &q->legs[leg].flags);
	return 0;
}

/*
 * Until it is done: what is printed loads to the same device. A log knows how
 * far it has come.
 */
static bool is_rebuild_set(const struct quorum *q)
{
	unsigned int leg;

	if (quorum_log_remembers(q))
		return false;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (q->legs[leg].dev && is_unfilled(&q->legs[leg]))
			return true;

	return false;
}

static unsigned int print_rebuild(const struct quorum *q, char *result,
				  unsigned int maxlen)
{
	unsigned int leg, sz = 0;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (q->legs[leg].dev && is_unfilled(&q->legs[leg]))
			DMEMIT(" " OPT_REBUILD " %u", leg);

	return sz;
}

/* In the order in which they are printed. */
static const struct option options[] = {
	{ OPT_REWRITE, false, parse_rewrite, is_rewrite_set },
	{ OPT_BLKVERIFY, false, parse_blkverify, is_blkverify_set },
	{ OPT_READ_PATTERN, false, parse_read_pattern, is_read_pattern_set,
	  print_read_pattern },
	{ OPT_ZERO_COPY, false, parse_zero_copy, is_zero_copy_set },
	{ OPT_MAX_LEG_ERRORS, false, parse_max_leg_errors,
	  is_max_leg_errors_set, print_max_leg_errors },
	{ OPT_LOG, false, parse_log, is_log_set, print_log },
	{ OPT_REBUILD, true, parse_rebuild, is_rebuild_set, print_rebuild },
};

static int parse_option(struct quorum *q, struct dm_arg_set *as,
			unsigned long *given)
{
	const char *name = dm_shift_arg(as);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(options); i++)
		if (!strcmp(name, options[i].name))
			break;
	if (i == ARRAY_SIZE(options))
		return refuse(q->ti, "Unknown option");
	if (__test_and_set_bit(i, given) && !options[i].repeats)
		return refuse(q->ti, "Option given twice");

	return options[i].parse(q, as);
}

static bool is_writable(const struct quorum *q)
{
	return dm_table_get_mode(q->ti->table) & QUORUM_MODE_WRITE;
}

static int check_rebuild(struct quorum *q)
{
	unsigned int leg, unfilled = 0;

	for (leg = 0; leg < q->nr_legs; leg++)
		unfilled += is_unfilled(&q->legs[leg]);

	if (!unfilled)
		return 0;
	if (hweight32(quorum_usable_legs(q)) - unfilled < q->vote_threshold)
		return refuse(q->ti, "Fewer legs to rebuild from than vote_threshold");
	if (!is_writable(q))
		return refuse(q->ti, "rebuild needs a writable device");

	return 0;
}

static int check_options(struct quorum *q)
{
	if (q->blkverify && (q->nr_legs != 2 || q->vote_threshold != 2))
		return refuse(q->ti, "blkverify needs exactly 2 legs and a vote_threshold of 2");
	if (q->blkverify && q->read_pattern == QUORUM_READ_FIFO)
		return refuse(q->ti, "blkverify does not go with read_pattern fifo");
	if (q->blkverify && q->log)
		return refuse(q->ti, "log does not go with blkverify");
	if (q->log && !is_writable(q))
		return refuse(q->ti, "log needs a writable device");
	if (!q->rewrite_corrupted)
		return check_rebuild(q);
	if (q->blkverify)
		return refuse(q->ti, "rewrite_corrupted does not go with blkverify");
	if (q->read_pattern == QUORUM_READ_FIFO)
		return refuse(q->ti, "rewrite_corrupted does not go with read_pattern fifo");
	if (!is_writable(q))
		return refuse(q->ti, "rewrite_corrupted needs a writable device");

	return check_rebuild(q);
}

static int parse_options(struct quorum *q, struct dm_arg_set *as)
{
	struct dm_arg_set words;
	unsigned long given = 0;
	int r;

	if (!as->argc)
		return check_options(q);

	r = read_number(q->ti, as, 0, UINT_MAX, &words.argc,
			"Invalid number of option arguments");
	if (r)
		return r;
	words.argv = as->argv;
	if (as->argc < words.argc)
		return refuse(q->ti, "Fewer arguments than #opt_args says");
	if (as->argc > words.argc)
		return refuse(q->ti, "More arguments than #opt_args says");

	while (words.argc) {
		r = parse_option(q, &words, &given);
		if (r)
			return r;
	}

	return check_options(q);
}

/*
 *--------------------------------------------------------------------
 * Construction
 *--------------------------------------------------------------------
 */

/* Undo the construction, as far as it came. No request is in flight. */
static void quorum_free(struct quorum *q)
{
	unsigned int leg;

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
	if (!q->vote_wq)
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
 *	read_pattern quorum|fifo
 *	zero_copy_writes
 *	max_leg_errors <n>
 *	log <type> <#log_args> <log_args>
 *	rebuild <leg>
 */
static int quorum_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_arg_set as = { .argc = argc, .argv = argv };
	unsigned int threshold, nr_legs;
	struct quorum *q;
	int r;

	r = read_number(ti, &as, 1, QUORUM_MAX_LEGS, &threshold,
			"Invalid vote_threshold");
	if (!r)
		r = read_number(ti, &as, 1, QUORUM_MAX_LEGS, &nr_legs,
				"Invalid number of legs");
	if (r)
		return r;
	if (threshold > nr_legs)
		return refuse(ti, "vote_threshold is larger than #legs");

	q = quorum_alloc(ti, threshold, nr_legs);
	if (!q) {
		ti->error = "Cannot allocate memory";
		return -ENOMEM;
	}

	r = parse_legs(q, &as);
	if (!r)
		r = parse_options(q, &as);
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
	quorum_confirm_drain(ti->private);
	quorum_hung_drain(ti->private);
	quorum_log_suspend(ti->private);
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

/* dm-raid's letters. */
static char leg_health(struct quorum_leg *leg)
{
	if (!leg->dev)
		return '-';
	if (!quorum_leg_usable(leg))
		return 'D';
	return quorum_leg_in_sync(leg) ? 'A' : 'a';
}

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

static const char *leg_name(const struct quorum_leg *leg)
{
	return leg->dev ? leg->dev->name : ABSENT_LEG;
}

static unsigned int status_info(struct quorum *q, char *result,
				unsigned int maxlen)
{
	sector_t done = synced_sectors(q), total = q->ti->len;
	unsigned int leg, sz = 0;

	quorum_sync_progress(q, &done, &total);
	DMEMIT("%u %u ", q->vote_threshold, q->nr_legs);
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT("%c", leg_health(&q->legs[leg]));
	DMEMIT(" %llu/%llu %s %llu %llu %llu %llu %llu 5", (u64)done,
	       (u64)total, quorum_sync_word(q),
	       sum_of_legs(q, offsetof(struct quorum_leg, mismatches)),
	       (u64)atomic64_read(&q->no_quorum),
	       sum_of_legs(q, offsetof(struct quorum_leg, rewritten)),
	       (u64)atomic64_read(&q->raced), quorum_events_suppressed(q));
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT(" %s %llu %llu %llu %llu", leg_name(&q->legs[leg]),
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

/* All options at once: what is counted is then what is printed. */
static unsigned int print_options(const struct quorum *q, char *result,
				  unsigned int maxlen)
{
	unsigned int i, sz = 0;

	result[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (!options[i].is_set(q))
			continue;
		if (options[i].print)
			sz += options[i].print(q, result + sz, maxlen - sz);
		else
			DMEMIT(" %s", options[i].name);
	}

	return sz;
}

static unsigned int status_table(struct quorum *q, char *result,
				 unsigned int maxlen)
{
	unsigned int leg, words = 0, sz = 0;
	char text[OPTIONS_LEN], *c;

	DMEMIT("%u %u", q->vote_threshold, q->nr_legs);
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT(" %s %llu", leg_name(&q->legs[leg]),
		       (u64)q->legs[leg].start);

	print_options(q, text, sizeof(text));
	for (c = text; *c; c++)
		words += *c == ' ';
	if (words)
		DMEMIT(" %u%s", words, text);

	return sz;
}

static unsigned int status_ima(struct quorum *q, char *result,
			       unsigned int maxlen)
{
	unsigned int leg, sz = 0;

	DMEMIT_TARGET_NAME_VERSION(q->ti->type);
	DMEMIT(",vote_threshold=%u,nr_legs=%u", q->vote_threshold, q->nr_legs);
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT(",leg_device_%u=%s,leg_device_%u_status=%c", leg,
		       leg_name(&q->legs[leg]), leg, leg_health(&q->legs[leg]));
	DMEMIT(",blkverify=%c,read_pattern=%s,zero_copy_writes=%c",
	       q->blkverify ? 'y' : 'n', read_pattern_names[q->read_pattern],
	       q->zero_copy_writes ? 'y' : 'n');
	DMEMIT(",max_leg_errors=%u,rewrite_corrupted=%c;", q->max_leg_errors,
	       q->rewrite_corrupted ? 'y' : 'n');

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
		status_table(ti->private, result, maxlen);
		break;
	case STATUSTYPE_IMA:
		status_ima(ti->private, result, maxlen);
		break;
	}
}

/*
 *--------------------------------------------------------------------
 * Messages
 *--------------------------------------------------------------------
 */

/* Returns the leg that a message names, or a negative errno. */
static int message_leg(struct quorum *q, char **argv)
{
	const char *name = dm_table_device_name(q->ti->table);
	unsigned int leg;

	if (argv[1][0] == '+' || kstrtouint(argv[1], 10, &leg) ||
	    leg >= q->nr_legs) {
		DMERR("%s: %s: there is no leg %s", name, argv[0], argv[1]);
		return -EINVAL;
	}
	if (!q->legs[leg].dev) {
		DMERR("%s: %s: leg %u is absent", name, argv[0], leg);
		return -EINVAL;
	}

	return leg;
}

static int message_fail(struct quorum *q, unsigned int argc, char **argv,
			char *result, unsigned int maxlen)
{
	int leg = message_leg(q, argv);

	if (leg < 0)
		return leg;

	spin_lock(&q->leg_lock);
	quorum_fail_leg(q, leg);
	spin_unlock(&q->leg_lock);
	quorum_let_go(q);
	return 0;
}

/* What puts legs right must be able to write, and wanted. */
static int may_write(struct quorum *q, const char *message)
{
	const char *name = dm_table_device_name(q->ti->table);

	if (!is_writable(q)) {
		DMERR("%s: %s: the device is read-only", name, message);
		return -EROFS;
	}
	if (q->blkverify) {
		DMERR("%s: %s: not with blkverify", name, message);
		return -EINVAL;
	}

	return 0;
}

static int message_restore(struct quorum *q, unsigned int argc, char **argv,
			   char *result, unsigned int maxlen)
{
	int leg = message_leg(q, argv), r;

	if (leg < 0)
		return leg;
	r = may_write(q, argv[0]);
	if (r)
		return r;
	r = quorum_restore_leg(q, leg);
	if (r) {
		DMERR("%s: restore: leg %u %s",
		      dm_table_device_name(q->ti->table), leg,
		      r == -EBUSY ? "still has requests outstanding" :
				    "is not failed");
		return r;
	}

	quorum_sync_recover(q);
	return 0;
}

static int begin_walk(struct quorum *q, enum quorum_sync_action action,
		      unsigned int argc, char **argv)
{
	const char *name = dm_table_device_name(q->ti->table);
	unsigned long long from, to;
	int r = -EINVAL;

	if (argc == 1)
		r = quorum_sync_begin(q, action);
	else if (argc == 3 && argv[1][0] != '+' && argv[2][0] != '+' &&
		 !kstrtoull(argv[1], 10, &from) &&
		 !kstrtoull(argv[2], 10, &to))
		r = quorum_sync_begin_range(q, action, from, to);

	if (r == -EINVAL)
		DMERR("%s: %s: invalid range of sectors", name, argv[0]);
	if (r == -EBUSY)
		DMERR("%s: %s: %s is under way", name, argv[0],
		      quorum_sync_word(q));

	return r;
}

static int message_check(struct quorum *q, unsigned int argc, char **argv,
			 char *result, unsigned int maxlen)
{
	return begin_walk(q, QUORUM_SYNC_CHECK, argc, argv);
}

static int message_repair(struct quorum *q, unsigned int argc, char **argv,
			  char *result, unsigned int maxlen)
{
	return may_write(q, argv[0]) ?:
	       begin_walk(q, QUORUM_SYNC_REPAIR, argc, argv);
}

static int message_resync(struct quorum *q, unsigned int argc, char **argv,
			  char *result, unsigned int maxlen)
{
	return may_write(q, argv[0]) ?:
	       begin_walk(q, QUORUM_SYNC_RESYNC, argc, argv);
}

static int message_idle(struct quorum *q, unsigned int argc, char **argv,
			char *result, unsigned int maxlen)
{
	quorum_sync_idle(q, false);
	return 0;
}

static int message_frozen(struct quorum *q, unsigned int argc, char **argv,
			  char *result, unsigned int maxlen)
{
	quorum_sync_idle(q, true);
	return 0;
}

static int message_reset_counters(struct quorum *q, unsigned int argc,
				  char **argv, char *result,
				  unsigned int maxlen)
{
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++) {
		atomic64_set(&q->legs[leg].mismatches, 0);
		atomic64_set(&q->legs[leg].read_errors, 0);
		atomic64_set(&q->legs[leg].write_errors, 0);
		atomic64_set(&q->legs[leg].rewritten, 0);
	}
	atomic64_set(&q->no_quorum, 0);
	atomic64_set(&q->raced, 0);
	quorum_events_reset(q);

	return 0;
}

static int message_list_mismatches(struct quorum *q, unsigned int argc,
				   char **argv, char *result,
				   unsigned int maxlen)
{
	quorum_events_list(q, result, maxlen);

	/* There is an answer. */
	return 1;
}

/**
 * struct message - a message that the target takes
 * @name: the first word
 * @min_argc: number of words, at least
 * @max_argc: number of words, at most
 * @handle: acts on it. Returns 1 if @result holds an answer, 0, or a negative errno.
 */
struct message {
	const char *name;
	unsigned int min_argc;
	unsigned int max_argc;
	int (*handle)(struct quorum *q, unsigned int argc, char **argv,
		      char *result, unsigned int maxlen);
};

static const struct message messages[] = {
	{ "check", 1, 3, message_check },
	{ "repair", 1, 3, message_repair },
	{ "resync", 1, 1, message_resync },
	{ "idle", 1, 1, message_idle },
	{ "frozen", 1, 1, message_frozen },
	{ "fail", 2, 2, message_fail },
	{ "restore", 2, 2, message_restore },
	{ "reset_counters", 1, 1, message_reset_counters },
	{ "list_mismatches", 1, 1, message_list_mismatches },
};

static int quorum_message(struct dm_target *ti, unsigned int argc, char **argv,
			  char *result, unsigned int maxlen)
{
	const char *name = dm_table_device_name(ti->table);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(messages); i++)
		if (!strcasecmp(argv[0], messages[i].name))
			break;
	if (i == ARRAY_SIZE(messages)) {
		DMERR("%s: unknown message %s", name, argv[0]);
		return -EINVAL;
	}
	if (argc < messages[i].min_argc || argc > messages[i].max_argc) {
		DMERR("%s: wrong number of arguments of message %s", name,
		      messages[i].name);
		return -EINVAL;
	}

	return messages[i].handle(ti->private, argc, argv, result, maxlen);
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
