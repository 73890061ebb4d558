// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages: what "dmsetup message" asks of a target.
 */

#include "dm-quorum.h"

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

	if (!quorum_is_writable(q)) {
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

/**
 * quorum_message - act on a message
 * @ti: the target
 * @argc: number of words, at least 1
 * @argv: the words
 * @result: where an answer goes
 * @maxlen: its size
 *
 * Context: may sleep.
 * Return: 1 if there is an answer, 0, or a negative errno, which the kernel log
 * explains.
 */
int quorum_message(struct dm_target *ti, unsigned int argc, char **argv,
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
