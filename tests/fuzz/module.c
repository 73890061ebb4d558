// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the place of those files of the module that are not built here, because they do
 * requests: what creates and destroys a target calls of them. No request ever is.
 */

#include "dm-quorum-log.h"

#define NEVER(name)	must(!"no request is sent: " #name)

void quorum_range_lock_init(struct quorum_range_lock *lock)
{
	(void)lock;
}

void quorum_hung_init(struct quorum *q)
{
	(void)q;
}

void quorum_late_init(struct quorum *q)
{
	(void)q;
}

void __init quorum_write_init(void)
{
}

size_t quorum_io_size(unsigned int nr_legs)
{
	return sizeof(struct quorum_io) + nr_legs * sizeof(struct quorum_leg_io);
}

int quorum_engine_create(struct quorum *q)
{
	q->engine.wq = alloc_workqueue("%s", 0, 0, "engine");
	q->engine.legs = fuzz_alloc(q->nr_legs * sizeof(*q->engine.legs));

	return q->engine.wq && q->engine.legs ? 0 : -ENOMEM;
}

void quorum_engine_destroy(struct quorum *q)
{
	kfree(q->engine.wq);
	kfree(q->engine.legs);
}

void quorum_read(struct quorum *q, struct bio *bio)
{
	(void)q;
	(void)bio;
	NEVER(read);
}

void quorum_write(struct quorum *q, struct bio *bio)
{
	(void)q;
	(void)bio;
	NEVER(write);
}

void quorum_flush(struct quorum *q, struct bio *bio)
{
	(void)q;
	(void)bio;
	NEVER(flush);
}

void quorum_read_walk(struct quorum_io *io)
{
	(void)io;
	NEVER(walk);
}

struct quorum_io *quorum_io_alloc_walk(struct quorum *q, sector_t sector,
				       sector_t sectors, enum quorum_type type)
{
	(void)q;
	(void)sector;
	(void)sectors;
	(void)type;
	NEVER(walk);
	return NULL;
}

struct quorum_io *quorum_io_alloc_flush(struct quorum *q)
{
	(void)q;
	NEVER(flush);
	return NULL;
}

void quorum_leg_bio_nodata(struct quorum_io *io, unsigned int leg)
{
	(void)io;
	(void)leg;
	NEVER(flush);
}

blk_status_t quorum_leg_wait(struct quorum_io *io, unsigned int leg,
			     struct bio *bio)
{
	(void)io;
	(void)leg;
	(void)bio;
	NEVER(flush);
	return 0;
}

bool quorum_status_blames(enum req_op op, blk_status_t status)
{
	(void)op;
	(void)status;
	NEVER(flush);
	return true;
}

void quorum_io_end(struct quorum_io *io, blk_status_t status)
{
	(void)io;
	(void)status;
	NEVER(end);
}

/* ---- What waits for requests that are in flight: there are none ---- */

void quorum_let_go(struct quorum *q)
{
	must(!q->leg_lock.held);
}

bool quorum_leg_hangs(struct quorum *q, unsigned int leg)
{
	must(leg < q->nr_legs);
	return false;
}

void quorum_late_drain(struct quorum *q)
{
	(void)q;
}

void quorum_confirm_drain(struct quorum *q)
{
	(void)q;
}

void quorum_hung_drain(struct quorum *q)
{
	(void)q;
}

/* ---- The log in use: it marks nothing, as nothing is written ---- */

void quorum_log_init(struct quorum_log *log)
{
	(void)log;
}

bool quorum_log_pending(const struct quorum *q)
{
	return q->log && atomic_read(&q->log->nr_wanted);
}

void quorum_log_refuse(struct quorum *q)
{
	(void)q;
}

void quorum_log_suspend(struct quorum *q)
{
	(void)q;
}

bool quorum_log_resume(struct quorum *q)
{
	(void)q;
	return false;
}

void quorum_log_want(struct quorum *q, unsigned int leg, sector_t sector,
		     sector_t sectors)
{
	(void)q;
	(void)leg;
	(void)sector;
	(void)sectors;
}

bool quorum_log_knows(struct quorum *q, unsigned long legs, sector_t sector,
		      sector_t sectors)
{
	(void)q;
	(void)legs;
	(void)sector;
	(void)sectors;
	return true;
}

bool quorum_log_spares(struct quorum *q, u32 kept, sector_t sector,
		       sector_t sectors)
{
	(void)q;
	(void)kept;
	(void)sector;
	(void)sectors;
	return true;
}

void quorum_log_take_back(struct quorum *q)
{
	(void)q;
}
