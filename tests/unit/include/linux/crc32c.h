/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's crc32c(), for user space: short instead of fast. */
#ifndef _LINUX_CRC32C_H
#define _LINUX_CRC32C_H

#include <linux/types.h>

/* The Castagnoli polynomial, lowest bit first. */
#define CRC32C_POLY_LE		0x82f63b78

/* Like the kernel's, this inverts @crc neither before nor after. */
static inline u32 crc32c(u32 crc, const void *address, unsigned int length)
{
	const u8 *byte = address;
	int bit;

	while (length--) {
		crc ^= *byte++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? CRC32C_POLY_LE : 0);
	}

	return crc;
}

#endif /* _LINUX_CRC32C_H */
