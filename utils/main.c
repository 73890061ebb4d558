// SPDX-License-Identifier: GPL-2.0-only
/* quorumsetup: dm-quorum devices for people. The command line, and who does what. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
"quorumsetup: devices that vote on what they read\n"
"\n"
"  create NAME DEVICE...       make a device of legs that hold the same data\n"
"  status [NAME] [--json]      how the devices are\n"
"  table NAME                  the line that dmsetup would be given\n"
"  events NAME                 places where a leg was wrong or failed\n"
"  events --follow [NAME]      events, as they come\n"
"  check NAME [FROM TO]        read everything and vote\n"
"  repair NAME [FROM TO]       the same, and put right what is wrong\n"
"  resync NAME                 give legs what they missed\n"
"  stop NAME                   stop one of these\n"
"  fail NAME LEG               use a leg no more\n"
"  restore NAME LEG            use a failed leg again\n"
"  close NAME                  remove the device; the legs keep the data\n"
"  metrics                     the status, for Prometheus\n"
"\n"
"A LEG is its number or its device. In create, \"-\" is a leg that is absent.\n"
"\n"
"create takes\n"
"  --threshold T               legs that must agree; more than half without it\n"
"  --size SECTORS              not all of the shortest leg\n"
"  --offset SECTORS            begin there on each leg\n"
"  --rebuild LEG               fill this leg from the others; may be repeated\n"
"  --rewrite-corrupted, --blkverify, --zero-copy-writes, --read-pattern PATTERN,\n"
"  --max-leg-errors N, --write-ack WHEN, --log 'TYPE #ARGS ARGS'\n"
"                              options of the table\n"
"  --readonly\n"
"  --print                     show the table line, and do nothing\n"
"create, check, repair, resync and restore take\n"
"  --wait                      until that is done, with a bar on a terminal\n"
"all take\n"
"  --quiet                     errors only\n"
"\n"
"quorumsetup(8) has more.\n";

/* What getopt_long() returns for options that have no letter. */
enum {
	OPTION_THRESHOLD = 256,
	OPTION_SIZE,
	OPTION_OFFSET,
	OPTION_REBUILD,
	OPTION_REWRITE_CORRUPTED,
	OPTION_BLKVERIFY,
	OPTION_ZERO_COPY_WRITES,
	OPTION_READ_PATTERN,
	OPTION_MAX_LEG_ERRORS,
	OPTION_WRITE_ACK,
	OPTION_LOG,
	OPTION_READONLY,
	OPTION_PRINT,
	OPTION_WAIT,
	OPTION_JSON,
	OPTION_FOLLOW,
	OPTION_QUIET,
	OPTION_HELP,
};

#define OPTION_BIT(option)	(1U << ((option) - OPTION_THRESHOLD))

static const struct option long_options[] = {
	{ "threshold", required_argument, NULL, OPTION_THRESHOLD },
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "offset", required_argument, NULL, OPTION_OFFSET },
	{ "rebuild", required_argument, NULL, OPTION_REBUILD },
	{ "rewrite-corrupted", no_argument, NULL, OPTION_REWRITE_CORRUPTED },
	{ "blkverify", no_argument, NULL, OPTION_BLKVERIFY },
	{ "zero-copy-writes", no_argument, NULL, OPTION_ZERO_COPY_WRITES },
	{ "read-pattern", required_argument, NULL, OPTION_READ_PATTERN },
	{ "max-leg-errors", required_argument, NULL, OPTION_MAX_LEG_ERRORS },
	{ "write-ack", required_argument, NULL, OPTION_WRITE_ACK },
	{ "log", required_argument, NULL, OPTION_LOG },
	{ "readonly", no_argument, NULL, OPTION_READONLY },
	{ "print", no_argument, NULL, OPTION_PRINT },
	{ "wait", no_argument, NULL, OPTION_WAIT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "follow", no_argument, NULL, OPTION_FOLLOW },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ }
};

/**
 * struct request - the command line
 * @words: the command and its arguments
 * @nr_words: how many
 * @options: a bit for each option that was given
 * @table: what options say of a table
 * @threshold: 0 if not given
 * @offset: of all legs
 * @rebuild: a bit for each leg
 * @readonly: the device is to be
 * @only_print: see usage_text, as for the following
 * @wait:
 * @json:
 * @follow:
 */
struct request {
	char **words;
	int nr_words;
	uint32_t options;
	struct table table;
	uint64_t threshold;
	uint64_t offset;
	uint32_t rebuild;
	bool readonly;
	bool only_print;
	bool wait;
	bool json;
	bool follow;
};

static int number_of(const char *option, const char *word, uint64_t *number)
{
	if (parse_number(word, number))
		return fail(-EINVAL, "--%s wants a number, not \"%s\"", option,
			    word);

	return 0;
}

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

/* An option of the table and what follows it. */
static int add_option(struct table *table, const char *option,
		      const char *argument)
{
	return add_words(table, option) ?:
	       (argument ? add_words(table, argument) : 0);
}

static int take_rebuild(struct request *request, const char *word)
{
	uint64_t leg;
	int error = number_of("rebuild", word, &leg);

	if (error)
		return error;
	if (leg >= MAX_LEGS)
		return fail(-EINVAL, "there is no leg %s", word);

	request->rebuild |= 1U << leg;
	return 0;
}

static int take_option(struct request *request, int option)
{
	struct table *table = &request->table;

	if (option >= OPTION_THRESHOLD)
		request->options |= OPTION_BIT(option);
	switch (option) {
	case OPTION_THRESHOLD:
		return number_of("threshold", optarg, &request->threshold);
	case OPTION_SIZE:
		return number_of("size", optarg, &table->sectors);
	case OPTION_OFFSET:
		return number_of("offset", optarg, &request->offset);
	case OPTION_REBUILD:
		return take_rebuild(request, optarg);
	case OPTION_REWRITE_CORRUPTED:
		return add_option(table, "rewrite_corrupted", NULL);
	case OPTION_BLKVERIFY:
		return add_option(table, "blkverify", NULL);
	case OPTION_ZERO_COPY_WRITES:
		return add_option(table, "zero_copy_writes", NULL);
	case OPTION_READ_PATTERN:
		return add_option(table, "read_pattern", optarg);
	case OPTION_MAX_LEG_ERRORS:
		return add_option(table, "max_leg_errors", optarg);
	case OPTION_WRITE_ACK:
		return add_option(table, "write_ack", optarg);
	case OPTION_LOG:
		return add_option(table, "log", optarg);
	case OPTION_READONLY:
		request->readonly = true;
		return 0;
	case OPTION_PRINT:
		request->only_print = true;
		return 0;
	case OPTION_WAIT:
		request->wait = true;
		return 0;
	case OPTION_JSON:
		request->json = true;
		return 0;
	case OPTION_FOLLOW:
		request->follow = true;
		return 0;
	case OPTION_QUIET:
		quiet = true;
		return 0;
	case OPTION_HELP:
		fputs(usage_text, stdout);
		exit(EXIT_SUCCESS);
	default:
		return -EINVAL;	/* getopt_long() has said why */
	}
}

static int create(struct request *request)
{
	struct table *table = &request->table;
	char **devices = request->words + 2;
	int i, nr = request->nr_words - 2;

	if (nr > MAX_LEGS)
		return fail(-EINVAL, "more than %d legs", MAX_LEGS);
	if (nr < MAX_LEGS && request->rebuild >> nr)
		return fail(-EINVAL, "a leg to rebuild that there is not");
	if (request->threshold > MAX_LEGS)
		return fail(-EINVAL, "a threshold of more than %d", MAX_LEGS);

	table->threshold = request->threshold;
	for (i = 0; i < nr; i++) {
		table->legs[i].dev = must_have(strdup(devices[i]));
		table->legs[i].offset = request->offset;
		table->legs[i].rebuild = request->rebuild & 1U << i;
		table->nr_legs = i + 1;
	}

	return command_create(request->words[1], table, request->readonly,
			      request->only_print) ?:
	       request->wait && !request->only_print ?
			wait_for_rebuilt(request->words[1], table) : 0;
}

static int status(struct request *request)
{
	return command_status(request->words[1], request->json);
}

static int table(struct request *request)
{
	return command_table(request->words[1]);
}

static int events(struct request *request)
{
	if (request->follow)
		return events_follow(request->words[1]);
	if (!request->words[1])
		return fail(-EINVAL, "events wants a NAME, or --follow");

	return command_mismatches(request->words[1]);
}

static int walk(struct request *request)
{
	if (request->nr_words == 3)
		return fail(-EINVAL, "%s wants both FROM and TO, or none",
			    request->words[0]);

	return command_walk(request->words[0], request->words[1],
			    request->words[2], request->nr_words > 3 ?
			    request->words[3] : NULL, request->wait);
}

static int stop(struct request *request)
{
	return command_stop(request->words[1]);
}

static int fail_leg(struct request *request)
{
	return command_fail(request->words[1], request->words[2]);
}

static int restore(struct request *request)
{
	return command_restore(request->words[1], request->words[2],
			       request->wait);
}

static int close_device(struct request *request)
{
	return dm_remove(request->words[1]);
}

static int metrics(struct request *request)
{
	(void)request;
	return print_metrics();
}

#define WAIT			OPTION_BIT(OPTION_WAIT)
#define JSON			OPTION_BIT(OPTION_JSON)
#define FOLLOW			OPTION_BIT(OPTION_FOLLOW)
/* The others, but for --quiet, are those of create. */
#define CREATE			(OPTION_BIT(OPTION_JSON) - 1)

/**
 * struct command - what can be asked for
 * @name: first word
 * @run: does it
 * @least: words that there must be, @name included
 * @most: and may be
 * @options: that it takes; --quiet goes with all
 */
static const struct command {
	const char *name;
	int (*run)(struct request *request);
	int least;
	int most;
	uint32_t options;
} commands[] = {
	{ "create", create, 3, 2 + MAX_LEGS, CREATE },
	{ "status", status, 1, 2, JSON },
	{ "table", table, 2, 2, 0 },
	{ "events", events, 1, 2, FOLLOW },
	{ "check", walk, 2, 4, WAIT },
	{ "repair", walk, 2, 4, WAIT },
	{ "resync", walk, 2, 2, WAIT },
	{ "stop", stop, 2, 2, 0 },
	{ "fail", fail_leg, 3, 3, 0 },
	{ "restore", restore, 3, 3, WAIT },
	{ "close", close_device, 2, 2, 0 },
	{ "metrics", metrics, 1, 1, 0 },
};

/*
 * What others make their names of. A uuid has room for these behind its prefix, and
 * nothing in them has to be told to the kernel in another way.
 */
static bool is_name(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.=@_:#";

	return *name && strlen(name) <= 100 &&
	       strspn(name, allowed) == strlen(name) && strcmp(name, ".") &&
	       strcmp(name, "..");
}

static int check_name(struct request *request)
{
	static const char directory[] = "/dev/mapper/";
	char *name = request->words[1];

	if (request->nr_words < 2)
		return 0;

	if (!strncmp(name, directory, sizeof(directory) - 1))
		name += sizeof(directory) - 1;
	if (!is_name(name))
		return fail(-EINVAL, "%s is no name that a device has here",
			    name);

	request->words[1] = name;
	return 0;
}

static int check_options(const struct request *request,
			 const struct command *command)
{
	uint32_t others = request->options & ~command->options &
			  ~OPTION_BIT(OPTION_QUIET);
	unsigned int i;

	for (i = 0; long_options[i].name; i++)
		if (others & OPTION_BIT(long_options[i].val))
			return fail(-EINVAL, "%s does not take --%s",
				    command->name, long_options[i].name);

	return 0;
}

static int run_command(struct request *request)
{
	const struct command *command = NULL;
	unsigned int i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(request->words[0], commands[i].name))
			command = &commands[i];
	if (!command)
		return fail(-EINVAL, "there is no command \"%s\"; --help tells which there are",
			    request->words[0]);
	if (request->nr_words < command->least ||
	    request->nr_words > command->most)
		return fail(-EINVAL, "%s: wrong number of arguments; --help tells which there are",
			    command->name);

	return check_options(request, command) ?: check_name(request) ?:
	       dm_begin() ?: command->run(request);
}

int main(int argc, char **argv)
{
	struct request request = { .nr_words = 0 };
	int option, error = 0;

	while (!error && (option = getopt_long(argc, argv, "h", long_options,
					       NULL)) != -1)
		error = take_option(&request, option == 'h' ? OPTION_HELP :
							      option);
	if (error)
		return EXIT_FAILURE;

	request.words = argv + optind;
	request.nr_words = argc - optind;
	if (!request.nr_words) {
		fputs(usage_text, stderr);
		return EXIT_FAILURE;
	}

	error = run_command(&request);
	table_free(&request.table);
	if (!error && (fflush(stdout) || ferror(stdout)))
		error = fail(-errno, "cannot write: %s", strerror(errno));

	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
