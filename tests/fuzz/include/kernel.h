/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module uses of the kernel, for user space and one thread. Written for
 * the files that parse, allocate and print; what these never call is not here.
 *
 * Locks only remember whether they are held, work only whether it is queued, and
 * an allocation can be made to fail. kernel.c has the functions.
 */
#ifndef FUZZ_KERNEL_H
#define FUZZ_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* ---- Types and macros ---------------------------------------------------- */

typedef int8_t s8;
typedef uint8_t u8;
typedef uint16_t u16;
typedef int32_t s32;
typedef uint32_t u32;
typedef int64_t s64;
/* As the kernel has it, so that %llu fits. */
typedef unsigned long long u64;
typedef u64 __le64;
typedef u64 sector_t;
typedef sector_t region_t;
typedef unsigned int gfp_t;
typedef u8 blk_status_t;
typedef u32 blk_opf_t;
typedef unsigned int blk_mode_t;

#define __init
#define __exit
#define __force
#define __no_kcsan
#define ____cacheline_aligned_in_smp
#define likely(x)		(x)
#define unlikely(x)		(x)
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, value)	((x) = (value))
#define data_race(expression)	(expression)
#define smp_load_acquire(p)	(*(p))
#define smp_store_release(p, v)	(*(p) = (v))
#define smp_rmb()		((void)0)
#define smp_mb__before_atomic()	((void)0)
#define cond_resched()		((void)0)

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define BITS_PER_BYTE		8
#define BITS_PER_LONG		64
#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1UL) / BITS_PER_LONG)
#define BIT(nr)			(1UL << (nr))
#define BIT_ULL(nr)		(1ULL << (nr))
#define GENMASK_ULL(h, l)	((~0ULL << (l)) & (~0ULL >> (63 - (h))))
#define S64_MAX			INT64_MAX
#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define SECTOR_SHIFT		9
#define HZ			250
#define MAX_SCHEDULE_TIMEOUT	LONG_MAX

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define struct_size(p, member, count) \
	(sizeof(*(p)) + sizeof((p)->member[0]) * (size_t)(count))
#define min(a, b) \
	({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b) \
	({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ > b_ ? a_ : b_; })
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define clamp(value, low, high)	min(max(value, low), high)
#define clamp_t(type, value, low, high) \
	min_t(type, max_t(type, value, low), high)
#define round_down(x, y)	((x) & ~((__typeof__(x))(y) - 1))
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define ilog2(n)		(63 - __builtin_clzll(n))
#define hweight32(w)		((unsigned int)__builtin_popcount(w))
#define __ffs(w)		((unsigned int)__builtin_ctzl(w))
#define __ffs64(w)		((unsigned int)__builtin_ctzll(w))
#define cpu_to_le64(x)		(x)
#define div_u64(a, b)		((a) / (b))
#define div64_u64(a, b)		((a) / (b))
#define dm_sector_div_up(n, size) (((n) + (size) - 1) / (size))

/* The invariants of the stand-ins and of the targets: never false. */
#define must(x) \
	((x) ? (void)0 : broken(#x, __FILE__, __LINE__))
_Noreturn void broken(const char *what, const char *file, int line);
#define WARN_ON_ONCE(x)		must(!(x))

/* ---- Atomics and bits ---------------------------------------------------- */

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef struct { long counter; } atomic_long_t;

#define atomic_read(v)			((v)->counter)
#define atomic_set(v, i)		((void)((v)->counter = (i)))
#define atomic_inc(v)			((void)(v)->counter++)
#define atomic_dec(v)			((void)(v)->counter--)
#define atomic_inc_return(v)		(++(v)->counter)
#define atomic_or(i, v)			((void)((v)->counter |= (i)))
#define atomic_read_acquire		atomic_read
#define atomic_add_unless(v, i, u) \
	((v)->counter != (int)(u) ? ((v)->counter += (i), true) : false)
#define atomic64_read(v)		((v)->counter)
#define atomic64_set(v, i)		((void)((v)->counter = (i)))
#define atomic64_inc(v)			((void)(v)->counter++)
#define atomic64_add(i, v)		((void)((v)->counter += (i)))
#define atomic64_read_acquire		atomic64_read
#define atomic64_set_release		atomic64_set
#define atomic_long_read		atomic_read
#define atomic_long_set			atomic_set
#define atomic_long_inc			atomic_inc
#define atomic_long_dec			atomic_dec

static inline bool test_bit(unsigned long nr, const unsigned long *bits)
{
	return bits[nr / BITS_PER_LONG] >> nr % BITS_PER_LONG & 1;
}

static inline bool test_and_set_bit(unsigned long nr, unsigned long *bits)
{
	bool was = test_bit(nr, bits);

	bits[nr / BITS_PER_LONG] |= 1UL << nr % BITS_PER_LONG;
	return was;
}

static inline bool test_and_clear_bit(unsigned long nr, unsigned long *bits)
{
	bool was = test_bit(nr, bits);

	bits[nr / BITS_PER_LONG] &= ~(1UL << nr % BITS_PER_LONG);
	return was;
}

#define __test_and_set_bit		test_and_set_bit
#define set_bit(nr, bits)		((void)test_and_set_bit(nr, bits))
#define __set_bit			set_bit
#define clear_bit(nr, bits)		((void)test_and_clear_bit(nr, bits))

static inline unsigned long find_next_bit(const unsigned long *bits,
					  unsigned long size, unsigned long nr)
{
	while (nr < size && !test_bit(nr, bits))
		nr++;
	return nr;
}

#define for_each_set_bit_from(nr, bits, size)				\
	for ((nr) = find_next_bit(bits, size, nr); (nr) < (size);	\
	     (nr) = find_next_bit(bits, size, (nr) + 1))
#define for_each_set_bit(nr, bits, size)				\
	for ((nr) = find_next_bit(bits, size, 0); (nr) < (size);	\
	     (nr) = find_next_bit(bits, size, (nr) + 1))
#define for_each_clear_bit(nr, bits, size)				\
	for ((nr) = 0; (nr) < (size); (nr)++)				\
		if (!test_bit(nr, bits))
#define bitmap_copy(to, from, bits) \
	memcpy(to, from, BITS_TO_LONGS(bits) * sizeof(long))
#define bitmap_fill(to, bits)	memset(to, 0xff, BITS_TO_LONGS(bits) * sizeof(long))

/* ---- Memory -------------------------------------------------------------- */

#define GFP_KERNEL		0
#define GFP_NOIO		0
#define GFP_NOWAIT		0
#define __GFP_HIGH		0
#define __GFP_NOMEMALLOC	0
#define __GFP_NOWARN		0

/* The allocation that fails, counted down; 0 for none. */
extern unsigned int fail_allocation;
/* Allocations that have not been freed. */
extern unsigned int allocated;

void *fuzz_alloc(size_t bytes);
void kfree(void *memory);

#define kzalloc(bytes, gfp)		fuzz_alloc(bytes)
#define kvzalloc(bytes, gfp)		fuzz_alloc(bytes)
#define kvcalloc(n, bytes, gfp)		fuzz_alloc((size_t)(n) * (bytes))
#define kvfree				kfree
#define get_zeroed_page(gfp)		((unsigned long)fuzz_alloc(PAGE_SIZE))
#define free_page(page)			kfree((void *)(page))

typedef struct {
	int min_nr;
	int curr_nr;
	void **elements;
} mempool_t;

int mempool_init_kmalloc_pool(mempool_t *pool, int nr, size_t bytes);
void mempool_exit(mempool_t *pool);

/* ---- Text ---------------------------------------------------------------- */

int kstrtoull(const char *text, unsigned int base, unsigned long long *number);
int kstrtouint(const char *text, unsigned int base, unsigned int *number);
int match_string(const char * const *array, size_t n, const char *string);
int scnprintf(char *to, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void printk(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fuzz_strcasecmp(const char *a, const char *b);
#define strcasecmp fuzz_strcasecmp

#define DMERR(format, ...) \
	printk("device-mapper: " DM_MSG_PREFIX ": " format "\n", ##__VA_ARGS__)
#define DMERR_LIMIT		DMERR
#define DMWARN			DMERR
#define DMWARN_LIMIT		DMERR
#define DMEMIT(...) \
	(sz += sz >= maxlen ? 0 : scnprintf(result + sz, maxlen - sz, __VA_ARGS__))
#define DMEMIT_TARGET_NAME_VERSION(t) \
	DMEMIT("target_name=%s,target_version=%u.%u.%u", (t)->name, \
	       (t)->version[0], (t)->version[1], (t)->version[2])

/* ---- Lists, trees, xarrays ----------------------------------------------- */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name)	struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}

static inline void list_add(struct list_head *entry, struct list_head *after)
{
	entry->next = after->next;
	entry->prev = after;
	after->next->prev = entry;
	after->next = entry;
}

static inline void list_add_tail(struct list_head *entry, struct list_head *list)
{
	list_add(entry, list->prev);
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = entry->prev = NULL;
}

static inline void list_move_tail(struct list_head *entry, struct list_head *list)
{
	list_del(entry);
	list_add_tail(entry, list);
}

#define list_for_each_entry(entry, list, member)				\
	for ((entry) = container_of((list)->next, __typeof__(*(entry)), member); \
	     &(entry)->member != (list);					\
	     (entry) = container_of((entry)->member.next,			\
				    __typeof__(*(entry)), member))

struct rb_node {
	struct rb_node *left, *right;
};

struct rb_root_cached {
	struct rb_node *node;
};

struct xa_entry {
	struct xa_entry *next;
	unsigned long index;
	void *entry;
};

/* Sorted. */
struct xarray {
	struct xa_entry *first;
};

void *xa_find(struct xarray *xa, unsigned long *index, unsigned long last,
	      bool after);
void *xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry,
		 gfp_t gfp);
void xa_destroy(struct xarray *xa);

static inline void *xa_load(struct xarray *xa, unsigned long index)
{
	return xa_find(xa, &index, index, false);
}

#define xa_init(xa)		((void)((xa)->first = NULL))
#define XA_ERROR		((void *)1)
#define xa_is_err(entry)	((void *)(entry) == XA_ERROR)
#define xa_for_each_range(xa, index, entry, start, last)		\
	for ((index) = (start), (entry) = xa_find(xa, &(index), last, false); \
	     (entry); (entry) = xa_find(xa, &(index), last, true))
#define xa_for_each(xa, index, entry) \
	xa_for_each_range(xa, index, entry, 0, ULONG_MAX)

/* ---- Locks, waiting, work ------------------------------------------------ */

typedef struct { bool held; } spinlock_t;
struct mutex { bool held; };
typedef struct { int none; } wait_queue_head_t;
struct completion { bool done; };

#define spin_lock_init(lock)		((void)((lock)->held = false))
#define spin_lock(lock)			(must(!(lock)->held), (void)((lock)->held = true))
#define spin_unlock(lock)		(must((lock)->held), (void)((lock)->held = false))
#define spin_lock_irq			spin_lock
#define spin_unlock_irq			spin_unlock
#define spin_lock_irqsave(lock, flags)	((void)((flags) = 0), spin_lock(lock))
#define spin_unlock_irqrestore(lock, flags) ((void)(flags), spin_unlock(lock))
#define mutex_init			spin_lock_init
#define mutex_lock			spin_lock
#define mutex_unlock			spin_unlock
#define DEFINE_MUTEX(name)		struct mutex name
#define init_waitqueue_head(wait)	((void)(wait))
#define wake_up(wait)			((void)(wait))
/* Nothing else runs, so what is not so yet never will be. */
#define wait_event(wait, condition)	((void)(wait), must(condition))
#define wait_event_timeout(wait, condition, timeout) \
	((void)(timeout), wait_event(wait, condition))

extern unsigned long jiffies;
#define time_before(a, b)		((long)((a) - (b)) < 0)
#define time_after(a, b)		time_before(b, a)

struct workqueue_struct { int none; };
struct work_struct {
	void (*work)(struct work_struct *work);
	bool queued;
};
struct delayed_work { struct work_struct work; };

#define WQ_MEM_RECLAIM			0
#define WQ_UNBOUND			0

struct workqueue_struct *fuzz_workqueue(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#define alloc_workqueue(format, flags, most, ...) \
	fuzz_workqueue(format, ##__VA_ARGS__)
#define alloc_ordered_workqueue(format, flags, ...) \
	fuzz_workqueue(format, ##__VA_ARGS__)
#define destroy_workqueue(wq)		kfree(wq)
#define INIT_WORK(w, fn)		((w)->work = (fn), (w)->queued = false)
#define INIT_DELAYED_WORK(d, fn)	INIT_WORK(&(d)->work, fn)
#define to_delayed_work(w)		container_of(w, struct delayed_work, work)
#define queue_work(wq, w)		((void)(wq), (w)->queued = true)
#define queue_delayed_work(wq, d, t)	((void)(t), queue_work(wq, &(d)->work))
#define mod_delayed_work		queue_delayed_work
#define flush_work(w)			((void)((w)->queued = false))
#define cancel_work_sync(w)		flush_work(w)
#define cancel_delayed_work_sync(d)	flush_work(&(d)->work)

/* ---- Block devices ------------------------------------------------------- */

/* Legs are opened with these, see QUORUM_MODE_WRITE. */
#define BLK_OPEN_READ		BIT(0)
#define BLK_OPEN_WRITE		BIT(1)

#define BLK_STS_OK		0
#define BLK_STS_IOERR		10
#define BLK_STS_DM_REQUEUE	11
int blk_status_to_errno(blk_status_t status);
blk_status_t errno_to_blk_status(int error);

enum req_op {
	REQ_OP_READ,
	REQ_OP_WRITE,
	REQ_OP_FLUSH,
	REQ_OP_DISCARD,
	REQ_OP_WRITE_ZEROES,
};

struct kobject { int none; };
struct device { struct kobject kobj; };
struct gendisk {
	struct block_device *part0;
	struct device dev;
};

/**
 * struct block_device - a disk or a partition that there is
 * @name: as dm has it
 * @path: another name for it
 * @sectors: its length
 * @start: where it begins on its disk
 * @block: bytes of a logical block
 * @zoned: it is
 * @discards: it knows discard and write zeroes
 * @bd_disk: its disk
 */
struct block_device {
	const char *name;
	const char *path;
	sector_t sectors;
	sector_t start;
	unsigned int block;
	bool zoned;
	bool discards;
	struct gendisk *bd_disk;
};

struct page;
struct bio_vec {
	struct page *page;
	unsigned int len, offset;
};
struct bvec_iter {
	sector_t sector;
	unsigned int size, idx, done;
};
struct bio {
	enum req_op op;
	struct bvec_iter iter;
};
typedef void bio_end_io_t(struct bio *bio);
struct queue_limits { int none; };

#define bio_op(bio)			((bio)->op)
#define bio_sectors(bio)		((bio)->iter.size >> SECTOR_SHIFT)
#define get_start_sect(bdev)		((bdev)->start)
#define bdev_nr_sectors(bdev)		((bdev)->sectors)
#define bdev_logical_block_size(bdev)	((bdev)->block)
#define bdev_is_zoned(bdev)		((bdev)->zoned)
#define bdev_max_discard_sectors(bdev)	((bdev)->discards)
#define bdev_write_zeroes_sectors(bdev)	((bdev)->discards)
#define blkdev_issue_flush(bdev)	((void)(bdev), 0)
#define part_stat_read_accum(part, what) ((void)(part), 0)
#define disk_devt(disk)			((void)(disk), 0)
#define disk_to_dev(disk)		(&(disk)->dev)

/* ---- device-mapper ------------------------------------------------------- */

#define DM_NAME			"device-mapper"
#define DM_NAME_LEN		128
#define DM_UUID_LEN		129
#define DM_MAPIO_SUBMITTED	0
#define DM_MAPIO_KILL		4

typedef enum {
	STATUSTYPE_INFO,
	STATUSTYPE_TABLE,
	STATUSTYPE_IMA,
} status_type_t;

struct mapped_device { struct gendisk disk; };
struct dm_table {
	blk_mode_t mode;
	struct mapped_device *md;
};
struct dm_dev {
	struct block_device *bdev;
	blk_mode_t mode;
	char name[16];
	unsigned int users;
};

struct dm_target {
	struct dm_table *table;
	struct target_type *type;
	sector_t begin;
	sector_t len;
	u32 max_io_len;
	unsigned int num_flush_bios, num_discard_bios, num_write_zeroes_bios;
	void *private;
	char *error;
	bool flush_supported, needs_bio_set_dev, limit_swap_bios;
};

typedef int (*iterate_devices_callout_fn)(struct dm_target *ti,
					  struct dm_dev *dev, sector_t start,
					  sector_t len, void *data);

struct target_type {
	const char *name;
	unsigned int version[3];
	void *module;
	int (*ctr)(struct dm_target *ti, unsigned int argc, char **argv);
	void (*dtr)(struct dm_target *ti);
	int (*map)(struct dm_target *ti, struct bio *bio);
	void (*presuspend)(struct dm_target *ti);
	void (*presuspend_undo)(struct dm_target *ti);
	void (*postsuspend)(struct dm_target *ti);
	void (*resume)(struct dm_target *ti);
	void (*status)(struct dm_target *ti, status_type_t type,
		       unsigned int flags, char *result, unsigned int maxlen);
	int (*message)(struct dm_target *ti, unsigned int argc, char **argv,
		       char *result, unsigned int maxlen);
	int (*iterate_devices)(struct dm_target *ti,
			       iterate_devices_callout_fn fn, void *data);
	void (*io_hints)(struct dm_target *ti, struct queue_limits *limits);
};

struct dm_arg_set {
	unsigned int argc;
	char **argv;
};

const char *dm_shift_arg(struct dm_arg_set *as);
void dm_consume_args(struct dm_arg_set *as, unsigned int nr);
int dm_get_device(struct dm_target *ti, const char *path, blk_mode_t mode,
		  struct dm_dev **result);
void dm_put_device(struct dm_target *ti, struct dm_dev *dev);
int dm_register_target(struct target_type *type);
void dm_unregister_target(struct target_type *type);

#define dm_table_device_name(table)	((void)(table), "253:0")
#define dm_table_get_mode(table)	((table)->mode)
#define dm_table_get_md(table)		((table)->md)
#define dm_table_event(table)		((void)(table))
#define dm_disk(md)			(&(md)->disk)
#define dm_target_offset(ti, sector)	((sector) - (ti)->begin)
#define dm_set_target_max_io_len(ti, n)	((ti)->max_io_len = (n), 0)
int dm_copy_name_and_uuid(struct mapped_device *md, char *name, char *uuid);

struct dm_dirty_log {
	struct dm_dirty_log_type *type;
	struct dm_target *ti;
	struct dm_dev *dev;
	u32 region_size;
	const char *sync;
	char *text;
	unsigned int nr_words;
};

struct dm_dirty_log_type {
	const char *name;
	int (*postsuspend)(struct dm_dirty_log *log);
	int (*resume)(struct dm_dirty_log *log);
	u32 (*get_region_size)(struct dm_dirty_log *log);
	int (*in_sync)(struct dm_dirty_log *log, region_t region, int can_block);
	int (*flush)(struct dm_dirty_log *log);
	void (*mark_region)(struct dm_dirty_log *log, region_t region);
	void (*clear_region)(struct dm_dirty_log *log, region_t region);
	int (*status)(struct dm_dirty_log *log, status_type_t type, char *result,
		      unsigned int maxlen);
};

struct dm_dirty_log *dm_dirty_log_create(const char *type, struct dm_target *ti,
					 int (*flush)(struct dm_target *ti),
					 unsigned int argc, char **argv);
void dm_dirty_log_destroy(struct dm_dirty_log *log);

/* ---- Uevents, the module ------------------------------------------------- */

#define KOBJ_CHANGE 0
struct kobj_uevent_env {
	char *envp[64];
	int envp_idx;
	char buf[2048];
	int buflen;
};

int add_uevent_var(struct kobj_uevent_env *env, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int kobject_uevent_env(struct kobject *kobj, int action, char *envp[]);

#define TP_PROTO(...)			__VA_ARGS__
#define TP_ARGS(...)
#define TRACE_EVENT(name, proto, ...)	static inline void trace_##name(proto) { }

#define THIS_MODULE			NULL
#define module_init(fn)			int fuzz_module_init(void) { return fn(); }
#define module_exit(fn)			void fuzz_module_exit(void) { fn(); }
#define module_param(...)		_Static_assert(1, "")
#define MODULE_PARM_DESC(...)		_Static_assert(1, "")
#define MODULE_DESCRIPTION(...)		_Static_assert(1, "")
#define MODULE_AUTHOR(...)		_Static_assert(1, "")
#define MODULE_LICENSE(...)		_Static_assert(1, "")
#define MODULE_VERSION(...)		_Static_assert(1, "")
#define MODULE_ALIAS(...)		_Static_assert(1, "")

int fuzz_module_init(void);
void fuzz_module_exit(void);

#endif /* FUZZ_KERNEL_H */
