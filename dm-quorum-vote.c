// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vote on one block.
 *
 * Versions are grouped by their crc32c first, which tells different versions
 * apart without touching two of them at a time, and two versions count as equal
 * only after a comparison of all bytes: a checksum may say "different", never
 * "equal".
 */

#include "dm-quorum-vote.h"
#include <linux/crc32c.h>
#include <linux/string.h>

/**
 * quorum_crc - checksum a version for the vote
 * @data: the version
 * @bytes: its length
 *
 * Context: any.
 * Return: the crc32c that belongs into quorum_ballot.crc.
 */
u32 quorum_crc(const void *data, unsigned int bytes)
{
	return crc32c(~0, data, bytes);
}

/* Words to compare before looking whether they differed. */
#define WORDS_AT_A_TIME		16

static __no_kcsan unsigned long differ4(const unsigned long *a, const unsigned long *b)
{
	return (a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3]);
}

/*
 * memcmp() also finds out where, and which is larger. Without that it takes less
 * than half as many instructions, and most of what a vote takes are these.
 * A caller may change its pages meanwhile, see take_from_caller().
 */
static __no_kcsan bool same_words(const unsigned long *a,
				  const unsigned long *b, unsigned int bytes)
{
	const unsigned long *end = a + bytes / sizeof(*a);

	for (; a < end; a += WORDS_AT_A_TIME, b += WORDS_AT_A_TIME)
		if (differ4(a, b) | differ4(a + 4, b + 4) |
		    differ4(a + 8, b + 8) | differ4(a + 12, b + 12))
			return false;

	return true;
}

/* A caller's pages may begin anywhere. */
static bool same_bytes(const void *a, const void *b, unsigned int bytes)
{
	unsigned long odd = (unsigned long)a | (unsigned long)b;

	if (odd % sizeof(long) ||
	    bytes % (WORDS_AT_A_TIME * sizeof(long)))
		return !memcmp(a, b, bytes);

	return same_words(a, b, bytes);
}

static bool same_version(const struct quorum_ballot *ballot, unsigned int a,
			 unsigned int b)
{
	return ballot->crc[a] == ballot->crc[b] &&
	       same_bytes(ballot->copy[a], ballot->copy[b], ballot->bytes);
}

/*
 * Put each voter into the group of the versions equal to its own.
 * @first receives the first leg of each group, @size its number of members.
 * Returns the number of groups.
 */
static unsigned int group_versions(struct quorum_ballot *ballot, u8 *first,
				   u8 *size)
{
	unsigned int leg, group, nr_groups = 0;

	for (leg = 0; leg < ballot->nr_legs; leg++) {
		if (!quorum_ballot_has(ballot, leg)) {
			ballot->group[leg] = QUORUM_ABSTAINS;
			continue;
		}
		ballot->voters++;

		for (group = 0; group < nr_groups; group++)
			if (same_version(ballot, first[group], leg))
				break;
		if (group == nr_groups) {
			first[group] = leg;
			size[group] = 0;
			nr_groups++;
		}
		size[group]++;
		ballot->group[leg] = group;
	}

	return nr_groups;
}

/* Let a leg's version win; those with another one lose. */
static void set_winner(struct quorum_ballot *ballot, unsigned int winner)
{
	unsigned int leg;

	ballot->winner = winner;
	for (leg = 0; leg < ballot->nr_legs; leg++)
		if (ballot->group[leg] != QUORUM_ABSTAINS &&
		    ballot->group[leg] != ballot->group[winner])
			ballot->losers |= 1U << leg;
}

/**
 * quorum_vote - find the version that enough legs hold
 * @ballot: the versions; receives the result
 *
 * The winner is the version with the most votes, if it has at least
 * quorum_ballot.threshold and no other version has as many. A tie has no
 * winner, however low the threshold is.
 *
 * Context: any.
 * Return: true if there is a winner.
 */
bool quorum_vote(struct quorum_ballot *ballot)
{
	u8 first[QUORUM_MAX_LEGS], size[QUORUM_MAX_LEGS];
	unsigned int group, nr_groups, best = 0;
	bool tie = false;

	ballot->voters = 0;
	ballot->votes = 0;
	ballot->winner = -1;
	ballot->losers = 0;

	nr_groups = group_versions(ballot, first, size);
	for (group = 0; group < nr_groups; group++) {
		if (size[group] > ballot->votes) {
			ballot->votes = size[group];
			best = group;
			tie = false;
		} else if (size[group] == ballot->votes) {
			tie = true;
		}
	}

	if (!ballot->voters || tie || ballot->votes < ballot->threshold)
		return false;

	set_winner(ballot, first[best]);
	return true;
}

/* Legs that hold the version of a voter, stale ones among them. */
static unsigned int nr_holders(const struct quorum_ballot *ballot,
			       unsigned int voter)
{
	unsigned int leg, nr = 0;

	for (leg = 0; leg < ballot->nr_legs; leg++)
		nr += ballot->copy[leg] &&
		      same_bytes(ballot->copy[leg], ballot->copy[voter],
				 ballot->bytes);

	return nr;
}

/* Legs of which nobody knows what they hold. */
static unsigned int nr_unknown(const struct quorum_ballot *ballot)
{
	unsigned int leg, nr = 0;

	for (leg = 0; leg < ballot->nr_legs; leg++)
		nr += !ballot->copy[leg];

	return nr;
}

/**
 * quorum_choose - let a version win where any that is lawful will do
 * @ballot: the result of a vote without a winner
 * @certain: a version may have been acknowledged that not all voters have had
 *
 * If it takes a majority to win, the version that was acknowledged last is on most
 * legs, and no older one is. So a version that is, stale legs counted, is that one
 * or a newer one. Otherwise it is that of the first leg that has voted: unless,
 * with @certain, legs whose version is not known could be what makes another one
 * that which was acknowledged.
 *
 * Context: any.
 * Return: false if no leg has voted, or if it is not certain.
 */
bool quorum_choose(struct quorum_ballot *ballot, bool certain)
{
	unsigned int leg, holders, most = 0, best = 0, first = ballot->nr_legs;
	bool majority = 2 * ballot->threshold > ballot->nr_legs;

	for (leg = ballot->nr_legs; leg--;) {
		if (!quorum_ballot_has(ballot, leg))
			continue;
		first = leg;
		holders = nr_holders(ballot, leg);
		if (holders > most) {
			most = holders;
			best = leg;
		}
	}
	if (first == ballot->nr_legs)
		return false;

	if (majority && 2 * most > ballot->nr_legs)
		first = best;
	else if (certain &&
		 2 * (most + nr_unknown(ballot)) > ballot->nr_legs)
		return false;

	set_winner(ballot, first);
	return true;
}

/**
 * quorum_vote_part - vote on a part of a block
 * @whole: the block
 * @part: receives the part's versions and result
 * @offset: first byte of the part
 * @bytes: length of the part
 *
 * Where the block as a whole has no winner, each of its logical blocks may
 * still have one: legs damaged in different logical blocks outvote each other
 * there.
 *
 * Context: any.
 * Return: true if there is a winner.
 */
bool quorum_vote_part(const struct quorum_ballot *whole,
		      struct quorum_ballot *part, unsigned int offset,
		      unsigned int bytes)
{
	unsigned int leg;

	part->nr_legs = whole->nr_legs;
	part->threshold = whole->threshold;
	part->bytes = bytes;
	part->stale = whole->stale;
	for (leg = 0; leg < whole->nr_legs; leg++) {
		part->copy[leg] = NULL;
		if (!whole->copy[leg])
			continue;
		part->copy[leg] = whole->copy[leg] + offset;
		if (quorum_ballot_has(part, leg))
			part->crc[leg] = quorum_crc(part->copy[leg], bytes);
	}

	return quorum_vote(part);
}

/**
 * quorum_first_difference - find the first byte in which the voters differ
 * @ballot: the versions; the result of a vote is not needed
 * @offset: receives the offset of the byte
 *
 * Context: any.
 * Return: true if the voters differ at all.
 */
bool quorum_first_difference(const struct quorum_ballot *ballot,
			     unsigned int *offset)
{
	const u8 *base = NULL, *copy;
	unsigned int leg, at, nearest = ballot->bytes;

	for (leg = 0; leg < ballot->nr_legs; leg++) {
		if (!quorum_ballot_has(ballot, leg))
			continue;
		copy = ballot->copy[leg];
		if (!base) {
			base = copy;
			continue;
		}
		for (at = 0; at < nearest; at++)
			if (base[at] != copy[at])
				nearest = at;
	}

	*offset = nearest;
	return nearest < ballot->bytes;
}
