// SPDX-License-Identifier: GPL-2.0-only
/* The functions of kernel.h: what the kernel does, as far as a parser can tell. */

#include "kernel.h"
#include "dm-quorum.h"
#include "fuzz.h"

unsigned int fail_allocation, allocated;
unsigned long jiffies = 1000 * HZ;

void broken(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/* ---- Memory ---- */

void *fuzz_alloc(size_t bytes)
{
	void *memory;

	if (fail_allocation && !--fail_allocation)
		return NULL;
	/* Longer than any machine has it, which the kernel does not have either. */
	if (bytes > 1U << 30)
		return NULL;

	memory = calloc(1, bytes);
	must(memory);
	allocated++;
	return memory;
}

void kfree(void *memory)
{
	allocated -= !!memory;
	free(memory);
}

int mempool_init_kmalloc_pool(mempool_t *pool, int nr, size_t bytes)
{
	pool->elements = fuzz_alloc(nr * sizeof(*pool->elements));
	if (!pool->elements)
		return -ENOMEM;

	pool->min_nr = nr;
	while (pool->curr_nr < nr) {
		void *element = fuzz_alloc(bytes);

		if (!element) {
			mempool_exit(pool);
			return -ENOMEM;
		}
		pool->elements[pool->curr_nr++] = element;
	}

	return 0;
}

/* Of one that is all zero, too. */
void mempool_exit(mempool_t *pool)
{
	while (pool->curr_nr)
		kfree(pool->elements[--pool->curr_nr]);
	kfree(pool->elements);
	pool->elements = NULL;
}

/* ---- Text ---- */

/* Digits; a '+' before and a newline behind them are taken, and nothing else. */
int kstrtoull(const char *text, unsigned int base, unsigned long long *number)
{
	unsigned long long value = 0;
	bool too_large = false;

	must(base == 10);
	text += *text == '+';
	if (*text < '0' || *text > '9')
		return -EINVAL;
	for (; *text >= '0' && *text <= '9'; text++)
		too_large |= __builtin_mul_overflow(value, 10, &value) ||
			     __builtin_add_overflow(value, *text - '0', &value);
	if (too_large)
		return -ERANGE;
	text += *text == '\n';
	if (*text)
		return -EINVAL;

	*number = value;
	return 0;
}

int kstrtouint(const char *text, unsigned int base, unsigned int *number)
{
	unsigned long long value;
	int r = kstrtoull(text, base, &value);

	if (r)
		return r;
	if (value > UINT_MAX)
		return -ERANGE;

	*number = value;
	return 0;
}

int match_string(const char * const *array, size_t n, const char *string)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++)
		if (!strcmp(array[i], string))
			return i;

	return -EINVAL;
}

/* The kernel's letters are those of Latin-1. */
static unsigned char lower(unsigned char c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7))
		c += 'a' - 'A';
	return c;
}

int fuzz_strcasecmp(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}

	return lower(*a) - lower(*b);
}

/* Returns what has been written, without the end: unlike snprintf(). */
int scnprintf(char *to, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	must(size && size <= INT_MAX);
	va_start(args, format);
	length = vsnprintf(to, size, format, args);
	va_end(args);

	return min(length, (int)size - 1);
}

/* Nobody reads it, but what it prints must be there. */
void printk(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
}

int add_uevent_var(struct kobj_uevent_env *env, const char *format, ...)
{
	int room = sizeof(env->buf) - env->buflen, length;
	va_list args;

	if (env->envp_idx >= (int)ARRAY_SIZE(env->envp))
		return -ENOMEM;

	va_start(args, format);
	length = vsnprintf(&env->buf[env->buflen], room, format, args);
	va_end(args);
	if (length >= room)
		return -ENOMEM;

	env->envp[env->envp_idx++] = &env->buf[env->buflen];
	env->buflen += length + 1;
	return 0;
}

int kobject_uevent_env(struct kobject *kobj, int action, char *envp[])
{
	(void)kobj;
	(void)action;
	for (; *envp; envp++)
		must(strchr(*envp, '='));
	return 0;
}

/* ---- Xarrays ---- */

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long last,
	      bool after)
{
	struct xa_entry *e;

	for (e = xa->first; e && e->index <= last; e = e->next) {
		if (e->index < *index + after)
			continue;
		*index = e->index;
		return e->entry;
	}

	return NULL;
}

void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry,
		 gfp_t gfp)
{
	struct xa_entry **at = &xa->first, *new;

	(void)gfp;
	must(!old && entry);
	while (*at && (*at)->index < index)
		at = &(*at)->next;
	if (*at && (*at)->index == index)
		return (*at)->entry;

	new = fuzz_alloc(sizeof(*new));
	if (!new)
		return XA_ERROR;
	new->index = index;
	new->entry = entry;
	new->next = *at;
	*at = new;
	return NULL;
}

void xa_destroy(struct xarray *xa)
{
	struct xa_entry *next;

	for (; xa->first; xa->first = next) {
		next = xa->first->next;
		kfree(xa->first);
	}
}

/* ---- Work ---- */

struct workqueue_struct *fuzz_workqueue(const char *format, ...)
{
	char name[64];
	va_list args;

	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);

	return fuzz_alloc(sizeof(struct workqueue_struct));
}

/* ---- Block devices ---- */

#define GIB		(2ULL << 20)
/* What a length in bytes of 63 bits has room for. */
#define LARGEST		((1ULL << 54) - 1)

/* The first is the disk of the device itself. */
static struct gendisk disks[8];
static struct mapped_device md;
static struct block_device bdevs[] = {
	{ "253:0", "/dev/dm-0", GIB, 0, 512, false, true, &md.disk },
	{ "8:0", "/dev/a", GIB, 0, 512, false, true, &disks[0] },
	{ "8:1", "/dev/a1", 2048, 1024, 512, false, true, &disks[0] },
	{ "8:16", "/dev/b", GIB, 0, 512, false, true, &disks[1] },
	{ "8:32", "/dev/c", GIB, 0, 512, false, false, &disks[2] },
	{ "8:48", "/dev/coarse", GIB, 0, 4096, false, true, &disks[3] },
	{ "8:64", "/dev/coarser", GIB, 0, 8192, false, true, &disks[4] },
	{ "8:80", "/dev/small", 1024, 0, 512, false, true, &disks[5] },
	{ "8:96", "/dev/zoned", GIB, 0, 512, true, false, &disks[6] },
	{ "8:112", "/dev/huge", LARGEST, 0, 512, false, true, &disks[7] },
};

/* One for each of these, while it is open. */
static struct dm_dev *opened[ARRAY_SIZE(bdevs)];

int blk_status_to_errno(blk_status_t status)
{
	return status ? -EIO : 0;
}

blk_status_t errno_to_blk_status(int error)
{
	return error ? BLK_STS_IOERR : BLK_STS_OK;
}

int dm_get_device(struct dm_target *ti, const char *path, blk_mode_t mode,
		  struct dm_dev **result)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bdevs); i++)
		if (!strcmp(path, bdevs[i].name) || !strcmp(path, bdevs[i].path))
			break;
	if (i == ARRAY_SIZE(bdevs))
		return -ENODEV;
	must(mode == ti->table->mode);
	if (!opened[i]) {
		opened[i] = fuzz_alloc(sizeof(*opened[i]));
		if (!opened[i])
			return -ENOMEM;
		opened[i]->bdev = &bdevs[i];
		strcpy(opened[i]->name, bdevs[i].name);
	}

	opened[i]->users++;
	*result = opened[i];
	return 0;
}

void dm_put_device(struct dm_target *ti, struct dm_dev *dev)
{
	size_t i = dev->bdev - bdevs;

	(void)ti;
	must(opened[i] == dev && dev->users);
	if (--dev->users)
		return;
	opened[i] = NULL;
	kfree(dev);
}

/* ---- device-mapper ---- */

struct target_type *quorum_type;

int dm_register_target(struct target_type *type)
{
	quorum_type = type;
	return 0;
}

void dm_unregister_target(struct target_type *type)
{
	(void)type;
}

const char *dm_shift_arg(struct dm_arg_set *as)
{
	if (!as->argc)
		return NULL;

	as->argc--;
	return *as->argv++;
}

void dm_consume_args(struct dm_arg_set *as, unsigned int nr)
{
	must(as->argc >= nr);
	as->argc -= nr;
	as->argv += nr;
}

int dm_copy_name_and_uuid(struct mapped_device *device, char *name, char *uuid)
{
	must(device == &md);
	strcpy(name, "q");
	strcpy(uuid, "QUORUM-q");
	return 0;
}

struct mapped_device *fuzz_md(void)
{
	md.disk.part0 = &bdevs[0];
	return &md;
}
