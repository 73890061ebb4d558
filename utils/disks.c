// SPDX-License-Identifier: GPL-2.0-only
/* Disks that are legs or are to be: what the kernel knows of them. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What a disk that is well does not take for one request. */
#define LOOKS		30
#define LOOK_EVERY_MS	100
/* At its start and at its end: what signatures are looked for in. */
#define LABEL_BYTES	(1024 * 1024)

/*
 *--------------------------------------------------------------------
 * Does a leg answer?
 *--------------------------------------------------------------------
 */

/* Returns false if there is no such file, and then nothing is known. */
static bool read_numbers(const char *dev, const char *file, uint64_t *numbers,
			 unsigned int nr)
{
	char path[96];
	bool all = true;
	FILE *in;

	snprintf(path, sizeof(path), "/sys/dev/block/%s/%s", dev, file);
	in = fopen(path, "re");
	if (!in)
		return false;
	for (; nr && all; nr--)
		all = fscanf(in, "%" SCNu64, numbers++) == 1;
	fclose(in);

	return all;
}

static bool has_requests(const char *dev)
{
	uint64_t inflight[2];

	return read_numbers(dev, "inflight", inflight, 2) &&
	       inflight[0] + inflight[1];
}

/* Reads, writes, discards and flushes that it has ended. */
static uint64_t nr_ended(const char *dev)
{
	uint64_t stat[16];

	if (!read_numbers(dev, "stat", stat, 16))
		return 0;

	return stat[0] + stat[4] + stat[11] + stat[15];
}

static bool is_suspended(const char *dev)
{
	uint64_t suspended;

	return read_numbers(dev, "dm/suspended", &suspended, 1) && suspended;
}

static int tell_hung(const char *name, unsigned int leg,
		     const struct leg_status *status)
{
	char *device = device_name(status->dev);
	int error;

	if (status->health == 'D')
		error = fail(-EBUSY, "leg %u (%s) has failed and does not give back what it has in flight, for which a suspend of %s would wait: make it answer, or take the disk away, before",
			     leg, device, name);
	else
		error = fail(-EBUSY, "leg %u (%s) does not answer, and a suspend of %s would wait for it: see quorumsetup fail, and make it answer, or take the disk away, before",
			     leg, device, name);
	free(device);

	return error;
}

/**
 * check_legs_answer - would a suspend come to its end?
 * @name: the device
 * @status: its status
 *
 * A leg that has requests in flight and ends none for a while hangs. That it has failed
 * is no help: a suspend waits for what it was let go with.
 *
 * Return: 0 or an error.
 */
int check_legs_answer(const char *name, const struct status *status)
{
	struct timespec nap = { .tv_nsec = LOOK_EVERY_MS * 1000000L };
	unsigned int leg, look;

	for (leg = 0; leg < status->nr_legs; leg++) {
		const char *dev = status->legs[leg].dev;
		uint64_t ended = nr_ended(dev);

		if (is_suspended(dev))
			return fail(-EBUSY, "leg %u (%s) is suspended, and a suspend of %s would wait for it: resume it before",
				    leg, dev, name);
		for (look = 0; has_requests(dev) && nr_ended(dev) == ended;
		     look++) {
			if (look == LOOKS)
				return tell_hung(name, leg, &status->legs[leg]);
			nanosleep(&nap, NULL);
		}
	}

	return 0;
}

/*
 *--------------------------------------------------------------------
 * Can a disk become a leg?
 *--------------------------------------------------------------------
 */

static void become_blkid(int fd, int out)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fcntl(fd, F_SETFD, 0);
	dup2(out, STDOUT_FILENO);
	/* What the disk says of a partition is not in it. */
	execl("/usr/sbin/blkid", "blkid", "-p", "-D", "-o", "value", "-s",
	      "TYPE", "-s", "PTTYPE", path, NULL);
	execl("/sbin/blkid", "blkid", "-p", "-D", "-o", "value", "-s", "TYPE",
	      "-s", "PTTYPE", path, NULL);
	_exit(127);
}

/* Returns what blkid returns, or a negative errno. */
static int run_blkid(int fd, char *found, size_t size)
{
	int pipes[2], status;
	ssize_t length;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	fflush(stdout);
	child = fork();
	if (!child)
		become_blkid(fd, pipes[1]);
	close(pipes[1]);
	/* A few words: they come in one piece. */
	length = child < 0 ? 0 : read(pipes[0], found, size - 1);
	found[length > 0 ? length : 0] = '\0';
	close(pipes[0]);
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -EAGAIN;

	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

/* Where signatures are. For blkid, what it cannot read holds none. */
static bool can_be_read(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	bool all = size >= 0;
	off_t offset = 0;
	char buffer[4096];
	ssize_t length;

	while (all && offset < size) {
		length = pread(fd, buffer, sizeof(buffer), offset);
		all = length > 0;
		offset += length;
		if (offset >= LABEL_BYTES && offset < size - LABEL_BYTES)
			offset = size - LABEL_BYTES;
	}

	return all;
}

/* What is overwritten is not to be what somebody wants back. */
static int check_contents(const char *path, int fd)
{
	char found[64];

	switch (run_blkid(fd, found, sizeof(found))) {
	case 0:
		found[strcspn(found, "\n")] = '\0';
		return fail(-EEXIST, "%s holds something: %s; --force overwrites it",
			    path, found);
	case 2:
		if (can_be_read(fd))
			return 0;
		return fail(-EIO, "%s cannot be read, so that nobody knows whether it holds something; --force overwrites it",
			    path);
	case 8:
		return fail(-EEXIST, "%s holds something, which has signatures of several kinds; --force overwrites it",
			    path);
	default:
		return fail(-ENOENT, "blkid cannot tell whether %s holds something; --force overwrites it",
			    path);
	}
}

static int check_size(const char *path, int fd, uint64_t sectors,
		      unsigned int block_bytes)
{
	int block, readonly;
	uint64_t bytes;

	if (ioctl(fd, BLKGETSIZE64, &bytes) || ioctl(fd, BLKSSZGET, &block) ||
	    ioctl(fd, BLKROGET, &readonly))
		return fail(-errno, "cannot look at %s: %s", path,
			    strerror(errno));

	if (bytes / SECTOR_SIZE < sectors)
		return fail(-ENOSPC, "%s is too small: it has %" PRIu64 " sectors, and %" PRIu64 " are needed",
			    path, bytes / SECTOR_SIZE, sectors);
	if ((unsigned int)block > block_bytes)
		return fail(-EINVAL, "%s has logical blocks of %d bytes, and those of the device are %u",
			    path, block, block_bytes);
	if (readonly)
		return fail(-EROFS, "%s is read-only", path);

	return 0;
}

/**
 * check_new_leg - can a disk become a leg of a device in use?
 * @path: of the disk, which is no leg yet
 * @sectors: that it must have
 * @block_bytes: of the device's logical blocks
 * @force: overwrite whatever it holds
 *
 * Return: 0 or an error.
 */
int check_new_leg(const char *path, uint64_t sectors, unsigned int block_bytes,
		  bool force)
{
	int error, fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC);

	if (fd < 0 && errno == EBUSY)
		return fail(-EBUSY, "%s is in use: it is mounted, or held by another device or program",
			    path);
	if (fd < 0)
		return fail(-errno, "cannot open %s: %s", path,
			    strerror(errno));

	error = check_size(path, fd, sectors, block_bytes);
	if (!error && !force)
		error = check_contents(path, fd);
	close(fd);

	return error;
}
