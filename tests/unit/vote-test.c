// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unit tests of the vote: dm-quorum-vote.c in user space, held against an
 * oracle that knows nothing but memcmp and against answers worked out by hand.
 *
 * A string says who holds what: a letter a leg, the same letter for the same
 * version, '-' for a leg that abstains. "AAB-" is two legs against one, and a
 * fourth that takes no part.
 *
 * tests/kunit runs these tests in a kernel.
 *
 * Equal versions with different crcs are not tested: the module computes a crc
 * from the very version that it belongs to, so no ballot has any.
 */

#ifdef __KERNEL__
#include "../kunit/cmocka.h"
#else
#include <setjmp.h>
#include <ctype.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#endif

#include <linux/crc32c.h>
#include "dm-quorum-vote.h"

#ifndef __KERNEL__	/* which has them */
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define BIT(nr)			(1U << (nr))
#endif

#define PAGE_BYTES		4096
#define SECTOR_BYTES		512
#define SECTORS			(PAGE_BYTES / SECTOR_BYTES)
#define SPLIT_BYTES		64

/* The most legs of which every split is tried. */
#define SPLIT_LEGS		5

/* What is being tested, for the message of a failed check. */
static char where[160];

#define check(is, expected)						\
	check_that(#is, (long long)(is), (long long)(expected), __LINE__)

static void check_that(const char *what, long long is, long long expected,
		       int line)
{
	if (is == expected)
		return;
	print_error("%s: %s is %lld, not %lld\n", where, what, is, expected);
	_fail(__FILE__, line);
}

/*
 * The legs' blocks. Each is an allocation of its very length, so that the
 * address sanitizer sees every byte read beyond it.
 */
static u8 *block[QUORUM_MAX_LEGS];

static void new_blocks(unsigned int nr_legs, unsigned int bytes)
{
	unsigned int leg;

	for (leg = 0; leg < nr_legs; leg++) {
		free(block[leg]);
		block[leg] = calloc(1, bytes);
		assert_non_null(block[leg]);
	}
}

/* An empty ballot, with garbage wherever the vote must not look or must write. */
static void new_ballot(struct quorum_ballot *ballot, unsigned int nr_legs,
		       unsigned int threshold, unsigned int bytes)
{
	memset(ballot, 0xa5, sizeof(*ballot));
	ballot->nr_legs = nr_legs;
	ballot->threshold = threshold;
	ballot->bytes = bytes;
	ballot->stale = 0;
	memset(ballot->copy, 0, nr_legs * sizeof(ballot->copy[0]));
}

/*
 * Collisions.
 *
 * crc32c is linear over GF(2) and a step of it can be undone. So any data can
 * be given any crc by four bytes at its end: undo their 32 bits from the crc
 * wanted, and what that differs by from the crc before them is what they are.
 */
static void forge(u8 *data, unsigned int bytes, u32 crc)
{
	unsigned int bit, tail = bytes - 4;

	for (bit = 0; bit < 32; bit++)
		crc = crc & BIT(31) ? (crc ^ CRC32C_POLY_LE) << 1 | 1 : crc << 1;
	crc ^= quorum_crc(data, tail);

	for (; tail < bytes; tail++, crc >>= 8)
		data[tail] = crc & 0xff;
}

/* What the crcs of different versions are. */
enum crcs {
	HONEST,			/* different */
	FORGED,			/* all the same, by the last bytes of each */
	BY_HAND,		/* all the same, because the ballot says so */
};

#define FORGED_CRC		0x600df00d
#define CRC_BY_HAND		0

/* How versions differ. */
struct variety {
	const char *name;
	unsigned int byte;	/* the byte that tells versions apart */
	enum crcs crcs;
};

static const struct variety varieties[] = {
	{ "first byte", 0, HONEST },
	{ "last byte", SPLIT_BYTES - 1, HONEST },
	{ "first byte, forged crc", 0, FORGED },
	{ "late byte, forged crc", SPLIT_BYTES - 5, FORGED },
	{ "first byte, crc set by hand", 0, BY_HAND },
	{ "middle byte, crc set by hand", SPLIT_BYTES / 2, BY_HAND },
	{ "last byte, crc set by hand", SPLIT_BYTES - 1, BY_HAND },
};

/* Make the ballot that a string describes. */
static void fill_ballot(struct quorum_ballot *ballot, const char *legs,
			unsigned int threshold, const struct variety *variety)
{
	unsigned int leg, nr_legs = strlen(legs);

	snprintf(where, sizeof(where), "%s, threshold %u, %s", legs, threshold,
		 variety->name);
	new_blocks(nr_legs, SPLIT_BYTES);
	new_ballot(ballot, nr_legs, threshold, SPLIT_BYTES);

	for (leg = 0; leg < nr_legs; leg++) {
		if (legs[leg] == '-')
			continue;
		block[leg][variety->byte] = legs[leg];
		if (variety->crcs == FORGED)
			forge(block[leg], SPLIT_BYTES, FORGED_CRC);
		ballot->copy[leg] = block[leg];
		ballot->crc[leg] = quorum_crc(block[leg], SPLIT_BYTES);
		if (variety->crcs == FORGED)
			check(ballot->crc[leg], FORGED_CRC);
		if (variety->crcs == BY_HAND)
			ballot->crc[leg] = CRC_BY_HAND;
	}
}

/*
 * The oracle: what the vote has to say, from comparing every leg with every
 * other one.
 */
struct verdict {
	s8 group[QUORUM_MAX_LEGS];
	unsigned int voters;
	unsigned int votes;
	bool won;
	u32 winners;		/* the legs that hold the winning version */
	u32 losers;
};

static void ask_oracle(const struct quorum_ballot *ballot,
		       struct verdict *verdict)
{
	unsigned int leg, other, nr_groups = 0, votes;
	u32 voters = 0, most = 0, same;

	memset(verdict, 0, sizeof(*verdict));
	for (leg = 0; leg < ballot->nr_legs; leg++) {
		verdict->group[leg] = QUORUM_ABSTAINS;
		if (!ballot->copy[leg])
			continue;

		same = 0;
		for (other = 0; other < ballot->nr_legs; other++)
			if (ballot->copy[other] &&
			    !memcmp(ballot->copy[leg], ballot->copy[other],
				    ballot->bytes))
				same |= BIT(other);

		other = __builtin_ctz(same);
		verdict->group[leg] = other == leg ? (s8)nr_groups++ :
						     verdict->group[other];
		voters |= BIT(leg);

		/* legs that hold as many votes as any, of whatever version */
		votes = __builtin_popcount(same);
		if (votes > verdict->votes) {
			verdict->votes = votes;
			most = 0;
		}
		if (votes == verdict->votes)
			most |= same;
	}

	verdict->voters = __builtin_popcount(voters);
	verdict->won = most && verdict->votes >= ballot->threshold &&
		       (unsigned int)__builtin_popcount(most) == verdict->votes;
	if (verdict->won) {
		verdict->winners = most;
		verdict->losers = voters & ~most;
	}
}

static void check_result(const struct quorum_ballot *ballot, bool won)
{
	struct verdict verdict;
	unsigned int leg;

	ask_oracle(ballot, &verdict);
	check(won, verdict.won);
	check(ballot->voters, verdict.voters);
	check(ballot->votes, verdict.votes);
	check(ballot->losers, verdict.losers);
	for (leg = 0; leg < ballot->nr_legs; leg++)
		check(ballot->group[leg], verdict.group[leg]);

	if (!verdict.won) {
		check(ballot->winner, -1);
		return;
	}
	check(ballot->winner >= 0, true);
	check(ballot->winner < (int)ballot->nr_legs, true);
	check(verdict.winners >> ballot->winner & 1, 1);
}

/* Known answers: RFC 3720, B.4, and the check value of the crc catalogues. */
static void crc32c_known_answers(void **state)
{
	static const struct {
		const char *name;
		u8 first;
		s8 step;
		unsigned int bytes;
		u32 inverted;
	} answers[] = {
		{ "123456789", '1', 1, 9, 0xe3069283 },
		{ "32 zeroes", 0, 0, 32, 0x8a9136aa },
		{ "32 ones", 0xff, 0, 32, 0x62a8ab43 },
		{ "32 rising", 0, 1, 32, 0x46dd794e },
		{ "32 falling", 31, -1, 32, 0x113fdb5c },
		{ "nothing", 0, 0, 0, 0 },
	};
	unsigned int i, at;
	u8 data[32];

	(void)state;
	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		snprintf(where, sizeof(where), "%s", answers[i].name);
		for (at = 0; at < answers[i].bytes; at++)
			data[at] = answers[i].first + (int)at * answers[i].step;

		/* the kernel's crc32c() leaves the inversion to its caller */
		check((u32)~crc32c(~0, data, answers[i].bytes),
		      answers[i].inverted);
		check((u32)~quorum_crc(data, answers[i].bytes),
		      answers[i].inverted);
		/* and can go on where it stopped */
		at = answers[i].bytes / 2;
		check((u32)~crc32c(crc32c(~0, data, at), data + at,
				   answers[i].bytes - at),
		      answers[i].inverted);
	}
}

/* The forgeries of the other tests are what they claim to be. */
static void forged_crcs_collide(void **state)
{
	unsigned int bytes;
	u8 one[PAGE_BYTES], other[PAGE_BYTES];

	(void)state;
	for (bytes = 8; bytes <= PAGE_BYTES; bytes *= 2) {
		snprintf(where, sizeof(where), "%u bytes", bytes);
		memset(one, 0x5a, bytes);
		memset(other, 0x5a, bytes);
		other[bytes / 4] ^= 1;
		check(quorum_crc(one, bytes) != quorum_crc(other, bytes), true);

		forge(other, bytes, quorum_crc(one, bytes));
		check(quorum_crc(one, bytes), quorum_crc(other, bytes));
		check(memcmp(one, other, bytes) != 0, true);
		check(memcmp(one, other, bytes - 4) != 0, true);
	}
}

/*
 * Turn a split of the legs into the next one. The strings are restricted growth
 * strings, in which a letter is at most one above all those before it, so that
 * each split comes up exactly once. Returns false after the last.
 */
static bool next_split(char *legs)
{
	int at, before;
	char highest;

	for (at = strlen(legs) - 1; at > 0; at--) {
		highest = 'A';
		for (before = 0; before < at; before++)
			if (legs[before] > highest)
				highest = legs[before];
		if (legs[at] <= highest) {
			legs[at]++;
			return true;
		}
		legs[at] = 'A';
	}

	return false;
}

/* One split of the legs, with each set of them abstaining, at each threshold. */
static void vote_on_split(const char *split, const struct variety *variety)
{
	unsigned int leg, threshold, nr_legs = strlen(split);
	char legs[SPLIT_LEGS + 1];
	struct quorum_ballot ballot;
	u32 abstain;

	for (abstain = 0; abstain < BIT(nr_legs); abstain++) {
		memcpy(legs, split, nr_legs + 1);
		for (leg = 0; leg < nr_legs; leg++)
			if (abstain & BIT(leg))
				legs[leg] = '-';
		for (threshold = 1; threshold <= nr_legs; threshold++) {
			fill_ballot(&ballot, legs, threshold, variety);
			check_result(&ballot, quorum_vote(&ballot));
		}
	}
}

/* Every split of so many legs. Returns how many there are. */
static unsigned int vote_on_splits(unsigned int nr_legs,
				   const struct variety *variety)
{
	char split[SPLIT_LEGS + 1] = "";
	unsigned int nr_splits = 0;

	memset(split, 'A', nr_legs);
	do {
		vote_on_split(split, variety);
		nr_splits++;
	} while (next_split(split));

	return nr_splits;
}

static void every_split_of_legs(void **state)
{
	static const unsigned int bell[] = { 1, 1, 2, 5, 15, 52 };
	unsigned int nr_legs, kind;

	(void)state;
	for (kind = 0; kind < ARRAY_SIZE(varieties); kind++)
		for (nr_legs = 1; nr_legs <= SPLIT_LEGS; nr_legs++)
			check(vote_on_splits(nr_legs, &varieties[kind]),
			      bell[nr_legs]);
}

#define ALL32		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define EACH32		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"
#define NONE32		"--------------------------------"
#define LAST_LOSES	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"
#define FIRST_LOSES	"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define LAST_TWO_WIN	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdee"
#define SIXTEEN_EACH	"ABABABABABABABABABABABABABABABAB"
#define SEVENTEEN_WIN	"ABABABABABABABABABABABABABABABBB"
#define HALF_ABSTAIN	"A-A-A-A-A-A-A-A-A-A-A-A-A-A-A-B-"
#define LAST_ALONE	"-------------------------------A"

/* Votes with their answers worked out by hand: the oracle may err as well. */
static const struct {
	const char *legs;
	unsigned int threshold;
	unsigned int voters;
	unsigned int votes;
	char winner;		/* '-' without one */
	u32 losers;
	const char *groups;	/* "" where it is not spelled out */
} answers[] = {
	{ "A", 1, 1, 1, 'A', 0, "0" },
	{ "AA", 2, 2, 2, 'A', 0, "00" },
	{ "AAB", 2, 3, 2, 'A', 0x4, "001" },
	{ "ABA", 2, 3, 2, 'A', 0x2, "010" },
	{ "BAA", 2, 3, 2, 'A', 0x1, "011" },
	{ "ABAAC", 3, 5, 3, 'A', 0x12, "01002" },

	/* below the threshold nobody wins, and nobody is to blame */
	{ "AAB", 3, 3, 2, '-', 0, "001" },
	{ "AAABC", 4, 5, 3, '-', 0, "00012" },
	{ "A-", 2, 1, 1, '-', 0, "0-" },
	{ "A--", 2, 1, 1, '-', 0, "0--" },

	/* a tie, at the threshold and above it */
	{ "AB", 1, 2, 1, '-', 0, "01" },
	{ "ABC", 1, 3, 1, '-', 0, "012" },
	{ "AABB", 2, 4, 2, '-', 0, "0011" },
	{ "ABBA", 2, 4, 2, '-', 0, "0110" },
	{ "AABB", 1, 4, 2, '-', 0, "0011" },
	{ "AABBC", 2, 5, 2, '-', 0, "00112" },
	{ "CAABB", 2, 5, 2, '-', 0, "01122" },
	{ "CAABB", 1, 5, 2, '-', 0, "01122" },
	{ "AAABBB", 2, 6, 3, '-', 0, "000111" },
	{ "AABBCC", 2, 6, 2, '-', 0, "001122" },

	/* a tie of the losers is none, whether before the winner or after */
	{ "ABCC", 2, 4, 2, 'C', 0x3, "0122" },
	{ "CCAB", 1, 4, 2, 'C', 0xc, "0012" },
	{ "AABBCCC", 2, 7, 3, 'C', 0xf, "0011222" },
	{ "CCCAABB", 2, 7, 3, 'C', 0x78, "0001122" },

	/* two versions reach the threshold, one has more votes */
	{ "AABBB", 2, 5, 3, 'B', 0x3, "00111" },
	{ "BBBAA", 1, 5, 3, 'B', 0x18, "00011" },
	{ "AAB", 1, 3, 2, 'A', 0x4, "001" },

	/* who abstains does not vote, does not lose, and does not break ties */
	{ "A-", 1, 1, 1, 'A', 0, "0-" },
	{ "-A", 1, 1, 1, 'A', 0, "-0" },
	{ "-BA-A", 2, 3, 2, 'A', 0x2, "-01-1" },
	{ "A-B", 1, 2, 1, '-', 0, "0-1" },
	{ "AA-BB", 2, 4, 2, '-', 0, "00-11" },
	{ "---A", 1, 1, 1, 'A', 0, "---0" },
	{ "-", 1, 0, 0, '-', 0, "-" },
	{ "---", 1, 0, 0, '-', 0, "---" },
	{ "---", 0, 0, 0, '-', 0, "---" },

	/* as many legs as there can be */
	{ ALL32, 32, 32, 32, 'A', 0, "" },
	{ EACH32, 1, 32, 1, '-', 0, "" },
	{ EACH32, 2, 32, 1, '-', 0, "" },
	{ NONE32, 1, 0, 0, '-', 0, NONE32 },
	{ LAST_LOSES, 31, 32, 31, 'A', 0x80000000, "" },
	{ LAST_LOSES, 32, 32, 31, '-', 0, "" },
	{ FIRST_LOSES, 17, 32, 31, 'A', 0x00000001, "" },
	{ LAST_TWO_WIN, 2, 32, 2, 'e', 0x3fffffff, "" },
	{ LAST_TWO_WIN, 3, 32, 2, '-', 0, "" },
	{ SIXTEEN_EACH, 16, 32, 16, '-', 0, "" },
	{ SIXTEEN_EACH, 1, 32, 16, '-', 0, "" },
	{ SEVENTEEN_WIN, 17, 32, 17, 'B', 0x15555555, "" },
	{ SEVENTEEN_WIN, 18, 32, 17, '-', 0, "" },
	{ HALF_ABSTAIN, 15, 16, 15, 'A', 0x40000000, "" },
	{ HALF_ABSTAIN, 16, 16, 15, '-', 0, "" },
	{ LAST_ALONE, 1, 1, 1, 'A', 0, "" },
	{ LAST_ALONE, 2, 1, 1, '-', 0, "" },
};

static void check_answer(unsigned int i, const struct variety *variety)
{
	struct quorum_ballot ballot;
	const char *group;
	bool won;

	fill_ballot(&ballot, answers[i].legs, answers[i].threshold, variety);
	won = quorum_vote(&ballot);
	check_result(&ballot, won);

	check(won, answers[i].winner != '-');
	check(won ? answers[i].legs[ballot.winner] : '-', answers[i].winner);
	check(ballot.voters, answers[i].voters);
	check(ballot.votes, answers[i].votes);
	check(ballot.losers, answers[i].losers);
	for (group = answers[i].groups; *group; group++)
		check(ballot.group[group - answers[i].groups],
		      *group == '-' ? QUORUM_ABSTAINS : *group - '0');
}

static void answers_by_hand(void **state)
{
	unsigned int i, kind;

	(void)state;
	for (kind = 0; kind < ARRAY_SIZE(varieties); kind++)
		for (i = 0; i < ARRAY_SIZE(answers); i++)
			check_answer(i, &varieties[kind]);
}

/* Bits of a leg's page that differ from the other legs'; none if 0. */
struct damage {
	unsigned int leg;
	unsigned int byte;
	u8 bits;
};

#define MAX_DAMAGE	4

/* Pages that are alike but for the damage, and the ballot on them. */
static void fill_pages(struct quorum_ballot *page, unsigned int nr_legs,
		       unsigned int threshold, unsigned int bytes, u32 abstain,
		       const struct damage *damage)
{
	unsigned int leg, i, at;

	new_blocks(nr_legs, bytes);
	new_ballot(page, nr_legs, threshold, bytes);
	for (leg = 0; leg < nr_legs; leg++)
		for (at = 0; at < bytes; at++)
			block[leg][at] = at * 7 + at / 256;
	for (i = 0; i < MAX_DAMAGE; i++)
		block[damage[i].leg][damage[i].byte] ^= damage[i].bits;
	for (leg = 0; leg < nr_legs; leg++) {
		if (abstain & BIT(leg))
			continue;
		page->copy[leg] = block[leg];
		page->crc[leg] = quorum_crc(block[leg], bytes);
	}
}

/* Vote on a part, starting from garbage; the result is checked. */
static bool vote_on_part(const struct quorum_ballot *page,
			 struct quorum_ballot *part, unsigned int offset,
			 unsigned int bytes)
{
	unsigned int leg;
	const u8 *copy;
	bool won;

	memset(part, 0xa5, sizeof(*part));
	won = quorum_vote_part(page, part, offset, bytes);

	check(part->nr_legs, page->nr_legs);
	check(part->threshold, page->threshold);
	check(part->bytes, bytes);
	for (leg = 0; leg < page->nr_legs; leg++) {
		copy = page->copy[leg] ? block[leg] + offset : NULL;
		check(part->copy[leg] == copy, true);
		if (copy)
			check(part->crc[leg], quorum_crc(copy, bytes));
	}
	check_result(part, won);

	return won;
}

/* part_cases.losers of a part without a winner; legs 0 to 4 make no such set */
#define NO_WINNER	BIT(31)

static const struct {
	const char *name;
	unsigned int nr_legs;
	unsigned int threshold;
	u32 abstain;
	struct damage damage[MAX_DAMAGE];
	u32 page_losers;
	unsigned int bytes;
	u32 losers[SECTORS];
} part_cases[] = {
	{
		"all alike, 512", 3, 3, 0, { },
		0, 512, { 0, 0, 0, 0, 0, 0, 0, 0 },
	}, {
		"one of three bad, in three places, 512", 3, 2, 0,
		{ { 2, 0, 1 }, { 2, 511, 1 }, { 2, 4095, 1 } },
		0x4, 512, { 0x4, 0, 0, 0, 0, 0, 0, 0x4 },
	}, {
		"three of three bad, in first and last byte, 512", 3, 2, 0,
		{ { 0, 0, 1 }, { 1, 4095, 1 }, { 2, 1024, 1 } },
		NO_WINNER, 512, { 0x1, 0, 0x4, 0, 0, 0, 0, 0x2 },
	}, {
		"three of three bad, at the edges of sectors, 512", 3, 2, 0,
		{ { 0, 511, 1 }, { 1, 512, 1 }, { 2, 1023, 1 }, { 0, 1024, 1 } },
		NO_WINNER, 512, { 0x1, NO_WINNER, 0x1, 0, 0, 0, 0, 0 },
	}, {
		"three of three bad, 512", 3, 2, 0,
		{ { 0, 600, 1 }, { 1, 2600, 1 }, { 2, 3600, 1 } },
		NO_WINNER, 512, { 0, 0x1, 0, 0, 0, 0x2, 0, 0x4 },
	}, {
		"three of three bad, 1024", 3, 2, 0,
		{ { 0, 600, 1 }, { 1, 2600, 1 }, { 2, 3600, 1 } },
		NO_WINNER, 1024, { 0x1, 0, 0x2, 0x4 },
	}, {
		"three of three bad, two of them in one half, 2048", 3, 2, 0,
		{ { 0, 600, 1 }, { 1, 2600, 1 }, { 2, 3600, 1 } },
		NO_WINNER, 2048, { 0x1, NO_WINNER },
	}, {
		"three of three bad, 4096 is the page again", 3, 2, 0,
		{ { 0, 600, 1 }, { 1, 2600, 1 }, { 2, 3600, 1 } },
		NO_WINNER, 4096, { NO_WINNER },
	}, {
		"one leg bad, 4096 is the page again", 3, 2, 0,
		{ { 1, 4095, 1 } },
		0x2, 4096, { 0x2 },
	}, {
		"two of three bad, in different halves, 2048", 3, 2, 0,
		{ { 0, 2047, 1 }, { 1, 2048, 1 } },
		NO_WINNER, 2048, { 0x1, 0x2 },
	}, {
		"two legs cannot tell who is bad, 512", 2, 1, 0,
		{ { 0, 0, 1 }, { 1, 4095, 1 } },
		NO_WINNER, 512,
		{ NO_WINNER, 0, 0, 0, 0, 0, 0, NO_WINNER },
	}, {
		"unanimity, 1024", 3, 3, 0, { { 0, 1023, 1 }, { 1, 3072, 1 } },
		NO_WINNER, 1024, { NO_WINNER, 0, 0, NO_WINNER },
	}, {
		"one abstains, 512", 4, 2, 0x1,
		{ { 1, 512, 1 }, { 2, 1535, 1 }, { 3, 3583, 1 } },
		NO_WINNER, 512, { 0, 0x2, 0x4, 0, 0, 0, 0x8, 0 },
	}, {
		"a tie of two and two in one sector, 512", 4, 2, 0,
		{ { 0, 9, 1 }, { 1, 9, 1 }, { 1, 600, 1 }, { 3, 4000, 1 } },
		NO_WINNER, 512, { NO_WINNER, 0x2, 0, 0, 0, 0, 0, 0x8 },
	}, {
		/* a threshold of no majority: the size of the block matters */
		"winner of the page, a tie in one sector, 512", 5, 2, 0,
		{ { 0, 9, 1 }, { 1, 9, 1 }, { 2, 9, 2 }, { 4, 4000, 1 } },
		0x1c, 512, { NO_WINNER, 0, 0, 0, 0, 0, 0, 0x10 },
	}, {
		"all abstain, 512", 3, 1, 0x7, { },
		NO_WINNER, 512,
		{ NO_WINNER, NO_WINNER, NO_WINNER, NO_WINNER,
		  NO_WINNER, NO_WINNER, NO_WINNER, NO_WINNER },
	},
};

static void parts_of_a_page(void **state)
{
	struct quorum_ballot page, part;
	unsigned int i, nr;
	bool won;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(part_cases); i++) {
		snprintf(where, sizeof(where), "%s, page", part_cases[i].name);
		fill_pages(&page, part_cases[i].nr_legs,
			   part_cases[i].threshold, PAGE_BYTES,
			   part_cases[i].abstain, part_cases[i].damage);
		won = quorum_vote(&page);
		check_result(&page, won);
		check(won ? page.losers : NO_WINNER, part_cases[i].page_losers);

		for (nr = 0; nr < PAGE_BYTES / part_cases[i].bytes; nr++) {
			snprintf(where, sizeof(where), "%s, part %u",
				 part_cases[i].name, nr);
			won = vote_on_part(&page, &part,
					   nr * part_cases[i].bytes,
					   part_cases[i].bytes);
			check(won ? part.losers : NO_WINNER,
			      part_cases[i].losers[nr]);
		}
	}
}

/*
 * A forged sector has the right crc, and so has the page around it: what
 * follows the sector starts from the same crc on every leg.
 */
static void forged_part_of_a_page(void **state)
{
	static const struct damage damage[MAX_DAMAGE] = { { 1, 1600, 1 } };
	struct quorum_ballot page, part;
	unsigned int offset;
	bool won;

	(void)state;
	fill_pages(&page, 3, 2, PAGE_BYTES, 0, damage);
	forge(block[1] + 1536, SECTOR_BYTES,
	      quorum_crc(block[0] + 1536, SECTOR_BYTES));
	page.crc[1] = quorum_crc(block[1], PAGE_BYTES);

	snprintf(where, sizeof(where), "forged, page");
	check(page.crc[1], page.crc[0]);
	won = quorum_vote(&page);
	check_result(&page, won);
	check(page.losers, 0x2);

	for (offset = 0; offset < PAGE_BYTES; offset += SECTOR_BYTES) {
		snprintf(where, sizeof(where), "forged, part at %u", offset);
		check(vote_on_part(&page, &part, offset, SECTOR_BYTES), true);
		check(part.crc[1], part.crc[0]);
		check(part.losers, offset == 1536 ? 0x2 : 0);
	}
}

/* difference_cases.offset where the legs are alike */
#define NO_DIFFERENCE	(~0U)

static const struct {
	const char *name;
	unsigned int nr_legs;
	unsigned int bytes;
	u32 abstain;
	struct damage damage[MAX_DAMAGE];
	unsigned int offset;
} difference_cases[] = {
	{ "none", 2, 4096, 0, { }, NO_DIFFERENCE },
	{ "byte 0", 2, 4096, 0, { { 1, 0, 1 } }, 0 },
	{ "byte 0, in leg 0", 2, 4096, 0, { { 0, 0, 0x80 } }, 0 },
	{ "byte 1", 2, 4096, 0, { { 1, 1, 1 } }, 1 },
	{ "last byte", 2, 4096, 0, { { 1, 4095, 0x80 } }, 4095 },
	{ "last byte, in leg 0", 2, 4096, 0, { { 0, 4095, 1 } }, 4095 },
	{ "last byte of a sector", 2, 512, 0, { { 1, 511, 1 } }, 511 },
	{ "only byte", 2, 1, 0, { { 1, 0, 1 } }, 0 },
	{ "all bytes", 2, 4, 0,
	  { { 1, 0, 1 }, { 1, 1, 1 }, { 1, 2, 1 }, { 1, 3, 1 } }, 0 },
	{ "the first of two", 2, 4096, 0,
	  { { 1, 77, 1 }, { 1, 4000, 1 } }, 77 },
	{ "the same damage", 2, 4096, 0,
	  { { 0, 5, 1 }, { 1, 5, 1 } }, NO_DIFFERENCE },
	{ "3 legs, none", 3, 4096, 0, { }, NO_DIFFERENCE },
	{ "3 legs, first", 3, 4096, 0, { { 0, 9, 1 } }, 9 },
	{ "3 legs, second", 3, 4096, 0, { { 1, 9, 1 } }, 9 },
	{ "3 legs, third", 3, 4096, 0, { { 2, 9, 1 } }, 9 },
	{ "3 legs, second before third", 3, 4096, 0,
	  { { 1, 100, 1 }, { 2, 200, 1 } }, 100 },
	{ "3 legs, third before second", 3, 4096, 0,
	  { { 1, 200, 1 }, { 2, 100, 1 } }, 100 },
	{ "3 legs, second and third against first", 3, 4096, 0,
	  { { 1, 300, 1 }, { 2, 300, 1 } }, 300 },
	{ "one voter", 1, 4096, 0, { { 0, 3, 1 } }, NO_DIFFERENCE },
	{ "one voter of two", 2, 4096, 0x1, { { 0, 3, 1 } }, NO_DIFFERENCE },
	{ "the bad leg abstains", 3, 4096, 0x2,
	  { { 1, 0, 1 } }, NO_DIFFERENCE },
	{ "a bad leg abstains, another votes", 3, 4096, 0x1,
	  { { 0, 0, 1 }, { 2, 50, 1 } }, 50 },
	{ "between the outer legs", 3, 4096, 0x2,
	  { { 1, 0, 1 }, { 2, 60, 1 } }, 60 },
	{ "all abstain", 3, 4096, 0x7, { { 1, 0, 1 } }, NO_DIFFERENCE },
	{ "last of 32 legs", 32, 512, 0, { { 31, 510, 1 } }, 510 },
};

/* What each leg holds, a capital for a stale one and - for one that is not known. */
static bool choose(const char *legs, unsigned int threshold, bool certain,
		   struct quorum_ballot *ballot)
{
	unsigned int leg, nr_legs = strlen(legs);
	struct quorum_ballot part;

	snprintf(where, sizeof(where), "%s, threshold %u%s", legs, threshold,
		 certain ? ", certain" : "");
	new_blocks(nr_legs, 4);
	new_ballot(ballot, nr_legs, threshold, 4);
	for (leg = 0; leg < nr_legs; leg++) {
		memset(block[leg], tolower(legs[leg]), 4);
		if (legs[leg] != '-')
			ballot->copy[leg] = block[leg];
		if (isupper(legs[leg]))
			ballot->stale |= BIT(leg);
		ballot->crc[leg] = quorum_crc(block[leg], 4);
	}
	check(quorum_vote(ballot), false);
	/* a part is no more than the whole, and stale legs vote on neither */
	check(quorum_vote_part(ballot, &part, 0, 4), false);
	check(part.stale, ballot->stale);
	check(part.voters, ballot->voters);

	return quorum_choose(ballot, certain);
}

static void a_version_is_chosen(void **state)
{
	static const struct {
		const char *legs;
		unsigned int threshold;
		bool certain;
		int winner;
	} cases[] = {
		{ "-----", 3, false, -1 },
		/* the first one */
		{ "-abac", 3, false, 1 },
		{ "ab-", 2, false, 0 },
		{ "aAb", 2, false, 0 },
		/* what most legs hold, stale ones counted */
		{ "abB", 2, false, 1 },
		{ "aBb", 2, true, 2 },
		{ "abBBa", 3, true, 1 },
		/* whatever the threshold was then */
		{ "aabbB", 4, true, 3 },
		{ "abB", 3, true, 1 },
		{ "aBBba", 3, true, 3 },
		/* half of them are not most */
		{ "abbC", 3, false, 0 },
		{ "abC-", 3, true, 0 },
		/* where it does not take most to win, that says nothing */
		{ "abBB", 2, false, 0 },
		/* a leg that is not known may be one of those that have it */
		{ "ab-", 2, true, -1 },
		{ "abC", 2, true, 0 },
		{ "abc--", 3, true, -1 },
		{ "abcd-", 3, true, 0 },
	};
	struct quorum_ballot ballot;
	unsigned int i, leg;
	bool chosen;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		chosen = choose(cases[i].legs, cases[i].threshold,
				cases[i].certain, &ballot);
		check(chosen, cases[i].winner >= 0);
		check(ballot.winner, cases[i].winner);
		for (leg = 0; chosen && leg < ballot.nr_legs; leg++)
			check(!!(ballot.losers & BIT(leg)),
			      islower(cases[i].legs[leg]) && cases[i].legs[leg] !=
			      cases[i].legs[cases[i].winner]);
	}
}

static void first_difference(void **state)
{
	struct quorum_ballot ballot;
	unsigned int i, leg, offset;
	bool differ;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(difference_cases); i++) {
		snprintf(where, sizeof(where), "%s", difference_cases[i].name);
		fill_pages(&ballot, difference_cases[i].nr_legs, 1,
			   difference_cases[i].bytes,
			   difference_cases[i].abstain,
			   difference_cases[i].damage);
		/* bytes count, not what anybody says about them */
		for (leg = 0; leg < ballot.nr_legs; leg++)
			ballot.crc[leg] = i & 1 ? leg : CRC_BY_HAND;

		offset = NO_DIFFERENCE;
		differ = quorum_first_difference(&ballot, &offset);
		check(differ, difference_cases[i].offset != NO_DIFFERENCE);
		if (differ)
			check(offset, difference_cases[i].offset);
	}
}

/* Wherever a block begins and however long it is, each byte of it is looked at. */
static void every_byte_counts(void **state)
{
	static const struct {
		unsigned int at, bytes;
	} cases[] = {
		{ 0, PAGE_BYTES }, { 8, 512 }, { 4, 512 }, { 1, 520 }, { 0, 40 },
	};
	struct quorum_ballot ballot;
	unsigned int i, byte;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		new_blocks(2, 2 * PAGE_BYTES);
		for (byte = 0; byte < cases[i].bytes; byte++) {
			snprintf(where, sizeof(where), "case %u, byte %u", i, byte);
			new_ballot(&ballot, 2, 1, cases[i].bytes);
			ballot.copy[0] = block[0] + cases[i].at;
			ballot.copy[1] = block[1] + cases[i].at;
			/* no help from the checksums */
			ballot.crc[0] = CRC_BY_HAND;
			ballot.crc[1] = CRC_BY_HAND;
			check(quorum_vote(&ballot), true);
			block[1][cases[i].at + byte] ^= 0x10;
			check(quorum_vote(&ballot), false);
			block[1][cases[i].at + byte] ^= 0x10;
		}
		/* and no byte behind it */
		block[1][cases[i].at + byte] ^= 0x10;
		check(quorum_vote(&ballot), true);
	}
}

#ifndef __KERNEL__	/* tests/kunit makes a suite of them */
int main(void)
{
#define VOTE_TEST(name)	cmocka_unit_test(name),
	const struct CMUnitTest tests[] = {
#include "vote-tests.h"
	};

	return cmocka_run_group_tests_name("vote", tests, NULL, NULL);
}
#endif
