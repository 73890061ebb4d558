// SPDX-License-Identifier: GPL-2.0-only
/* What quorumsetup prints, caught; and is it JSON, as RFC 8259 has it? */

#define _GNU_SOURCE
#include "json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *real_stdout, *real_stderr;
static char *output;
static size_t output_size;

void broken(const char *what, const char *file, int line)
{
	fprintf(real_stderr ?: stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/* A string of its very length; to be freed. */
char *input_text(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	must(text);
	return text;
}

/* From now on, what is printed is kept, and what is complained of is not. */
void output_begin(void)
{
	static FILE *nowhere;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	must(nowhere);
	real_stdout = stdout;
	real_stderr = stderr;
	stderr = nowhere;
	stdout = open_memstream(&output, &output_size);
	must(stdout);
}

/* Until now. Returns it, to be freed. */
char *output_end(size_t *size)
{
	fclose(stdout);
	stdout = real_stdout;
	stderr = real_stderr;
	*size = output_size;

	return output;
}

/* ---- JSON ---- */

/* Bytes of the character at @at, which is no ASCII; 0 if it is no UTF-8. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
	size_t length = *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : 2, i;
	uint32_t c = *at & (0x7f >> length);
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (*at < 0xc2 || *at > 0xf4 || length > left)
		return 0;
	for (i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3f);
	}

	return c < least[length] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ?
	       0 : length;
}

/**
 * struct reader - a text that is being read
 * @at: the next byte
 * @end: behind the last
 */
struct reader {
	const unsigned char *at;
	const unsigned char *end;
};

static bool take(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static void skip_spaces(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
}

static bool take_escape(struct reader *r)
{
	unsigned int digits;

	if (r->at == r->end || !*r->at || !strchr("\"\\/bfnrtu", *r->at))
		return false;
	if (*r->at++ != 'u')
		return true;
	for (digits = 0; digits < 4; digits++, r->at++)
		if (r->at == r->end || !*r->at ||
		    !strchr("0123456789abcdefABCDEF", *r->at))
			return false;

	return true;
}

static bool take_string(struct reader *r)
{
	size_t length;

	if (!take(r, '"'))
		return false;
	while (r->at < r->end && *r->at != '"') {
		if (take(r, '\\')) {
			if (!take_escape(r))
				return false;
			continue;
		}
		length = *r->at < 0x80 ? *r->at >= ' ' :
			 utf8_length(r->at, r->end - r->at);
		if (!length)
			return false;
		r->at += length;
	}

	return take(r, '"');
}

/* Whole ones without a sign: there are no others. */
static bool take_number(struct reader *r)
{
	if (take(r, '0'))
		return true;
	if (r->at == r->end || *r->at < '1' || *r->at > '9')
		return false;
	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;

	return true;
}

static bool take_value(struct reader *r, unsigned int depth);

/* Of an object or an array, behind its first character. */
static bool take_members(struct reader *r, char end, unsigned int depth)
{
	skip_spaces(r);
	if (take(r, end))
		return true;
	do {
		skip_spaces(r);
		if (end == '}') {
			if (!take_string(r))
				return false;
			skip_spaces(r);
			if (!take(r, ':'))
				return false;
		}
		if (!take_value(r, depth + 1))
			return false;
		skip_spaces(r);
	} while (take(r, ','));

	return take(r, end);
}

static bool take_word(struct reader *r, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(r->end - r->at) < length || memcmp(r->at, word, length))
		return false;
	r->at += length;
	return true;
}

static bool take_value(struct reader *r, unsigned int depth)
{
	skip_spaces(r);
	if (depth > 8 || r->at == r->end)
		return false;
	if (take(r, '{'))
		return take_members(r, '}', depth);
	if (take(r, '['))
		return take_members(r, ']', depth);
	if (*r->at == '"')
		return take_string(r);

	return take_number(r) || take_word(r, "true") || take_word(r, "false") ||
	       take_word(r, "null");
}

/* One value, and nothing behind it. */
bool is_json(const char *text, size_t size)
{
	struct reader r = {
		(const unsigned char *)text, (const unsigned char *)text + size,
	};

	if (!take_value(&r, 0))
		return false;
	skip_spaces(&r);
	return r.at == r.end;
}
