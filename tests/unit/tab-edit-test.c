// SPDX-License-Identifier: GPL-2.0-only
/*
 * What edits quorumtab, and what is noted of it:
 *
 * tab-edit-test {leg | try} NAME NUMBER PATH [THRESHOLD] | {changes | stays} NAME NUMBER
 *	[PATH]
 *
 * An empty PATH is none, NUMBER may be -1.
 */

#include "state.h"
#include "tab.h"
#include <stdlib.h>
#include <string.h>

/* As for a leg that changes; and then does not, if it @stays. */
static int note(const char *name, unsigned int leg, const char *path,
		bool stays)
{
	struct state before;
	int error = tab_leg_changes(name, leg, path, &before);

	if (!error && stays)
		tab_leg_stays(name, &before);
	state_free(&before);

	return error;
}

static int change(char **words, const char *threshold, bool write)
{
	const struct tab_change change = {
		.name = words[0],
		.leg = atoi(words[1]),
		.path = *words[2] ? words[2] : NULL,
		.threshold = threshold ? atoi(threshold) : 0,
	};

	return tab_change(&change, write);
}

int main(int argc, char **argv)
{
	int error = -1;

	if (argc > 4 && !strcmp(argv[1], "leg"))
		error = change(argv + 2, argv[5], true);
	else if (argc > 4 && !strcmp(argv[1], "try"))
		error = change(argv + 2, argv[5], false);
	else if (argc > 3)
		error = note(argv[2], atoi(argv[3]), argv[4],
			     !strcmp(argv[1], "stays"));

	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
