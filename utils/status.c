// SPDX-License-Identifier: GPL-2.0-only
/* The status line: taken apart, and told to people and programs. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_BEFORE_LEGS	11
#define WORDS_OF_A_LEG		5	/* that are known here; there may be more */
#define MAX_WORDS		1024

static int parse_progress(struct status *status, char *word)
{
	char *slash = strchr(word, '/');

	if (!slash)
		return -EINVAL;

	*slash = '\0';
	return parse_number(word, &status->synced) ?:
	       parse_number(slash + 1, &status->total);
}

static int parse_leg(struct leg_status *leg, char **words)
{
	leg->dev = must_have(strdup(words[0]));

	return parse_number(words[1], &leg->mismatches) ?:
	       parse_number(words[2], &leg->read_errors) ?:
	       parse_number(words[3], &leg->write_errors) ?:
	       parse_number(words[4], &leg->rewritten);
}

static int parse_legs(struct status *status, const char *health, char **words,
		      unsigned int nr, uint64_t words_per_leg)
{
	unsigned int leg;

	if (words_per_leg < WORDS_OF_A_LEG || words_per_leg > MAX_WORDS ||
	    strlen(health) != status->nr_legs ||
	    nr < status->nr_legs * words_per_leg)
		return -EINVAL;

	for (leg = 0; leg < status->nr_legs; leg++) {
		status->legs[leg].health = health[leg];
		if (parse_leg(&status->legs[leg], words + leg * words_per_leg))
			return -EINVAL;
	}

	return 0;
}

/* Their number, the type and, of a log on a disk, the device and its state. */
static void parse_log(struct status *status, char **words, unsigned int nr)
{
	if (nr < 2)
		return;

	status->log = must_have(strdup(words[1]));
	if (nr >= 4 && !strcmp(words[1], "disk")) {
		status->log_dev = must_have(strdup(words[2]));
		status->log_state = *words[3];
	}
}

static int parse_words(struct status *status, char **words, unsigned int nr)
{
	uint64_t threshold, nr_legs, words_per_leg;

	if (nr < WORDS_BEFORE_LEGS || parse_number(words[0], &threshold) ||
	    parse_number(words[1], &nr_legs) || nr_legs > MAX_LEGS ||
	    parse_progress(status, words[3]) ||
	    parse_number(words[5], &status->mismatches) ||
	    parse_number(words[6], &status->no_quorum) ||
	    parse_number(words[7], &status->rewritten) ||
	    parse_number(words[8], &status->raced) ||
	    parse_number(words[9], &status->suppressed) ||
	    parse_number(words[10], &words_per_leg))
		return -EINVAL;

	status->threshold = threshold;
	status->nr_legs = nr_legs;
	status->action = must_have(strdup(words[4]));
	nr -= WORDS_BEFORE_LEGS;
	if (parse_legs(status, words[2], words + WORDS_BEFORE_LEGS, nr,
		       words_per_leg))
		return -EINVAL;

	parse_log(status, words + WORDS_BEFORE_LEGS + nr_legs * words_per_leg,
		  nr - nr_legs * words_per_leg);
	return 0;
}

/*
 * The words of a log are those of its daemon, if it has one: no terminal is to obey
 * them, whoever prints them.
 */
static void clean(char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n') || *text == 127)
			*text = '?';
}

/* @params is what follows the word "quorum". Says nothing if it is not understood. */
int status_parse(const char *params, uint64_t sectors, struct status *status)
{
	char *copy = must_have(strdup(params)), *words[MAX_WORDS];
	int error;

	memset(status, 0, sizeof(*status));
	status->sectors = sectors;
	clean(copy);
	error = parse_words(status, words, split_words(copy, words, MAX_WORDS));
	free(copy);
	if (error)
		status_free(status);

	return error;
}

void status_free(struct status *status)
{
	unsigned int leg;

	for (leg = 0; leg < status->nr_legs; leg++)
		free(status->legs[leg].dev);
	free(status->action);
	free(status->log);
	free(status->log_dev);
	memset(status, 0, sizeof(*status));
}

const char *health_text(char health)
{
	switch (health) {
	case 'A':
		return "in sync";
	case 'a':
		return "behind";
	case 'D':
		return "failed";
	case '-':
		return "absent";
	default:
		return "unknown";
	}
}

/* Legs that vote wherever they are asked. */
unsigned int nr_legs_voting(const struct status *status)
{
	unsigned int leg, nr = 0;

	for (leg = 0; leg < status->nr_legs; leg++)
		nr += status->legs[leg].health == 'A';

	return nr;
}

static const char *summary(const struct status *status)
{
	unsigned int voting = nr_legs_voting(status);

	if (voting == status->nr_legs)
		return "all legs in sync";
	if (voting >= status->threshold)
		return "degraded";

	return "too few legs in sync";
}

static bool walks(const struct status *status)
{
	return strcmp(status->action, "idle") &&
	       strcmp(status->action, "frozen");
}

/* For people: the form may change. */
void status_print(const char *name, const struct status *status)
{
	unsigned int leg;

	print_text(name);
	printf(": %" PRIu64 " MiB, %u of %u votes, %s\n",
	       status->sectors / 2048, status->threshold, status->nr_legs,
	       summary(status));
	if (walks(status) && status->total)
		printf("  %s: %.1f %%\n", status->action,
		       100.0 * status->synced / status->total);
	else if (walks(status) || strcmp(status->action, "idle"))
		printf("  %s\n", status->action);
	if (status->log)
		printf("  log: %s%s%s%s\n", status->log,
		       status->log_dev ? " " : "", status->log_dev ?: "",
		       status->log_state && status->log_state != 'A' ?
		       ", could not be written" : "");
	printf("  without a quorum: %" PRIu64 ", raced: %" PRIu64
	       ", events suppressed: %" PRIu64 "\n",
	       status->no_quorum, status->raced, status->suppressed);
	printf("  %3s  %-16s %-8s %12s %12s %12s %12s\n", "leg", "device",
	       "state", "lost votes", "read errors", "write errors",
	       "repaired");
	for (leg = 0; leg < status->nr_legs; leg++) {
		const struct leg_status *l = &status->legs[leg];
		char *device = device_name(l->dev);

		printf("  %3u  %-16s %-8s %12" PRIu64 " %12" PRIu64
		       " %12" PRIu64 " %12" PRIu64 "\n", leg, device,
		       health_text(l->health), l->mismatches, l->read_errors,
		       l->write_errors, l->rewritten);
		free(device);
	}
}

static void print_json_leg(const struct leg_status *leg, unsigned int number)
{
	const char health[] = { leg->health, '\0' };
	char *device = device_name(leg->dev);

	printf("{\"leg\": %u, \"device\": ", number);
	print_json_string(stdout, device);
	printf(", \"dev\": ");
	print_json_string(stdout, leg->dev);
	printf(", \"health\": ");
	print_json_string(stdout, health);
	printf(", \"state\": \"%s\", \"mismatches\": %" PRIu64
	       ", \"read_errors\": %" PRIu64 ", \"write_errors\": %" PRIu64
	       ", \"rewritten\": %" PRIu64 "}", health_text(leg->health),
	       leg->mismatches, leg->read_errors, leg->write_errors,
	       leg->rewritten);
	free(device);
}

/* For programs: members may be added. */
void status_print_json(const char *name, const struct status *status)
{
	unsigned int leg;

	printf("{\"name\": ");
	print_json_string(stdout, name);
	printf(", \"sectors\": %" PRIu64 ", \"threshold\": %u, \"legs_voting\": %u"
	       ", \"action\": ", status->sectors, status->threshold,
	       nr_legs_voting(status));
	print_json_string(stdout, status->action);
	printf(", \"synced\": %" PRIu64 ", \"total\": %" PRIu64
	       ", \"mismatches\": %" PRIu64 ", \"no_quorum\": %" PRIu64
	       ", \"rewritten\": %" PRIu64 ", \"raced\": %" PRIu64
	       ", \"events_suppressed\": %" PRIu64, status->synced,
	       status->total, status->mismatches, status->no_quorum,
	       status->rewritten, status->raced, status->suppressed);
	if (status->log) {
		printf(", \"log\": ");
		print_json_string(stdout, status->log);
	}
	printf(", \"legs\": [");
	for (leg = 0; leg < status->nr_legs; leg++) {
		printf("%s", leg ? ", " : "");
		print_json_leg(&status->legs[leg], leg);
	}
	printf("]}");
}
