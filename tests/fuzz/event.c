// SPDX-License-Identifier: GPL-2.0-only
/* Events as quorumsetup reads them: an input is one, in strings. */

#include "json.h"
/* What prints an event is static. */
#include "events.c"
#include <stdlib.h>

/* That is in dm.c, for a device that there is. */
int dm_get_table(const char *name, struct table *table)
{
	(void)name;
	(void)table;
	return -ENODEV;
}

/* Every value ends where the event ends, at the latest. */
static void check_value(const char *event, size_t size, const char *key)
{
	const char *value = event_value(event, size, key);

	must(!value || (value > event && value + strlen(value) <= event + size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *event, *text;
	size_t length, i;

	/* As much as is received of one that is too long. */
	if (size > LARGEST_EVENT - 1)
		size = LARGEST_EVENT - 1;
	event = malloc(size + 1);
	must(event);
	memcpy(event, data, size);
	event[size] = '\0';

	check_value(event, size, "DM_NAME");
	check_value(event, size, "DM_ACTION");
	output_begin();
	print_event(event, size, NULL);
	print_event(event, size, "demo");
	text = output_end(&length);
	for (i = 0; i < length; i++)
		must((unsigned char)text[i] >= ' ' || text[i] == '\n');
	free(text);
	free(event);

	return 0;
}
