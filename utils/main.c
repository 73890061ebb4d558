// SPDX-License-Identifier: GPL-2.0-only
/* quorumsetup: dm-quorum devices for people. The command line, and who does what. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
"quorumsetup: devices that vote on what they read\n"
"\n"
"  create NAME DEVICE...       make a device of legs that hold the same data\n"
"  assemble NAME | --all       make this device of /etc/quorumtab, or all of them\n"
"  assemble --initramfs        those that the initramfs is to make\n"
"  tab [NAME] [--json]         what /etc/quorumtab says\n"
"  tab [NAME] --initramfs      its lines for the initramfs, as they are\n"
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
"  replace NAME LEG DEVICE     put a device in the place of a leg, and fill it\n"
"  add NAME DEVICE             add a leg, and fill it\n"
"  remove NAME LEG             take a leg out\n"
"  threshold NAME T            change how many legs must agree\n"
"  close NAME                  remove the device; the legs keep the data\n"
"  metrics [--output FILE]     the status, for Prometheus\n"
"  remember [NAME]             note which legs will have missed something\n"
"  recall [NAME]               fill legs of which that was noted\n"
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
"add and remove take\n"
"  --threshold T               legs that must agree then\n"
"add takes\n"
"  --offset SECTORS            begin there on the new leg\n"
"replace takes\n"
"  --if-failed                 only if the leg has failed\n"
"replace and add take\n"
"  --force                     overwrite whatever the device holds\n"
"create, check, repair, resync, restore, replace, add, remove and threshold take\n"
"  --wait                      until that is done, with a bar on a terminal\n"
"all take\n"
"  --quiet                     errors only\n"
"  --help, -h                  this text, and nothing else\n"
"\n"
"quorumsetup(8) has more.\n";

/* What getopt_long() returns for options that have no letter. */
enum {
	/* of a plan, by these names */
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
	/* of commands */
	OPTION_PRINT,
	OPTION_WAIT,
	OPTION_JSON,
	OPTION_FOLLOW,
	OPTION_OUTPUT,
	OPTION_ALL,
	OPTION_INITRAMFS,
	OPTION_IF_FAILED,
	OPTION_FORCE,
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
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "initramfs", no_argument, NULL, OPTION_INITRAMFS },
	{ "if-failed", no_argument, NULL, OPTION_IF_FAILED },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ }
};

/**
 * struct request - the command line
 * @words: the command and its arguments
 * @nr_words: how many
 * @options: a bit for each option that was given
 * @plan: what options say of a device that is to be made
 * @only_print: see usage_text, as for the following
 * @wait:
 * @json:
 * @follow:
 * @output: the file, NULL for stdout
 * @all:
 * @initramfs:
 * @if_failed:
 * @force:
 */
struct request {
	char **words;
	int nr_words;
	uint32_t options;
	struct plan plan;
	bool only_print;
	bool wait;
	bool json;
	bool follow;
	const char *output;
	bool all;
	bool initramfs;
	bool if_failed;
	bool force;
};

/* The name of an option that has no letter. */
static const char *option_name(int option)
{
	const struct option *known = long_options;

	while (known->val != option)
		known++;

	return known->name;
}

static int take_option(struct request *request, int option)
{
	if (option >= OPTION_THRESHOLD)
		request->options |= OPTION_BIT(option);
	switch (option) {
	case OPTION_THRESHOLD ... OPTION_READONLY:
		return plan_option(&request->plan, option_name(option), optarg);
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
	case OPTION_OUTPUT:
		request->output = optarg;
		return 0;
	case OPTION_ALL:
		request->all = true;
		return 0;
	case OPTION_INITRAMFS:
		request->initramfs = true;
		return 0;
	case OPTION_IF_FAILED:
		request->if_failed = true;
		return 0;
	case OPTION_FORCE:
		request->force = true;
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
	struct plan *plan = &request->plan;
	int leg, error = 0;

	for (leg = 2; leg < request->nr_words && !error; leg++)
		error = plan_add_leg(plan, request->words[leg]);
	if (!error)
		error = plan_finish(plan);
	if (!error)
		error = command_create(request->words[1], plan,
				       request->only_print);
	if (!error && request->wait && !request->only_print)
		error = wait_for_rebuilt(request->words[1], &plan->table);

	return error;
}

static int assemble(struct request *request)
{
	bool named = request->nr_words > 1;

	if (named + request->all + request->initramfs != 1)
		return fail(-EINVAL, "assemble wants one of NAME, --all, --initramfs");

	return command_assemble(request->words[1], request->initramfs);
}

static int tab(struct request *request)
{
	return command_tab(request->words[1], request->json,
			   request->initramfs);
}

static int remember(struct request *request)
{
	return command_remember(request->words[1]);
}

static int recall(struct request *request)
{
	return command_recall(request->words[1]);
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

/* What options say of a change of the legs. */
static struct wanted wanted_of(const struct request *request)
{
	bool offset = request->options & OPTION_BIT(OPTION_OFFSET);

	return (struct wanted) {
		.name = request->words[1],
		.threshold = request->plan.threshold,
		.offset = offset ? &request->plan.offset : NULL,
		.if_failed = request->if_failed,
		.force = request->force,
		.wait = request->wait,
	};
}

static int replace_leg(struct request *request)
{
	struct wanted wanted = wanted_of(request);

	wanted.leg = request->words[2];
	wanted.path = request->words[3];
	return command_replace(&wanted);
}

/* 0 stands for a threshold that is not given. */
static int check_threshold(const struct request *request)
{
	if (request->options & OPTION_BIT(OPTION_THRESHOLD) &&
	    !request->plan.threshold)
		return fail(-EINVAL, "a threshold of 0");

	return 0;
}

static int add_leg(struct request *request)
{
	struct wanted wanted = wanted_of(request);

	wanted.path = request->words[2];
	return check_threshold(request) ?: command_add(&wanted);
}

static int remove_leg(struct request *request)
{
	struct wanted wanted = wanted_of(request);

	wanted.leg = request->words[2];
	return check_threshold(request) ?: command_remove(&wanted);
}

static int threshold(struct request *request)
{
	struct wanted wanted = wanted_of(request);

	if (parse_number(request->words[2], &wanted.threshold) ||
	    !wanted.threshold)
		return fail(-EINVAL, "\"%s\" cannot be a threshold",
			    request->words[2]);

	return command_threshold(&wanted);
}

static int close_device(struct request *request)
{
	return command_close(request->words[1]);
}

static int metrics(struct request *request)
{
	return print_metrics(request->output);
}

#define WAIT			OPTION_BIT(OPTION_WAIT)
#define JSON			OPTION_BIT(OPTION_JSON)
#define FOLLOW			OPTION_BIT(OPTION_FOLLOW)
#define OUTPUT			OPTION_BIT(OPTION_OUTPUT)
#define ALL			OPTION_BIT(OPTION_ALL)
#define INITRAMFS		OPTION_BIT(OPTION_INITRAMFS)
#define IF_FAILED		OPTION_BIT(OPTION_IF_FAILED)
#define FORCE			OPTION_BIT(OPTION_FORCE)
#define THRESHOLD		OPTION_BIT(OPTION_THRESHOLD)
#define OFFSET			OPTION_BIT(OPTION_OFFSET)
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
	{ "create", create, 3, INT_MAX, CREATE },
	{ "assemble", assemble, 1, 2, ALL | INITRAMFS },
	{ "tab", tab, 1, 2, JSON | INITRAMFS },
	{ "recall", recall, 1, 2, 0 },
	{ "remember", remember, 1, 2, 0 },
	{ "status", status, 1, 2, JSON },
	{ "table", table, 2, 2, 0 },
	{ "events", events, 1, 2, FOLLOW },
	{ "check", walk, 2, 4, WAIT },
	{ "repair", walk, 2, 4, WAIT },
	{ "resync", walk, 2, 2, WAIT },
	{ "stop", stop, 2, 2, 0 },
	{ "fail", fail_leg, 3, 3, 0 },
	{ "restore", restore, 3, 3, WAIT },
	{ "replace", replace_leg, 4, 4, IF_FAILED | FORCE | WAIT },
	{ "add", add_leg, 3, 3, THRESHOLD | OFFSET | FORCE | WAIT },
	{ "remove", remove_leg, 3, 3, THRESHOLD | WAIT },
	{ "threshold", threshold, 3, 3, WAIT },
	{ "close", close_device, 2, 2, 0 },
	{ "metrics", metrics, 1, 1, OUTPUT },
};

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
	       (command->run == tab ? 0 : dm_begin()) ?: command->run(request);
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
	table_free(&request.plan.table);
	if (!error && (fflush(stdout) || ferror(stdout)))
		error = fail(-errno, "cannot write: %s", strerror(errno));
	if (error == NOT_FAILED)
		return NOT_FAILED;

	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
