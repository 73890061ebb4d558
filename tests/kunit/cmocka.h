/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tests/unit/vote-test.c uses of cmocka and of the C library, made of
 * KUnit and of the kernel's own.
 */
#ifndef _CMOCKA_H
#define _CMOCKA_H

#include <kunit/test.h>
#include <linux/crc32poly.h>
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

/*
 * The test that runs: cmocka does not hand it to its checks. KUnit runs the
 * tests of a suite one after the other.
 */
static struct kunit *running;

#define __builtin_popcount(bits)	hweight32(bits)

#define calloc(n, bytes)	kcalloc(n, bytes, GFP_KERNEL)
#define free(memory)		kfree(memory)

#define print_error(...)	kunit_err(running, __VA_ARGS__)
#define _fail(file, line)	\
	KUNIT_ASSERT_TRUE_MSG(running, false, "%s:%d\n", file, line)
#define assert_non_null(memory)	KUNIT_ASSERT_NOT_NULL(running, memory)

#endif /* _CMOCKA_H */
