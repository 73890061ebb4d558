// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dm does around a target: it splits lines, creates, asks for the status, and
 * destroys. And what must hold for each target that there is.
 */

#include "dm-quorum-log.h"
#include "fuzz.h"

/* Room for the longest table line: 32 legs, and all options. */
#define LINE_LEN	4096

/* The kernel's isspace() takes the space of Latin-1, too. */
static bool is_space(u8 c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}

/* The next word, of which a backslash has quoted any character. */
static char *next_word(const u8 **at, const u8 *end)
{
	const u8 *c = *at;
	size_t length = 0;
	char *word;

	for (; c < end && !is_space(*c); c++) {
		c += *c == '\\' && c + 1 < end;
		length++;
	}
	word = malloc(length + 1);
	must(word);
	for (c = *at, length = 0; c < end && !is_space(*c); c++) {
		c += *c == '\\' && c + 1 < end;
		word[length++] = *c;
	}
	word[length] = '\0';
	*at = c;

	return word;
}

/* It ends with the first byte that is 0. */
void words_split(struct words *words, const u8 *text, size_t length)
{
	const u8 *end = memchr(text, 0, length) ?: text + length;
	char *found[512];

	words->argc = 0;
	for (;;) {
		while (text < end && is_space(*text))
			text++;
		if (text == end || words->argc == ARRAY_SIZE(found))
			break;
		found[words->argc++] = next_word(&text, end);
	}

	words->argv = malloc(words->argc * sizeof(*found));
	must(words->argv);
	memcpy(words->argv, found, words->argc * sizeof(*found));
}

void words_free(struct words *words)
{
	while (words->argc)
		free(words->argv[--words->argc]);
	free(words->argv);
}

/* The words are gone when it returns: nobody may keep any. */
int device_create(struct dm_device *device, blk_mode_t mode, sector_t begin,
		  sector_t len, const u8 *line, size_t length)
{
	struct words words;
	int r;

	memset(device, 0, sizeof(*device));
	device->table.mode = mode;
	device->table.md = fuzz_md();
	device->ti.table = &device->table;
	device->ti.type = quorum_type;
	device->ti.begin = begin;
	device->ti.len = len;

	words_split(&words, line, length);
	r = quorum_type->ctr(&device->ti, words.argc, words.argv);
	words_free(&words);
	must(r <= 0);
	/* Who is refused is told why. */
	must(!r || device->ti.error);

	return r;
}

void device_destroy(struct dm_device *device)
{
	quorum_type->dtr(&device->ti);
}

static void check_log(const struct quorum *q)
{
	const struct quorum_log *log = q->log;
	u64 bits = 64 + (q->nr_legs + 1ULL) * log->nr_regions;

	must(log->nr_regions);
	must((u64)log->nr_regions << log->region_shift >= q->ti->len);
	must((log->nr_regions - 1ULL) << log->region_shift < q->ti->len);
	must(log->shown.len >> log->region_shift == bits);
	must(log->shown.len == bits << log->region_shift);
	must(log->store->ti == &log->shown);
}

static int count_device(struct dm_target *ti, struct dm_dev *dev, sector_t start,
			sector_t len, void *data)
{
	unsigned int *nr = data;

	must(len == ti->len && start + len > start);
	must(start + len <= dev->bdev->sectors);
	must(dev->users);
	++*nr;
	return 0;
}

/* What holds for whatever table line was accepted. */
void device_check(struct dm_device *device)
{
	const struct quorum *q = device->ti.private;
	unsigned int nr = 0;

	must(q->vote_threshold && q->vote_threshold <= q->nr_legs);
	must(q->nr_legs <= QUORUM_MAX_LEGS);
	must(!quorum_type->iterate_devices(&device->ti, count_device, &nr));
	must(nr >= q->vote_threshold);
	must(!q->blkverify || (nr == 2 && q->vote_threshold == 2 && !q->log));
	must(!q->ack_early || 2 * q->vote_threshold > q->nr_legs);
	must(!q->rewrite_corrupted || quorum_is_writable(q));
	if (q->log)
		check_log(q);
	must(!q->leg_lock.held && !q->sync.lock.held);
}

/*
 * What the target says of itself, to be freed, as it is when there are @size bytes for
 * it: at least one, and too few if they are fewer than it takes.
 */
char *device_print(struct dm_device *device, status_type_t type, size_t size)
{
	char *text;

	size = size ?: LINE_LEN;
	text = malloc(size);
	must(text);
	memset(text, 'x', size);
	quorum_type->status(&device->ti, type, 0, text, size);
	must(memchr(text, 0, size));
	must(size < LINE_LEN || strlen(text) < LINE_LEN - 1);

	return text;
}
