// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vote of legs that agree takes at the least: a crc32c of each leg's
 * version, and a memcmp of each but the first with the first.  Done when the
 * module is loaded; sys/module/vote_bound/parameters/ns tells how many
 * nanoseconds each of the rounds has taken.
 */
#include <linux/crc32c.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

static unsigned int legs = 3;
module_param(legs, uint, 0444);

static unsigned int bytes = 4096;
module_param(bytes, uint, 0444);

static unsigned int rounds = 100;
module_param(rounds, uint, 0444);

static ulong ns;
module_param(ns, ulong, 0444);

static bool agree(const u8 *versions)
{
	u32 first = crc32c(0, versions, bytes);
	unsigned int leg;

	for (leg = 1; leg < legs; leg++) {
		const u8 *version = versions + leg * bytes;

		if (crc32c(0, version, bytes) != first ||
		    memcmp(version, versions, bytes))
			return false;
	}
	return true;
}

static int __init vote_bound_init(void)
{
	bool agreed = true;
	unsigned int n;
	u64 began;
	u8 *versions;

	if (!legs || !bytes || !rounds)
		return -EINVAL;
	versions = vzalloc(array_size(legs, bytes));
	if (!versions)
		return -ENOMEM;
	began = ktime_get_ns();
	for (n = 0; n < rounds; n++)
		agreed &= agree(versions);
	ns = div_u64(ktime_get_ns() - began, rounds);
	vfree(versions);
	return agreed ? 0 : -EIO;
}

static void __exit vote_bound_exit(void)
{
}

module_init(vote_bound_init);
module_exit(vote_bound_exit);
MODULE_DESCRIPTION("The least that a vote takes");
MODULE_LICENSE("GPL");
