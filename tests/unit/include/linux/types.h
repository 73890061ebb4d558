/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's types, for user space. */
#ifndef _LINUX_TYPES_H
#define _LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __no_kcsan

typedef int8_t s8;
typedef uint8_t u8;
typedef uint32_t u32;

#endif /* _LINUX_TYPES_H */
