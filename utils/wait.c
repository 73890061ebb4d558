// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for a walk over the device, or for a leg, with a bar on a terminal. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_MS	200
#define BAR_WIDTH	30
/* Events have a rate: one of four may come a second late, and one behind it. */
#define LOOKS_FOR_EVENT	(10000 / LOOK_EVERY_MS)

/**
 * struct progress - how far it is
 * @began: when it was looked at first, in seconds
 * @synced: what was done then, in sectors
 * @drawn: there is a bar on the terminal
 */
struct progress {
	double began;
	uint64_t synced;
	bool drawn;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void draw(struct progress *progress, const struct status *status)
{
	double share = status->total ?
		(double)status->synced / status->total : 1;
	double seconds, rate = 0;
	unsigned int i;

	if (quiet || !isatty(STDOUT_FILENO))
		return;

	if (!progress->drawn) {
		progress->began = now();
		progress->synced = status->synced;
		progress->drawn = true;
	}
	seconds = now() - progress->began;
	if (seconds > 0 && status->synced > progress->synced)
		rate = (status->synced - progress->synced) / seconds;

	printf("\r%s [", status->action);
	for (i = 0; i < BAR_WIDTH; i++)
		putchar(i < share * BAR_WIDTH ? '=' : ' ');
	printf("] %5.1f %% %7.1f MiB/s", 100 * share, rate / 2048);
	if (rate > 0)
		printf(", %.0f s left  ",
		       (status->total - status->synced) / rate);
	fflush(stdout);
}

static void end_drawing(struct progress *progress)
{
	if (progress->drawn)
		putchar('\n');
	progress->drawn = false;
}

static uint64_t total_of(const char *event, size_t length, const char *key)
{
	const char *word = event_value(event, length, key);
	uint64_t total = 0;

	if (word)
		parse_number(word, &total);

	return total;
}

/* Returns 0, or -EIO if the walk could not do all of it. */
static int tell_totals(const char *walk, const char *event, size_t length)
{
	tell("%s has ended: %" PRIu64 " lost votes, %" PRIu64
	     " blocks without a winner, %" PRIu64 " blocks repaired, %" PRIu64
	     " sectors recovered", walk,
	     total_of(event, length, "DM_QUORUM_MISMATCHES"),
	     total_of(event, length, "DM_QUORUM_NO_QUORUM"),
	     total_of(event, length, "DM_QUORUM_REWRITTEN"),
	     total_of(event, length, "DM_QUORUM_RECOVERED"));
	if (event_value(event, length, "DM_QUORUM_ERROR"))
		return fail(-EIO, "%s could not do all of it", walk);

	return 0;
}

static bool is(const char *event, size_t length, const char *key,
	       const char *wanted)
{
	const char *value = event_value(event, length, key);

	return value && !strcmp(value, wanted);
}

/*
 * Wait for the event that the walk is done. Returns 1 if it is and all was done, 0 if
 * nothing has come for a while, or an error.
 */
static int wait_for_event(const char *name, const char *walk, int events)
{
	struct pollfd wait = { .fd = events, .events = POLLIN };
	char event[LARGEST_EVENT];
	ssize_t length;

	while (poll(&wait, 1, LOOK_EVERY_MS) > 0) {
		length = events_receive(events, event);
		if (length > 0 &&
		    is(event, length, "DM_ACTION", "QUORUM_SYNC_DONE") &&
		    is(event, length, "DM_NAME", name) &&
		    is(event, length, "DM_QUORUM_TYPE", walk))
			return tell_totals(walk, event, length) ?: 1;
	}

	return 0;
}

/* Wait for a walk that has been asked for, by the event that ends it. */
int wait_for_walk(const char *name, const char *walk, int events)
{
	struct progress progress = { .drawn = false };
	unsigned int looks = 0;
	struct status status;
	int result;

	for (;;) {
		result = wait_for_event(name, walk, events);
		if (result)
			break;
		result = dm_get_status(name, &status);
		if (result)
			break;
		if (!strcmp(status.action, walk)) {
			draw(&progress, &status);
			looks = 0;
		} else if (++looks > LOOKS_FOR_EVENT) {
			result = fail(-EINTR, "%s was stopped", walk);
		}
		status_free(&status);
		if (!result && dm_is_suspended(name))
			result = fail(-EAGAIN, "%s is suspended", name);
		if (result)
			break;
	}
	end_drawing(&progress);

	return result < 0 ? result : 0;
}

/* Wait until a leg that is filled, or gets what it missed, is in sync. */
int wait_for_leg(const char *name, unsigned int leg)
{
	struct timespec nap = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	struct progress progress = { .drawn = false };
	struct status status;
	bool goes_on = true;
	char health = 'a';
	int error = 0;

	while (health == 'a' && goes_on) {
		error = dm_get_status(name, &status);
		if (error)
			break;
		health = leg < status.nr_legs ? status.legs[leg].health : '-';
		goes_on = strcmp(status.action, "idle") &&
			  strcmp(status.action, "frozen") &&
			  !dm_is_suspended(name);
		if (health == 'a' && goes_on)
			draw(&progress, &status);
		status_free(&status);
		if (health == 'a' && goes_on)
			nanosleep(&nap, NULL);
	}
	end_drawing(&progress);
	if (!error && health != 'A')
		return fail(-EIO, "leg %u is %s, and nothing goes on: see events %s",
			    leg, health_text(health), name);

	return error;
}

/* Wait for the legs of a new device that are to be filled. */
int wait_for_rebuilt(const char *name, const struct table *table)
{
	unsigned int leg;
	int error = 0;

	for (leg = 0; leg < table->nr_legs && !error; leg++)
		if (table->legs[leg].rebuild)
			error = wait_for_leg(name, leg);

	return error;
}

/**
 * wait_for_rest - wait until nothing goes on
 * @name: a device whose legs have just been filled
 *
 * Return: 0 or an error.
 */
int wait_for_rest(const char *name)
{
	struct timespec nap = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	struct status status;
	bool rests;
	int error;

	for (;;) {
		error = dm_get_status(name, &status);
		if (error)
			return error;
		rests = !strcmp(status.action, "idle") ||
			!strcmp(status.action, "frozen");
		status_free(&status);
		if (rests)
			return 0;
		nanosleep(&nap, NULL);
	}
}
