/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quorumsetup: what its files share.
 *
 * Functions that return int return 0, or a negative errno after they have told the
 * user what is wrong, unless their comment says something else.
 */
#ifndef QUORUMSETUP_H
#define QUORUMSETUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define MAX_LEGS	32
#define MAX_OPTIONS	64	/* words of options in a table line */
#define SECTOR_SIZE	512

/* Of the module; see Documentation/dm-quorum.rst. */
#define ABSENT		"-"

/**
 * struct leg - a leg as a table line has it
 * @dev: path, major:minor, or ABSENT
 * @offset: first sector used on it
 * @rebuild: it is to be filled from what the others hold
 */
struct leg {
	char *dev;
	uint64_t offset;
	bool rebuild;
};

/**
 * struct table - a table line, in parts
 * @sectors: length of the device
 * @threshold: votes that it takes
 * @nr_legs: number of legs
 * @legs: the legs
 * @nr_options: number of words
 * @options: words of the options, without "rebuild"
 */
struct table {
	uint64_t sectors;
	unsigned int threshold;
	unsigned int nr_legs;
	struct leg legs[MAX_LEGS];
	unsigned int nr_options;
	char *options[MAX_OPTIONS];
};

/**
 * struct leg_status - a leg as the status has it
 * @dev: major:minor, or ABSENT
 * @health: the letter
 * @mismatches: lost votes
 * @read_errors: reads that failed
 * @write_errors: writes that failed
 * @rewritten: blocks that were repaired
 */
struct leg_status {
	char *dev;
	char health;
	uint64_t mismatches;
	uint64_t read_errors;
	uint64_t write_errors;
	uint64_t rewritten;
};

/**
 * struct status - a status line, in parts
 * @sectors: length of the device
 * @threshold: votes that it takes
 * @nr_legs: number of legs
 * @legs: the legs
 * @synced: sectors done or in sync
 * @total: of so many
 * @action: what goes on
 * @mismatches: the sum over all legs
 * @no_quorum: blocks without a winner, writes that too few legs took
 * @rewritten: the sum over all legs
 * @raced: blocks in which legs differed without being at fault
 * @suppressed: events that were not sent
 * @log: type of the log, or NULL without one
 * @log_dev: device of the log, or NULL
 * @log_state: its letter, 0 without one
 */
struct status {
	uint64_t sectors;
	unsigned int threshold;
	unsigned int nr_legs;
	struct leg_status legs[MAX_LEGS];
	uint64_t synced;
	uint64_t total;
	char *action;
	uint64_t mismatches;
	uint64_t no_quorum;
	uint64_t rewritten;
	uint64_t raced;
	uint64_t suppressed;
	char *log;
	char *log_dev;
	char log_state;
};

/* util.c */
extern bool quiet;

int fail(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *must_have(void *memory);
int parse_number(const char *word, uint64_t *number);
unsigned int split_words(char *text, char **words, unsigned int most);
char *device_name(const char *dev);
char *device_number(const char *path);
void print_text(const char *text);
int device_sectors(const char *path, uint64_t *sectors,
		   unsigned int *block_bytes);
void print_json_string(FILE *out, const char *text);

/* table.c */
int table_parse(const char *params, uint64_t sectors, struct table *table);
char *table_params(const struct table *table);
void table_free(struct table *table);
unsigned int majority(unsigned int nr_legs);

/* status.c */
int status_parse(const char *params, uint64_t sectors, struct status *status);
void status_free(struct status *status);
const char *health_text(char health);
void status_print(const char *name, const struct status *status);
void status_print_json(const char *name, const struct status *status);
unsigned int nr_legs_voting(const struct status *status);

/* dm.c */
typedef int (*device_fn)(const char *name, void *data);

int dm_begin(void);
bool dm_is_suspended(const char *name);
int dm_create(const char *name, const struct table *table, bool readonly);
int dm_remove(const char *name);
int dm_message(const char *name, const char *message, char **answer);
int dm_get_table(const char *name, struct table *table);
int dm_get_status(const char *name, struct status *status);
int dm_for_each(device_fn fn, void *data);

/* wait.c */
int wait_for_walk(const char *name, const char *walk, int events);
int wait_for_leg(const char *name, unsigned int leg);
int wait_for_rebuilt(const char *name, const struct table *table);

/* events.c */
#define LARGEST_EVENT	8192

int events_open(void);
ssize_t events_receive(int fd, char *event);
const char *event_value(const char *event, size_t length, const char *key);
int events_follow(const char *name);

/* metrics.c */
int print_metrics(void);

/* commands.c */
int command_create(const char *name, struct table *table, bool readonly,
		   bool only_print);
int command_fail(const char *name, const char *leg);
int command_restore(const char *name, const char *leg, bool wait);
int command_walk(const char *walk, const char *name, const char *from,
		 const char *to, bool wait);
int command_stop(const char *name);
int command_table(const char *name);
int command_status(const char *name, bool json);
int command_mismatches(const char *name);

#endif /* QUORUMSETUP_H */
