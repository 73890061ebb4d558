// SPDX-License-Identifier: GPL-2.0-only
/* What the user asks for, one function for each command. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include "state.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 *--------------------------------------------------------------------
 * Which leg
 *--------------------------------------------------------------------
 */

/**
 * find_leg - find a leg that the user has named
 * @table: the table
 * @word: its number, or its device
 *
 * Return: its number, or an error.
 */
int find_leg(const struct table *table, const char *word)
{
	char dev[32] = "";
	struct stat st;
	uint64_t leg;

	if (!parse_number(word, &leg)) {
		if (leg < table->nr_legs)
			return leg;
		return fail(-EINVAL, "there is no leg %s", word);
	}

	if (!stat(word, &st) && S_ISBLK(st.st_mode))
		snprintf(dev, sizeof(dev), "%u:%u", major(st.st_rdev),
			 minor(st.st_rdev));
	for (leg = 0; leg < table->nr_legs; leg++)
		if (!strcmp(table->legs[leg].dev, *dev ? dev : word))
			return leg;

	return fail(-EINVAL, "%s is neither the number of a leg nor one's device",
		    word);
}

/*
 *--------------------------------------------------------------------
 * Creating
 *--------------------------------------------------------------------
 */

/* Longer than the shortest leg it cannot be, and not shorter without need. */
static int fit_size(struct table *table)
{
	uint64_t sectors, shortest = UINT64_MAX;
	unsigned int leg, bytes, most_bytes = SECTOR_SIZE;
	int error;

	for (leg = 0; leg < table->nr_legs; leg++) {
		const struct leg *l = &table->legs[leg];

		if (!strcmp(l->dev, ABSENT))
			continue;
		error = device_sectors(l->dev, &sectors, &bytes);
		if (error)
			return error;
		if (sectors <= l->offset)
			return fail(-EINVAL, "%s is too small", l->dev);
		if (sectors - l->offset < shortest)
			shortest = sectors - l->offset;
		if (bytes > most_bytes)
			most_bytes = bytes;
	}
	if (shortest == UINT64_MAX)
		return fail(-EINVAL, "no leg is present");

	table->sectors = shortest - shortest % (most_bytes / SECTOR_SIZE);
	return 0;
}

static int put_number(char **path)
{
	char *dev = device_number(*path);

	if (!dev)
		return -ENOTBLK;

	free(*path);
	*path = dev;
	return 0;
}

/*
 * By number: a path could hold what the table line takes for something else, and lead
 * to another device when the kernel looks.
 */
static int name_by_number(struct table *table)
{
	char **log = log_device(table);
	unsigned int leg;
	int error = 0;

	for (leg = 0; leg < table->nr_legs && !error; leg++)
		if (strcmp(table->legs[leg].dev, ABSENT))
			error = put_number(&table->legs[leg].dev);
	if (!error && log && **log == '/')
		error = put_number(log);

	return error;
}

static void print_table(const struct table *table)
{
	char *params = table_params(table);

	printf("0 %" PRIu64 " quorum %s\n", table->sectors, params);
	free(params);
}

int command_create(const char *name, struct plan *plan, bool only_print)
{
	struct table *table = &plan->table;
	int error = 0;

	if (!table->sectors)
		error = fit_size(table);
	if (!error)
		error = name_by_number(table);
	if (error)
		return error;
	if (only_print) {
		print_table(table);
		return 0;
	}

	return dm_create(name, table, plan->readonly);
}

/*
 *--------------------------------------------------------------------
 * Messages
 *--------------------------------------------------------------------
 */

/* Returns the leg's number, or a negative errno. */
static int send_of_leg(const char *message, const char *name, const char *word)
{
	struct table table;
	char text[64];
	int leg, error = dm_get_table(name, &table);

	if (error)
		return error;

	leg = find_leg(&table, word);
	table_free(&table);
	if (leg < 0)
		return leg;

	snprintf(text, sizeof(text), "%s %d", message, leg);
	return dm_message(name, text, NULL) ?: leg;
}

int command_fail(const char *name, const char *word)
{
	int leg = send_of_leg("fail", name, word);

	return leg < 0 ? leg : 0;
}

int command_restore(const char *name, const char *word, bool wait)
{
	int leg = send_of_leg("restore", name, word);

	if (leg < 0)
		return leg;

	return wait ? wait_for_leg(name, leg) : 0;
}

/* All of the device, if @from and @to are NULL. */
int command_walk(const char *walk, const char *name, const char *from,
		 const char *to, bool wait)
{
	char text[128];
	int events = -1, error;

	if (from)
		snprintf(text, sizeof(text), "%s %s %s", walk, from, to);
	else
		snprintf(text, sizeof(text), "%s", walk);

	/* The end of it may come before we look. */
	if (wait) {
		events = events_open();
		if (events < 0)
			return events;
	}
	error = dm_message(name, text, NULL);
	if (!error && wait)
		error = wait_for_walk(name, walk, events);
	if (wait)
		close(events);

	return error;
}

int command_stop(const char *name)
{
	return dm_message(name, "idle", NULL);
}

/*
 *--------------------------------------------------------------------
 * What is there
 *--------------------------------------------------------------------
 */

int command_table(const char *name)
{
	struct table table;
	int error = dm_get_table(name, &table);

	if (error)
		return error;

	print_table(&table);
	table_free(&table);
	return 0;
}

/* How devices are listed, and how many have been. */
struct listing {
	bool json;
	bool all;
	unsigned int nr;
};

static int print_one(const char *name, void *data)
{
	struct listing *listing = data;
	struct status status;
	int error = dm_get_status(name, &status);

	/* One that has just gone is none. */
	if (error)
		return listing->all && error == -ENODEV ? 0 : error;

	if (listing->json) {
		printf("%s\n  ", listing->nr ? "," : "");
		status_print_json(name, &status);
	} else {
		status_print(name, &status);
	}
	listing->nr++;
	status_free(&status);

	return 0;
}

/* Of all devices, if @name is NULL. */
int command_status(const char *name, bool json)
{
	struct listing listing = { .json = json, .all = !name };
	int error;

	if (json)
		putchar('[');
	error = name ? print_one(name, &listing) :
		       dm_for_each(print_one, &listing);
	if (json)
		printf("%s]\n", listing.nr ? "\n" : "");

	return error;
}

int command_mismatches(const char *name)
{
	char *answer;
	int error = dm_message(name, "list_mismatches", &answer);

	if (!error && answer)
		fputs(answer, stdout);
	free(answer);

	return error;
}

/**
 * command_close - remove a device
 * @name: of the device
 *
 * What udev runs when a leg fails may come too late to note it. If that cannot be noted
 * here, which is told, the device is removed all the same.
 */
int command_close(const char *name)
{
	remember_device(name);

	return dm_remove(name);
}
