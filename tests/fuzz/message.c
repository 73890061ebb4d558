// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages. An input is
 *
 *	<table> <reports> <size> <message>;<message>;...
 *
 * where all but the messages are one byte each, without spaces between them: to which
 * of the devices below, how many bad ranges have been reported before, and how many
 * bytes the buffer has that an answer goes into. No more than 8 messages are sent.
 */

#include "dm-quorum.h"
#include "fuzz.h"

#define MAX_MESSAGES	8
/* More than the list remembers. */
#define MAX_REPORTS	80

#define RW	(BLK_OPEN_READ | BLK_OPEN_WRITE)
#define ABSENT	" - 0 - 0 - 0 - 0 - 0 - 0 - 0"

static const struct {
	blk_mode_t mode;
	sector_t begin;
	sector_t len;
	const char *line;
} tables[] = {
	{ RW, 0, 2048, "2 3 8:0 0 8:16 0 8:32 0" },
	{ RW, 1000, 2044, "2 2 8:0 0 8:16 0 1 blkverify" },
	{ BLK_OPEN_READ, 0, 2048, "2 3 8:0 0 8:16 0 8:32 0" },
	{ RW, 0, 2048, "1 4 - 0 8:16 8 - 0 8:32 0" },
	{ RW, 8, 1ULL << 20, "2 3 8:0 0 8:16 0 8:32 0 6 log core 1 128 rebuild 2" },
	{ RW, 1ULL << 40, 3ULL << 40, "1 1 8:112 0" },
	{ RW, 0, 2048, "1 32 8:0 0" ABSENT ABSENT ABSENT ABSENT
	  " - 0 - 0 8:16 0 3 max_leg_errors 1 rewrite_corrupted" },
};

static void check_walk(const struct quorum *q, const struct quorum_walk *walk)
{
	must(walk->start >= q->ti->begin && walk->start < walk->end);
	must(walk->end <= q->ti->begin + q->ti->len);
	must(walk->position >= walk->start && walk->position <= walk->end);
}

static void check(struct dm_device *device)
{
	const struct quorum *q = device->ti.private;

	device_check(device);
	if (q->sync.active)
		check_walk(q, &q->sync.walk);
	if (q->sync.kept.end)
		check_walk(q, &q->sync.kept);
}

/* So that there is a list to be printed. */
static void report(struct quorum *q, unsigned int nr)
{
	struct quorum_report report = {
		.action = QUORUM_REPORT_BAD,
		.byte = QUORUM_NO_BYTE,
		.sectors = 8,
		.votes = 2,
		.voters = 3,
	};

	while (nr--) {
		report.leg = nr % q->nr_legs;
		if (!q->legs[report.leg].dev)
			continue;
		report.type = nr % QUORUM_NR_TYPES;
		report.sector = nr * 1000000007ULL;
		quorum_events_report(q, &report);
	}
}

/* One that is refused changes nothing, and an answer fits. */
static void send(struct dm_device *device, const u8 *text, size_t length, size_t size)
{
	char *before = device_print(device, STATUSTYPE_INFO, 0), *after;
	char *result = malloc(size);
	struct words words;
	int r = 0;

	must(result);
	memset(result, 'x', size);
	words_split(&words, text, length);
	/* What begins with '@' dm takes itself. */
	if (words.argc && *words.argv[0] != '@')
		r = quorum_type->message(&device->ti, words.argc, words.argv,
					 result, size);
	words_free(&words);

	must(r <= 1);
	must(r != 1 || memchr(result, 0, size));
	after = device_print(device, STATUSTYPE_INFO, 0);
	must(r >= 0 || !strcmp(before, after));
	check(device);
	free(result);
	free(before);
	free(after);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { data, size };
	unsigned int nr = pick(&input, ARRAY_SIZE(tables));
	unsigned int reports = pick(&input, MAX_REPORTS);
	unsigned int room = 1 + pick(&input, 256), sent = 0;
	const char *line = tables[nr].line;
	struct dm_device device;
	unsigned int before;

	if (!quorum_type)
		must(!fuzz_module_init());
	before = allocated;
	must(!device_create(&device, tables[nr].mode, tables[nr].begin,
			    tables[nr].len, (u8 *)line, strlen(line)));
	quorum_type->resume(&device.ti);
	report(device.ti.private, reports);
	while (input.left && sent++ < MAX_MESSAGES) {
		const u8 *end = memchr(input.at, ';', input.left) ?:
				input.at + input.left;

		send(&device, input.at, end - input.at, room);
		end += end < input.at + input.left;
		input.left -= end - input.at;
		input.at = end;
	}
	quorum_type->presuspend(&device.ti);
	quorum_type->postsuspend(&device.ti);
	device_destroy(&device);
	must(allocated == before);

	return 0;
}
