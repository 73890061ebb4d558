// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unit tests of the vote, in a kernel: the same tests of the same source as
 * in user space, but with the kernel's crc32c, and with KASAN in place of the
 * compiler's address sanitizer.
 */

#include "../unit/vote-test.c"
#include "dm-quorum-vote.c"

#define VOTE_TEST(name)						\
	static void name##_kunit(struct kunit *test)		\
	{							\
		void *state = NULL;				\
								\
		running = test;					\
		name(&state);					\
	}
#include "../unit/vote-tests.h"
#undef VOTE_TEST

static void free_blocks(struct kunit_suite *suite)
{
	unsigned int leg;

	for (leg = 0; leg < ARRAY_SIZE(block); leg++)
		kfree(block[leg]);
}

#define VOTE_TEST(name)	KUNIT_CASE(name##_kunit),
static struct kunit_case vote_cases[] = {
#include "../unit/vote-tests.h"
	{}
};

static struct kunit_suite vote_suite = {
	.name = "dm-quorum-vote",
	.suite_exit = free_blocks,
	.test_cases = vote_cases,
};

kunit_test_suite(vote_suite);

MODULE_DESCRIPTION("Unit tests of dm-quorum's vote");
MODULE_LICENSE("GPL");
