// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run by udev for a block device, with what it knows in the environment: is this a leg, or
 * the log, of a quorum device, or a partition that is on one? Then it prints of which one,
 * and which links udev is to make: not those by what is on it, which is on the quorum
 * device as well.
 *
 * It is one if /etc/quorumtab has it, or if it is in use by a quorum device.
 */

#define _GNU_SOURCE
#include "tab.h"
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#define UUID	"QUORUM-"

static const char *environment(const char *key)
{
	return getenv(key) ?: "";
}

/*
 * Is @path this device? Its links are not there yet when udev sees it first, so what
 * they are to be counts as well.
 */
static bool is_path_of(const char *path, const char *dev, bool self)
{
	char *links, *link, *rest, text[32];
	struct stat st;
	bool is = false;

	if (!stat(path, &st) && S_ISBLK(st.st_mode)) {
		snprintf(text, sizeof(text), "%u:%u", major(st.st_rdev),
			 minor(st.st_rdev));
		if (!strcmp(text, dev))
			return true;
	}
	if (!self)
		return false;

	links = must_have(strdup(environment("DEVLINKS")));
	for (link = strtok_r(links, " ", &rest); link && !is;
	     link = strtok_r(NULL, " ", &rest))
		is = !strcmp(link, path);
	free(links);

	return is;
}

/* Which device has it in /etc/quorumtab? To be freed; NULL if none has. */
static char *owner_in_tab(const char *dev, bool self)
{
	struct tab_entry *entry;
	char *name = NULL;
	unsigned int leg;
	struct tab tab;

	if (tab_read(&tab))
		return NULL;

	for (entry = tab.first; entry && !name; entry = entry->next) {
		struct table *table = &entry->plan.table;

		for (leg = 0; leg < table->nr_legs && !name; leg++)
			if (is_path_of(table->legs[leg].dev, dev, self))
				name = must_have(strdup(entry->name));
	}
	tab_free(&tab);

	return name;
}

static char *read_line(const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!in)
		return NULL;
	if (getline(&line, &size, in) < 0) {
		free(line);
		line = NULL;
	} else {
		line[strcspn(line, "\n")] = '\0';
	}
	fclose(in);

	return line;
}

/* Which quorum device uses it? To be freed; NULL if none does. */
static char *owner_in_use(const char *dev)
{
	char pattern[128], *uuid, *name = NULL;
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "/sys/dev/block/%s/holders/*/dm/uuid",
		 dev);
	if (glob(pattern, 0, NULL, &found))
		return NULL;

	for (i = 0; i < found.gl_pathc && !name; i++) {
		uuid = read_line(found.gl_pathv[i]);
		if (uuid && !strncmp(uuid, UUID, strlen(UUID)))
			name = must_have(strdup(uuid + strlen(UUID)));
		free(uuid);
	}
	globfree(&found);

	return name;
}

static char *owner_of(const char *dev, bool self)
{
	return owner_in_use(dev) ?: owner_in_tab(dev, self);
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Is it a link by what is on the device? */
static bool is_of_contents(const char *link, bool part)
{
	return begins(link, "/dev/disk/by-uuid/") ||
	       begins(link, "/dev/disk/by-label/") ||
	       /* the partition itself is what is on the device */
	       (part && (begins(link, "/dev/disk/by-partuuid/") ||
			 begins(link, "/dev/disk/by-partlabel/")));
}

static void print_links(bool part)
{
	char *links = must_have(strdup(environment("DEVLINKS"))), *link, *rest;

	printf(".DM_QUORUM_LINKS=");
	for (link = strtok_r(links, " ", &rest); link;
	     link = strtok_r(NULL, " ", &rest))
		if (begins(link, "/dev/") && !is_of_contents(link, part))
			printf("%s ", link + strlen("/dev/"));
	putchar('\n');
	free(links);
}

int main(void)
{
	char dev[64], path[128], *owner, *disk;
	bool part = false;

	snprintf(dev, sizeof(dev), "%.20s:%.20s", environment("MAJOR"),
		 environment("MINOR"));
	owner = owner_of(dev, true);
	if (!owner && !strcmp(environment("DEVTYPE"), "partition")) {
		snprintf(path, sizeof(path), "/sys/dev/block/%s/../dev", dev);
		disk = read_line(path);
		owner = disk ? owner_of(disk, false) : NULL;
		free(disk);
		part = true;
	}
	if (!owner)
		return EXIT_FAILURE;

	printf("DM_QUORUM_MEMBER_OF=%s\n", owner);
	print_links(part);
	free(owner);

	return EXIT_SUCCESS;
}
