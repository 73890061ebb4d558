// SPDX-License-Identifier: GPL-2.0-only
/*
 * Table lines. An input is
 *
 *	<mode> <begin> <length> <fails> <fails> <size> <parameters>
 *
 * where all but the last are one byte each, without spaces between them: is the device
 * read-only, where does the target begin, how long is it, which allocation fails (a
 * number of two digits of base 64), and how many eights of bytes has the buffer that
 * it prints into. The parameters are a table line behind the word "quorum".
 */

#include "dm-quorum.h"
#include "fuzz.h"

static const sector_t begins[] = { 0, 8, 1000, 1ULL << 40, 1ULL << 53 };
static const sector_t lengths[] = {
	2048, 1024, 1023, 1, 2ULL << 20, 3ULL << 40, (1ULL << 54) - 1, ~0ULL,
};

/* What fits is the beginning of what there is. */
static void check_print(struct dm_device *device, status_type_t type, size_t size)
{
	char *whole = device_print(device, type, 0);
	char *part = device_print(device, type, size);

	must(!strncmp(whole, part, strlen(part)));
	free(part);
	free(whole);
}

/* What is printed is taken, and then printed again. */
static void check_round_trip(struct dm_device *device)
{
	char *line = device_print(device, STATUSTYPE_TABLE, 0), *again;
	struct dm_device other;

	must(!device_create(&other, device->table.mode, device->ti.begin,
			    device->ti.len, (u8 *)line, strlen(line)));
	device_check(&other);
	again = device_print(&other, STATUSTYPE_TABLE, 0);
	must(!strcmp(line, again));
	free(again);
	free(line);
	device_destroy(&other);
}

static void use(struct dm_device *device)
{
	quorum_type->resume(&device->ti);
	device_check(device);
	quorum_type->presuspend(&device->ti);
	quorum_type->postsuspend(&device->ti);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input input = { data, size };
	blk_mode_t mode = BLK_OPEN_READ | (pick(&input, 2) ? 0 : BLK_OPEN_WRITE);
	sector_t begin = begins[pick(&input, ARRAY_SIZE(begins))];
	sector_t length = lengths[pick(&input, ARRAY_SIZE(lengths))];
	unsigned int fails = pick(&input, 64) * 64, room, before;
	struct dm_device device;
	int r;

	fails += pick(&input, 64);
	room = pick(&input, 256) * 8 + 1;
	/* What dm does not let a table be. */
	if (begin + length < begin)
		begin = 0;

	/* The module's own, and those that it keeps, are there once. */
	if (!quorum_type)
		must(!fuzz_module_init());
	before = allocated;
	fail_allocation = fails;
	r = device_create(&device, mode, begin, length, input.at, input.left);
	must(r != -ENOMEM || fails);
	fail_allocation = 0;
	if (!r) {
		device_check(&device);
		check_print(&device, STATUSTYPE_INFO, room);
		check_print(&device, STATUSTYPE_TABLE, room);
		check_print(&device, STATUSTYPE_IMA, room);
		check_round_trip(&device);
		use(&device);
		device_destroy(&device);
	}
	must(allocated == before);

	return 0;
}
