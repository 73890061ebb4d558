// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run by systemd at boot: units for the devices of /etc/quorumtab.
 *
 * What a unit does is in quorumsetup@.service. What differs between devices is written
 * here: what a device is to wait for, and what is to wait for it.
 */

#define _GNU_SOURCE
#include "tab.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UNITS	"/usr/lib/systemd/system"
/* Seconds: what systemd waits for a device, and what we take for more than to wait for legs. */
#define DEVICE_TIMEOUT	90
#define TO_MAKE_IT	60

/* Where systemd wants to have what is generated. */
static const char *directory;

/* A path, or a part of one, as it is in names of units. To be freed. */
static char *unit_name(const char *path)
{
	const char *start = path + strspn(path, "/"), *p;
	char *text;
	size_t size;
	FILE *out = must_have(open_memstream(&text, &size));

	for (p = start; *p; p++)
		if (*p == '/')
			fputc('-', out);
		else if (isalnum((unsigned char)*p) || *p == ':' ||
			 *p == '_' || (*p == '.' && p > start))
			fputc(*p, out);
		else
			fprintf(out, "\\x%02x", (unsigned char)*p);
	fclose(out);

	return must_have(text);
}

static void make_directory(const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		path = must_have(NULL);
	mkdir(path, 0755);
	free(path);
}

/* @unit, with another name if it is of a template, in @where, a unit's .wants or .requires */
static int pull_in(const char *unit, const char *file, const char *where)
{
	char *link, *target;
	int error = 0;

	make_directory(where);
	if (asprintf(&link, "%s/%s/%s", directory, where, unit) < 0 ||
	    asprintf(&target, UNITS "/%s", file) < 0)
		exit(EXIT_FAILURE);
	if (symlink(target, link) && errno != EEXIST)
		error = fail(-errno, "cannot make %s: %s", link,
			     strerror(errno));
	free(link);
	free(target);

	return error;
}

/* Not required: without some of its legs it can be made, too. */
static void write_after(FILE *out, const char *path)
{
	char *unit = unit_name(path);

	fprintf(out, "After=%s.device blockdev@%s.target\n", unit, unit);
	free(unit);
}

static void write_legs(FILE *out, struct table *table)
{
	char **log = log_device(table);
	unsigned int leg;

	for (leg = 0; leg < table->nr_legs; leg++)
		if (strcmp(table->legs[leg].dev, ABSENT))
			write_after(out, table->legs[leg].dev);
	if (log)
		write_after(out, *log);
}

static void write_order(FILE *out, const struct tab_entry *entry,
			const char *name)
{
	/* At the end what uses it goes first, whatever pulled it in. */
	fprintf(out, "Wants=blockdev@dev-mapper-%s.target\n"
		"Before=blockdev@dev-mapper-%s.target\n", name, name);
	if (entry->netdev)
		fputs("Wants=network-online.target\n"
		      "After=network-online.target remote-fs-pre.target\n", out);
	if (!entry->netdev && !entry->nofail && !entry->noauto)
		/* Before anything is mounted, by whatever name. */
		fputs("Wants=local-fs-pre.target\n"
		      "Before=local-fs-pre.target quorumsetup.target\n", out);
	if (entry->netdev && !entry->nofail)
		fputs("Before=remote-fs.target\n", out);
	if (!entry->initramfs)
		/* What the root is on stays to the end. */
		fputs("Conflicts=umount.target\nBefore=umount.target\n", out);
}

/* A part of @unit. Returns NULL if it cannot be written, which is told. */
static FILE *open_part(const char *unit, const char *file)
{
	char *where, *path;
	FILE *out;

	if (asprintf(&where, "%s.d", unit) < 0 ||
	    asprintf(&path, "%s/%s/%s", directory, where, file) < 0)
		exit(EXIT_FAILURE);
	make_directory(where);
	out = fopen(path, "we");
	if (out)
		fputs("# of dm-quorum-generator\n[Unit]\nSourcePath=" TAB_PATH "\n",
		      out);
	else
		fail(-errno, "cannot write %s: %s", path, strerror(errno));
	free(where);
	free(path);

	return out;
}

static int close_part(FILE *out, const char *unit)
{
	return fclose(out) ? fail(-errno, "cannot write what is about %s: %s",
				  unit, strerror(errno)) : 0;
}

static int write_unit(struct tab_entry *entry, const char *name)
{
	FILE *out;
	char *unit;
	int error;

	if (asprintf(&unit, "quorumsetup@%s.service", name) < 0)
		exit(EXIT_FAILURE);
	out = open_part(unit, "50-quorumtab.conf");
	if (out) {
		write_legs(out, &entry->plan.table);
		write_order(out, entry, name);
	}
	error = out ? close_part(out, unit) : -EIO;
	free(unit);

	return error;
}

/*
 * Who wants the device is to wait until it has been made without legs that are missing. By
 * its name this comes before what x-systemd.device-timeout in fstab makes.
 */
static int write_patience(const struct tab_entry *entry, const char *name)
{
	FILE *out;
	char *unit;
	int error;

	if (entry->timeout + TO_MAKE_IT <= DEVICE_TIMEOUT)
		return 0;

	if (asprintf(&unit, "dev-mapper-%s.device", name) < 0)
		exit(EXIT_FAILURE);
	out = open_part(unit, "40-quorumtab.conf");
	if (out)
		fprintf(out, "JobRunningTimeoutSec=%" PRIu64 "\n",
			entry->timeout + TO_MAKE_IT);
	error = out ? close_part(out, unit) : -EIO;
	free(unit);

	return error;
}

static int pull_in_device(const struct tab_entry *entry, const char *name)
{
	const char *kind = entry->nofail ? "wants" : "requires";
	char *unit, *device, *target;
	int error;

	if (asprintf(&unit, "quorumsetup@%s.service", name) < 0 ||
	    asprintf(&device, "dev-mapper-%s.device.wants", name) < 0 ||
	    asprintf(&target, "%s.target.%s",
		     entry->netdev ? "remote-fs" : "quorumsetup", kind) < 0)
		exit(EXIT_FAILURE);
	/* Whoever wants the device gets it. */
	error = pull_in(unit, "quorumsetup@.service", device);
	if (!error && !entry->noauto)
		error = pull_in(unit, "quorumsetup@.service", target);
	free(unit);
	free(device);
	free(target);

	return error;
}

static int generate(struct tab_entry *entry)
{
	char *name = unit_name(entry->name);
	int error = write_unit(entry, name) ?: write_patience(entry, name) ?:
		    pull_in_device(entry, name);

	free(name);
	return error;
}

int main(int argc, char **argv)
{
	struct tab_entry *entry;
	struct tab tab;
	int error;

	if (argc < 2)
		return EXIT_FAILURE;

	directory = argv[1];
	/* Nothing else is there yet to hear of it. */
	if (argc > 2 && freopen("/dev/kmsg", "we", stderr))
		setlinebuf(stderr);

	error = tab_read(&tab);
	if (!error && tab.first)
		error = pull_in("quorumsetup.target", "quorumsetup.target",
				"sysinit.target.wants") ?:
			pull_in("quorumsetup-recall.service",
				"quorumsetup-recall.service",
				"multi-user.target.wants");
	for (entry = tab.first; entry && !error; entry = entry->next)
		error = generate(entry);
	tab_free(&tab);

	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
