// SPDX-License-Identifier: GPL-2.0-only
/*
 * Status lines as quorumsetup reads them. An input is
 *
 *	<name of the device>;<status>
 *
 * where the status is what follows the word "quorum" in the line.
 */

#define _GNU_SOURCE
#include "json.h"
#include "quorumsetup.h"
#include <stdlib.h>
#include <string.h>

/* No terminal is given anything to obey. */
static void check_text(const char *name, const struct status *status)
{
	size_t size, i;
	char *text;

	output_begin();
	status_print(name, status);
	text = output_end(&size);
	for (i = 0; i < size; i++)
		must((unsigned char)text[i] >= ' ' || text[i] == '\n');
	free(text);
}

static void check_json(const char *name, const struct status *status)
{
	size_t size;
	char *text;

	output_begin();
	status_print_json(name, status);
	text = output_end(&size);
	must(is_json(text, size));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = input_text(data, size), *params = strchr(name, ';');
	struct status status;
	int error;

	if (!params) {
		free(name);
		return 0;
	}
	*params = '\0';
	params = strdup(params + 1);
	must(params);

	output_begin();
	error = status_parse(params, 2048, &status);
	free(output_end(&size));
	if (!error) {
		must(status.nr_legs <= MAX_LEGS);
		must(nr_legs_voting(&status) <= status.nr_legs);
		check_text(name, &status);
		check_json(name, &status);
		status_free(&status);
	}
	free(params);
	free(name);

	return 0;
}
