// SPDX-License-Identifier: GPL-2.0-only
/*
 * dm-log for user space: it takes the arguments that the kernel's takes and prints
 * them as the kernel's does, and writes nothing. "userspace" takes what a daemon may:
 * the size of its regions is its second argument here.
 */

#include "kernel.h"

/* Sectors in front of the bits on a disk. */
#define LOG_OFFSET	2

/* As sscanf("%u%c") there: spaces before it, and what is too large is cut off. */
static bool read_region_size(const char *word, u32 *size)
{
	u64 value = 0;

	while (*word == ' ' || (*word >= '\t' && *word <= '\r'))
		word++;
	if (*word < '0' || *word > '9')
		return false;
	while (*word >= '0' && *word <= '9')
		value = value * 10 + *word++ - '0';

	*size = value;
	return !*word;
}

static int parse_core(struct dm_dirty_log *log, unsigned int argc, char **argv)
{
	if (argc < 1 || argc > 2 || !read_region_size(argv[0], &log->region_size) ||
	    log->region_size < 2 || log->region_size > log->ti->len ||
	    !is_power_of_2(log->region_size))
		return -EINVAL;
	if (argc < 2)
		return 0;
	if (!strcmp(argv[1], "sync"))
		log->sync = "sync ";
	else if (!strcmp(argv[1], "nosync"))
		log->sync = "nosync ";
	else
		return -EINVAL;

	return 0;
}

static u64 bytes_on_disk(const struct dm_dirty_log *log)
{
	/* It counts regions in 32 bits. */
	u32 regions = dm_sector_div_up(log->ti->len, log->region_size);

	return (LOG_OFFSET << SECTOR_SHIFT) + (u64)(regions / 64 + !!(regions % 64)) * 8;
}

static int parse_disk(struct dm_dirty_log *log, unsigned int argc, char **argv)
{
	int r;

	if (argc < 2 || argc > 3)
		return -EINVAL;
	r = dm_get_device(log->ti, argv[0], log->ti->table->mode, &log->dev);
	if (r)
		return r;
	r = parse_core(log, argc - 1, argv + 1);
	if (r)
		return r;

	return bytes_on_disk(log) > log->dev->bdev->sectors << SECTOR_SHIFT ?
	       -EINVAL : 0;
}

/* The words as they were, but the log's own are never with a space in them. */
static int parse_userspace(struct dm_dirty_log *log, unsigned int argc, char **argv)
{
	size_t length = 1;
	unsigned int i;

	if (argc < 2 || !read_region_size(argv[1], &log->region_size))
		return -EINVAL;
	for (i = 0; i < argc; i++) {
		if (!*argv[i] || strpbrk(argv[i], " \t\n\v\f\r\\\xa0"))
			return -EINVAL;
		length += strlen(argv[i]) + 1;
	}
	log->text = fuzz_alloc(length);
	if (!log->text)
		return -ENOMEM;
	for (i = 0; i < argc; i++)
		strcat(strcat(log->text, argv[i]), " ");
	log->nr_words = argc;

	return 0;
}

static u32 get_region_size(struct dm_dirty_log *log)
{
	return log->region_size;
}

static int print_disk(struct dm_dirty_log *log, status_type_t type, char *result,
		      unsigned int maxlen)
{
	int sz = 0;

	result[0] = '\0';
	if (type == STATUSTYPE_INFO)
		DMEMIT("3 disk %s A", log->dev->name);
	if (type == STATUSTYPE_TABLE)
		DMEMIT("disk %u %s %u %s", log->sync ? 3 : 2, log->dev->name,
		       log->region_size, log->sync ?: "");
	return sz;
}

static int print_core(struct dm_dirty_log *log, status_type_t type, char *result,
		      unsigned int maxlen)
{
	int sz = 0;

	result[0] = '\0';
	if (type == STATUSTYPE_INFO)
		DMEMIT("1 core");
	if (type == STATUSTYPE_TABLE)
		DMEMIT("core %u %u %s", log->sync ? 2 : 1, log->region_size,
		       log->sync ?: "");
	return sz;
}

static int print_userspace(struct dm_dirty_log *log, status_type_t type,
			   char *result, unsigned int maxlen)
{
	int sz = 0;

	result[0] = '\0';
	if (type == STATUSTYPE_INFO)
		DMEMIT("1 userspace");
	if (type == STATUSTYPE_TABLE)
		DMEMIT("userspace %u %s", log->nr_words, log->text);
	return sz;
}

static const struct kind {
	struct dm_dirty_log_type type;
	int (*parse)(struct dm_dirty_log *log, unsigned int argc, char **argv);
} kinds[] = {
	{ { .name = "core", .get_region_size = get_region_size,
	    .status = print_core }, parse_core },
	{ { .name = "disk", .get_region_size = get_region_size,
	    .status = print_disk }, parse_disk },
	{ { .name = "userspace", .get_region_size = get_region_size,
	    .status = print_userspace }, parse_userspace },
};

struct dm_dirty_log *dm_dirty_log_create(const char *type, struct dm_target *ti,
					 int (*flush)(struct dm_target *ti),
					 unsigned int argc, char **argv)
{
	struct dm_dirty_log *log;
	unsigned int i;

	(void)flush;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(type, kinds[i].type.name))
			break;
	if (i == ARRAY_SIZE(kinds))
		return NULL;
	log = fuzz_alloc(sizeof(*log));
	if (!log)
		return NULL;

	log->type = (struct dm_dirty_log_type *)&kinds[i].type;
	log->ti = ti;
	if (kinds[i].parse(log, argc, argv)) {
		dm_dirty_log_destroy(log);
		return NULL;
	}

	return log;
}

void dm_dirty_log_destroy(struct dm_dirty_log *log)
{
	if (log->dev)
		dm_put_device(log->ti, log->dev);
	kfree(log->text);
	kfree(log);
}
