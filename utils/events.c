// SPDX-License-Identifier: GPL-2.0-only
/* Events as the kernel sends them, a line each. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KERNEL_GROUP	1		/* what udevd listens to */
#define RECEIVE_BYTES	(16 << 20)	/* a storm of them waits here */

/* Listen to the kernel's events. Returns the socket. */
int events_open(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = KERNEL_GROUP,
	};
	int bytes = RECEIVE_BYTES;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
			NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return fail(-errno, "cannot listen to events: %s",
			    strerror(errno));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		int error = fail(-errno, "cannot listen to events: %s",
				 strerror(errno));

		close(fd);
		return error;
	}
	/* Needs the right to; without it there is room for fewer. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));

	return fd;
}

/* The value of a key, or NULL. An event is strings, one behind the other. */
const char *event_value(const char *event, size_t length, const char *key)
{
	size_t key_length = strlen(key);
	const char *at, *end = event + length;

	for (at = event; at < end; at += strlen(at) + 1)
		if (!strncmp(at, key, key_length) && at[key_length] == '=')
			return at + key_length + 1;

	return NULL;
}

static void print_event(const char *event, size_t length, const char *name)
{
	const char *at, *end = event + length, *its_name, *action;
	char date[32];
	time_t now;

	its_name = event_value(event, length, "DM_NAME");
	action = event_value(event, length, "DM_ACTION");
	if (!action || strncmp(action, "QUORUM_", 7) ||
	    (name && (!its_name || strcmp(its_name, name))))
		return;

	time(&now);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S%z", localtime(&now));
	printf("%s ", date);
	print_text(its_name ?: "?");
	putchar(' ');
	print_text(action);
	for (at = event; at < end; at += strlen(at) + 1) {
		if (strncmp(at, "DM_QUORUM_", 10) &&
		    strncmp(at, "DM_SEQNUM=", 10))
			continue;
		putchar(' ');
		print_text(at);
	}
	putchar('\n');
	fflush(stdout);
}

/*
 * Receive the next event, of which there are LARGEST_EVENT bytes at most. Returns its
 * length, 0 if somebody else has sent it: only the kernel's are what they say.
 */
ssize_t events_receive(int fd, char *event)
{
	/* The kernel is 0: what has no sender is not from it. */
	struct sockaddr_nl from = { .nl_pid = UINT32_MAX };
	socklen_t length = sizeof(from);
	ssize_t got = recvfrom(fd, event, LARGEST_EVENT - 1, 0,
			       (struct sockaddr *)&from, &length);

	if (got < 0)
		return -errno;
	if (from.nl_pid)
		return 0;

	event[got] = '\0';
	return got;
}

/* Print events, those of one device if @name is not NULL, until interrupted. */
int events_follow(const char *name)
{
	char event[LARGEST_EVENT];
	struct table table;
	ssize_t got;
	int fd;

	/* A device that there is not would never say anything. */
	if (name && dm_get_table(name, &table))
		return -ENODEV;
	if (name)
		table_free(&table);
	fd = events_open();
	if (fd < 0)
		return fd;

	for (;;) {
		got = events_receive(fd, event);
		if (got == -ENOBUFS) {
			fail(0, "events were lost; their numbers tell how many");
			continue;
		}
		if (got < 0 && got != -EINTR)
			break;
		if (got > 0)
			print_event(event, got, name);
	}
	close(fd);

	return fail(got, "cannot listen to events: %s", strerror(-got));
}
