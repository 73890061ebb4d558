// SPDX-License-Identifier: GPL-2.0-only
/* What all of quorumsetup needs: messages, numbers, block devices. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Say nothing but errors. */
bool quiet;

/* Where it is that something is wrong, if not on the command line. */
const char *fail_place;

/* Tell what is wrong. Returns the error, for the caller to return. */
int fail(int error, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s: ", program_invocation_short_name);
	if (fail_place)
		fprintf(stderr, "%s: ", fail_place);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);

	return error;
}

/* Tell what was done. */
void tell(const char *format, ...)
{
	va_list args;

	if (quiet)
		return;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* Of what is allocated here nothing can be done without. */
void *must_have(void *memory)
{
	if (!memory) {
		fail(0, "out of memory");
		exit(EXIT_FAILURE);
	}

	return memory;
}

/* Decimal, without a sign. Says nothing if it is none. */
int parse_number(const char *word, uint64_t *number)
{
	char *end;

	if (!isdigit((unsigned char)*word))
		return -EINVAL;

	errno = 0;
	*number = strtoull(word, &end, 10);

	return *end || errno ? -EINVAL : 0;
}

/* Split in place, at spaces. Returns the number of words, at most @most. */
unsigned int split_words(char *text, char **words, unsigned int most)
{
	unsigned int nr = 0;
	char *word, *rest;

	for (word = strtok_r(text, " \n", &rest); word && nr < most;
	     word = strtok_r(NULL, " \n", &rest))
		words[nr++] = word;

	return nr;
}

/* The kernel's name of a block device, given as major:minor; or what was given. */
char *device_name(const char *dev)
{
	char link[64], target[256];
	ssize_t length;
	char *name;

	snprintf(link, sizeof(link), "/sys/dev/block/%s", dev);
	length = readlink(link, target, sizeof(target) - 1);
	if (length < 0)
		return must_have(strdup(dev));

	target[length] = '\0';
	name = strrchr(target, '/');
	return must_have(strdup(name ? name + 1 : target));
}

/* A block device as major:minor; NULL, and the user is told, if it is none. */
char *device_number(const char *path)
{
	char text[32];
	struct stat st;

	if (stat(path, &st) || !S_ISBLK(st.st_mode)) {
		fail(0, "%s is not a block device", path);
		return NULL;
	}

	snprintf(text, sizeof(text), "%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	return must_have(strdup(text));
}

int device_sectors(const char *path, uint64_t *sectors,
		   unsigned int *block_bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), block = 0, error = 0;
	uint64_t bytes = 0;

	if (fd < 0)
		return fail(-errno, "cannot open %s: %s", path,
			    strerror(errno));

	if (ioctl(fd, BLKGETSIZE64, &bytes) || ioctl(fd, BLKSSZGET, &block))
		error = fail(-ENOTBLK, "%s is not a block device", path);
	close(fd);
	if (error)
		return error;

	*sectors = bytes / SECTOR_SIZE;
	*block_bytes = block;
	return 0;
}

/* A device's name is whatever its maker chose: no terminal is to obey it. */
void print_text(const char *text)
{
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' || *text == 127 ? '?' : *text);
}

/**
 * utf8_bytes - how long is the character that a text begins with?
 * @text: the text, which is not at its end
 *
 * Return: number of bytes, or 0 if it is none in UTF-8.
 */
size_t utf8_bytes(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t i, length = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;

	if ((*c >= 0x80 && *c < 0xc2) || *c > 0xf4)
		return 0;
	for (i = 1; i < length; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than it need be, a surrogate, or behind the last there is. */
	if ((*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] >= 0xa0) ||
	    (*c == 0xf0 && c[1] < 0x90) || (*c == 0xf4 && c[1] >= 0x90))
		return 0;

	return length;
}

/**
 * print_json_string - print a text as a string of JSON
 * @out: where to
 * @text: the text
 *
 * A device's name may be no UTF-8, which JSON has to be: such a byte becomes \xNN, as
 * dmsetup has it.
 */
void print_json_string(FILE *out, const char *text)
{
	size_t length;

	fputc('"', out);
	for (; *text; text += length ?: 1) {
		unsigned char c = *text;

		length = utf8_bytes(text);
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (!length)
			fprintf(out, "\\\\x%02x", c);
		else if (c < ' ')
			fprintf(out, "\\u%04x", c);
		else
			fwrite(text, 1, length, out);
	}
	fputc('"', out);
}

/*
 * What others make their names of. A uuid has room for these behind its prefix, and
 * nothing in them has to be told to the kernel in another way.
 */
bool is_name(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.=@_:#";

	return *name && strlen(name) <= 100 &&
	       strspn(name, allowed) == strlen(name) && strcmp(name, ".") &&
	       strcmp(name, "..");
}

static int write_file(int fd, const char *text, const struct stat *like)
{
	size_t length = strlen(text);
	ssize_t written = write(fd, text, length);

	if (written < 0)
		return -errno;
	if ((size_t)written != length)
		return -ENOSPC;
	if (fchown(fd, like->st_uid, like->st_gid) ||
	    fchmod(fd, like->st_mode & 07777) || fsync(fd))
		return -errno;

	return 0;
}

/* That there is a new file in it is to last, too. */
static int sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;

	error = fsync(fd) ? -errno : 0;
	close(fd);
	return error;
}

/*
 * Put a file with this text in the place of @path, in one step, with the owner and the
 * mode that @like has.
 */
int replace_file(const char *path, const char *text, const struct stat *like)
{
	const char *base = strrchr(path, '/') + 1;
	char *directory = must_have(strndup(path, base - path)), *temporary;
	int fd, error;

	if (asprintf(&temporary, "%s.%s.XXXXXX", directory, base) < 0)
		temporary = must_have(NULL);
	fd = mkostemp(temporary, O_CLOEXEC);
	error = fd < 0 ? -errno : write_file(fd, text, like);
	if (fd >= 0)
		close(fd);
	if (!error && rename(temporary, path))
		error = -errno;
	if (error && fd >= 0)
		unlink(temporary);
	if (!error)
		error = sync_directory(directory);
	free(temporary);
	free(directory);
	if (error)
		return fail(error, "cannot write %s: %s", path,
			    strerror(-error));

	return 0;
}

/**
 * is_device - is it this device that is there?
 * @path: where
 * @number: major:minor
 */
bool is_device(const char *path, const char *number)
{
	char text[32];
	struct stat st;

	if (stat(path, &st) || !S_ISBLK(st.st_mode))
		return false;

	snprintf(text, sizeof(text), "%u:%u", major(st.st_rdev),
		 minor(st.st_rdev));
	return !strcmp(text, number);
}
