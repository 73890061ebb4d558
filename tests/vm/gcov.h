/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included first where branches are counted: macros of the kernel that decide at
 * compile time what they are made of leave branches in each line that uses them
 * which are never taken.
 */
#ifndef DM_QUORUM_GCOV_H
#define DM_QUORUM_GCOV_H

/* Before anything is made of it. */
#include <asm/bitsperlong.h>
#undef small_const_nbits
#define small_const_nbits(nbits)	0

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>

#undef bitop
#define bitop(op, nr, addr)		op(nr, addr)

#undef compiletime_assert
#define compiletime_assert(condition, message)

#undef hweight32
#define hweight32(word)			__arch_hweight32(word)
#undef hweight64
#define hweight64(word)			__arch_hweight64(word)

#endif /* DM_QUORUM_GCOV_H */
