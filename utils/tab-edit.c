// SPDX-License-Identifier: GPL-2.0-only
/* /etc/quorumtab, changed: one part of one line, and no other byte. */

#define _GNU_SOURCE
#include "state.h"
#include "tab.h"
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_legs(FILE *out, struct tab_field rest,
		       const struct tab_change *change,
		       const struct tab_entry *entry)
{
	unsigned int leg, changed = change->leg, written = 0;
	struct tab_field item;

	(void)entry;
	if (change->leg < 0)
		return false;

	for (leg = 0; tab_next_item(&rest, &item); leg++) {
		if (leg == changed && !change->path)
			continue;
		if (written++)
			fputc(',', out);
		if (leg == changed)
			tab_encode(out, change->path);
		else
			fwrite(item.at, 1, item.length, out);
	}
	if (leg == changed && change->path) {
		fputc(',', out);
		tab_encode(out, change->path);
		leg++;
	}

	return changed < leg;
}

static bool begins_with(struct tab_field item, const char *word)
{
	return item.length >= strlen(word) &&
	       !memcmp(item.at, word, strlen(word));
}

static bool is_spare(struct tab_field item, const char *path)
{
	static const char word[] = "spare=";
	const size_t length = sizeof(word) - 1;
	char *value;
	bool is;

	if (!begins_with(item, word))
		return false;

	item.at += length;
	item.length -= length;
	value = tab_decode(item);
	is = value && !strcmp(value, path);
	free(value);

	return is;
}

/* Without the one that is a leg now. */
static bool write_spares(FILE *out, struct tab_field rest,
			 const struct tab_change *change,
			 const struct tab_entry *entry)
{
	struct tab_field item;
	unsigned int written = 0;
	bool changed = false;

	(void)entry;
	if (change->leg < 0 || !change->path)
		return false;

	while (tab_next_item(&rest, &item)) {
		if (is_spare(item, change->path)) {
			changed = true;
			continue;
		}
		if (written++)
			fputc(',', out);
		fwrite(item.at, 1, item.length, out);
	}
	if (!written)
		fputc('-', out);

	return changed;
}

static bool write_threshold(FILE *out, struct tab_field rest,
			    const struct tab_change *change,
			    const struct tab_entry *entry)
{
	struct tab_field item;
	bool written = false;

	if (!change->threshold ||
	    change->threshold == entry->plan.table.threshold)
		return false;

	while (tab_next_item(&rest, &item)) {
		/* The only one is empty where there are no options. */
		if (!item.length || begins_with(item, "threshold=") ||
		    (item.length == 1 && *item.at == '-'))
			continue;
		fprintf(out, "%s%.*s", written ? "," : "", (int)item.length,
			item.at);
		written = true;
	}
	fprintf(out, "%sthreshold=%u", written ? "," : "",
		change->threshold);

	return true;
}

static bool lower_threshold(FILE *out, struct tab_field rest,
			    const struct tab_change *change,
			    const struct tab_entry *entry)
{
	return change->threshold < entry->plan.table.threshold &&
	       write_threshold(out, rest, change, entry);
}

/**
 * struct edit - a part of a change
 * @write: writes the field of the line @entry as it is to be; returns false if nothing is
 *	to be changed
 * @field: which one
 *
 * The line is in order after each: no threshold is larger than the legs are many.
 */
static const struct edit {
	bool (*write)(FILE *out, struct tab_field field,
		      const struct tab_change *change,
		      const struct tab_entry *entry);
	unsigned int field;
} edits[] = {
	{ lower_threshold, TAB_OPTIONS },
	{ write_legs, TAB_LEGS },
	{ write_spares, TAB_OPTIONS },
	{ write_threshold, TAB_OPTIONS },
};

/* The field, or what is to be one: options need not be there. */
static struct tab_field field_of(const struct tab_field *fields,
				 const struct edit *edit)
{
	struct tab_field field = fields[edit->field];

	if (!field.at && edit->field == TAB_OPTIONS) {
		field.at = fields[TAB_LEGS].at + fields[TAB_LEGS].length;
		field.length = 0;
	}

	return field;
}

/* A line that has lost its legs has its options there. */
static struct tab_entry *parse_changed(const char *text, const char *line,
				       unsigned int number)
{
	struct tab_field fields[TAB_FIELDS];

	if (tab_split(text, fields) < tab_split(line, fields)) {
		fail(-EINVAL, TAB_PATH " line %u: no leg would be left", number);
		return NULL;
	}

	return tab_parse_line(text, number);
}

/*
 * The line with a part of the change. NULL if nothing is to be changed, or, with an @error, if it
 * is not in order, or would not be.
 */
static char *edit_line(const char *line, unsigned int number,
		       const struct edit *edit,
		       const struct tab_change *change, int *error)
{
	struct tab_entry *entry = tab_parse_line(line, number), *after = NULL;
	struct tab_field fields[TAB_FIELDS], field;
	char *text;
	size_t size;
	FILE *out;

	if (!entry) {
		*error = -EINVAL;
		return NULL;
	}

	tab_split(line, fields);
	field = field_of(fields, edit);
	out = must_have(open_memstream(&text, &size));
	fwrite(line, 1, field.at - line, out);
	if (field.at != fields[edit->field].at)
		fputc(' ', out);
	if (edit->write(out, field, change, entry)) {
		fputs(field.at + field.length, out);
		fflush(out);
		after = parse_changed(text, line, number);
		*error = after ? 0 : -EINVAL;
	}
	fclose(out);
	if (!after) {
		free(text);
		text = NULL;
	}
	tab_free_entry(after);
	tab_free_entry(entry);

	return text;
}

static bool is_line_of(const char *line, const char *name)
{
	struct tab_field fields[TAB_FIELDS];

	return tab_split(line, fields) &&
	       fields[TAB_NAME].length == strlen(name) &&
	       !memcmp(fields[TAB_NAME].at, name, strlen(name));
}

/*
 * All of the file, with a part of the change. NULL if nothing is to be changed, or with an
 * @error.
 */
static char *edit_text(const char *text, const struct edit *edit,
		       const struct tab_change *change, int *error)
{
	char *line, *changed, *all = NULL;
	const char *at, *end;
	unsigned int number = 1;
	bool found = false;

	for (at = text; *at && !found; at = end + !!*end) {
		end = strchrnul(at, '\n');
		line = must_have(strndup(at, end - at));
		found = is_line_of(line, change->name);
		changed = found ? edit_line(line, number, edit, change, error) :
				  NULL;
		if (changed && asprintf(&all, "%.*s%s%s", (int)(at - text),
					text, changed, end) < 0)
			all = must_have(NULL);
		free(changed);
		free(line);
		number++;
	}

	return all;
}

/* The same with all parts of it, one after the other. */
static char *edit_all(const char *text, const struct tab_change *change,
		      int *error)
{
	char *all = NULL, *next;
	unsigned int i;

	for (i = 0; i < sizeof(edits) / sizeof(*edits) && !*error; i++) {
		next = edit_text(all ?: text, &edits[i], change, error);
		if (!next)
			continue;
		free(all);
		all = next;
	}

	return all;
}

/* The file as it is, locked against others who edit it. Returns its descriptor. */
static int open_locked(const char *path, struct stat *st)
{
	struct stat now;
	int fd;

	for (;;) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (flock(fd, LOCK_EX) || fstat(fd, st) || stat(path, &now))
			break;
		/* Who had it before has put another file in its place. */
		if (now.st_ino == st->st_ino && now.st_dev == st->st_dev)
			return fd;
		close(fd);
	}
	close(fd);

	return -EIO;
}

static char *read_all(int fd, size_t size)
{
	char *text = must_have(malloc(size + 1));
	size_t done = 0;
	ssize_t got;

	while (done < size) {
		got = read(fd, text + done, size - done);
		if (got <= 0)
			break;
		done += got;
	}
	text[done] = '\0';
	if (done == size && strlen(text) == size)
		return text;

	free(text);
	return NULL;
}

static int edit_file(int fd, const char *path, const struct stat *st,
		     const struct tab_change *change, bool write)
{
	char *text = read_all(fd, st->st_size), *changed;
	int error = 0;

	if (!text)
		return fail(-EIO, "cannot read %s, or it is no text", path);

	changed = edit_all(text, change, &error);
	if (changed && !error && write)
		error = replace_file(path, changed, st);
	free(changed);
	free(text);

	return error;
}

/**
 * tab_change - write down what has changed of a device
 * @change: what
 * @write: it has; if not, only tell whether it could be written down
 *
 * If /etc/quorumtab has no line of the device nothing is done. A threshold that is not
 * what the line says, or means without saying it, is written; a spare that has become the
 * leg is none any more. All of it changes at once.
 *
 * Returns 0 or an error, which has been told.
 */
int tab_change(const struct tab_change *change, bool write)
{
	/* If it is a link it is to stay one. */
	char *path = realpath(TAB_PATH, NULL);
	struct stat st = { 0 };
	int fd, error;

	if (!path)
		return errno == ENOENT ? 0 :
		       fail(-errno, "cannot read " TAB_PATH ": %s",
			    strerror(errno));

	fd = open_locked(path, &st);
	if (fd < 0) {
		error = fail(fd, "cannot read %s: %s", path, strerror(-fd));
	} else {
		error = edit_file(fd, path, &st, change, write);
		close(fd);
	}
	free(path);

	return error;
}

/**
 * tab_forget_others - forget legs that the line does not have
 * @entry: the line
 * @state: what is remembered of the device
 */
void tab_forget_others(const struct tab_entry *entry, struct state *state)
{
	const struct table *table = &entry->plan.table;
	unsigned int i, leg;

	for (i = state->nr_behind; i-- > 0;) {
		for (leg = 0; leg < table->nr_legs; leg++)
			if (!strcmp(table->legs[leg].dev, state->behind[i]))
				break;
		if (leg == table->nr_legs)
			state_set_behind(state, state->behind[i], false);
	}
}

static int note_change(struct tab_entry *entry, unsigned int leg,
		       const char *path, struct state *before)
{
	struct table *table = &entry->plan.table;
	struct state state;
	int error;

	state_read(entry->name, before);
	state_read(entry->name, &state);
	tab_forget_others(entry, &state);
	if (leg < table->nr_legs && strcmp(table->legs[leg].dev, ABSENT))
		state_set_behind(&state, table->legs[leg].dev, true);
	if (path && !log_device(table))
		state_set_behind(&state, path, true);
	error = state_write(entry->name, &state);
	state_free(&state);

	return error;
}

/**
 * tab_leg_changes - a leg is about to be replaced, added or taken out
 * @name: of the device
 * @leg: number of the leg; the number of legs, if it is one more
 * @path: the new leg's device, or NULL
 * @before: gets what was remembered of the device; to be freed
 *
 * To be called before the new table comes into force. The machine, or this program, may
 * stop at any time after that, also before the line says the same. The next start
 * then makes the device of the old leg, which lacks what has been written since;
 * no log knows, as its bits are those of the new one. And a new leg has none of the data
 * until it has been filled, which a log does know. So neither is to vote then
 * before it has been filled.
 *
 * What is noted of the old leg is forgotten when the line does not have it any more.
 *
 * Returns 0 or an error.
 */
int tab_leg_changes(const char *name, unsigned int leg, const char *path,
		    struct state *before)
{
	struct tab_entry *entry;
	int error = tab_get(name, &entry);

	memset(before, 0, sizeof(*before));
	if (entry)
		error = note_change(entry, leg, path, before);
	tab_free_entry(entry);

	return error;
}

/**
 * tab_leg_stays - take that back, as the old table is still in force
 * @name: of the device
 * @before: from tab_leg_changes()
 */
void tab_leg_stays(const char *name, const struct state *before)
{
	if (before->known)
		state_write(name, before);
}

/* A path that is not there says nothing, nor does a leg that is absent now. */
static int check_leg(const struct tab_entry *entry, const struct leg *leg,
		     unsigned int number)
{
	const char *path = entry->plan.table.legs[number].dev;

	if (!strcmp(leg->dev, ABSENT))
		return 0;
	if (!access(path, F_OK) && !is_device(path, leg->dev))
		return fail(-EINVAL, TAB_PATH " line %u: leg %u is not %s: correct the line before",
			    entry->number, number, path);
	if (leg->offset != entry->plan.offset)
		return fail(-EINVAL, TAB_PATH " line %u: all legs have to begin at sector %llu, as a line has one offset for all",
			    entry->number,
			    (unsigned long long)entry->plan.offset);

	return 0;
}

/**
 * tab_check_legs - is the line of a device about these legs?
 * @name: of the device
 * @table: its table
 * @offset: where a new leg is to begin, or NULL
 *
 * Returns 0 if it is, or if there is none; or an error, which has been told.
 */
int tab_check_legs(const char *name, const struct table *table,
		   const uint64_t *offset)
{
	struct leg new = { .dev = "", .offset = offset ? *offset : 0 };
	struct tab_entry *entry;
	unsigned int leg;
	int error = tab_get(name, &entry);

	if (entry && entry->plan.table.nr_legs != table->nr_legs)
		error = fail(-EINVAL, TAB_PATH " line %u: %s has %u legs: correct the line before",
			     entry->number, name, table->nr_legs);
	for (leg = 0; entry && leg < table->nr_legs && !error; leg++)
		error = check_leg(entry, &table->legs[leg], leg);
	if (entry && offset && !error && new.offset != entry->plan.offset)
		error = fail(-EINVAL, TAB_PATH " line %u: all legs have to begin at sector %llu, as a line has one offset for all",
			     entry->number,
			     (unsigned long long)entry->plan.offset);
	tab_free_entry(entry);

	return error;
}

/**
 * tab_owner - which other device has a device as a leg, or as its log?
 * @name: of the device that is meant to have it
 * @dev: major:minor
 *
 * It may be one that has not been made, so that nobody holds its legs.
 *
 * Returns its name, to be freed, or NULL.
 */
char *tab_owner(const char *name, const char *dev)
{
	struct tab_entry *entry;
	char *owner = NULL, **log;
	unsigned int leg;
	struct tab tab;

	if (tab_read(&tab))
		return NULL;

	for (entry = tab.first; entry && !owner; entry = entry->next) {
		struct table *table = &entry->plan.table;
		bool has = false;

		for (leg = 0; leg < table->nr_legs && strcmp(entry->name, name); leg++)
			has |= is_device(table->legs[leg].dev, dev);
		log = log_device(table);
		if (has || (log && is_device(*log, dev)))
			owner = must_have(strdup(entry->name));
	}
	tab_free(&tab);

	return owner;
}

/**
 * tab_has_leg - does the line of a device have a disk as this leg?
 * @name: of the device
 * @leg: number of the leg
 *
 * Returns false if the leg is absent there, or there is no line.
 */
bool tab_has_leg(const char *name, unsigned int leg)
{
	struct tab_entry *entry;
	bool has;

	tab_get(name, &entry);
	has = entry && leg < entry->plan.table.nr_legs &&
	      strcmp(entry->plan.table.legs[leg].dev, ABSENT);
	tab_free_entry(entry);

	return has;
}

/* The first of the links in a directory that lead to a device, in their order. */
static char *link_in(const char *directory, const char *dev)
{
	char pattern[64], *link = NULL;
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/*", directory);
	if (glob(pattern, 0, NULL, &found))
		return NULL;
	for (i = 0; i < found.gl_pathc && !link; i++)
		if (is_device(found.gl_pathv[i], dev))
			link = must_have(strdup(found.gl_pathv[i]));
	globfree(&found);

	return link;
}

/* As the line of the device has it, as a leg or as a spare. */
static char *path_in_line(const char *name, const char *dev)
{
	struct tab_entry *entry;
	char *path = NULL;
	unsigned int i;

	tab_get(name, &entry);
	for (i = 0; entry && i < entry->plan.table.nr_legs && !path; i++)
		if (is_device(entry->plan.table.legs[i].dev, dev))
			path = must_have(strdup(entry->plan.table.legs[i].dev));
	for (i = 0; entry && i < entry->nr_spares && !path; i++)
		if (is_device(entry->spares[i], dev))
			path = must_have(strdup(entry->spares[i]));
	tab_free_entry(entry);

	return path;
}

/**
 * tab_path - by what path should a line name a device?
 * @name: of the quorum device
 * @path: by which it has been named; /dev/sdb may be another disk after the next start
 * @dev: major:minor
 *
 * Returns the path, to be freed.
 */
char *tab_path(const char *name, const char *path, const char *dev)
{
	char *better = path_in_line(name, dev);

	if (!better && strncmp(path, "/dev/disk/", 10) &&
	    strncmp(path, "/dev/mapper/", 12))
		better = link_in("/dev/disk/by-id", dev) ?:
			 link_in("/dev/disk/by-path", dev);
	if (!better && *path != '/')
		better = realpath(path, NULL);

	return better ?: must_have(strdup(path));
}

/*
 * One by one, as update-initramfs ends with the first that fails. An older kernel may have
 * no module any more, which is told; those that are in use or start by themselves must not
 * fail.
 */
static const char update_all[] =
	"versions=$(ls /var/lib/initramfs-tools 2> /dev/null | sort -rV)\n"
	"[ \"$versions\" ] || exec update-initramfs -u >&2\n"
	"newest= status=0\n"
	"for version in $versions; do\n"
	"	newest=${newest:-$version}\n"
	"	update-initramfs -u -k \"$version\" >&2 && continue\n"
	"	echo \"quorumsetup: the initramfs of $version COULD NOT BE UPDATED\" >&2\n"
	"	case $version in \"$newest\" | \"$(uname -r)\") status=1 ;; esac\n"
	"done\n"
	"exit $status";

/**
 * tab_update_initramfs - after the line of a device has changed
 * @name: of the device
 *
 * The initramfs has the line as it was, and would make a device of those legs, if it is
 * made there. That of each kernel, as an older one may be started.
 *
 * Returns 0 or an error.
 */
int tab_update_initramfs(const char *name)
{
	struct tab_entry *entry;
	int error = tab_get(name, &entry);

	if (entry && entry->initramfs && system(update_all))
		error = fail(-EIO, "update-initramfs has failed, and at the next start %s WOULD BE MADE OF ITS OLD LEGS: update the initramfs",
			     name);
	tab_free_entry(entry);

	return error;
}
