/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /etc/quorumtab: the devices that are to be there from the start, see quorumtab(5).
 *
 * What uses this needs table.o and util.o as well, and no libdevmapper.
 */
#ifndef QUORUMTAB_H
#define QUORUMTAB_H

#include "quorumsetup.h"

#ifndef TAB_PATH
#define TAB_PATH	"/etc/quorumtab"
#endif
#define TAB_TIMEOUT	30	/* seconds for legs to appear */
#define MAX_SPARES	32

/**
 * struct tab_entry - a line
 * @next: the next one
 * @number: of the line, from 1
 * @text: the line as it is written
 * @name: of the device
 * @plan: its legs and options, finished
 * @noauto: not to be made unless it is asked for
 * @nofail: nothing is to wait for it, or to fail without it
 * @netdev: its legs need the network
 * @initramfs: to be made there already
 * @degraded: make it without some legs even where that is not safe
 * @no_degraded: make it with all legs only
 * @timeout: seconds for legs to appear
 * @nr_spares: number of spares
 * @spares: devices that may take the place of a leg
 */
struct tab_entry {
	struct tab_entry *next;
	unsigned int number;
	char *text;
	char *name;
	struct plan plan;
	bool noauto;
	bool nofail;
	bool netdev;
	bool initramfs;
	bool degraded;
	bool no_degraded;
	uint64_t timeout;
	unsigned int nr_spares;
	char *spares[MAX_SPARES];
};

/**
 * struct tab - all of it
 * @first: the first line that is in order
 * @nr_bad: how many are not; the user has been told
 */
struct tab {
	struct tab_entry *first;
	unsigned int nr_bad;
};

/**
 * struct tab_field - a part of a line, as it is written
 * @at: where it begins
 * @length: its bytes
 */
struct tab_field {
	const char *at;
	size_t length;
};

/**
 * struct tab_change - what the line of a device is to say
 * @name: of the device
 * @leg: which leg changes; the number of legs, if it is one more; negative if none does
 * @path: the leg's device, "-" for one that is absent; NULL if the leg is no more
 * @threshold: how many legs have to agree; 0 if that stays
 */
struct tab_change {
	const char *name;
	int leg;
	const char *path;
	unsigned int threshold;
};

enum { TAB_NAME, TAB_LEGS, TAB_OPTIONS, TAB_FIELDS };

/* tab.c */
int tab_read(struct tab *tab);
void tab_free(struct tab *tab);
struct tab_entry *tab_find(const struct tab *tab, const char *name);
int tab_get(const char *name, struct tab_entry **entry);
struct tab_entry *tab_parse_line(const char *text, unsigned int number);
void tab_free_entry(struct tab_entry *entry);
unsigned int tab_split(const char *text, struct tab_field *fields);
bool tab_next_item(struct tab_field *rest, struct tab_field *item);
char *tab_decode(struct tab_field field);
void tab_encode(FILE *out, const char *text);

/* tab-edit.c */
struct state;

void tab_forget_others(const struct tab_entry *entry, struct state *state);
int tab_leg_changes(const char *name, unsigned int leg, const char *path,
		    struct state *before);
void tab_leg_stays(const char *name, const struct state *before);
int tab_check_legs(const char *name, const struct table *table,
		   const uint64_t *offset);
bool tab_has_leg(const char *name, unsigned int leg);
char *tab_owner(const char *name, const char *dev);
char *tab_path(const char *name, const char *path, const char *dev);
int tab_update_initramfs(const char *name);
int tab_change(const struct tab_change *change, bool write);

#endif /* QUORUMTAB_H */
