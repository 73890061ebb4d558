// SPDX-License-Identifier: GPL-2.0-only
/*
 * Late legs: requests that are answered before all legs have.
 *
 * With read_pattern fast, a read is answered as soon as the legs that have landed
 * decide the vote, whatever the others say. The request goes on without a caller:
 * once all legs have landed it is voted on as usual, for what there is to count,
 * to report and to repair.
 *
 * With write_ack threshold, a write is acknowledged when vote_threshold legs have
 * it, more than half of all: whatever they hold wins each vote. It goes on, from
 * the private copy, and keeps its range until all legs have it, so that nothing
 * overtakes it; until then the others count as stale there. A flush counts for a
 * leg only if the leg has all that was acknowledged before the flush was asked
 * for, so it is sent when enough legs have.
 *
 * So that a slow leg does not eat the memory, what such requests hold is bounded.
 * Past the bound, all legs are waited for.
 */

#include "dm-quorum.h"

/* Memory that requests which have been answered may hold, in bytes. */
#define LATE_BYTES		(32U << 20)

/*
 * A flush that waits is looked at when a leg has got something; and after so much
 * time, as a leg may have come into sync.
 */
#define LOOK_AGAIN		(HZ / 10 + 1)

/* What a request holds until its last leg has landed. */
static unsigned int bytes_held(const struct quorum_io *io)
{
	unsigned int copies = io->op == REQ_OP_READ ? hweight_long(io->asked) :
						      !!io->copy.nr_vecs;

	return quorum_io_size(io->q->nr_legs) + copies * io->bytes;
}

/* Legs that a late write has not reached, or not well. */
static unsigned long legs_missing(const struct quorum_io *io)
{
	return READ_ONCE(io->asked) & ~quorum_legs_did(io);
}

/*
 * For each leg, the lowest number of a write that it has yet to get. Writes that
 * end meanwhile have reached it, or have left it stale.
 */
static void find_oldest(struct quorum *q, u64 *oldest)
{
	unsigned long missing;
	struct quorum_io *io;
	unsigned int i, leg;

	memset(oldest, 0xff, q->nr_legs * sizeof(*oldest));
	for (i = 0; i < QUORUM_IO_LISTS; i++) {
		spin_lock_irq(&q->io_lists[i].lock);
		list_for_each_entry(io, &q->io_lists[i].ios, node) {
			/* Pairs with begin_late(). */
			if (!smp_load_acquire(&io->late) ||
			    io->type != QUORUM_TYPE_WRITE)
				continue;
			missing = legs_missing(io);
			quorum_for_each_leg(leg, missing)
				oldest[leg] = min(oldest[leg], io->late_seq);
		}
		spin_unlock_irq(&q->io_lists[i].lock);
	}
}

/* May the flush be sent? If so, it is noted for which legs it does not count. */
static bool may_flush(struct quorum_io *io, const u64 *oldest)
{
	struct quorum *q = io->q;
	unsigned long usable = quorum_usable_legs(q);
	unsigned int leg, ready = 0;
	u32 behind = 0;

	quorum_for_each_leg(leg, usable) {
		if (oldest[leg] < io->late_seq)
			behind |= BIT(leg);
		else if (quorum_leg_in_sync(&q->legs[leg]))
			ready++;
	}
	if (behind && ready < q->vote_threshold)
		return false;

	io->behind = behind;
	return true;
}

static void late_work(struct work_struct *work)
{
	struct quorum *q = container_of(to_delayed_work(work), struct quorum,
					late_work);
	struct quorum_io *io, *next;
	u64 oldest[QUORUM_MAX_LEGS];
	LIST_HEAD(flushes);
	LIST_HEAD(ready);

	spin_lock_irq(&q->late_lock);
	list_splice_init(&q->late_flushes, &flushes);
	spin_unlock_irq(&q->late_lock);

	/* Writes acknowledged before any of these are found. */
	find_oldest(q, oldest);
	list_for_each_entry_safe(io, next, &flushes, log_entry)
		if (may_flush(io, oldest))
			list_move_tail(&io->log_entry, &ready);

	spin_lock_irq(&q->late_lock);
	list_splice(&flushes, &q->late_flushes);
	list_for_each_entry(io, &ready, log_entry)
		q->nr_late_flushes--;
	if (q->nr_late_flushes)
		queue_delayed_work(q->vote_wq, &q->late_work, LOOK_AGAIN);
	spin_unlock_irq(&q->late_lock);

	list_for_each_entry_safe(io, next, &ready, log_entry)
		queue_work(q->vote_wq, &io->work);
}

/**
 * quorum_late_init - prepare a target
 * @q: the target
 *
 * Context: any.
 */
void quorum_late_init(struct quorum *q)
{
	spin_lock_init(&q->late_lock);
	init_waitqueue_head(&q->late_wait);
	INIT_LIST_HEAD(&q->late_flushes);
	INIT_DELAYED_WORK(&q->late_work, late_work);
}

/* Returns false if too much is late already, or the request is. */
static bool begin_late(struct quorum_io *io, u32 late)
{
	struct quorum *q = io->q;
	unsigned int bytes = bytes_held(io);
	unsigned long flags;
	bool begun;

	spin_lock_irqsave(&q->late_lock, flags);
	begun = !io->late && q->late_bytes + bytes <= LATE_BYTES;
	if (begun) {
		WRITE_ONCE(q->late_bytes, q->late_bytes + bytes);
		io->late_seq = q->late_seq;
		if (late)
			WRITE_ONCE(io->range.late, late);
		/* Pairs with find_oldest(). */
		smp_store_release(&io->late, bytes);
	}
	spin_unlock_irqrestore(&q->late_lock, flags);

	return begun;
}

/**
 * quorum_late_answer - answer the caller before all legs have landed
 * @io: the request, which has been done; the caller of this has a reference of
 *	io->pending
 * @late: of a write that has a range, legs that do not have it yet
 *
 * Context: any.
 * Return: false, and nothing is done, if too much is late already, or somebody
 * else has done it.
 */
bool quorum_late_answer(struct quorum_io *io, u32 late)
{
	struct bio *bio;

	if (!begin_late(io, late))
		return false;

	/* Nobody else touches it after that. */
	bio = io->bio;
	io->bio = NULL;
	bio->bi_status = BLK_STS_OK;
	bio_endio(bio);
	return true;
}

/* late_lock is held. */
static void look_at_flushes(struct quorum *q)
{
	if (unlikely(q->nr_late_flushes))
		mod_delayed_work(q->vote_wq, &q->late_work, 0);
}

/**
 * quorum_late_landed - a leg has got what was acknowledged before
 * @q: the target
 *
 * Context: any.
 */
void quorum_late_landed(struct quorum *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->late_lock, flags);
	look_at_flushes(q);
	spin_unlock_irqrestore(&q->late_lock, flags);
}

/**
 * quorum_late_flush - have a flush wait until enough legs have what it is to make
 *	last
 * @io: the flush; its work sends it
 *
 * Context: any but interrupts.
 * Return: false if there is nothing to wait for.
 */
bool quorum_late_flush(struct quorum_io *io)
{
	struct quorum *q = io->q;
	bool wait;

	spin_lock_irq(&q->late_lock);
	io->late_seq = ++q->late_seq;
	wait = q->late_bytes;
	if (wait) {
		list_add_tail(&io->log_entry, &q->late_flushes);
		q->nr_late_flushes++;
		look_at_flushes(q);
	}
	spin_unlock_irq(&q->late_lock);

	return wait;
}

/**
 * quorum_late_end - a request that was answered early has ended
 * @q: the target; may be gone on return
 * @bytes: quorum_io.late of the request, which is gone
 *
 * Context: any.
 */
void quorum_late_end(struct quorum *q, unsigned int bytes)
{
	unsigned long flags;

	/* Whoever sees that all have ended gets the lock after this. */
	spin_lock_irqsave(&q->late_lock, flags);
	WRITE_ONCE(q->late_bytes, q->late_bytes - bytes);
	look_at_flushes(q);
	if (!q->late_bytes)
		wake_up(&q->late_wait);
	spin_unlock_irqrestore(&q->late_lock, flags);
}

/**
 * quorum_late_drain - wait for the requests that were answered early
 * @q: the target, which gets no new requests
 *
 * Context: may sleep, without a limit.
 */
void quorum_late_drain(struct quorum *q)
{
	bool late;

	spin_lock_irq(&q->late_lock);
	wait_event_lock_irq_timeout(q->late_wait, !q->late_bytes, q->late_lock,
				    HZ);
	late = q->late_bytes;
	spin_unlock_irq(&q->late_lock);
	if (late) {
		DMWARN("%s: suspending waits for a leg that still has to answer what others have",
		       dm_table_device_name(q->ti->table));
		spin_lock_irq(&q->late_lock);
		wait_event_lock_irq(q->late_wait, !q->late_bytes, q->late_lock);
		spin_unlock_irq(&q->late_lock);
	}
	/* It finds no flush, but it may still be about to look. */
	cancel_delayed_work_sync(&q->late_work);
}
