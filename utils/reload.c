// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another table for a device in use.
 *
 * The new table is loaded before the device is suspended, as that opens devices and
 * takes memory. What it was made from can change until the device has come to rest, so
 * that is looked at again then, and the old table goes on if it has. Between suspend
 * and resume this process must wait for nothing that may wait for the device: it keeps
 * its memory, says nothing, and is stopped by no signal.
 */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <malloc.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_DIR	"/run/dm-quorum"
#define LOCK_TRIES	50
/* What is in flight on legs that answer has ended by then. */
#define SUSPEND_SECONDS	60
/* More than what is allocated while the device is suspended. */
#define RESERVE		(1024 * 1024)
#define RESUME_TRIES	3

/* -EBUSY, of which nothing is told, if somebody has it and @how does not wait. */
static int lock(const char *name, const char *kind, int how)
{
	char path[sizeof(LOCK_DIR) + 128];
	int fd;

	if (mkdir(LOCK_DIR, 0755) && errno != EEXIST)
		return fail(-errno, "cannot make %s: %s", LOCK_DIR,
			    strerror(errno));

	snprintf(path, sizeof(path), LOCK_DIR "/%s.%s", name, kind);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(-errno, "cannot open %s: %s", path,
			    strerror(errno));
	if (!flock(fd, how))
		return fd;

	close(fd);
	return -EBUSY;
}

/**
 * lock_notes - keep others from noting something of the same device
 * @name: the device
 *
 * Waits for them, as what they note may not be what is there now. To be had before
 * try_lock_device().
 *
 * Return: a file descriptor that holds the lock until it is closed, or an error.
 */
int lock_notes(const char *name)
{
	return lock(name, "notes", LOCK_EX);
}

/**
 * try_lock_device - keep others from reloading the same device
 * @name: the device
 *
 * Return: a file descriptor that holds the lock until it is closed; -EBUSY, of which
 * nothing is told, if somebody has it; or an error.
 */
int try_lock_device(const char *name)
{
	return lock(name, "lock", LOCK_EX | LOCK_NB);
}

/**
 * lock_device - the same for who has to have it
 * @name: the device
 *
 * Waits for who notes something because of an event, which takes no time.
 *
 * Return: a file descriptor that holds the lock until it is closed, or an error.
 */
int lock_device(const char *name)
{
	static const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	int tries = LOCK_TRIES, fd;

	while ((fd = try_lock_device(name)) == -EBUSY && --tries)
		nanosleep(&pause, NULL);
	if (fd == -EBUSY)
		fail(fd, "another quorumsetup is changing %s", name);

	return fd;
}

/**
 * lock_disk - keep others from making the same disk a leg
 * @path: of the disk
 *
 * The kernel lets several devices have it. To be had after lock_device(), until the table
 * that has it is in force.
 *
 * Return: a file descriptor that holds the lock until it is closed, or an error.
 */
int lock_disk(const char *path)
{
	char *dev = device_number(path), name[32];
	int fd;

	if (!dev)
		return -ENOTBLK;

	/* No device has such a name. */
	snprintf(name, sizeof(name), ",%s", dev);
	free(dev);
	fd = lock(name, "disk", LOCK_EX | LOCK_NB);
	if (fd == -EBUSY)
		fail(fd, "another quorumsetup is making %s a leg", path);

	return fd;
}

/*
 *--------------------------------------------------------------------
 * Signals
 *--------------------------------------------------------------------
 */

/*
 * They end a suspend that has not come to its end; all others wait. They are held
 * from before a new table waits, which would be left behind. SIGALRM is the last.
 */
static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM };
#define NR_ENDING	(sizeof(ending) / sizeof(*ending))

/* The first that has come, SIGALRM only if there is no other. */
static atomic_int came;

struct signals {
	sigset_t mask;
	struct sigaction old[NR_ENDING];
};

static void note_signal(int number)
{
	if (!came || came == SIGALRM)
		came = number;
	/* The ioctl may begin after this. It is to end all the same. */
	alarm(1);
}

static bool is_stopped(void)
{
	return came && came != SIGALRM;
}

static void hold_signals(struct signals *signals)
{
	/* Without SA_RESTART: the ioctl is to end. */
	struct sigaction action = { .sa_handler = note_signal };
	sigset_t others;
	unsigned int i;

	if (came == SIGALRM)
		came = 0;
	sigfillset(&others);
	for (i = 0; i < NR_ENDING; i++) {
		sigaction(ending[i], &action, &signals->old[i]);
		/* Of nohup, say. */
		if (signals->old[i].sa_handler == SIG_IGN)
			sigaction(ending[i], &signals->old[i], NULL);
		sigdelset(&others, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &others, &signals->mask);
}

static void hold_all_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

static void release_signals(const struct signals *signals)
{
	unsigned int i;

	/* What has come since is noted by this. */
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
	for (i = 0; i < NR_ENDING; i++) {
		/* No handler sets it any more, and it would end the program. */
		if (ending[i] == SIGALRM)
			alarm(0);
		sigaction(ending[i], &signals->old[i], NULL);
	}
}

/**
 * obey_signal - end by the signal that came during a reload, if one did
 *
 * Not before what was done has been told.
 */
void obey_signal(void)
{
	int number = came;

	came = 0;
	if (!number || number == SIGALRM)
		return;

	fflush(stdout);
	raise(number);
}

/*
 *--------------------------------------------------------------------
 * From one table to the next
 *--------------------------------------------------------------------
 */

/**
 * struct swap - what is prepared before the device is suspended, and how it went
 * @name: the device
 * @table: what its table is to be still
 * @status: and its status
 * @suspend: the task
 * @resume: the task
 * @cookie: by which udev tells that it is done with the resume
 * @signals: as they were
 * @suspend_error: 0 or a negative errno
 * @same: table and status are what they were
 * @resume_error: 0 or a negative errno of the first try
 * @suspended: it is suspended in the end
 */
struct swap {
	const char *name;
	const struct table *table;
	const struct status *status;
	struct dm_task *suspend;
	struct dm_task *resume;
	uint32_t cookie;
	struct signals signals;
	int suspend_error;
	bool same;
	int resume_error;
	bool suspended;
};

static int run(struct dm_task *task)
{
	int error = 0;

	if (!task)
		return -ENOMEM;
	if (!dm_task_run(task))
		error = task_error(task);
	dm_task_destroy(task);

	return error;
}

static int load(const char *name, const struct table *table, bool readonly)
{
	struct dm_task *task = new_task(DM_DEVICE_RELOAD, name);

	if (!task)
		return -ENOMEM;
	if (!add_target(task, table) || (readonly && !dm_task_set_ro(task))) {
		dm_task_destroy(task);
		return -ENOMEM;
	}

	return run(task);
}

static void clear(const char *name)
{
	run(new_task(DM_DEVICE_CLEAR, name));
}

/* Letters and words on which it depends what the new table has to be. */
static bool is_same_status(const struct status *a, const struct status *b)
{
	unsigned int leg;

	if (a->nr_legs != b->nr_legs || strcmp(a->action, b->action) ||
	    a->log_state != b->log_state)
		return false;

	for (leg = 0; leg < a->nr_legs; leg++)
		if (a->legs[leg].health != b->legs[leg].health)
			return false;

	return true;
}

static bool is_same(const struct swap *swap)
{
	struct status status;
	struct table table;
	bool same;

	if (dm_look(swap->name, &table, &status))
		return false;

	same = table_is_same(&table, swap->table) &&
	       is_same_status(&status, swap->status);
	table_free(&table);
	status_free(&status);

	return same;
}

/* A resume that failed has given up the new table: the next one takes the old. */
static void resume(struct swap *swap)
{
	unsigned int tries = 1;

	swap->resume_error = run(swap->resume);
	for (;;) {
		swap->suspended = dm_is_suspended(swap->name);
		if (!swap->suspended || tries++ == RESUME_TRIES)
			break;
		run(new_task(DM_DEVICE_RESUME, swap->name));
	}
}

/*
 * What is not suspended is not changed by a resume, if no table waits: so there is
 * one in any case.
 */
static void swap_tables(struct swap *swap)
{
	alarm(SUSPEND_SECONDS);
	if (is_stopped())
		alarm(1);
	swap->suspend_error = run(swap->suspend);
	hold_all_signals();
	alarm(0);
	swap->same = !swap->suspend_error && is_same(swap);
	if (!swap->same)
		clear(swap->name);
	resume(swap);
}

/* What is mapped stays in memory, and what is freed is kept for what comes. */
static int hold_memory(void)
{
	char *reserve;

	mallopt(M_TRIM_THRESHOLD, 2 * RESERVE);
	mallopt(M_MMAP_THRESHOLD, 2 * RESERVE);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return fail(-errno, "cannot lock memory, which is needed while a device is suspended: %s",
			    strerror(errno));

	reserve = must_have(malloc(RESERVE));
	explicit_bzero(reserve, RESERVE);
	free(reserve);

	return 0;
}

/*
 * Without flushing: writes that are held because the log cannot be written go on
 * with the new table, and no filesystem is frozen for what it does not notice.
 */
static int prepare(struct swap *swap)
{
	swap->suspend = new_task(DM_DEVICE_SUSPEND, swap->name);
	swap->resume = new_task(DM_DEVICE_RESUME, swap->name);
	if (!swap->suspend || !swap->resume ||
	    !dm_task_no_flush(swap->suspend) ||
	    !dm_task_skip_lockfs(swap->suspend) ||
	    !dm_task_set_cookie(swap->resume, &swap->cookie, 0))
		return fail(-ENOMEM, "%s cannot be suspended", swap->name);

	return hold_memory();
}

/* Nothing has been run yet. */
static void give_up(struct swap *swap)
{
	if (swap->cookie) {
		dm_udev_complete(swap->cookie);
		dm_udev_wait(swap->cookie);
	}
	if (swap->suspend)
		dm_task_destroy(swap->suspend);
	if (swap->resume)
		dm_task_destroy(swap->resume);
	clear(swap->name);
}

static int tell_stopped(const char *name)
{
	return fail(-EINTR, "stopped by a signal, and nothing has changed on %s",
		    name);
}

static int load_and_prepare(struct swap *swap, const struct table *new,
			    bool readonly)
{
	const char *name = swap->name;
	int error = load(name, new, readonly);

	if (error)
		return fail(error, "the new table of %s was refused: %s; the kernel's log has the reason",
			    name, strerror(-error));

	error = prepare(swap);
	if (!error && is_stopped())
		error = tell_stopped(name);
	if (error)
		give_up(swap);

	return error;
}

/* Returns 0, RELOAD_AGAIN, or an error that has been told. */
static int tell_outcome(const struct swap *swap)
{
	const char *name = swap->name;

	if (swap->suspended)
		return fail(-EIO, "%s IS SUSPENDED and cannot be resumed (%s): try \"dmsetup resume %s\"",
			    name, strerror(-swap->resume_error), name);
	if (is_stopped() && (swap->suspend_error || !swap->same))
		return tell_stopped(name);
	if (swap->suspend_error && came)
		return fail(-ETIMEDOUT, "what is in flight on %s has not ended in %d s, and nothing has changed: a leg may hang",
			    name, SUSPEND_SECONDS);
	if (swap->suspend_error)
		return fail(swap->suspend_error, "%s cannot be suspended, and nothing has changed: %s",
			    name, strerror(-swap->suspend_error));
	if (!swap->same)
		return RELOAD_AGAIN;
	if (swap->resume_error)
		return fail(swap->resume_error, "the new table of %s did not come into force (%s), and the old one is in use again; the kernel's log may have the reason",
			    name, strerror(-swap->resume_error));

	return 0;
}

/**
 * reload - put another table in the place of the one in use
 * @name: the device
 * @new: the table
 * @readonly: the device is
 * @table: the table that @new was made from
 * @status: the status that @new was made from
 *
 * I/O waits for a moment. Whatever happens, the device is in use afterwards, if it
 * can be.
 *
 * Return: 0; RELOAD_AGAIN if table or status have changed meanwhile, and the old
 * table is in use; or an error.
 */
int reload(const char *name, const struct table *new, bool readonly,
	   const struct table *table, const struct status *status)
{
	struct swap swap = { .name = name, .table = table, .status = status };
	int error;

	hold_signals(&swap.signals);
	error = load_and_prepare(&swap, new, readonly);
	if (!error) {
		swap_tables(&swap);
		munlockall();
		dm_udev_wait(swap.cookie);
	}
	release_signals(&swap.signals);

	return error ? error : tell_outcome(&swap);
}
