// SPDX-License-Identifier: GPL-2.0-only
/*
 * Table lines as quorumsetup reads them. An input is one of table.c; what is in front of
 * the line there is passed over.
 */

#define _GNU_SOURCE
#include "json.h"
#include "quorumsetup.h"
#include <stdlib.h>
#include <string.h>

#define IN_FRONT	6

/* Parse a line and put it together again; NULL if it is refused. To be freed. */
static char *pass(const char *line)
{
	struct table table;
	char *params;

	if (table_parse(line, 2048, &table))
		return NULL;

	must(table.nr_legs <= MAX_LEGS && table.nr_options <= MAX_OPTIONS);
	params = table_params(&table);
	table_free(&table);
	return params;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line, *once, *twice;

	if (size < IN_FRONT)
		return 0;
	line = input_text(data + IN_FRONT, size - IN_FRONT);
	output_begin();
	once = pass(line);
	twice = once ? pass(once) : NULL;
	free(output_end(&size));
	must(!once || (twice && !strcmp(once, twice)));
	free(twice);
	free(once);
	free(line);

	return 0;
}
