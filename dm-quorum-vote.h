/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vote on one block: which version do enough legs hold?
 *
 * Nothing here knows bios, devices or device-mapper, so that the vote can be
 * built and tested alone, in user space as in the kernel.
 */
#ifndef DM_QUORUM_VOTE_H
#define DM_QUORUM_VOTE_H

#include <linux/types.h>

/* Legs a device may have; a set of legs is a u32 with one bit a leg. */
#define QUORUM_MAX_LEGS		32

/* quorum_ballot.group of a leg that took no part in the vote. */
#define QUORUM_ABSTAINS		(-1)

/**
 * struct quorum_ballot - one block as each leg holds it, and how the vote went
 * @nr_legs: number of legs, 1 to QUORUM_MAX_LEGS
 * @threshold: votes that a version needs to win
 * @bytes: length of the block
 * @copy: each leg's version of the block; NULL where that is not known
 * @stale: legs that have no vote because they missed something there. Only
 *	quorum_choose() looks at their versions
 * @crc: crc32c of the version of each leg that has a vote, set by the caller
 * @group: result, the group of equal versions a leg is in, numbered from 0 in
 *	the order of the legs, or QUORUM_ABSTAINS
 * @voters: result, number of legs that took part
 * @votes: result, size of the largest group
 * @winner: result, a leg that holds the winning version, or -1 without one
 * @losers: result, the legs that voted for another version than the winning
 *	one; empty when there is no winner, because then nobody knows who is
 *	wrong
 */
struct quorum_ballot {
	unsigned int nr_legs;
	unsigned int threshold;
	unsigned int bytes;
	const void *copy[QUORUM_MAX_LEGS];
	u32 stale;
	u32 crc[QUORUM_MAX_LEGS];
	s8 group[QUORUM_MAX_LEGS];
	unsigned int voters;
	unsigned int votes;
	int winner;
	u32 losers;
};

/* Does the leg take part in the vote? */
static inline bool quorum_ballot_has(const struct quorum_ballot *ballot,
				     unsigned int leg)
{
	return ballot->copy[leg] && !(ballot->stale & 1U << leg);
}

u32 quorum_crc(const void *data, unsigned int bytes);
bool quorum_vote(struct quorum_ballot *ballot);
bool quorum_vote_part(const struct quorum_ballot *whole,
		      struct quorum_ballot *part, unsigned int offset,
		      unsigned int bytes);
bool quorum_choose(struct quorum_ballot *ballot, bool certain);
bool quorum_first_difference(const struct quorum_ballot *ballot,
			     unsigned int *offset);

#endif /* DM_QUORUM_VOTE_H */
