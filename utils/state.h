/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be remembered of a device of /etc/quorumtab until the next start.
 */
#ifndef QUORUMSTATE_H
#define QUORUMSTATE_H

#include "quorumsetup.h"

#ifndef STATE_DIRECTORY
#define STATE_DIRECTORY	"/var/lib/dm-quorum"
#endif

/**
 * struct state - what is remembered of a device
 * @known: there is a place for such things; there may be none early in the boot
 * @sectors: its length, or 0
 * @nr_behind: number of legs that missed something
 * @behind: these, by their paths in /etc/quorumtab
 */
struct state {
	bool known;
	uint64_t sectors;
	unsigned int nr_behind;
	char *behind[MAX_LEGS];
};

void state_read(const char *name, struct state *state);
int state_write(const char *name, const struct state *state);
void state_free(struct state *state);
bool state_is_behind(const struct state *state, const char *path);
void state_set_behind(struct state *state, const char *path, bool behind);

#endif /* QUORUMSTATE_H */
