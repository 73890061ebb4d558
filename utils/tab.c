// SPDX-License-Identifier: GPL-2.0-only
/* /etc/quorumtab, read. */

#define _GNU_SOURCE
#include "tab.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 *--------------------------------------------------------------------
 * Parts of a line
 *--------------------------------------------------------------------
 */

/**
 * tab_split - find the fields of a line
 * @text: the line
 * @fields: TAB_FIELDS of them; those that are not there are empty
 *
 * Returns how many there are, also if that is more than TAB_FIELDS; 0 for an empty line
 * and for a comment.
 */
unsigned int tab_split(const char *text, struct tab_field *fields)
{
	static const char blanks[] = " \t";
	unsigned int nr = 0;

	memset(fields, 0, TAB_FIELDS * sizeof(*fields));
	text += strspn(text, blanks);
	if (*text == '#')
		return 0;

	for (; *text; text += strspn(text, blanks), nr++) {
		size_t length = strcspn(text, blanks);

		if (nr < TAB_FIELDS) {
			fields[nr].at = text;
			fields[nr].length = length;
		}
		text += length;
	}

	return nr;
}

static bool next_item(struct tab_field *rest, struct tab_field *item,
		      char separator)
{
	const char *end;

	if (!rest->at)
		return false;

	end = memchr(rest->at, separator, rest->length);
	item->at = rest->at;
	item->length = end ? (size_t)(end - rest->at) : rest->length;
	rest->at = end ? end + 1 : NULL;
	rest->length -= item->length + !!end;

	return true;
}

/**
 * tab_next_item - take the next of those that commas separate
 * @rest: what has not been taken yet
 * @item: the item, which may be empty
 *
 * Returns false if there is none.
 */
bool tab_next_item(struct tab_field *rest, struct tab_field *item)
{
	return next_item(rest, item, ',');
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* A byte of a field, with what it is written as; @at is put behind it. */
static char decode_byte(const char **at, const char *end)
{
	const char *p = *at;

	if (end - p >= 4 && p[0] == '\\' && p[1] >= '0' && p[1] <= '3' &&
	    is_octal(p[2]) && is_octal(p[3])) {
		*at += 4;
		return (p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0');
	}
	(*at)++;

	return *p;
}

/**
 * tab_decode - what a field means
 * @field: the field; \ and three octal digits are a byte, as in fstab
 *
 * Other backslashes are what they are: udev has them in names of links. Returns what is to
 * be freed, or NULL if there are control characters in it, of which no path is made.
 */
char *tab_decode(struct tab_field field)
{
	char *text = must_have(malloc(field.length + 1)), *to = text;
	const char *at = field.at, *end = field.at + field.length;

	while (at < end) {
		*to = decode_byte(&at, end);
		if ((unsigned char)*to < ' ' || *to == 127) {
			free(text);
			return NULL;
		}
		to++;
	}
	*to = '\0';

	return text;
}

/**
 * tab_encode - write a path so that it can stand in a line
 * @out: where to
 * @text: the path
 */
void tab_encode(FILE *out, const char *text)
{
	for (; *text; text++)
		if (strchr(" \t\n,:\\", *text))
			fprintf(out, "\\%03o", (unsigned char)*text);
		else
			fputc(*text, out);
}

/*
 *--------------------------------------------------------------------
 * Legs and options
 *--------------------------------------------------------------------
 */

static bool has_leg(const struct table *table, const char *path)
{
	unsigned int leg;

	for (leg = 0; leg < table->nr_legs; leg++)
		if (!strcmp(table->legs[leg].dev, path))
			return true;

	return false;
}

static int parse_leg(struct tab_entry *entry, struct tab_field item)
{
	char *path = tab_decode(item);
	int error;

	if (!path || (*path != '/' && strcmp(path, ABSENT)))
		error = fail(-EINVAL, "\"%s\" is no path of a leg", path ?: "");
	else if (*path == '/' && has_leg(&entry->plan.table, path))
		error = fail(-EINVAL, "%s is a leg twice", path);
	else
		error = plan_add_leg(&entry->plan, path);
	free(path);

	return error;
}

static int parse_legs(struct tab_entry *entry, struct tab_field rest)
{
	struct tab_field item;
	int error = 0;

	while (!error && tab_next_item(&rest, &item))
		error = parse_leg(entry, item);

	return error;
}

/* "disk:/dev/x:1024" are the words "disk 2 /dev/x 1024". */
static int parse_log(struct tab_entry *entry, struct tab_field rest)
{
	char *type = NULL, *arguments, *words, *word;
	struct tab_field item;
	unsigned int nr = 0;
	size_t size;
	FILE *out = must_have(open_memstream(&arguments, &size));
	int error = 0;

	while (!error && next_item(&rest, &item, ':')) {
		word = tab_decode(item);
		if (!word || !*word || strchr(word, ' ')) {
			error = fail(-EINVAL, "log has a word that cannot be");
			free(word);
		} else if (!type) {
			type = word;
		} else {
			fprintf(out, " %s", word);
			free(word);
			nr++;
		}
	}
	fclose(out);
	if (!error) {
		if (asprintf(&words, "%s %u%s", type, nr, arguments) < 0)
			words = must_have(NULL);
		error = plan_option(&entry->plan, "log", words);
		free(words);
	}
	free(arguments);
	free(type);

	return error;
}

static int add_spare(struct tab_entry *entry, char *path)
{
	if (!path || *path != '/')
		return fail(-EINVAL, "spare wants a path");
	if (entry->nr_spares == MAX_SPARES)
		return fail(-EINVAL, "more than %d spares", MAX_SPARES);

	entry->spares[entry->nr_spares++] = must_have(strdup(path));
	return 0;
}

static int set_timeout(struct tab_entry *entry, const char *text)
{
	if (!text || parse_number(text, &entry->timeout) ||
	    entry->timeout > UINT32_MAX)
		return fail(-EINVAL, "device-timeout wants a number of seconds");

	return 0;
}

/* Those that are no more than a word. NULL if it is none. */
static bool *find_flag(struct tab_entry *entry, const char *word)
{
	const struct {
		const char *word;
		bool *flag;
	} flags[] = {
		{ "noauto", &entry->noauto },
		{ "nofail", &entry->nofail },
		{ "_netdev", &entry->netdev },
		{ "initramfs", &entry->initramfs },
		{ "degraded", &entry->degraded },
		{ "no-degraded", &entry->no_degraded },
	};
	unsigned int i;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (!strcmp(word, flags[i].word))
			return flags[i].flag;

	return NULL;
}

static int take_option(struct tab_entry *entry, const char *word, char *value)
{
	bool *flag = value ? NULL : find_flag(entry, word);

	if (flag) {
		*flag = true;
		return 0;
	}
	if (!strcmp(word, "spare"))
		return add_spare(entry, value);
	if (!strcmp(word, "device-timeout"))
		return set_timeout(entry, value);

	return plan_option(&entry->plan, word, value);
}

static int parse_option(struct tab_entry *entry, struct tab_field item)
{
	const char *equals = memchr(item.at, '=', item.length);
	struct tab_field word = item, argument = { NULL, 0 };
	char *name, *value = NULL;
	int error;

	if (equals) {
		word.length = equals - item.at;
		argument.at = equals + 1;
		argument.length = item.length - word.length - 1;
	}
	name = tab_decode(word);
	if (name && equals && !strcmp(name, "log")) {
		free(name);
		return parse_log(entry, argument);
	}

	if (equals)
		value = tab_decode(argument);
	if (!name || (equals && !value))
		error = fail(-EINVAL, "there is a control character");
	else
		error = take_option(entry, name, value);
	free(name);
	free(value);

	return error;
}

static int parse_options(struct tab_entry *entry, struct tab_field rest)
{
	struct tab_field item;
	int error = 0;

	if (!rest.at || (rest.length == 1 && *rest.at == '-'))
		return 0;

	while (!error && tab_next_item(&rest, &item))
		error = parse_option(entry, item);

	return error;
}

/*
 *--------------------------------------------------------------------
 * Lines
 *--------------------------------------------------------------------
 */

/* What no single option could tell. */
static int check_entry(struct tab_entry *entry)
{
	if (entry->degraded && entry->no_degraded)
		return fail(-EINVAL, "degraded and no-degraded");
	/* What it was is not known there if a leg is missing. */
	if (entry->initramfs && !entry->plan.table.sectors)
		return fail(-EINVAL, "initramfs needs size=");

	return 0;
}

static int parse_fields(struct tab_entry *entry, const char *text)
{
	struct tab_field fields[TAB_FIELDS];
	unsigned int nr = tab_split(text, fields);

	if (nr < 2)
		return fail(-EINVAL, "there are no legs");
	if (nr > TAB_FIELDS)
		return fail(-EINVAL, "there are %u fields, and not three at most",
			    nr);

	entry->name = must_have(strndup(fields[TAB_NAME].at,
					fields[TAB_NAME].length));
	if (!is_name(entry->name))
		return fail(-EINVAL, "%s is no name that a device has here",
			    entry->name);

	return parse_legs(entry, fields[TAB_LEGS]) ?:
	       parse_options(entry, fields[TAB_OPTIONS]) ?:
	       plan_finish(&entry->plan) ?: check_entry(entry);
}

/**
 * tab_parse_line - take a line apart that has fields
 * @text: the line
 * @number: of the line, for messages
 *
 * Returns NULL if there is something wrong; the user has been told. To be freed.
 */
struct tab_entry *tab_parse_line(const char *text, unsigned int number)
{
	struct tab_entry *entry = must_have(calloc(1, sizeof(*entry)));
	char place[64];
	int error;

	snprintf(place, sizeof(place), TAB_PATH " line %u", number);
	fail_place = place;
	entry->number = number;
	entry->timeout = TAB_TIMEOUT;
	entry->text = must_have(strdup(text));
	error = parse_fields(entry, text);
	fail_place = NULL;
	if (error) {
		tab_free_entry(entry);
		return NULL;
	}

	return entry;
}

/**
 * tab_free_entry - free what a line was taken apart to
 * @entry: the line, or NULL
 */
void tab_free_entry(struct tab_entry *entry)
{
	unsigned int i;

	if (!entry)
		return;

	for (i = 0; i < entry->nr_spares; i++)
		free(entry->spares[i]);
	table_free(&entry->plan.table);
	free(entry->name);
	free(entry->text);
	free(entry);
}

/* Takes @line up into @tab, where @end is to point to it. Returns the new end. */
static struct tab_entry **take_line(struct tab *tab, struct tab_entry **end,
				    const char *line, unsigned int number)
{
	struct tab_field fields[TAB_FIELDS];
	struct tab_entry *entry;
	const struct tab_entry *same;

	if (!tab_split(line, fields))
		return end;

	entry = tab_parse_line(line, number);
	same = entry ? tab_find(tab, entry->name) : NULL;
	if (same) {
		fail(-EEXIST, TAB_PATH " line %u: %s has line %u already",
		     number, entry->name, same->number);
		tab_free_entry(entry);
		entry = NULL;
	}
	if (!entry) {
		tab->nr_bad++;
		return end;
	}

	*end = entry;
	return &entry->next;
}

/**
 * tab_read - read all lines
 * @tab: gets them; to be freed
 *
 * Lines with something wrong are told and left out: they are not to keep others from
 * being used. If there is no such file, there are no lines.
 */
int tab_read(struct tab *tab)
{
	struct tab_entry **end = &tab->first;
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *in = fopen(TAB_PATH, "re");

	memset(tab, 0, sizeof(*tab));
	if (!in)
		return errno == ENOENT ? 0 :
		       fail(-errno, "cannot read " TAB_PATH ": %s",
			    strerror(errno));

	while (getline(&line, &size, in) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		end = take_line(tab, end, line, ++number);
	}
	free(line);
	fclose(in);

	return 0;
}

/**
 * tab_free - free all lines
 * @tab: from tab_read()
 */
void tab_free(struct tab *tab)
{
	struct tab_entry *entry, *next;

	for (entry = tab->first; entry; entry = next) {
		next = entry->next;
		tab_free_entry(entry);
	}
	tab->first = NULL;
}

/**
 * tab_find - the line of a device
 * @tab: from tab_read()
 * @name: of the device
 *
 * Returns NULL if it has none that is in order.
 */
struct tab_entry *tab_find(const struct tab *tab, const char *name)
{
	struct tab_entry *entry;

	for (entry = tab->first; entry; entry = entry->next)
		if (!strcmp(entry->name, name))
			return entry;

	return NULL;
}

/**
 * tab_get - read the line of one device
 * @name: of the device
 * @entry: gets it, to be freed; NULL if there is none that is in order, or with an error
 *
 * Returns 0 or an error.
 */
int tab_get(const char *name, struct tab_entry **entry)
{
	struct tab_entry **at;
	struct tab tab;
	int error = tab_read(&tab);

	*entry = NULL;
	if (error)
		return error;

	for (at = &tab.first; *at && strcmp((*at)->name, name);)
		at = &(*at)->next;
	if (*at) {
		*entry = *at;
		*at = (*at)->next;
	}
	tab_free(&tab);

	return 0;
}
