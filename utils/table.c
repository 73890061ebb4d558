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

/* @params is what follows the word "quorum". Says nothing if it is not understood. */
int table_parse(const char *params, uint64_t sectors, struct table *table)
{
	char *copy = must_have(strdup(params)), *words[MAX_WORDS];
	int error;

	memset(table, 0, sizeof(*table));
	table->sectors = sectors;
	error = parse_words(table, words, split_words(copy, words, MAX_WORDS));
	free(copy);
	if (error)
		table_free(table);

	return error;
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

/*
 *--------------------------------------------------------------------
 * A device that is to be made
 *--------------------------------------------------------------------
 */

/**
 * struct plan_word - an option that becomes words of the table line
 * @option: its name
 * @word: the first word
 * @argument: another one, or more, follow
 */
static const struct plan_word {
	const char *option;
	const char *word;
	bool argument;
} plan_words[] = {
	{ "rewrite-corrupted", "rewrite_corrupted", false },
	{ "blkverify", "blkverify", false },
	{ "zero-copy-writes", "zero_copy_writes", false },
	{ "read-pattern", "read_pattern", true },
	{ "max-leg-errors", "max_leg_errors", true },
	{ "write-ack", "write_ack", true },
	{ "log", "log", true },
};

static int add_words(struct table *table, const char *text)
{
	char *copy = must_have(strdup(text)), *words[MAX_OPTIONS];
	unsigned int i, nr = split_words(copy, words, MAX_OPTIONS);

	if (table->nr_options + nr > MAX_OPTIONS) {
		free(copy);
		return fail(-EINVAL, "too many options");
	}

	for (i = 0; i < nr; i++)
		table->options[table->nr_options++] =
			must_have(strdup(words[i]));
	free(copy);
	return 0;
}

static int number_of(const char *option, const char *word, uint64_t *number)
{
	if (parse_number(word, number))
		return fail(-EINVAL, "%s wants a number, not \"%s\"", option,
			    word);

	return 0;
}

static int plan_rebuild(struct plan *plan, const char *word)
{
	uint64_t leg;
	int error = number_of("rebuild", word, &leg);

	if (error)
		return error;
	if (leg >= MAX_LEGS)
		return fail(-EINVAL, "there is no leg %s", word);

	plan->rebuild |= 1U << leg;
	return 0;
}

static int no_argument_wanted(const char *option)
{
	return fail(-EINVAL, "%s takes no argument", option);
}

static int plan_add_word(struct plan *plan, const struct plan_word *word,
			 const char *argument)
{
	if (word->argument && !argument)
		return fail(-EINVAL, "%s wants an argument", word->option);
	if (!word->argument && argument)
		return no_argument_wanted(word->option);

	return add_words(&plan->table, word->word) ?:
	       (argument ? add_words(&plan->table, argument) : 0);
}

/**
 * plan_option - take an option of a device that is to be made
 * @plan: the device
 * @option: the option's name, as quorumsetup create has it
 * @argument: what it was given, or NULL
 */
int plan_option(struct plan *plan, const char *option, const char *argument)
{
	const char *number = argument ?: "";
	unsigned int i;

	if (!strcmp(option, "threshold"))
		return number_of(option, number, &plan->threshold);
	if (!strcmp(option, "size"))
		return number_of(option, number, &plan->table.sectors);
	if (!strcmp(option, "offset"))
		return number_of(option, number, &plan->offset);
	if (!strcmp(option, "rebuild"))
		return plan_rebuild(plan, number);
	if (!strcmp(option, "readonly")) {
		plan->readonly = true;
		return argument ? no_argument_wanted(option) : 0;
	}
	for (i = 0; i < sizeof(plan_words) / sizeof(*plan_words); i++)
		if (!strcmp(option, plan_words[i].option))
			return plan_add_word(plan, &plan_words[i], argument);

	return fail(-EINVAL, "there is no option \"%s\"", option);
}

/**
 * plan_add_leg - take one more leg
 * @plan: the device
 * @dev: the leg's device, or ABSENT
 */
int plan_add_leg(struct plan *plan, const char *dev)
{
	struct table *table = &plan->table;

	if (table->nr_legs == MAX_LEGS)
		return fail(-EINVAL, "more than %d legs", MAX_LEGS);

	table->legs[table->nr_legs++].dev = must_have(strdup(dev));
	return 0;
}

/**
 * plan_finish - when all options and legs are known
 * @plan: the device
 *
 * The table has all but its size then, if that was not given.
 */
int plan_finish(struct plan *plan)
{
	struct table *table = &plan->table;
	unsigned int leg, nr = table->nr_legs;

	if (nr < MAX_LEGS && plan->rebuild >> nr)
		return fail(-EINVAL, "a leg to rebuild that there is not");
	if (!plan->threshold)
		plan->threshold = majority(nr);
	if (plan->threshold > nr)
		return fail(-EINVAL, "a threshold of %llu with %u legs",
			    (unsigned long long)plan->threshold, nr);

	table->threshold = plan->threshold;
	for (leg = 0; leg < nr; leg++) {
		table->legs[leg].offset = plan->offset;
		table->legs[leg].rebuild = plan->rebuild & 1U << leg;
	}

	return 0;
}

/**
 * log_device - where the log of a table is
 * @table: the table
 *
 * Returns the word that has the device of a log on a disk, or NULL if there is none.
 */
char **log_device(struct table *table)
{
	int log = table_find_option(table, "log");

	if (log >= 0 && (unsigned int)log + 3 < table->nr_options &&
	    !strcmp(table->options[log + 1], "disk"))
		return table->options + log + 3;

	return NULL;
}

/**
 * table_has_core_log - does a table have a log in memory?
 * @table: the table
 *
 * Such a log is new with each table, and knows nothing but what it is told.
 */
bool table_has_core_log(const struct table *table)
{
	int log = table_find_option(table, "log");

	return log >= 0 && !strcmp(table->options[log + 1], "core");
}

/**
 * table_tell_core_log - tell a log in memory what is known, if there is one
 * @table: the table
 * @settled: the legs are equal; if not, they will be made equal, all of them
 *
 * Returns 0 or an error.
 */
int table_tell_core_log(struct table *table, bool settled)
{
	unsigned int behind, nr;
	char **words;

	if (!table_has_core_log(table))
		return 0;

	words = table->options + table_find_option(table, "log");
	/* log core 1 SIZE, or log core 2 SIZE WORD */
	nr = strcmp(words[2], "1") ? 5 : 4;
	behind = table->nr_options - (words - table->options) - nr;
	if (settled && nr == 4 && table->nr_options == MAX_OPTIONS)
		return fail(-E2BIG, "too many options");
	if (nr == 5)
		free(words[4]);
	free(words[2]);
	words[2] = must_have(strdup(settled ? "2" : "1"));
	memmove(words + 4 + settled, words + nr, behind * sizeof(*words));
	if (settled)
		words[4] = must_have(strdup("nosync"));
	table->nr_options += 4 + settled - nr;

	return 0;
}

/**
 * table_copy - copy a table
 * @to: receives the copy
 * @from: the table
 */
void table_copy(struct table *to, const struct table *from)
{
	unsigned int i;

	*to = *from;
	for (i = 0; i < to->nr_legs; i++)
		to->legs[i].dev = must_have(strdup(from->legs[i].dev));
	for (i = 0; i < to->nr_options; i++)
		to->options[i] = must_have(strdup(from->options[i]));
}

/**
 * table_set_leg - put a device in the place of a leg
 * @table: the table
 * @leg: number of the leg
 * @dev: the device, or ABSENT
 * @rebuild: it is to be filled
 */
void table_set_leg(struct table *table, unsigned int leg, const char *dev,
		   bool rebuild)
{
	char *copy = must_have(strdup(dev));

	free(table->legs[leg].dev);
	table->legs[leg].dev = copy;
	table->legs[leg].rebuild = rebuild;
}

/**
 * table_has_same_legs - are these the same devices, as the same legs?
 * @a: a table
 * @b: another one
 *
 * Return: true if so, whichever are to be rebuilt.
 */
bool table_has_same_legs(const struct table *a, const struct table *b)
{
	unsigned int leg;

	if (a->nr_legs != b->nr_legs || a->sectors != b->sectors)
		return false;

	for (leg = 0; leg < a->nr_legs; leg++)
		if (strcmp(a->legs[leg].dev, b->legs[leg].dev) ||
		    a->legs[leg].offset != b->legs[leg].offset)
			return false;

	return true;
}

/**
 * table_is_same - do two tables say the same?
 * @a: a table
 * @b: another one
 *
 * Return: true if so.
 */
bool table_is_same(const struct table *a, const struct table *b)
{
	unsigned int i;

	if (!table_has_same_legs(a, b) || a->threshold != b->threshold ||
	    a->nr_options != b->nr_options)
		return false;

	for (i = 0; i < a->nr_legs; i++)
		if (a->legs[i].rebuild != b->legs[i].rebuild)
			return false;
	for (i = 0; i < a->nr_options; i++)
		if (strcmp(a->options[i], b->options[i]))
			return false;

	return true;
}

/**
 * table_find_option - where is an option?
 * @table: the table
 * @option: its name
 *
 * Return: the number of its first word, or a negative number if it is not there.
 */
int table_find_option(const struct table *table, const char *option)
{
	unsigned int i, length;

	for (i = 0; i < table->nr_options; i += length) {
		if (!strcmp(table->options[i], option))
			return i;
		length = option_length((char **)table->options + i,
				       table->nr_options - i);
		if (!length)
			break;
	}

	return -ENOENT;
}
