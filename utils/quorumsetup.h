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
#include <sys/stat.h>
#include <sys/types.h>

#define MAX_LEGS	32
#define MAX_OPTIONS	64	/* words of options in a table line */
#define SECTOR_SIZE	512

/* What replace --if-failed returns, and exits with, if the leg has not failed. */
#define NOT_FAILED	2

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

/**
 * struct dm_state - what device-mapper itself knows of a device
 * @dev: major:minor
 * @minor: its number
 * @suspended: it is
 * @waits: a table is loaded that is not in force
 * @readonly: it can only be read
 */
struct dm_state {
	char dev[24];
	unsigned int minor;
	bool suspended;
	bool waits;
	bool readonly;
};

/* util.c */
extern bool quiet;
extern const char *fail_place;

int fail(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *must_have(void *memory);
int parse_number(const char *word, uint64_t *number);
unsigned int split_words(char *text, char **words, unsigned int most);
char *device_name(const char *dev);
bool is_device(const char *path, const char *number);
char *device_number(const char *path);
void print_text(const char *text);
int device_sectors(const char *path, uint64_t *sectors,
		   unsigned int *block_bytes);
size_t utf8_bytes(const char *text);
void print_json_string(FILE *out, const char *text);
bool is_name(const char *name);
int replace_file(const char *path, const char *text, const struct stat *like);

/**
 * struct plan - a device that is to be made
 * @table: its legs and the options of the table line
 * @threshold: 0 for a majority
 * @offset: of all legs
 * @rebuild: a bit for each leg that is to be filled
 * @readonly: it can only be read
 */
struct plan {
	struct table table;
	uint64_t threshold;
	uint64_t offset;
	uint32_t rebuild;
	bool readonly;
};

/* table.c */
int plan_option(struct plan *plan, const char *option, const char *argument);
int plan_add_leg(struct plan *plan, const char *dev);
int plan_finish(struct plan *plan);
char **log_device(struct table *table);
bool table_has_core_log(const struct table *table);
int table_tell_core_log(struct table *table, bool settled);
int table_parse(const char *params, uint64_t sectors, struct table *table);
char *table_params(const struct table *table);
void table_free(struct table *table);
void table_set_leg(struct table *table, unsigned int leg, const char *dev,
		   bool rebuild);
void table_copy(struct table *to, const struct table *from);
bool table_has_same_legs(const struct table *a, const struct table *b);
bool table_is_same(const struct table *a, const struct table *b);
int table_find_option(const struct table *table, const char *option);
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

struct dm_task;
int task_error(struct dm_task *task);
struct dm_task *new_task(int type, const char *name);
bool add_target(struct dm_task *task, const struct table *table);
int dm_begin(void);
bool dm_is_suspended(const char *name);
bool dm_exists(const char *name);
int dm_create(const char *name, const struct table *table, bool readonly);
int dm_remove(const char *name);
int dm_message(const char *name, const char *message, char **answer);
int dm_get_table(const char *name, struct table *table);
int dm_get_status(const char *name, struct status *status);
int dm_look(const char *name, struct table *table, struct status *status);
bool dm_get_state(const char *name, struct dm_state *state);
int dm_for_each(device_fn fn, void *data);

/* reload.c */
#define RELOAD_AGAIN	1

int lock_notes(const char *name);
int try_lock_device(const char *name);
int lock_device(const char *name);
int lock_disk(const char *path);
void obey_signal(void);
int reload(const char *name, const struct table *new, bool readonly,
	   const struct table *table, const struct status *status);

/* disks.c */
int check_legs_answer(const char *name, const struct status *status);
int check_new_leg(const char *path, uint64_t sectors, unsigned int block_bytes,
		  bool force);

/**
 * struct wanted - a change of the legs, as the user wants to have it
 * @name: the device
 * @leg: the leg that is to go, by its number or device
 * @path: the disk that is to come
 * @threshold: 0, or what it is to be
 * @offset: where a leg that is added begins, or NULL if that is where the others do
 * @if_failed: only if the leg has failed
 * @force: overwrite whatever the disk holds
 * @wait: until all legs are filled
 */
struct wanted {
	const char *name;
	const char *leg;
	const char *path;
	uint64_t threshold;
	const uint64_t *offset;
	bool if_failed;
	bool force;
	bool wait;
};

/* legs.c */
int command_replace(const struct wanted *wanted);
int command_add(const struct wanted *wanted);
int command_remove(const struct wanted *wanted);
int command_threshold(const struct wanted *wanted);

/* wait.c */
int wait_for_walk(const char *name, const char *walk, int events);
int wait_for_leg(const char *name, unsigned int leg);
int wait_for_rebuilt(const char *name, const struct table *table);
int wait_for_rest(const char *name);

/* events.c */
#define LARGEST_EVENT	8192

int events_open(void);
ssize_t events_receive(int fd, char *event);
const char *event_value(const char *event, size_t length, const char *key);
int events_follow(const char *name);

/* metrics.c */
int print_metrics(const char *path);

/* commands.c */
int find_leg(const struct table *table, const char *word);
int command_create(const char *name, struct plan *plan, bool only_print);
int command_fail(const char *name, const char *leg);
int command_restore(const char *name, const char *leg, bool wait);
int command_walk(const char *walk, const char *name, const char *from,
		 const char *to, bool wait);
int command_stop(const char *name);
int command_table(const char *name);
int command_status(const char *name, bool json);
int command_mismatches(const char *name);
int command_close(const char *name);

/* assemble.c */
int remember_device(const char *name);
int command_assemble(const char *name, bool initramfs);
int command_recall(const char *name);
int command_remember(const char *name);
int command_tab(const char *name, bool json, bool initramfs);

#endif /* QUORUMSETUP_H */
