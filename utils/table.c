// SPDX-License-Identifier: GPL-2.0-only
/* The table line: taken apart and put together. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Words that a table line can have: 32 legs, and options. */
#define MAX_WORDS	(4 + 2 * MAX_LEGS + MAX_OPTIONS + 2 * MAX_LEGS)

/**
 * struct option - an option of the table line
 * @name: its first word
 * @arguments: how many follow
 */
static const struct option_words {
	const char *name;
	unsigned int arguments;
} known_options[] = {
	{ "rewrite_corrupted", 0 },
	{ "blkverify", 0 },
	{ "read_pattern", 1 },
	{ "zero_copy_writes", 0 },
	{ "max_leg_errors", 1 },
	{ "log", 2 },	/* and as many as the second says */
	{ "rebuild", 1 },
	{ "write_ack", 1 },
};

/* Votes so that two versions can never both have enough. */
unsigned int majority(unsigned int nr_legs)
{
	return nr_legs / 2 + 1;
}

/* Words of the option at words[0], itself included; 0 if it is not known. */
static unsigned int option_length(char **words, unsigned int left)
{
	unsigned int i, length = 0;
	uint64_t more;

	for (i = 0; i < sizeof(known_options) / sizeof(*known_options); i++)
		if (!strcmp(words[0], known_options[i].name))
			length = known_options[i].arguments + 1;
	if (length && length <= left && !strcmp(words[0], "log")) {
		if (parse_number(words[2], &more) || more > left)
			return 0;
		length += more;
	}

	return length <= left ? length : 0;
}

static int parse_rebuild(struct table *table, const char *word)
{
	uint64_t leg;

	if (parse_number(word, &leg) || leg >= table->nr_legs)
		return -EINVAL;

	table->legs[leg].rebuild = true;
	return 0;
}

static int parse_options(struct table *table, char **words, unsigned int nr)
{
	unsigned int length;

	for (; nr; words += length, nr -= length) {
		length = option_length(words, nr);
		if (!length)
			return -EINVAL;
		if (!strcmp(words[0], "rebuild")) {
			if (parse_rebuild(table, words[1]))
				return -EINVAL;
			continue;
		}
		if (table->nr_options + length > MAX_OPTIONS)
			return -EINVAL;
		for (unsigned int i = 0; i < length; i++)
			table->options[table->nr_options++] =
				must_have(strdup(words[i]));
	}

	return 0;
}

static int parse_words(struct table *table, char **words, unsigned int nr)
{
	uint64_t threshold, nr_legs, nr_options = 0;
	unsigned int i;

	if (nr < 2 || parse_number(words[0], &threshold) ||
	    parse_number(words[1], &nr_legs) || nr_legs > MAX_LEGS ||
	    nr < 2 + 2 * nr_legs)
		return -EINVAL;

	table->threshold = threshold;
	words += 2;
	nr -= 2;
	for (i = 0; i < nr_legs; i++, words += 2, nr -= 2) {
		if (parse_number(words[1], &table->legs[i].offset))
			return -EINVAL;
		table->legs[i].dev = must_have(strdup(words[0]));
		table->nr_legs = i + 1;
	}
	if (nr && (parse_number(words[0], &nr_options) ||
		   nr_options != nr - 1))
		return -EINVAL;

	return parse_options(table, words + 1, nr_options);
}

/* @params is what follows the word "quorum". */
int table_parse(const char *params, uint64_t sectors, struct table *table)
{
	char *copy = must_have(strdup(params)), *words[MAX_WORDS];
	int error;

	memset(table, 0, sizeof(*table));
	table->sectors = sectors;
	error = parse_words(table, words, split_words(copy, words, MAX_WORDS));
	free(copy);
	if (error) {
		table_free(table);
		return fail(error, "a table that this version does not know: %s",
			    params);
	}

	return 0;
}

/* What follows the word "quorum"; to be freed. */
char *table_params(const struct table *table)
{
	unsigned int leg, i, nr_options = table->nr_options;
	char *params;
	size_t size;
	FILE *out = must_have(open_memstream(&params, &size));

	fprintf(out, "%u %u", table->threshold, table->nr_legs);
	for (leg = 0; leg < table->nr_legs; leg++) {
		fprintf(out, " %s %llu", table->legs[leg].dev,
			(unsigned long long)table->legs[leg].offset);
		nr_options += table->legs[leg].rebuild ? 2 : 0;
	}
	if (nr_options)
		fprintf(out, " %u", nr_options);
	for (i = 0; i < table->nr_options; i++)
		fprintf(out, " %s", table->options[i]);
	for (leg = 0; leg < table->nr_legs; leg++)
		if (table->legs[leg].rebuild)
			fprintf(out, " rebuild %u", leg);
	fclose(out);

	return must_have(params);
}

void table_free(struct table *table)
{
	unsigned int i;

	for (i = 0; i < table->nr_legs; i++)
		free(table->legs[i].dev);
	for (i = 0; i < table->nr_options; i++)
		free(table->options[i]);
	memset(table, 0, sizeof(*table));
}
