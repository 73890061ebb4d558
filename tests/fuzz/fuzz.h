/* SPDX-License-Identifier: GPL-2.0-only */
/* What the targets share that fuzz the module. */
#ifndef FUZZ_H
#define FUZZ_H

#include "kernel.h"

/**
 * struct input - what is left of the fuzzer's input
 * @at: the next byte
 * @left: number of bytes
 */
struct input {
	const u8 *at;
	size_t left;
};

/* A number from the next byte, so that digits of a seed say what they look like. */
static inline unsigned int pick(struct input *input, unsigned int most)
{
	if (!input->left)
		return 0;
	input->left--;
	return (u8)(*input->at++ - '0') % most;
}

/**
 * struct words - a line as dm splits it
 * @argc: number of words
 * @argv: the words; each an allocation of its very length, as is this array, so that
 *	the address sanitizer sees what is read beyond them
 */
struct words {
	unsigned int argc;
	char **argv;
};

/**
 * struct dm_device - a table with one target
 * @table: the table
 * @ti: the target
 */
struct dm_device {
	struct dm_table table;
	struct dm_target ti;
};

/* kernel.c */
extern struct target_type *quorum_type;
struct mapped_device *fuzz_md(void);

/* device.c */
void words_split(struct words *words, const u8 *text, size_t length);
void words_free(struct words *words);
int device_create(struct dm_device *device, blk_mode_t mode, sector_t begin,
		  sector_t len, const u8 *line, size_t length);
void device_destroy(struct dm_device *device);
void device_check(struct dm_device *device);
char *device_print(struct dm_device *device, status_type_t type, size_t size);

#endif /* FUZZ_H */
