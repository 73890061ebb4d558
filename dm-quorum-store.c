// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeps the marks of the dirty-region log: the kernel's dm-log.
 *
 * It is shown a target with all bits as its regions, one set behind the other: a
 * signature, the dirty regions, and those in which leg 0 is stale, leg 1, and so
 * on. So a leg that is added at the end begins as one that lacks everything.
 *
 * When the table is resumed for the first time, what was left by the last one, or
 * before a crash, becomes what is known of the target and its legs.
 */

#include "dm-quorum-log.h"

/* Each set is in memory and, in one piece, written with each mark. */
#define MAX_REGIONS		BIT(20)

/*
 *--------------------------------------------------------------------
 * Writing
 *--------------------------------------------------------------------
 */

/*
 * Which bits the log holds is only known if it was written for this layout of
 * regions. All legs' sets are behind the dirty regions, so that legs can be added.
 */
static u64 signature_of(const struct quorum_log *log)
{
	struct {
		__le64 len;
		__le64 region_sectors;
	} layout = {
		.len = cpu_to_le64(log->q->ti->len),
		.region_sectors = cpu_to_le64(1ULL << log->region_shift),
	};
	u32 crc = quorum_crc(&layout, sizeof(layout));

	/* Neither all clean nor all dirty, as what nobody has written is. */
	return crc | (u64)~crc << 32;
}

static int flush_bits(struct quorum_log *log)
{
	return log->store->type->flush(log->store);
}

/**
 * quorum_store_write - write a bit of the log
 * @log: the log
 * @bit: its number, see log_bit()
 * @mark: mark, or take the mark back
 *
 * It is on stable storage after quorum_store_flush().
 *
 * Context: the log's worker, or who has stopped that.
 */
void quorum_store_write(struct quorum_log *log, region_t bit, bool mark)
{
	if (mark)
		log->store->type->mark_region(log->store, bit);
	else
		log->store->type->clear_region(log->store, bit);
}

/* There is a mark among them, so the flush is one of the log's device, too. */
static void write_signature(struct quorum_log *log, u64 signature)
{
	region_t bit;

	for (bit = 0; bit < SIGNATURE_BITS; bit++)
		quorum_store_write(log, bit, !(signature & BIT_ULL(bit)));
}

static void write_sets(struct quorum_log *log)
{
	struct quorum_log_set *set;
	unsigned int region;

	for (set = log->sets; set < log_leg_set(log, log->q->nr_legs); set++) {
		unsigned long *marks = set->stored ?: set->marked;

		for (region = 0; region < log->nr_regions; region++)
			quorum_store_write(log, log_bit(log, set, region),
					   test_bit(region, marks));
	}
}

/*
 * A log that is new: nobody may take it for one of this layout before all of it
 * is right.
 */
static int write_store(struct quorum_log *log)
{
	unsigned int region;
	int r;

	write_sets(log);
	write_signature(log, 0);
	r = flush_bits(log);
	if (r)
		return r;
	write_signature(log, signature_of(log));
	r = flush_bits(log);
	if (r)
		return r;

	for_each_set_bit(region, log_dirty_set(log)->marked, log->nr_regions)
		atomic_or(REGION_DIRTY, &log->regions[region]);
	WRITE_ONCE(log->written, true);
	return 0;
}

/**
 * quorum_store_flush - have all bits that were written on stable storage
 * @log: the log
 *
 * One that is new is written whole first. A failure is told.
 *
 * Context: the log's worker, or who has stopped that. May sleep.
 * Return: true if they are.
 */
bool quorum_store_flush(struct quorum_log *log)
{
	struct quorum_report report = {
		.action = QUORUM_LOG_FAILED,
		.leg = QUORUM_NO_LEG,
		.byte = QUORUM_NO_BYTE,
	};
	int r = log->written ? flush_bits(log) : write_store(log);

	if (!r) {
		log->told = false;
		return true;
	}

	report.error = errno_to_blk_status(r);
	DMERR_LIMIT("%s: the log cannot be written (%d)",
		    dm_table_device_name(log->q->ti->table), r);
	if (!log->told)
		quorum_events_report(log->q, &report);
	log->told = true;
	return false;
}

/**
 * quorum_store_flush_device - let the next flush be one of the log's device, too
 * @log: the log
 *
 * dm-log flushes that only if something is marked. This is, already.
 *
 * Context: the log's worker, or who has stopped that.
 */
void quorum_store_flush_device(struct quorum_log *log)
{
	quorum_store_write(log, __ffs64(~signature_of(log)), true);
}

/*
 *--------------------------------------------------------------------
 * Reading it
 *--------------------------------------------------------------------
 */

/* dm-log tells what it has found when it was resumed. */
static bool is_marked(struct quorum_log *log, region_t bit)
{
	return log->store->type->in_sync(log->store, bit, 1) <= 0;
}

static bool has_signature(struct quorum_log *log)
{
	u64 signature = signature_of(log);
	unsigned int bit;

	for (bit = 0; bit < SIGNATURE_BITS; bit++)
		if (is_marked(log, bit) != !(signature & BIT_ULL(bit)))
			return false;

	return true;
}

static void read_set(struct quorum_log *log, struct quorum_log_set *set)
{
	unsigned int region;

	for (region = 0; region < log->nr_regions; region++)
		if (is_marked(log, log_bit(log, set, region)))
			__set_bit(region, set->marked);
}

/* The first of the marked regions behind which there is no other. */
static unsigned int tail_of(const struct quorum_log *log,
			    const struct quorum_log_set *set)
{
	unsigned int region = log->nr_regions;

	while (region && test_bit(region - 1, set->marked))
		region--;

	return region;
}

/*
 * Put what is marked into the set of a leg, and what is marked up to the end into
 * its position: that needs no memory, and a new leg is marked everywhere.
 */
static void load_leg(struct quorum_log *log, unsigned int leg)
{
	struct quorum_log_set *set = log_leg_set(log, leg);
	struct quorum_leg *l = &log->q->legs[leg];
	unsigned int tail = tail_of(log, set), region;
	s64 from = QUORUM_ALL_RECOVERED;

	if (tail < log->nr_regions)
		from = log_region_start(log, tail);
	for_each_set_bit(region, set->marked, tail) {
		sector_t start = log_region_start(log, region);

		if (!quorum_blocks_add(&l->stale, start,
				       log_region_end(log, region) - start,
				       GFP_NOIO))
			continue;
		from = start;
		break;
	}
	/* Positions are those of vote blocks. */
	if (from != QUORUM_ALL_RECOVERED)
		from = round_down(from, QUORUM_BLOCK_SECTORS);

	/* The table may say that it is stale as a whole. */
	if (from < atomic64_read(&l->recovered))
		atomic64_set(&l->recovered, from);
	if (!quorum_leg_in_sync(l))
		set_bit(QUORUM_LEG_IS_RESTORED, &l->flags);
}

/* All of what a position makes stale is to be marked. */
static void want_tail(struct quorum_log *log, unsigned int leg)
{
	struct dm_target *ti = log->q->ti;
	sector_t end = ti->begin + ti->len;
	sector_t from = max_t(u64, ti->begin,
			      atomic64_read(&log->q->legs[leg].recovered));

	if (from < end)
		quorum_log_want(log->q, leg, from, end - from);
}

/* What absent legs hold when they come back is not known. */
static void miss_dirty(struct quorum_log *log)
{
	struct quorum *q = log->q;
	u32 present = quorum_usable_legs(q);
	unsigned int region;

	if (hweight32(present) == q->nr_legs)
		return;
	/* Where they are needed, no block is settled without them. */
	for_each_set_bit(region, log_dirty_set(log)->marked, log->nr_regions) {
		sector_t start = log_region_start(log, region);

		quorum_legs_missed(q, present, start,
				   log_region_end(log, region) - start);
	}
}

static void load_sets(struct quorum_log *log)
{
	unsigned int leg, region;

	for_each_set_bit(region, log_dirty_set(log)->marked, log->nr_regions) {
		if (log->written)
			atomic_set(&log->regions[region], REGION_DIRTY);
		set_bit(region, log->unsettled);
		atomic_inc(&log->nr_unsettled);
	}
	for (leg = 0; leg < log->q->nr_legs; leg++) {
		bitmap_copy(log_leg_set(log, leg)->stored,
			    log_leg_set(log, leg)->marked, log->nr_regions);
		load_leg(log, leg);
		want_tail(log, leg);
	}
	miss_dirty(log);
}

/*
 * dm-log has read it again, and could not, or does not know what could not be
 * written before, or somebody else has written it.
 */
static void rewrite_store(struct quorum_log *log)
{
	write_sets(log);
	write_signature(log, signature_of(log));
	quorum_store_flush(log);
}

/* What was left by the last table, or before a crash. */
static void read_store(struct quorum_log *log)
{
	struct quorum_log_set *set = log->sets;

	log->written = log->nosync || has_signature(log);
	if (log->nosync)
		return;
	if (log->written) {
		for (; set < log_leg_set(log, log->q->nr_legs); set++)
			read_set(log, set);
	} else {
		bitmap_fill(log_dirty_set(log)->marked, log->nr_regions);
		quorum_store_flush(log);
	}
	load_sets(log);
}

/**
 * quorum_store_resume - begin, or go on
 * @log: the log
 *
 * Context: may sleep.
 * Return: true if that was the first time, and the log has been read.
 */
bool quorum_store_resume(struct quorum_log *log)
{
	bool first = !log->has_been_read;

	/* What it says of errors the next flush does, too. */
	if (!log->running && log->store->type->resume)
		log->store->type->resume(log->store);
	if (first) {
		read_store(log);
		log->has_been_read = true;
	} else if (!log->running && log->written &&
		   (log->told || !has_signature(log))) {
		rewrite_store(log);
	}
	log->running = true;

	return first;
}

/**
 * quorum_store_suspend - dm-log is not used until it is resumed
 * @log: the log
 *
 * Context: may sleep.
 */
void quorum_store_suspend(struct quorum_log *log)
{
	if (log->store->type->postsuspend)
		log->store->type->postsuspend(log->store);
	log->running = false;
}

/*
 *--------------------------------------------------------------------
 * What a crash has left
 *--------------------------------------------------------------------
 */

/**
 * quorum_log_unsettled - was a write under way in a block, in a crash?
 * @q: the target, which has a log
 * @sector: device sector in the block
 *
 * Context: any.
 * Return: true if so, and legs may still differ there.
 */
bool quorum_log_unsettled(struct quorum *q, sector_t sector)
{
	struct quorum_log *log = q->log;
	sector_t first = round_down(sector, QUORUM_BLOCK_SECTORS);
	sector_t last = first + QUORUM_BLOCK_SECTORS - 1;

	if (likely(!atomic_read_acquire(&log->nr_unsettled)))
		return false;

	/* A block can be in two regions if the target is not on the vote grid. */
	first = max(first, q->ti->begin);
	last = min(last, q->ti->begin + q->ti->len - 1);
	if (!test_bit(log_region(log, first), log->unsettled) &&
	    !test_bit(log_region(log, last), log->unsettled)) {
		/* Pairs with quorum_log_walked(): the caller looks at the set. */
		smp_rmb();
		return false;
	}

	return !quorum_blocks_has(&log->resettled, sector);
}

/**
 * quorum_log_unsettled_next - find such a block
 * @q: the target, which has a log
 * @sector: device sector to begin at
 *
 * Context: may sleep.
 * Return: a device sector from @sector on in the first of them, or
 * QUORUM_NO_SECTOR.
 */
sector_t quorum_log_unsettled_next(struct quorum *q, sector_t sector)
{
	struct quorum_log *log = q->log;
	unsigned int region;

	if (!atomic_read(&log->nr_unsettled) ||
	    sector >= q->ti->begin + q->ti->len)
		return QUORUM_NO_SECTOR;

	sector = max(sector, q->ti->begin);
	region = log_region(log, sector);
	for_each_set_bit_from(region, log->unsettled, log->nr_regions) {
		sector = max(sector, log_region_start(log, region));
		for (; sector < log_region_end(log, region);
		     sector += quorum_block_rest(sector) >> SECTOR_SHIFT)
			if (!quorum_blocks_has(&log->resettled, sector))
				return sector;
		cond_resched();
	}

	return QUORUM_NO_SECTOR;
}

/**
 * quorum_log_unsettled_sectors - how much is there of it?
 * @q: the target, which has a log
 *
 * Context: any.
 * Return: sectors of the regions that have not been walked over.
 */
sector_t quorum_log_unsettled_sectors(const struct quorum *q)
{
	const struct quorum_log *log = q->log;
	sector_t regions = atomic_read_acquire(&log->nr_unsettled);

	return min(regions << log->region_shift, q->ti->len);
}

/**
 * quorum_log_settled - legs do not differ lawfully any more
 * @q: the target
 * @sector: first device sector
 * @sectors: number of sectors; of whole vote blocks in it, that is
 *
 * Without memory to note it, a version may be chosen there if none has won.
 *
 * Context: any but interrupts.
 */
void quorum_log_settled(struct quorum *q, sector_t sector, sector_t sectors)
{
	sector_t end = round_down(sector + sectors, QUORUM_BLOCK_SECTORS);
	struct quorum_log *log = q->log;

	sector = round_up(sector, QUORUM_BLOCK_SECTORS);
	if (likely(!log) || !atomic_read(&log->nr_unsettled) || sector >= end)
		return;

	quorum_blocks_add(&log->resettled, sector, end - sector, QUORUM_GFP);
}

/**
 * quorum_log_walked - a walk has put right all that was unsettled
 * @q: the target, which has a log
 * @start: device sector at which the walk began
 * @end: where it is; what it could not put right is in quorum.unsettled
 *
 * Context: may sleep.
 */
void quorum_log_walked(struct quorum *q, sector_t start, sector_t end)
{
	struct quorum_log *log = q->log;
	unsigned int region;

	for_each_set_bit(region, log->unsettled, log->nr_regions) {
		if (log_region_start(log, region) < start)
			continue;
		if (log_region_end(log, region) > end)
			break;
		/* Whoever sees that finds what is in the set. */
		smp_mb__before_atomic();
		clear_bit(region, log->unsettled);
		atomic_dec(&log->nr_unsettled);
	}
}

/*
 *--------------------------------------------------------------------
 * Construction
 *--------------------------------------------------------------------
 */

/**
 * quorum_log_remembers - will what a leg lacks be known to the next table?
 * @q: the target
 *
 * Context: any.
 * Return: true if it is in a log that outlives this table.
 */
bool quorum_log_remembers(const struct quorum *q)
{
	return q->log && !q->log->volatile_store &&
	       READ_ONCE(q->log->written) &&
	       !quorum_log_pending(q);
}

/**
 * quorum_log_status - print what dm-log says of itself
 * @q: the target
 * @type: its state, or its arguments as the table has them
 * @result: where to
 * @maxlen: its size
 *
 * Context: may sleep.
 * Return: length of the text.
 */
unsigned int quorum_log_status(const struct quorum *q, status_type_t type,
			       char *result, unsigned int maxlen)
{
	unsigned int sz;

	sz = q->log->store->type->status(q->log->store, type, result, maxlen);
	/* For a table it ends with a space. */
	while (sz && sz < maxlen && result[sz - 1] == ' ')
		result[--sz] = '\0';

	return sz;
}

static void free_sets(struct quorum_log *log)
{
	unsigned int nr;

	for (nr = 0; nr <= log->q->nr_legs; nr++) {
		kvfree(log->sets[nr].marked);
		kvfree(log->sets[nr].leaving);
		kvfree(log->sets[nr].making);
		kvfree(log->sets[nr].wanted);
		kvfree(log->sets[nr].stored);
	}
	kvfree(log->regions);
	kvfree(log->unsettled);
	quorum_blocks_destroy(&log->resettled);
}

static unsigned long *alloc_set(const struct quorum_log *log)
{
	return kvcalloc(BITS_TO_LONGS(log->nr_regions), sizeof(long),
			GFP_KERNEL);
}

static int alloc_sets(struct quorum_log *log)
{
	unsigned int nr;

	log->regions = kvcalloc(log->nr_regions, sizeof(*log->regions),
				GFP_KERNEL);
	log->unsettled = alloc_set(log);
	if (!log->regions || !log->unsettled)
		return -ENOMEM;
	for (nr = 0; nr <= log->q->nr_legs; nr++) {
		struct quorum_log_set *set = &log->sets[nr];

		set->marked = alloc_set(log);
		set->leaving = alloc_set(log);
		if (!set->marked || !set->leaving)
			return -ENOMEM;
		if (set == log_dirty_set(log))
			continue;
		set->making = alloc_set(log);
		set->wanted = alloc_set(log);
		set->stored = alloc_set(log);
		if (!set->making || !set->wanted || !set->stored)
			return -ENOMEM;
	}

	return 0;
}

/*
 * How long the target that dm-log is shown must be depends on the size of its
 * regions, which only dm-log finds in its arguments: so it is made twice.
 */
static int create_store(struct quorum_log *log, const char *type,
			unsigned int argc, char **argv)
{
	struct dm_target *ti = log->q->ti;
	u32 region_sectors;

	log->shown = *ti;
	log->store = dm_dirty_log_create(type, &log->shown, NULL, argc, argv);
	if (!log->store) {
		ti->error = "Cannot create log";
		return -EINVAL;
	}

	region_sectors = log->store->type->get_region_size(log->store);
	dm_dirty_log_destroy(log->store);
	log->store = NULL;
	if (!is_power_of_2(region_sectors) ||
	    region_sectors < QUORUM_BLOCK_SECTORS) {
		ti->error = "Log region is smaller than a page";
		return -EINVAL;
	}
	if (dm_sector_div_up(ti->len, region_sectors) > MAX_REGIONS) {
		ti->error = "Log regions are too small for so many";
		return -EINVAL;
	}

	log->region_shift = ilog2(region_sectors);
	log->nr_regions = dm_sector_div_up(ti->len, region_sectors);
	log->shown.len = log_bit(log, log_leg_set(log, log->q->nr_legs), 0) <<
			 log->region_shift;
	log->store = dm_dirty_log_create(type, &log->shown, NULL, argc, argv);
	if (!log->store) {
		ti->error = "Log device is too small, or no memory";
		return -EINVAL;
	}

	return 0;
}

/**
 * quorum_log_create - allocate the log of a target
 * @q: the target, whose legs are known; quorum_log_destroy() also undoes what was
 *	done before an error
 * @type: dm-log's type
 * @argc: number of arguments
 * @argv: dm-log's arguments
 *
 * Context: may sleep.
 * Return: 0, or a negative errno with the reason in dm_target.error.
 */
int quorum_log_create(struct quorum *q, const char *type, unsigned int argc,
		      char **argv)
{
	struct quorum_log *log;
	int r;

	log = kzalloc(struct_size(log, sets, q->nr_legs + 1), GFP_KERNEL);
	if (!log)
		goto no_memory;

	q->log = log;
	log->q = q;
	log->volatile_store = !strcmp(type, "core");
	log->nosync = argc && !strcmp(argv[argc - 1], "nosync");
	quorum_blocks_init(&log->resettled);
	quorum_log_init(log);

	r = create_store(log, type, argc, argv);
	if (r)
		return r;
	log->wq = alloc_ordered_workqueue("quorum-log/%s", WQ_MEM_RECLAIM,
					  dm_table_device_name(q->ti->table));
	if (!log->wq || alloc_sets(log))
		goto no_memory;

	return 0;

no_memory:
	q->ti->error = "Cannot allocate memory";
	return -ENOMEM;
}

/**
 * quorum_log_destroy - free the log of a target
 * @q: the target, which is suspended or has never been resumed
 *
 * Context: may sleep.
 */
void quorum_log_destroy(struct quorum *q)
{
	struct quorum_log *log = q->log;

	if (!log)
		return;

	if (log->wq) {
		/* Marks that are being made still would arm the other. */
		cancel_work_sync(&log->work);
		cancel_delayed_work_sync(&log->clean_work);
		destroy_workqueue(log->wq);
	}
	if (log->store)
		dm_dirty_log_destroy(log->store);
	free_sets(log);
	kfree(log);
}
