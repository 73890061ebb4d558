// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table line: what it says, what is refused, and how it is printed.
 */

#include "dm-quorum.h"

#define OPT_REWRITE		"rewrite_corrupted"
#define OPT_BLKVERIFY		"blkverify"
#define OPT_READ_PATTERN	"read_pattern"
#define OPT_ZERO_COPY		"zero_copy_writes"
#define OPT_MAX_LEG_ERRORS	"max_leg_errors"
#define OPT_LOG			"log"
#define OPT_REBUILD		"rebuild"
#define OPT_WRITE_ACK		"write_ack"

/* Room for the log's arguments, and for all options, as the table prints them. */
#define LOG_LEN			256
#define OPTIONS_LEN		(128 + LOG_LEN + \
				 QUORUM_MAX_LEGS * sizeof(" rebuild 31"))

static const char * const read_pattern_names[] = {
	[QUORUM_READ_QUORUM]	= "quorum",
	[QUORUM_READ_FIFO]	= "fifo",
	[QUORUM_READ_FAST]	= "fast",
};

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
	if (!strcmp(name, QUORUM_ABSENT_LEG))
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

static int parse_write_ack(struct quorum *q, struct dm_arg_set *as)
{
	const char *when = dm_shift_arg(as);

	if (!when)
		return refuse(q->ti, "write_ack needs an argument");
	q->ack_early = !strcmp(when, "threshold");
	if (!q->ack_early && strcmp(when, "all"))
		return refuse(q->ti, "Invalid write_ack");

	return 0;
}

static bool is_write_ack_set(const struct quorum *q)
{
	return q->ack_early;
}

static unsigned int print_write_ack(const struct quorum *q, char *result,
				    unsigned int maxlen)
{
	unsigned int sz = 0;

	DMEMIT(" " OPT_WRITE_ACK " threshold");
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
	{ OPT_WRITE_ACK, false, parse_write_ack, is_write_ack_set,
	  print_write_ack },
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

/**
 * quorum_is_writable - may the target write its legs?
 * @q: the target
 *
 * Context: any.
 * Return: false if the device is read-only.
 */
bool quorum_is_writable(const struct quorum *q)
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
	if (!quorum_is_writable(q))
		return refuse(q->ti, "rebuild needs a writable device");

	return 0;
}

static int check_write_ack(struct quorum *q)
{
	if (!q->ack_early)
		return 0;
	/* Others could outvote those that have what was acknowledged. */
	if (2 * q->vote_threshold <= q->nr_legs)
		return refuse(q->ti, "write_ack threshold needs a majority as vote_threshold");
	if (q->zero_copy_writes)
		return refuse(q->ti, "write_ack threshold does not go with zero_copy_writes");

	return 0;
}

static int check_blkverify(struct quorum *q)
{
	if (!q->blkverify)
		return 0;
	if (q->nr_legs != 2 || q->vote_threshold != 2)
		return refuse(q->ti, "blkverify needs exactly 2 legs and a vote_threshold of 2");
	if (q->read_pattern == QUORUM_READ_FIFO)
		return refuse(q->ti, "blkverify does not go with read_pattern fifo");
	if (q->read_pattern == QUORUM_READ_FAST)
		return refuse(q->ti, "blkverify does not go with read_pattern fast");
	if (q->log)
		return refuse(q->ti, "log does not go with blkverify");
	if (q->rewrite_corrupted)
		return refuse(q->ti, "rewrite_corrupted does not go with blkverify");

	return 0;
}

static int check_rewrite(struct quorum *q)
{
	if (!q->rewrite_corrupted)
		return 0;
	if (q->read_pattern == QUORUM_READ_FIFO)
		return refuse(q->ti, "rewrite_corrupted does not go with read_pattern fifo");
	if (!quorum_is_writable(q))
		return refuse(q->ti, "rewrite_corrupted needs a writable device");

	return 0;
}

static int check_options(struct quorum *q)
{
	int r = check_blkverify(q);

	if (!r && q->log && !quorum_is_writable(q))
		r = refuse(q->ti, "log needs a writable device");

	return r ?: check_rewrite(q) ?: check_write_ack(q) ?: check_rebuild(q);
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

/**
 * quorum_table_parse_sizes - read what a table line begins with
 * @ti: the target
 * @as: the line
 * @threshold: receives its vote_threshold
 * @nr_legs: receives its number of legs
 *
 * Context: any.
 * Return: 0 or -EINVAL, with the reason in dm_target.error.
 */
int quorum_table_parse_sizes(struct dm_target *ti, struct dm_arg_set *as,
			     unsigned int *threshold, unsigned int *nr_legs)
{
	int r;

	r = read_number(ti, as, 1, QUORUM_MAX_LEGS, threshold,
			"Invalid vote_threshold");
	if (!r)
		r = read_number(ti, as, 1, QUORUM_MAX_LEGS, nr_legs,
				"Invalid number of legs");
	if (r)
		return r;
	if (*threshold > *nr_legs)
		return refuse(ti, "vote_threshold is larger than #legs");

	return 0;
}

/**
 * quorum_table_parse - read the legs and the options of a table line
 * @q: the target, with its threshold and number of legs
 * @as: the rest of the line
 *
 * Context: may sleep.
 * Return: 0, or a negative errno with the reason in dm_target.error.
 */
int quorum_table_parse(struct quorum *q, struct dm_arg_set *as)
{
	return parse_legs(q, as) ?: parse_options(q, as);
}

/*
 *--------------------------------------------------------------------
 * Printing
 *--------------------------------------------------------------------
 */

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

/**
 * quorum_table_print - print the parameters of the table line
 * @q: the target
 * @result: where to
 * @maxlen: its size
 *
 * Context: may sleep.
 */
void quorum_table_print(struct quorum *q, char *result, unsigned int maxlen)
{
	unsigned int leg, words = 0, sz = 0;
	char text[OPTIONS_LEN], *c;

	DMEMIT("%u %u", q->vote_threshold, q->nr_legs);
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT(" %s %llu", quorum_leg_name(&q->legs[leg]),
		       (u64)q->legs[leg].start);

	print_options(q, text, sizeof(text));
	for (c = text; *c; c++)
		words += *c == ' ';
	if (words)
		DMEMIT(" %u%s", words, text);
}

/**
 * quorum_table_print_ima - print the attributes that IMA measures
 * @q: the target
 * @result: where to
 * @maxlen: its size
 *
 * Context: any.
 */
void quorum_table_print_ima(struct quorum *q, char *result, unsigned int maxlen)
{
	unsigned int leg, sz = 0;

	DMEMIT_TARGET_NAME_VERSION(q->ti->type);
	DMEMIT(",vote_threshold=%u,nr_legs=%u", q->vote_threshold, q->nr_legs);
	for (leg = 0; leg < q->nr_legs; leg++)
		DMEMIT(",leg_device_%u=%s,leg_device_%u_status=%c", leg,
		       quorum_leg_name(&q->legs[leg]), leg, quorum_leg_health(&q->legs[leg]));
	DMEMIT(",blkverify=%c,read_pattern=%s,zero_copy_writes=%c",
	       q->blkverify ? 'y' : 'n', read_pattern_names[q->read_pattern],
	       q->zero_copy_writes ? 'y' : 'n');
	DMEMIT(",max_leg_errors=%u,rewrite_corrupted=%c,write_ack=%s;",
	       q->max_leg_errors, q->rewrite_corrupted ? 'y' : 'n',
	       q->ack_early ? "threshold" : "all");
}
