// SPDX-License-Identifier: GPL-2.0-only
/* What is remembered of devices, a small file for each. */

#define _GNU_SOURCE
#include "state.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_PATH	256	/* a name has 100 characters at most */

static void take_line(struct state *state, const char *line)
{
	if (!strncmp(line, "size ", 5))
		parse_number(line + 5, &state->sectors);
	else if (!strncmp(line, "behind ", 7))
		state_set_behind(state, line + 7, true);
}

/**
 * state_read - read what is remembered of a device
 * @name: of the device
 * @state: gets it; to be freed
 */
void state_read(const char *name, struct state *state)
{
	char path[LONGEST_PATH], *line = NULL;
	size_t size = 0;
	FILE *in;

	memset(state, 0, sizeof(*state));
	state->known = !access(STATE_DIRECTORY, F_OK);
	snprintf(path, sizeof(path), STATE_DIRECTORY "/%s", name);
	in = fopen(path, "re");
	if (!in)
		return;

	while (getline(&line, &size, in) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		take_line(state, line);
	}
	free(line);
	fclose(in);
}

/**
 * state_write - remember this of a device
 * @name: of the device
 * @state: what
 *
 * Where there is no place for it, or it cannot be written yet, as early in the boot,
 * nothing is done.
 */
int state_write(const char *name, const struct state *state)
{
	const struct stat like = { .st_mode = 0644 };
	char path[LONGEST_PATH], *text;
	unsigned int i;
	size_t size;
	FILE *out;
	int error;

	if (access(STATE_DIRECTORY, W_OK))
		return 0;

	out = must_have(open_memstream(&text, &size));
	fprintf(out, "# of quorumsetup, see quorumtab(5)\nsize %llu\n",
		(unsigned long long)state->sectors);
	for (i = 0; i < state->nr_behind; i++)
		fprintf(out, "behind %s\n", state->behind[i]);
	fclose(out);
	snprintf(path, sizeof(path), STATE_DIRECTORY "/%s", name);
	error = replace_file(path, must_have(text), &like);
	free(text);

	return error;
}

/**
 * state_free - free what is in it
 * @state: from state_read()
 */
void state_free(struct state *state)
{
	unsigned int i;

	for (i = 0; i < state->nr_behind; i++)
		free(state->behind[i]);
	state->nr_behind = 0;
}

static int find(const struct state *state, const char *path)
{
	unsigned int i;

	for (i = 0; i < state->nr_behind; i++)
		if (!strcmp(state->behind[i], path))
			return i;

	return -ENOENT;
}

/**
 * state_is_behind - did a leg miss something?
 * @state: what is remembered
 * @path: of the leg
 */
bool state_is_behind(const struct state *state, const char *path)
{
	return find(state, path) >= 0;
}

/**
 * state_set_behind - a leg missed something, or not any more
 * @state: what is remembered
 * @path: of the leg
 * @behind: did it?
 */
void state_set_behind(struct state *state, const char *path, bool behind)
{
	int at = find(state, path);

	if (behind && at < 0 && state->nr_behind < MAX_LEGS) {
		state->behind[state->nr_behind++] = must_have(strdup(path));
	} else if (!behind && at >= 0) {
		free(state->behind[at]);
		state->behind[at] = state->behind[--state->nr_behind];
	}
}
