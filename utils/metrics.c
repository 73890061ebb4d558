// SPDX-License-Identifier: GPL-2.0-only
/* The status for Prometheus, in its text format. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* All devices, so that the lines of a metric can be together. */
struct devices {
	unsigned int nr;
	char **names;
	struct status *statuses;
};

static int remember(const char *name, void *data)
{
	struct devices *devices = data;
	unsigned int nr = devices->nr;
	struct status status;

	/* One that has just gone is none. */
	if (dm_get_status(name, &status))
		return 0;

	devices->names = must_have(reallocarray(devices->names, nr + 1,
						sizeof(*devices->names)));
	devices->statuses = must_have(reallocarray(devices->statuses, nr + 1,
						   sizeof(*devices->statuses)));
	devices->names[nr] = must_have(strdup(name));
	devices->statuses[nr] = status;
	devices->nr++;

	return 0;
}

static void forget(struct devices *devices)
{
	unsigned int i;

	for (i = 0; i < devices->nr; i++) {
		free(devices->names[i]);
		status_free(&devices->statuses[i]);
	}
	free(devices->names);
	free(devices->statuses);
}

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP dm_quorum_%s %s\n# TYPE dm_quorum_%s %s\n", name, help,
	       name, type);
}

/* Prometheus knows these two escapes, and none for control characters. */
static void print_label(const char *label, const char *value)
{
	printf("%s=\"", label);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			putchar('\\');
		putchar((unsigned char)*value < ' ' ? '?' : *value);
	}
	putchar('"');
}

static void labels(const char *metric, const char *device)
{
	printf("dm_quorum_%s{", metric);
	print_label("name", device);
}

static void print_device(const struct devices *devices, const char *metric,
			 const char *type, const char *help,
			 uint64_t (*value)(const struct status *status))
{
	unsigned int i;

	head(metric, type, help);
	for (i = 0; i < devices->nr; i++) {
		labels(metric, devices->names[i]);
		printf("} %" PRIu64 "\n", value(&devices->statuses[i]));
	}
}

static void print_legs(const struct devices *devices, const char *metric,
		       const char *type, const char *help,
		       uint64_t (*value)(const struct leg_status *leg))
{
	unsigned int i, leg;

	head(metric, type, help);
	for (i = 0; i < devices->nr; i++) {
		const struct status *status = &devices->statuses[i];

		for (leg = 0; leg < status->nr_legs; leg++) {
			char *device = device_name(status->legs[leg].dev);

			labels(metric, devices->names[i]);
			printf(",leg=\"%u\",", leg);
			print_label("device", device);
			printf("} %" PRIu64 "\n", value(&status->legs[leg]));
			free(device);
		}
	}
}

static uint64_t size_of(const struct status *status)
{
	return status->sectors * SECTOR_SIZE;
}

static uint64_t threshold_of(const struct status *status)
{
	return status->threshold;
}

static uint64_t legs_of(const struct status *status)
{
	return status->nr_legs;
}

static uint64_t voting_of(const struct status *status)
{
	return nr_legs_voting(status);
}

static uint64_t no_quorum_of(const struct status *status)
{
	return status->no_quorum;
}

static uint64_t raced_of(const struct status *status)
{
	return status->raced;
}

static uint64_t suppressed_of(const struct status *status)
{
	return status->suppressed;
}

static uint64_t synced_of(const struct status *status)
{
	return status->synced * SECTOR_SIZE;
}

static uint64_t total_of(const struct status *status)
{
	return status->total * SECTOR_SIZE;
}

static uint64_t log_failed_of(const struct status *status)
{
	return status->log_state && status->log_state != 'A';
}

static uint64_t mismatches_of(const struct leg_status *leg)
{
	return leg->mismatches;
}

static uint64_t read_errors_of(const struct leg_status *leg)
{
	return leg->read_errors;
}

static uint64_t write_errors_of(const struct leg_status *leg)
{
	return leg->write_errors;
}

static uint64_t rewritten_of(const struct leg_status *leg)
{
	return leg->rewritten;
}

/* One line for each state, of which one is 1. */
static void print_states(const struct devices *devices)
{
	static const char states[] = "AaD-";
	unsigned int i, leg, state;

	head("leg_state", "gauge", "1 for the state that the leg is in.");
	for (i = 0; i < devices->nr; i++) {
		const struct status *status = &devices->statuses[i];

		for (leg = 0; leg < status->nr_legs; leg++) {
			for (state = 0; states[state]; state++) {
				labels("leg_state", devices->names[i]);
				printf(",leg=\"%u\",state=\"%s\"} %d\n", leg,
				       health_text(states[state]),
				       status->legs[leg].health ==
				       states[state]);
			}
		}
	}
}

static void print_action(const struct devices *devices)
{
	unsigned int i;

	head("sync_action", "gauge", "What goes on over the whole device.");
	for (i = 0; i < devices->nr; i++) {
		labels("sync_action", devices->names[i]);
		putchar(',');
		print_label("action", devices->statuses[i].action);
		printf("} 1\n");
	}
}

int print_metrics(void)
{
	struct devices devices = { .nr = 0 };
	int error = dm_for_each(remember, &devices);

	if (error) {
		forget(&devices);
		return error;
	}

	print_device(&devices, "size_bytes", "gauge",
		     "Size of the device.", size_of);
	print_device(&devices, "vote_threshold", "gauge",
		     "Legs that must agree.", threshold_of);
	print_device(&devices, "legs", "gauge",
		     "Legs in the table.", legs_of);
	print_device(&devices, "legs_in_sync", "gauge",
		     "Legs that vote everywhere.", voting_of);
	print_device(&devices, "no_quorum_total", "counter",
		     "Blocks without a winner, and writes that too few legs took.",
		     no_quorum_of);
	print_device(&devices, "raced_total", "counter",
		     "Blocks in which legs differed without being at fault.",
		     raced_of);
	print_device(&devices, "events_suppressed_total", "counter",
		     "Reports that were not sent as events.", suppressed_of);
	print_device(&devices, "sync_done_bytes", "gauge",
		     "Looked at by a check or repair, or else in sync on the leg that lacks most.",
		     synced_of);
	print_device(&devices, "sync_size_bytes", "gauge",
		     "What sync_done_bytes is to become.", total_of);
	print_device(&devices, "log_failed", "gauge",
		     "1 if the log could not be written.", log_failed_of);
	print_action(&devices);
	print_states(&devices);
	print_legs(&devices, "leg_mismatches_total", "counter",
		   "Votes that the leg lost.", mismatches_of);
	print_legs(&devices, "leg_read_errors_total", "counter",
		   "Reads that the leg failed.", read_errors_of);
	print_legs(&devices, "leg_write_errors_total", "counter",
		   "Writes and flushes that the leg failed.", write_errors_of);
	print_legs(&devices, "leg_rewritten_total", "counter",
		   "Blocks that were repaired on the leg.", rewritten_of);
	forget(&devices);

	return 0;
}
