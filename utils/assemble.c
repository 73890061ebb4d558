// SPDX-License-Identifier: GPL-2.0-only
/* Devices of /etc/quorumtab: made, if need be without some of their legs. */

#define _GNU_SOURCE
#include "state.h"
#include "tab.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_NS	100000000L
#define HEEDED_DIRECTORY "/run/dm-quorum"

/* Does the log of this table outlive it? It then knows what legs have missed. */
static bool log_lasts(struct table *table)
{
	return log_device(table);
}

static bool is_absent(const struct leg *leg)
{
	return !strcmp(leg->dev, ABSENT);
}

static bool is_there(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISBLK(st.st_mode);
}

/*
 *--------------------------------------------------------------------
 * What is remembered
 *--------------------------------------------------------------------
 */

/* Of all devices since the machine was started, only this one has it. 0 if there is none. */
static uint64_t diskseq(const char *name)
{
	struct dm_state state;
	uint64_t seq = 0;
	char path[64];
	FILE *in;

	if (!dm_get_state(name, &state))
		return 0;
	snprintf(path, sizeof(path), "/sys/dev/block/%s/diskseq", state.dev);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (fscanf(in, "%" SCNu64, &seq) != 1)
		seq = 0;
	fclose(in);

	return seq;
}

/* Others have a number, or another suffix, as their name there. */
static FILE *open_heeded(const char *name, const char *mode)
{
	char path[sizeof(HEEDED_DIRECTORY) + 128];

	snprintf(path, sizeof(path), HEEDED_DIRECTORY "/%s.heeded", name);
	return fopen(path, mode);
}

/*
 * Does the device that is there take account of what is remembered? One that was made
 * where it could not be read does not.
 */
static bool is_heeded(const char *name)
{
	FILE *in = open_heeded(name, "re");
	uint64_t by;
	bool heeded;

	if (!in)
		return false;
	heeded = fscanf(in, "%" SCNu64, &by) == 1 && by && by == diskseq(name);
	fclose(in);

	return heeded;
}

static void heed(const char *name)
{
	FILE *out;

	mkdir(HEEDED_DIRECTORY, 0755);
	out = open_heeded(name, "we");
	if (!out)
		return;
	fprintf(out, "%" PRIu64 "\n", diskseq(name));
	fclose(out);
}

/* Does the device use what the line has as this leg, with a vote everywhere? */
static bool votes(const struct tab_entry *entry, const struct status *status,
		  unsigned int leg)
{
	const char *path = entry->plan.table.legs[leg].dev;

	return status->legs[leg].health == 'A' &&
	       is_device(path, status->legs[leg].dev);
}

/* Does the device use another one than the line has as this leg? */
static bool has_other(const struct tab_entry *entry,
		      const struct status *status, unsigned int leg)
{
	const char *path = entry->plan.table.legs[leg].dev;

	return strcmp(status->legs[leg].dev, ABSENT) && is_there(path) &&
	       !is_device(path, status->legs[leg].dev);
}

/* As which leg is it used, be it what the line says or not? Negative if it is not. */
static int used_as(const char *path, const struct status *status)
{
	unsigned int leg;

	for (leg = 0; leg < status->nr_legs; leg++)
		if (is_device(path, status->legs[leg].dev))
			return leg;

	return -ENOENT;
}

static bool uses_any(const struct tab_entry *entry, const struct status *status)
{
	const struct table *table = &entry->plan.table;
	unsigned int leg;

	for (leg = 0; leg < table->nr_legs; leg++)
		if (used_as(table->legs[leg].dev, status) >= 0)
			return true;

	return false;
}

/* A log that lasts knows what a leg missed, but not with another device in its place. */
static bool log_knows(struct tab_entry *entry, const struct status *status,
		      unsigned int leg)
{
	return log_lasts(&entry->plan.table) && leg < status->nr_legs &&
	       !has_other(entry, status, leg);
}

/*
 * What is noted is not @final if the legs of the device are not those of the line, and if
 * another table waits, by which it has been noted: the next resume may bring that into
 * force. Then, and if a leg may vote because nobody knew, nothing is forgotten.
 */
static void note_legs(struct tab_entry *entry, const struct status *status,
		      struct state *state, bool final)
{
	bool may_forget = final && is_heeded(entry->name);
	struct table *table = &entry->plan.table;
	unsigned int leg;

	for (leg = 0; leg < table->nr_legs; leg++) {
		const char *path = table->legs[leg].dev;
		int used = used_as(path, status);

		if (is_absent(&table->legs[leg]))
			continue;
		if (used < 0 || status->legs[used].health != 'A') {
			if (!log_knows(entry, status, leg))
				state_set_behind(state, path, true);
		} else if (may_forget) {
			state_set_behind(state, path, false);
		}
	}
	if (final)
		tab_forget_others(entry, state);
}

static bool same_state(const struct state *one, const struct state *other)
{
	unsigned int i;

	if (one->sectors != other->sectors || one->nr_behind != other->nr_behind)
		return false;
	for (i = 0; i < one->nr_behind; i++)
		if (!state_is_behind(other, one->behind[i]))
			return false;

	return true;
}

/*
 * The device that is there must be what the line says. An initramfs with an older line
 * makes a device of the legs of that time: what is known of the legs of this line says
 * nothing about those.
 */
static int check_legs(const struct tab_entry *entry,
		      const struct status *status)
{
	const struct table *table = &entry->plan.table;
	unsigned int leg;

	if (status->nr_legs != table->nr_legs)
		return fail(-EINVAL, "%s has %u legs, and %u in " TAB_PATH,
			    entry->name, status->nr_legs, table->nr_legs);

	for (leg = 0; leg < table->nr_legs; leg++)
		if (has_other(entry, status, leg))
			return fail(-EINVAL, "%s: leg %u is not %s, as " TAB_PATH " has it: if the device has been made in the initramfs, that has to be updated",
				    entry->name, leg, table->legs[leg].dev);

	return 0;
}

static int remember_legs(struct tab_entry *entry)
{
	struct state before, state;
	struct dm_state dm_state;
	struct status status;
	bool waits = dm_get_state(entry->name, &dm_state) && dm_state.waits;
	int error = dm_get_status(entry->name, &status), write_error = 0;

	if (error)
		return error;

	error = check_legs(entry, &status);
	/* It has nothing but the name in common with the line. */
	if (error && !uses_any(entry, &status)) {
		status_free(&status);
		return error;
	}

	state_read(entry->name, &before);
	/* There is nothing that whoever made the device could have overlooked. */
	if (before.known && !before.nr_behind)
		heed(entry->name);
	state_read(entry->name, &state);
	state.sectors = status.sectors;
	note_legs(entry, &status, &state, !waits && !error);
	if (!same_state(&before, &state))
		write_error = state_write(entry->name, &state);
	state_free(&before);
	state_free(&state);
	status_free(&status);

	return error ?: write_error;
}

/* Who changes the device will do this when the line is what it is to be. */
static int remember(struct tab_entry *entry)
{
	int error = 0, notes, lock;

	if (!dm_exists(entry->name))
		return 0;
	notes = lock_notes(entry->name);
	if (notes < 0)
		return notes;

	lock = try_lock_device(entry->name);
	if (lock >= 0) {
		error = remember_legs(entry);
		close(lock);
	} else if (lock != -EBUSY) {
		error = lock;
	}
	close(notes);

	return error;
}

/* It is also said how far a check has come, for instance. */
static bool all_settled(const struct status *status)
{
	return status->synced == status->total &&
	       (!strcmp(status->action, "idle") ||
		!strcmp(status->action, "frozen"));
}

/*
 * Fill legs that vote and missed something. A bit in @legs is one of these. A new table
 * knows nothing of what the old one knew of the others: one that has failed stays away.
 * Of a device that can only be read no leg can be filled: it is not used then.
 */
static int fill_locked(const char *name, uint32_t legs,
		       const struct status *status)
{
	struct table old, new;
	struct dm_state state;
	unsigned int leg;
	int error;

	if (!dm_get_state(name, &state) || state.suspended || state.waits)
		return fail(-EBUSY, "%s is suspended, or a table waits to come into force on it",
			    name);
	error = dm_get_table(name, &old);
	if (error)
		return error;

	table_copy(&new, &old);
	for (leg = 0; leg < new.nr_legs; leg++) {
		bool behind = legs & 1U << leg ||
			      status->legs[leg].health == 'a';

		if (status->legs[leg].health == 'D' ||
		    (behind && state.readonly))
			table_set_leg(&new, leg, ABSENT, false);
		else if (behind)
			new.legs[leg].rebuild = true;
	}
	error = table_tell_core_log(&new, all_settled(status)) ?:
		reload(name, &new, state.readonly, &old, status);
	if (error == RELOAD_AGAIN)
		error = fail(-EAGAIN, "%s has changed meanwhile", name);
	table_free(&new);
	table_free(&old);

	return error;
}

/* As with any other change: what came meanwhile has noted nothing. */
static int fill(struct tab_entry *entry, uint32_t legs,
		const struct status *status)
{
	int error, remember_error, lock = lock_device(entry->name);

	if (lock < 0)
		return lock;

	error = fill_locked(entry->name, legs, status);
	close(lock);
	remember_error = remember(entry);
	obey_signal();

	return error ?: remember_error;
}

static int recall_legs(struct tab_entry *entry, const struct state *state)
{
	struct table *table = &entry->plan.table;
	unsigned int leg, others = 0;
	struct status status;
	uint32_t legs = 0;
	int error = dm_get_status(entry->name, &status);

	if (error)
		return error;
	error = check_legs(entry, &status);

	for (leg = 0; leg < table->nr_legs && !error; leg++) {
		if (!votes(entry, &status, leg))
			continue;
		if (state_is_behind(state, table->legs[leg].dev))
			legs |= 1U << leg;
		else
			others++;
	}
	if (!error && legs && others < status.threshold)
		error = fail(-EIO, "%s: legs that missed writes when they were away are in use, and too few others to fill them from",
			     entry->name);
	else if (!error && legs)
		error = fill(entry, legs, &status);
	status_free(&status);

	return error;
}

/* A device that was made where nothing could be remembered: make up for it. */
static int recall(struct tab_entry *entry)
{
	struct state state;
	int error = 0;

	if (!dm_exists(entry->name) || is_heeded(entry->name))
		return 0;

	state_read(entry->name, &state);
	if (state.nr_behind)
		error = recall_legs(entry, &state);
	if (state.known && !error)
		heed(entry->name);
	state_free(&state);

	return error;
}

/*
 *--------------------------------------------------------------------
 * Making them
 *--------------------------------------------------------------------
 */

static bool all_there(struct table *table)
{
	char **log = log_device(table);
	unsigned int leg;

	for (leg = 0; leg < table->nr_legs; leg++)
		if (!is_absent(&table->legs[leg]) &&
		    !is_there(table->legs[leg].dev))
			return false;

	return !log || is_there(*log);
}

static void wait_for_legs(struct tab_entry *entry)
{
	const struct timespec nap = { .tv_nsec = LOOK_EVERY_NS };
	struct timespec began, now;

	clock_gettime(CLOCK_MONOTONIC, &began);
	for (;;) {
		if (all_there(&entry->plan.table))
			return;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((uint64_t)(now.tv_sec - began.tv_sec) >= entry->timeout)
			return;
		nanosleep(&nap, NULL);
	}
}

/* Returns how many of the legs are missing now; they are absent in the table. */
static unsigned int leave_out_missing(const char *name, struct table *table)
{
	unsigned int leg, nr = 0;

	for (leg = 0; leg < table->nr_legs; leg++) {
		struct leg *l = &table->legs[leg];

		if (is_absent(l) || is_there(l->dev))
			continue;
		fail(0, "%s: leg %u, %s, is missing", name, leg, l->dev);
		table_set_leg(table, leg, ABSENT, false);
		nr++;
	}

	return nr;
}

/* The same of those that would have to be filled, if that cannot be. */
static unsigned int leave_out_behind(const char *name, struct table *table,
				     const struct state *state)
{
	unsigned int leg, nr = 0;

	for (leg = 0; leg < table->nr_legs; leg++) {
		if (!state_is_behind(state, table->legs[leg].dev))
			continue;
		fail(0, "%s: leg %u, %s, missed writes when it was away, and is left out, as the device is read-only",
		     name, leg, table->legs[leg].dev);
		table_set_leg(table, leg, ABSENT, false);
		nr++;
	}

	return nr;
}

static unsigned int nr_present(const struct table *table)
{
	unsigned int leg, nr = 0;

	for (leg = 0; leg < table->nr_legs; leg++)
		nr += !is_absent(&table->legs[leg]);

	return nr;
}

/*
 * May it be made without the legs that are missing? They will have missed writes when
 * they are back. If two sets of as many legs as the threshold always have one in common,
 * there are never enough of those that missed a write to win a vote.
 */
static int check_degraded(const struct tab_entry *entry, struct table *table)
{
	unsigned int present = nr_present(table);

	if (entry->no_degraded)
		return fail(-ENXIO, "%s is not to be made without all legs",
			    entry->name);
	if (present < table->threshold)
		return fail(-ENXIO, "%s has %u of %u legs, and needs %u",
			    entry->name, present, table->nr_legs,
			    table->threshold);
	if (!entry->degraded && !log_lasts(table) &&
	    2 * table->threshold <= table->nr_legs)
		return fail(-ENXIO, "%s is not safe without all legs, as %u votes of %u are enough and there is no log: see degraded in quorumtab(5)",
			    entry->name, table->threshold, table->nr_legs);
	if (!table->sectors)
		return fail(-ENXIO, "%s is not to be made without all legs, as nothing tells its size: give size=",
			    entry->name);

	return 0;
}

/* Legs that missed something are to be filled, and have no vote until they are. */
static int fill_behind(const char *name, struct table *table,
		       const struct state *state)
{
	unsigned int leg, voters = 0, nr = 0;

	for (leg = 0; leg < table->nr_legs; leg++) {
		struct leg *l = &table->legs[leg];

		if (state_is_behind(state, l->dev)) {
			tell("%s: leg %u, %s, missed writes when it was away: it will be filled",
			     name, leg, l->dev);
			l->rebuild = true;
			nr++;
		}
		voters += !is_absent(l) && !l->rebuild;
	}
	if (nr && voters < table->threshold)
		return fail(-ENXIO, "%s: too few legs are there that missed no writes, %u, and it needs %u; what is known of that is in "
			    STATE_DIRECTORY "/%s", name, voters, table->threshold,
			    name);

	return 0;
}

/* @plan is a copy of that of @entry, to be changed. */
static int make(struct tab_entry *entry, struct plan *plan)
{
	struct table *table = &plan->table;
	char **log = log_device(table);
	unsigned int left_out;
	struct state state;
	int error = 0;

	if (log && !is_there(*log))
		return fail(-ENXIO, "%s: the log's device, %s, is missing",
			    entry->name, *log);

	state_read(entry->name, &state);
	/* It stays as long as it was, also if its shortest leg has been replaced. */
	if (!table->sectors)
		table->sectors = state.sectors;
	left_out = leave_out_missing(entry->name, table);
	if (plan->readonly)
		left_out += leave_out_behind(entry->name, table, &state);
	if (left_out)
		error = check_degraded(entry, table);
	/* Also with a log, which may be new and know nothing. */
	if (!error)
		error = fill_behind(entry->name, table, &state);
	if (!error)
		error = command_create(entry->name, plan, false);
	if (!error && state.known)
		heed(entry->name);
	state_free(&state);

	return error;
}

static int assemble(struct tab_entry *entry)
{
	struct tab_entry *copy;
	int error;

	if (dm_exists(entry->name))
		return recall(entry) ?: remember(entry);

	wait_for_legs(entry);
	copy = tab_parse_line(entry->text, entry->number);
	if (!copy)
		return -EINVAL;
	error = make(entry, &copy->plan);
	tab_free_entry(copy);

	return error ?: remember(entry);
}

/*
 *--------------------------------------------------------------------
 * Commands
 *--------------------------------------------------------------------
 */

static int no_line(const char *name)
{
	return fail(-ENOENT, TAB_PATH " has no line of %s that is in order",
		    name);
}

typedef int (*entry_fn)(struct tab_entry *entry);
typedef bool (*entry_filter)(const struct tab_entry *entry);

/* One that fails does not keep others from being tried. */
static int for_each(struct tab *tab, entry_filter filter, entry_fn fn)
{
	int error = tab->nr_bad ? -EINVAL : 0, one;
	struct tab_entry *entry;

	for (entry = tab->first; entry; entry = entry->next) {
		one = filter(entry) ? fn(entry) : 0;
		if (one && !entry->nofail)
			error = one;
	}

	return error;
}

static int for_name_or_each(const char *name, entry_filter filter, entry_fn fn)
{
	struct tab_entry *entry;
	struct tab tab;
	int error = tab_read(&tab);

	if (error)
		return error;

	entry = name ? tab_find(&tab, name) : NULL;
	if (entry)
		error = fn(entry);
	else
		error = name ? no_line(name) : for_each(&tab, filter, fn);
	tab_free(&tab);

	return error;
}

/**
 * remember_device - note which legs will have missed something, of one device
 * @name: of the device
 *
 * For who had the lock, as events that came meanwhile have noted nothing, and for who is
 * about to remove the device. Nothing is done if /etc/quorumtab has no line of it.
 *
 * Returns 0 or an error.
 */
int remember_device(const char *name)
{
	struct tab_entry *entry;
	int error = tab_get(name, &entry);

	if (entry)
		error = remember(entry);
	tab_free_entry(entry);

	return error;
}

static bool any(const struct tab_entry *entry)
{
	return entry;
}

static bool is_auto(const struct tab_entry *entry)
{
	return !entry->noauto;
}

static bool in_initramfs(const struct tab_entry *entry)
{
	return entry->initramfs;
}

/**
 * command_assemble - make devices that /etc/quorumtab has
 * @name: of the device, or NULL for all
 * @initramfs: of all, those that the initramfs is to make
 */
int command_assemble(const char *name, bool initramfs)
{
	return for_name_or_each(name, initramfs ? in_initramfs : is_auto,
				assemble);
}

/**
 * command_remember - note which legs will have missed something at the next start
 * @name: of the device, or NULL for all that /etc/quorumtab has
 */
int command_remember(const char *name)
{
	return for_name_or_each(name, any, remember);
}

/**
 * command_recall - fill legs that vote although they have missed something
 * @name: of the device, or NULL for all that /etc/quorumtab has
 */
int command_recall(const char *name)
{
	return for_name_or_each(name, any, recall);
}

/* What of it other programs may want, a line for each. */
static int print_entry(struct tab_entry *entry)
{
	struct table *table = &entry->plan.table;
	unsigned int i;

	printf("name %s\nthreshold %u\n", entry->name, table->threshold);
	if (table->sectors)
		printf("size %" PRIu64 "\n", table->sectors);
	for (i = 0; i < table->nr_legs; i++)
		printf("leg %s\n", table->legs[i].dev);
	for (i = 0; i < entry->nr_spares; i++)
		printf("spare %s\n", entry->spares[i]);
	printf("device-timeout %" PRIu64 "\n", entry->timeout);

	return 0;
}

static int print_text_of(struct tab_entry *entry)
{
	puts(entry->text);
	return 0;
}

static void print_json_list(const char *key, char *const *texts,
			    unsigned int nr)
{
	unsigned int i;

	printf(", \"%s\": [", key);
	for (i = 0; i < nr; i++) {
		printf("%s", i ? ", " : "");
		print_json_string(stdout, texts[i]);
	}
	printf("]");
}

static int print_entry_json(struct tab_entry *entry)
{
	struct table *table = &entry->plan.table;
	char *legs[MAX_LEGS];
	unsigned int i;

	for (i = 0; i < table->nr_legs; i++)
		legs[i] = table->legs[i].dev;
	printf("{\"name\": ");
	print_json_string(stdout, entry->name);
	printf(", \"line\": %u, \"threshold\": %u, \"sectors\": %" PRIu64
	       ", \"device_timeout\": %" PRIu64, entry->number,
	       table->threshold, table->sectors, entry->timeout);
	print_json_list("legs", legs, table->nr_legs);
	print_json_list("spares", entry->spares, entry->nr_spares);
	printf(", \"noauto\": %s, \"nofail\": %s, \"netdev\": %s, \"initramfs\": %s}\n",
	       entry->noauto ? "true" : "false",
	       entry->nofail ? "true" : "false",
	       entry->netdev ? "true" : "false",
	       entry->initramfs ? "true" : "false");

	return 0;
}

/**
 * command_tab - print what /etc/quorumtab says
 * @name: of the device, or NULL for all
 * @json: for programs, an object a line
 * @initramfs: the lines, as they are, that the initramfs needs
 */
int command_tab(const char *name, bool json, bool initramfs)
{
	if (initramfs)
		return for_name_or_each(name, in_initramfs, print_text_of);

	return for_name_or_each(name, any,
				json ? print_entry_json : print_entry);
}
