// SPDX-License-Identifier: GPL-2.0-only
/*
 * Late legs: requests that are answered before all legs have.
 *
 * With read_pattern fast, a read is answered as soon as the legs that have landed
 * decide the vote, whatever the others say. The request goes on without a caller:
 * once all legs have landed it is voted on as usual, for what there is to count,
 * to report and to repair.
 *
 * So that a slow leg does not eat the memory, what such requests hold is bounded.
 * Past the bound, all legs are waited for.
 */

#include "dm-quorum.h"

/* Memory that requests which have been answered may hold, in bytes. */
#define LATE_BYTES		(32U << 20)

/* What a request holds until its last leg has landed. */
static unsigned int bytes_held(const struct quorum_io *io)
{
	return quorum_io_size(io->q->nr_legs) +
	       hweight_long(io->asked) * io->bytes;
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
}

/* Returns false if too much is late already. */
static bool begin_late(struct quorum_io *io)
{
	struct quorum *q = io->q;
	unsigned int bytes = bytes_held(io);
	unsigned long flags;
	bool begun;

	spin_lock_irqsave(&q->late_lock, flags);
	begun = q->late_bytes + bytes <= LATE_BYTES;
	if (begun) {
		q->late_bytes += bytes;
		io->late = bytes;
	}
	spin_unlock_irqrestore(&q->late_lock, flags);

	return begun;
}

/**
 * quorum_late_answer - answer the caller before all legs have landed
 * @io: the request, which has been done; the caller of this has a reference of
 *	io->pending
 *
 * Context: any.
 * Return: false, and nothing is done, if too much is late already.
 */
bool quorum_late_answer(struct quorum_io *io)
{
	struct bio *bio = io->bio;

	if (!begin_late(io))
		return false;

	io->bio = NULL;
	bio->bi_status = BLK_STS_OK;
	bio_endio(bio);
	return true;
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
	q->late_bytes -= bytes;
	if (!q->late_bytes)
		wake_up(&q->late_wait);
	spin_unlock_irqrestore(&q->late_lock, flags);
}

/**
 * quorum_late_drain - wait for the requests that were answered early
 * @q: the target, which gets no new requests
 *
 * Context: may sleep.
 */
void quorum_late_drain(struct quorum *q)
{
	spin_lock_irq(&q->late_lock);
	wait_event_lock_irq(q->late_wait, !q->late_bytes, q->late_lock);
	spin_unlock_irq(&q->late_lock);
}
