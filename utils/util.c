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

/* Tell what is wrong. Returns the error, for the caller to return. */
int fail(int error, const char *format, ...)
{
	va_list args;

	fputs("quorumsetup: ", stderr);
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
	int fd = open(path, O_RDONLY | O_CLOEXEC), block, error = 0;
	uint64_t bytes;

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

void print_json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ')
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}
