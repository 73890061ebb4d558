/* SPDX-License-Identifier: GPL-2.0-only */
/* What the targets share that fuzz quorumsetup. */
#ifndef FUZZ_JSON_H
#define FUZZ_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define must(x) \
	((x) ? (void)0 : broken(#x, __FILE__, __LINE__))
_Noreturn void broken(const char *what, const char *file, int line);

char *input_text(const uint8_t *data, size_t size);
void output_begin(void);
char *output_end(size_t *size);
bool is_json(const char *text, size_t size);

#endif /* FUZZ_JSON_H */
