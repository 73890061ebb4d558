// SPDX-License-Identifier: GPL-2.0-only
/* The status for Prometheus, in its text format. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * struct device - what is told of one
 * @name: its name
 * @minor: its number, of the major number that device-mapper has
 * @suspended: its I/O waits
 * @status: its status
 */
struct device {
	char *name;
	unsigned int minor;
	bool suspended;
	struct status status;
};

/**
 * struct metrics - all devices, so that the lines of a metric can be together
 * @out: where they are printed
 * @nr: number of devices
 * @devices: the devices
 */
struct metrics {
	FILE *out;
	unsigned int nr;
	struct device *devices;
};

static int remember(const char *name, void *data)
{
	struct metrics *metrics = data;
	struct device device;
	struct dm_state state;
	int error;

	/* One that has just gone is none. */
	if (!dm_get_state(name, &state))
		return 0;
	error = dm_get_status(name, &device.status);
	if (error)
		return error == -ENODEV ? 0 : error;

	device.name = must_have(strdup(name));
	device.minor = state.minor;
	device.suspended = state.suspended;
	metrics->devices = must_have(reallocarray(metrics->devices,
						  metrics->nr + 1,
						  sizeof(device)));
	metrics->devices[metrics->nr++] = device;

	return 0;
}

static void forget(struct metrics *metrics)
{
	unsigned int i;

	for (i = 0; i < metrics->nr; i++) {
		free(metrics->devices[i].name);
		status_free(&metrics->devices[i].status);
	}
	free(metrics->devices);
}

static void head(FILE *out, const char *metric, const char *type,
		 const char *help)
{
	fprintf(out, "# HELP dm_quorum_%s %s\n# TYPE dm_quorum_%s %s\n", metric,
		help, metric, type);
}

/*
 * One byte that Prometheus does not take makes it refuse the whole file: what is no
 * text is told as dmsetup does, \xNN. Prometheus itself knows the escapes of
 * backslash, quote and newline.
 */
static void print_label(FILE *out, const char *label, const char *value)
{
	fprintf(out, "%s=\"", label);
	while (*value) {
		size_t length = utf8_bytes(value);

		if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else if (!length || (unsigned char)*value < ' ')
			fprintf(out, "\\\\x%02x", (unsigned char)*value);
		else
			fwrite(value, 1, length, out);
		value += length ?: 1;
	}
	putc('"', out);
}

/* The line up to where more labels or the end of them can follow. */
static void begin(FILE *out, const char *metric, const struct device *device)
{
	fprintf(out, "dm_quorum_%s{", metric);
	print_label(out, "name", device->name);
}

static void begin_leg(FILE *out, const char *metric,
		      const struct device *device, unsigned int leg)
{
	char *disk = device_name(device->status.legs[leg].dev);

	begin(out, metric, device);
	fprintf(out, ",leg=\"%u\",", leg);
	print_label(out, "device", disk);
	free(disk);
}

/* What a device has no value of has no line. */
#define NO_VALUE	UINT64_MAX

static void print_device(const struct metrics *metrics, const char *metric,
			 const char *type, const char *help,
			 uint64_t (*value)(const struct status *status))
{
	unsigned int i;

	head(metrics->out, metric, type, help);
	for (i = 0; i < metrics->nr; i++) {
		uint64_t v = value(&metrics->devices[i].status);

		if (v == NO_VALUE)
			continue;
		begin(metrics->out, metric, &metrics->devices[i]);
		fprintf(metrics->out, "} %" PRIu64 "\n", v);
	}
}

static void print_legs(const struct metrics *metrics, const char *metric,
		       const char *type, const char *help,
		       uint64_t (*value)(const struct leg_status *leg))
{
	unsigned int i, leg;

	head(metrics->out, metric, type, help);
	for (i = 0; i < metrics->nr; i++) {
		const struct device *device = &metrics->devices[i];

		for (leg = 0; leg < device->status.nr_legs; leg++) {
			begin_leg(metrics->out, metric, device, leg);
			fprintf(metrics->out, "} %" PRIu64 "\n",
				value(&device->status.legs[leg]));
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

/* A check or repair counts something else, and the kernel does not tell this then. */
static uint64_t behind_of(const struct status *status)
{
	if (!strcmp(status->action, "check") ||
	    !strcmp(status->action, "repair"))
		return NO_VALUE;

	return (status->total - status->synced) * SECTOR_SIZE;
}

static uint64_t log_failed_of(const struct status *status)
{
	return status->log_state ? status->log_state != 'A' : NO_VALUE;
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

static void print_info(const struct metrics *metrics)
{
	unsigned int i;

	head(metrics->out, "info", "gauge",
	     "1, with the kernel's name of the device, and its log.");
	for (i = 0; i < metrics->nr; i++) {
		const struct device *device = &metrics->devices[i];
		const struct status *status = &device->status;
		char *disk = status->log_dev ? device_name(status->log_dev) :
					       NULL;

		begin(metrics->out, "info", device);
		fprintf(metrics->out, ",device=\"dm-%u\",", device->minor);
		print_label(metrics->out, "log", status->log ?: "none");
		putc(',', metrics->out);
		print_label(metrics->out, "log_device", disk ?: "");
		fputs("} 1\n", metrics->out);
		free(disk);
	}
}

static void print_suspended(const struct metrics *metrics)
{
	unsigned int i;

	head(metrics->out, "suspended", "gauge",
	     "1 if the device is suspended: what is asked of it waits.");
	for (i = 0; i < metrics->nr; i++) {
		begin(metrics->out, "suspended", &metrics->devices[i]);
		fprintf(metrics->out, "} %d\n", metrics->devices[i].suspended);
	}
}

/* One line for each state, of which one is 1. */
static void print_states(const struct metrics *metrics)
{
	static const char states[] = "AaD-";
	unsigned int i, leg, state;

	head(metrics->out, "leg_state", "gauge",
	     "1 for the state that the leg is in.");
	for (i = 0; i < metrics->nr; i++) {
		const struct device *device = &metrics->devices[i];

		for (leg = 0; leg < device->status.nr_legs; leg++) {
			for (state = 0; states[state]; state++) {
				begin_leg(metrics->out, "leg_state", device,
					  leg);
				fprintf(metrics->out, ",state=\"%s\"} %d\n",
					health_text(states[state]),
					device->status.legs[leg].health ==
					states[state]);
			}
		}
	}
}

static void print_actions(const struct metrics *metrics)
{
	static const char *const actions[] = {
		"idle", "check", "repair", "resync", "recover", "frozen",
	};
	unsigned int i, action;

	head(metrics->out, "sync_action", "gauge",
	     "1 for what goes on over the whole device.");
	for (i = 0; i < metrics->nr; i++) {
		const struct device *device = &metrics->devices[i];

		for (action = 0; action < sizeof(actions) / sizeof(*actions);
		     action++) {
			begin(metrics->out, "sync_action", device);
			fprintf(metrics->out, ",action=\"%s\"} %d\n",
				actions[action],
				!strcmp(device->status.action,
					actions[action]));
		}
	}
}

static void print_devices(const struct metrics *metrics)
{
	print_info(metrics);
	print_device(metrics, "size_bytes", "gauge",
		     "Size of the device.", size_of);
	print_device(metrics, "vote_threshold", "gauge",
		     "Legs that must agree.", threshold_of);
	print_device(metrics, "legs", "gauge",
		     "Legs in the table.", legs_of);
	print_device(metrics, "legs_in_sync", "gauge",
		     "Legs that vote everywhere.", voting_of);
	print_suspended(metrics);
	print_device(metrics, "no_quorum_total", "counter",
		     "Blocks without a winner, and writes that too few legs took.",
		     no_quorum_of);
	print_device(metrics, "raced_total", "counter",
		     "Blocks in which legs differed without being at fault.",
		     raced_of);
	print_device(metrics, "events_suppressed_total", "counter",
		     "Reports that were not sent as events.", suppressed_of);
	print_actions(metrics);
	print_device(metrics, "sync_done_bytes", "gauge",
		     "Looked at by a check or repair, or else in sync on the leg that lacks most.",
		     synced_of);
	print_device(metrics, "sync_size_bytes", "gauge",
		     "What sync_done_bytes is to become.", total_of);
	print_device(metrics, "behind_bytes", "gauge",
		     "What the leg that lacks most lacks; not told during a check or repair.",
		     behind_of);
	print_device(metrics, "log_failed", "gauge",
		     "1 if the log on a disk could not be written at some time.",
		     log_failed_of);
}

static void print_all(const struct metrics *metrics)
{
	print_devices(metrics);
	print_states(metrics);
	print_legs(metrics, "leg_mismatches_total", "counter",
		   "Votes that the leg lost.", mismatches_of);
	print_legs(metrics, "leg_read_errors_total", "counter",
		   "Reads that the leg failed.", read_errors_of);
	print_legs(metrics, "leg_write_errors_total", "counter",
		   "Writes and flushes that the leg failed.", write_errors_of);
	print_legs(metrics, "leg_rewritten_total", "counter",
		   "Blocks that were repaired on the leg.", rewritten_of);
}

/* An open file beside @path, which others may read as any new file; *@name is its. */
static FILE *open_beside(const char *path, char **name)
{
	mode_t mask = umask(0);
	FILE *out = NULL;
	int fd;

	umask(mask);
	if (asprintf(name, "%s.XXXXXX", path) < 0)
		must_have(NULL);
	fd = mkostemp(*name, O_CLOEXEC);
	if (fd < 0) {
		fail(0, "cannot make a file beside %s: %s", path,
		     strerror(errno));
		free(*name);
		return NULL;
	}

	if (!fchmod(fd, 0666 & ~mask))
		out = fdopen(fd, "w");
	if (!out) {
		fail(0, "cannot write beside %s: %s", path, strerror(errno));
		close(fd);
		unlink(*name);
		free(*name);
	}

	return out;
}

/* To replace a device file, or the link /dev/stdout, would be worse than an error. */
static int check_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st)) {
		if (errno == ENOENT)
			return 0;
		return fail(-errno, "cannot write %s: %s", path,
			    strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		return fail(-EINVAL, "%s is not a file that can be replaced",
			    path);

	return 0;
}

/*
 * Whoever reads @path sees what was there before, or all of it. It is not flushed to
 * the disk: after a crash it would tell of another time anyway.
 */
static int write_file(struct metrics *metrics, const char *path)
{
	int error = check_path(path);
	char *name;

	if (error)
		return error;
	metrics->out = open_beside(path, &name);
	if (!metrics->out)
		return -EIO;

	print_all(metrics);
	error = ferror(metrics->out);
	if (fclose(metrics->out) || error || rename(name, path)) {
		error = fail(-EIO, "cannot write %s: %s", path,
			     strerror(errno));
		unlink(name);
	}
	free(name);

	return error;
}

/**
 * print_metrics() - tell the status of all devices to Prometheus
 * @path: file that is replaced by it, or NULL for stdout
 */
int print_metrics(const char *path)
{
	struct metrics metrics = { .out = stdout };
	int error;

	error = dm_for_each(remember, &metrics);
	if (!error && path)
		error = write_file(&metrics, path);
	else if (!error)
		print_all(&metrics);
	forget(&metrics);

	return error;
}
