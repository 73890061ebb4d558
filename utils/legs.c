// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs that are replaced, added and taken out while the device is in use, and the
 * threshold: each by another table.
 *
 * What is known about the legs goes with the old table, unless a log keeps it. What
 * that means for each leg is said to the new one.
 */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include "state.h"
#include "tab.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* State that changes each time while the device comes to rest. */
#define TRIES		5
#define NO_LEG		MAX_LEGS

/**
 * struct change - from one table to the next
 * @wanted: what the user has asked for
 * @name: the device
 * @edit: makes @table of @old
 * @tab_path: by which /etc/quorumtab is to name the new leg
 * @state: what device-mapper knows
 * @old: the table in use
 * @status: how the device is
 * @table: what it is to have
 * @leg: the one concerned, by its number in @old; of a new leg, behind the last one
 * @disk_lock: of a new leg, as lock_disk() gives it, or negative
 * @taken_out: it is, and those behind it move up
 * @remembered: of the device, before the change was noted
 */
struct change {
	const struct wanted *wanted;
	const char *name;
	int (*edit)(struct change *change);
	char *tab_path;
	struct dm_state state;
	struct table old;
	struct status status;
	struct table table;
	unsigned int leg;
	int disk_lock;
	bool taken_out;
	struct state remembered;
};

static bool is_about_leg(const struct change *change)
{
	return change->wanted->leg || change->wanted->path;
}

/*
 *--------------------------------------------------------------------
 * The log
 *--------------------------------------------------------------------
 */

/* What a log that outlives the table knows of a leg, it knows by the number. */
static bool log_is_kept(const struct table *table)
{
	return table_find_option(table, "log") >= 0 &&
	       !table_has_core_log(table);
}

/* A log that could not be written does not know all. */
static bool log_knows(const struct change *change)
{
	char state = change->status.log_state;

	return log_is_kept(&change->old) && (!state || state == 'A');
}

static int tell_core_log(struct change *change)
{
	if (!table_has_core_log(&change->table))
		return 0;
	if (change->status.synced != change->status.total)
		return fail(-EBUSY, "the log of %s is in memory, and a new table would take all of the device for unsettled as long as not all is in sync: quorumsetup resync --wait %s, or fail the leg that is behind",
			    change->name, change->name);

	return table_tell_core_log(&change->table, true);
}

/*
 *--------------------------------------------------------------------
 * Is the device fit for it?
 *--------------------------------------------------------------------
 */

static int check_state(const struct change *change)
{
	const char *name = change->name;
	const char *action = change->status.action;

	if (change->state.suspended)
		return fail(-EBUSY, "%s is suspended: by whom, and why? \"dmsetup resume %s\" would end that",
			    name, name);
	if (change->state.waits)
		return fail(-EBUSY, "a table waits to come into force on %s: \"dmsetup clear %s\" would give it up",
			    name, name);
	if (strcmp(action, "idle") && strcmp(action, "frozen"))
		return fail(-EBUSY, "%s is under way on %s: let it come to its end, or quorumsetup stop %s",
			    action, name, name);

	return 0;
}

/*
 * A leg that has failed is absent from when another one changes; one that has been
 * taken out is absent in /etc/quorumtab, too.
 */
static bool has_failed(const struct change *change, int leg)
{
	switch (change->status.legs[leg].health) {
	case 'D':
		return true;
	case '-':
		return tab_has_leg(change->name, leg);
	default:
		return false;
	}
}

/* First of all, as who asks for it wants to know this before anything else. */
static int check_failed(const struct change *change)
{
	int leg;

	if (!change->wanted->if_failed)
		return 0;

	leg = find_leg(&change->old, change->wanted->leg);
	if (leg < 0)
		return NOT_FAILED;
	if (!has_failed(change, leg))
		return fail(NOT_FAILED, "leg %d of %s has not failed, and is not replaced",
			    leg, change->name);

	return 0;
}

static int look(struct change *change)
{
	int error = dm_get_table(change->name, &change->old);

	if (error)
		return error;

	error = dm_get_status(change->name, &change->status);
	if (!error && !dm_get_state(change->name, &change->state))
		error = fail(-ENODEV, "there is no device %s", change->name);
	if (!error && change->status.nr_legs != change->old.nr_legs)
		error = fail(-EAGAIN, "the table of %s has just been changed",
			     change->name);

	return error ?: check_failed(change) ?: check_state(change) ?:
	       check_legs_answer(change->name, &change->status);
}

static void forget(struct change *change)
{
	table_free(&change->old);
	table_free(&change->table);
	status_free(&change->status);
	state_free(&change->remembered);
	free(change->tab_path);
	change->tab_path = NULL;
}

/*
 *--------------------------------------------------------------------
 * What the new table says of the legs
 *--------------------------------------------------------------------
 */

/*
 * One that is behind would vote with old data: it is filled anew, unless the log
 * knows where it is. One that has failed may hang, and was to get no I/O.
 */
static void keep_what_is_known(struct change *change)
{
	unsigned int leg;

	for (leg = 0; leg < change->old.nr_legs; leg++) {
		struct leg *l = &change->table.legs[leg];

		if (leg == change->leg)
			continue;
		if (change->status.legs[leg].health == 'D')
			table_set_leg(&change->table, leg, ABSENT, false);
		if (change->status.legs[leg].health == 'a' &&
		    !log_knows(change))
			l->rebuild = true;
	}
}

/* Legs that have a vote everywhere before and after, so that others are filled of them. */
static unsigned int nr_sources(const struct change *change)
{
	unsigned int leg, nr = 0;

	for (leg = 0; leg < change->old.nr_legs; leg++)
		nr += leg != change->leg &&
		      change->status.legs[leg].health == 'A';

	return nr;
}

static int check_sources(const struct change *change)
{
	unsigned int sources = nr_sources(change), leg;
	unsigned int threshold = change->table.threshold;

	if (sources >= threshold)
		return 0;

	for (leg = 0; leg < change->old.nr_legs; leg++)
		if (leg != change->leg &&
		    change->status.legs[leg].health == 'a')
			return fail(-EBUSY, "only %u other legs are in sync, and %u have to agree; leg %u is behind: quorumsetup resync --wait %s gives it what it missed",
				    sources, threshold, leg, change->name);

	return fail(-EBUSY, "only %u other legs are in sync, and %u have to agree: %s",
		    sources, threshold,
		    change->wanted->leg && change->wanted->path ?
		    "add a leg, wait until it is filled, and remove the old one then" :
		    "see --threshold");
}

static int check_options(const struct change *change)
{
	const struct table *table = &change->table;
	int ack = table_find_option(table, "write_ack");
	unsigned int leg;

	if (table_find_option(table, "blkverify") >= 0 &&
	    (table->nr_legs != 2 || table->threshold != 2))
		return fail(-EINVAL, "%s compares two devices (blkverify), and has 2 legs and a threshold of 2",
			    change->name);
	if (ack >= 0 && !strcmp(table->options[ack + 1], "threshold") &&
	    2 * table->threshold <= table->nr_legs)
		return fail(-EINVAL, "with write_ack threshold, more than half of the %u legs must agree: set the threshold to %u before, see quorumsetup threshold",
			    table->nr_legs, majority(table->nr_legs));
	for (leg = 0; leg < table->nr_legs; leg++)
		if (table->legs[leg].rebuild && change->state.readonly)
			return fail(-EROFS, "%s is read-only, so no leg can be filled",
				    change->name);

	return 0;
}

/* 0 for the threshold that there is. */
static int set_threshold(struct change *change, uint64_t threshold)
{
	struct table *table = &change->table;

	if (!threshold)
		threshold = table->threshold;
	if (threshold > table->nr_legs)
		return fail(-EINVAL, "a threshold of %" PRIu64 " with %u legs",
			    threshold, table->nr_legs);

	table->threshold = threshold;
	return 0;
}

static int check_is_no_leg(const struct change *change, const char *dev)
{
	unsigned int leg;

	if (!strcmp(dev, change->state.dev))
		return fail(-EINVAL, "%s is the device itself",
			    change->wanted->path);

	for (leg = 0; leg < change->old.nr_legs; leg++)
		if (leg != change->leg && !strcmp(change->old.legs[leg].dev, dev))
			return fail(-EBUSY, "%s is leg %u already",
				    change->wanted->path, leg);

	return 0;
}

/* Two devices that take the same disk at the same time may both find it unused. */
static int keep_disk(struct change *change)
{
	if (change->disk_lock < 0)
		change->disk_lock = lock_disk(change->wanted->path);

	return change->disk_lock < 0 ? change->disk_lock : 0;
}

/* One that is not in use may still be somebody's. */
static int check_owner(const struct change *change, const char *dev)
{
	char *owner = tab_owner(change->name, dev);
	int error = 0;

	if (owner && !change->wanted->force)
		error = fail(-EBUSY, "%s is a leg or the log of %s in /etc/quorumtab, whether that is there or not",
			     change->wanted->path, owner);
	free(owner);

	return error;
}

static int put_leg(struct change *change, struct leg *leg, const char *old)
{
	char *dev = device_number(change->wanted->path), path[160];
	uint64_t sectors;
	unsigned int bytes;
	int error = dev ? check_is_no_leg(change, dev) ?:
			  check_owner(change, dev) : -ENOTBLK;

	/* One that is a leg is what it was before, and to be filled anew. */
	if (!error && strcmp(dev, old)) {
		snprintf(path, sizeof(path), "/dev/mapper/%s", change->name);
		error = keep_disk(change) ?:
			device_sectors(path, &sectors, &bytes) ?:
			check_new_leg(change->wanted->path,
				      leg->offset + change->table.sectors,
				      bytes, change->wanted->force);
	}
	if (!error) {
		table_set_leg(&change->table, leg - change->table.legs, dev,
			      true);
		free(change->tab_path);
		change->tab_path = tab_path(change->name,
					    change->wanted->path, dev);
	}
	free(dev);

	return error;
}

static int take_leg(struct change *change)
{
	int leg = find_leg(&change->old, change->wanted->leg);

	if (leg < 0)
		return leg;

	change->leg = leg;
	return 0;
}

static int edit_replace(struct change *change)
{
	int error = take_leg(change);

	if (error)
		return error;

	keep_what_is_known(change);
	return put_leg(change, &change->table.legs[change->leg],
		       change->old.legs[change->leg].dev);
}

static int common_offset(const struct change *change, uint64_t *offset)
{
	unsigned int leg;

	if (change->wanted->offset) {
		*offset = *change->wanted->offset;
		return 0;
	}

	*offset = change->old.legs[0].offset;
	for (leg = 1; leg < change->old.nr_legs; leg++)
		if (change->old.legs[leg].offset != *offset)
			return fail(-EINVAL, "legs of %s begin at different sectors: say where the new one does by --offset",
				    change->name);

	return 0;
}

/* Nobody is to be asked for votes that a leg which is not filled has not got. */
static int edit_add(struct change *change)
{
	struct table *table = &change->table;
	struct leg *leg = &table->legs[change->old.nr_legs];
	uint64_t threshold = change->wanted->threshold;

	if (table->nr_legs == MAX_LEGS)
		return fail(-EINVAL, "%s has %d legs, and cannot have more",
			    change->name, MAX_LEGS);
	if (threshold > table->nr_legs + 1)
		return fail(-EINVAL, "a threshold of %" PRIu64 " with %u legs",
			    threshold, table->nr_legs + 1);

	keep_what_is_known(change);
	change->leg = table->nr_legs++;
	*leg = (struct leg) { .dev = must_have(strdup(ABSENT)) };

	return common_offset(change, &leg->offset) ?:
	       put_leg(change, leg, ABSENT) ?:
	       set_threshold(change, threshold < table->threshold ?
				     threshold : 0);
}

static int edit_remove(struct change *change)
{
	struct table *table = &change->table;
	struct leg *leg;
	int error = take_leg(change);

	if (error)
		return error;

	leg = &table->legs[change->leg];
	keep_what_is_known(change);
	if (log_is_kept(table) && !strcmp(leg->dev, ABSENT))
		return fail(-EINVAL, "leg %u is absent already, and with a log that outlives the table legs keep their numbers",
			    change->leg);

	if (log_is_kept(table)) {
		table_set_leg(table, change->leg, ABSENT, false);
	} else {
		free(leg->dev);
		table->nr_legs--;
		memmove(leg, leg + 1,
			(table->nr_legs - change->leg) * sizeof(*leg));
		change->taken_out = true;
	}
	if (!table->nr_legs)
		return fail(-EINVAL, "it is the last leg");

	return set_threshold(change, change->wanted->threshold);
}

static int edit_threshold(struct change *change)
{
	keep_what_is_known(change);

	return set_threshold(change, change->wanted->threshold);
}

/*
 *--------------------------------------------------------------------
 * Telling it
 *--------------------------------------------------------------------
 */

static void tell_leg(const struct change *change)
{
	if (change->wanted->path)
		tell("leg %u of %s is %s now", change->leg, change->name,
		     change->wanted->path);
	else
		tell("leg %u of %s is used no more", change->leg,
		     change->name);
}

static void tell_others(const struct change *change)
{
	unsigned int leg;

	for (leg = 0; leg < change->old.nr_legs; leg++) {
		const struct leg_status *status = &change->status.legs[leg];
		unsigned int number = leg;

		if (leg == change->leg)
			continue;
		if (change->taken_out && leg > change->leg)
			number--;
		if (number != leg)
			tell("leg %u (%s) is leg %u now", leg, status->dev,
			     number);
		if (status->health == 'D')
			tell("leg %u (%s) had failed and is left out: replace it to have it back",
			     number, status->dev);
		if (status->health == 'a' &&
		    change->table.legs[number].rebuild)
			tell("leg %u (%s) was behind and is filled anew",
			     number, status->dev);
	}
}

static void tell_threshold(const struct change *change)
{
	unsigned int nr_legs = change->table.nr_legs;
	unsigned int threshold = change->table.threshold;

	if (change->wanted->threshold > threshold)
		tell("%u of %u legs have to agree: when leg %u is in sync, quorumsetup threshold %s %u",
		     threshold, nr_legs, change->leg, change->name,
		     (unsigned int)change->wanted->threshold);
	else if (threshold != majority(nr_legs) &&
		 change->old.threshold == majority(change->old.nr_legs))
		tell("%u of %u legs have to agree; more than half would be %u",
		     threshold, nr_legs, majority(nr_legs));
}

static void tell_change(const struct change *change, bool raised_later)
{
	if (is_about_leg(change))
		tell_leg(change);
	tell_others(change);
	if (!raised_later)
		tell_threshold(change);
}

/*
 *--------------------------------------------------------------------
 * /etc/quorumtab
 *--------------------------------------------------------------------
 */

/* A leg that is taken out is absent if others have to keep their numbers. */
static int change_tab(const struct change *change, bool write)
{
	const struct tab_change tab = {
		.name = change->name,
		.leg = is_about_leg(change) ? (int)change->leg : -1,
		.path = change->tab_path || change->taken_out ?
			change->tab_path : ABSENT,
		.threshold = change->table.threshold,
	};

	return tab_change(&tab, write);
}

/* Before the new table: what could not be written down is not to be done. */
static int announce_leg(struct change *change)
{
	int error = tab_check_legs(change->name, &change->old,
				   change->wanted->offset) ?:
		    change_tab(change, false);

	if (error || !is_about_leg(change))
		return error;

	return tab_leg_changes(change->name, change->leg, change->tab_path,
			       &change->remembered);
}

/* The device has the new table already: what cannot be written is to be told. */
static int update_tab(const struct change *change)
{
	int error = change_tab(change, true) ?:
		    tab_update_initramfs(change->name);

	if (error)
		fail(error, "%s has been changed, but not all that makes it at the next start",
		     change->name);

	return error;
}

/*
 *--------------------------------------------------------------------
 * Doing it
 *--------------------------------------------------------------------
 */

/* What is in force if it is suspended, the next resume decides. */
static int announce_and_reload(struct change *change)
{
	int error = announce_leg(change);

	if (error)
		return error;

	error = reload(change->name, &change->table, change->state.readonly,
		       &change->old, &change->status);
	if (error && !dm_is_suspended(change->name))
		tab_leg_stays(change->name, &change->remembered);

	return error;
}

/*
 * The user has named a leg of the table @first, if that is not NULL: of another one it
 * could be another leg. Returns 0, RELOAD_AGAIN, or an error.
 */
static int try_change(struct change *change, const struct table *first)
{
	int error = look(change);

	if (!error && first && !table_has_same_legs(first, &change->old))
		error = fail(-EAGAIN, "somebody else has changed the table of %s",
			     change->name);
	if (error)
		return error;

	change->leg = NO_LEG;
	table_copy(&change->table, &change->old);

	return change->edit(change) ?: check_options(change) ?:
	       check_sources(change) ?: tell_core_log(change) ?:
	       announce_and_reload(change);
}

static int try_again(struct change *change)
{
	struct table first = change->old;
	unsigned int tries = 1;
	int error;

	memset(&change->old, 0, sizeof(change->old));
	do {
		forget(change);
		error = try_change(change, &first);
	} while (error == RELOAD_AGAIN && ++tries < TRIES);
	table_free(&first);

	return error != RELOAD_AGAIN ? error :
	       fail(-EAGAIN, "the state of %s changes each time it is to get a new table, and has kept the old one",
		    change->name);
}

/*
 * The lock is held until all is written that makes the device at the next start. What
 * came meanwhile has noted nothing, and a change may have failed because of that.
 * Returns 0 with a change that forget() is to follow, or an error.
 */
static int make_change(struct change *change, int *tab_error)
{
	int error, remember_error, lock = lock_device(change->name);

	if (lock < 0)
		return lock;

	error = try_change(change, NULL);
	if (error == RELOAD_AGAIN)
		error = try_again(change);
	if (change->disk_lock >= 0)
		close(change->disk_lock);
	if (!error)
		*tab_error = update_tab(change);
	close(lock);
	remember_error = remember_device(change->name);
	if (error)
		forget(change);
	else if (!*tab_error)
		*tab_error = remember_error;

	return error;
}

/*
 * One change. @raise: the threshold that is wanted may have to wait until a leg has been
 * filled; returns whether it is to be set now.
 */
static int run_one(const struct wanted *wanted,
		   int (*edit)(struct change *change), bool *raise)
{
	struct change change = {
		.wanted = wanted,
		.name = wanted->name,
		.edit = edit,
		.disk_lock = -1,
	};
	int tab_error = 0, error = make_change(&change, &tab_error);

	if (error) {
		*raise = false;
		obey_signal();
		return error;
	}

	*raise = *raise && wanted->threshold > change.table.threshold;
	tell_change(&change, *raise);
	obey_signal();
	/* The next change is refused as long as anything goes on. */
	if (wanted->wait)
		error = wait_for_rebuilt(change.name, &change.table) ?:
			wait_for_rest(change.name);
	forget(&change);
	if (error)
		*raise = false;

	return error ?: tab_error;
}

static int run_change(const struct wanted *wanted,
		      int (*edit)(struct change *change))
{
	const struct wanted higher = {
		.name = wanted->name,
		.threshold = wanted->threshold,
	};
	bool raise = wanted->wait && wanted->threshold;
	int error = run_one(wanted, edit, &raise), later = 0;

	if (raise) {
		raise = false;
		later = run_one(&higher, edit_threshold, &raise);
	}

	return error ?: later;
}

/**
 * command_replace - put a disk in the place of a leg, and fill it
 * @wanted: name, leg, path, and maybe if_failed, force, wait
 *
 * Return: 0, NOT_FAILED, or another error.
 */
int command_replace(const struct wanted *wanted)
{
	return run_change(wanted, edit_replace);
}

/**
 * command_add - add a leg at the end, and fill it
 * @wanted: name, path, and maybe threshold, offset, force, wait; a threshold that is
 *	greater than it is becomes so when the leg is filled and that is waited for
 *
 * Return: 0 or an error.
 */
int command_add(const struct wanted *wanted)
{
	return run_change(wanted, edit_add);
}

/**
 * command_remove - take a leg out
 * @wanted: name, leg, and maybe threshold, wait
 *
 * Return: 0 or an error.
 */
int command_remove(const struct wanted *wanted)
{
	return run_change(wanted, edit_remove);
}

/**
 * command_threshold - change how many legs have to agree
 * @wanted: name, threshold, and maybe wait
 *
 * Return: 0 or an error.
 */
int command_threshold(const struct wanted *wanted)
{
	return run_change(wanted, edit_threshold);
}
