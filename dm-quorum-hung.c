// SPDX-License-Identifier: GPL-2.0-only
/*
 * Legs that hang: requests let a failed leg go instead of waiting for it.
 *
 * What a request has in flight on a leg, its part, ends for the request in one of
 * two ways, whichever comes first: the leg answers, quorum_part_back(), or the leg
 * is failed and quorum_let_go() answers in its place. The request is then as if
 * it had not asked the leg. Nobody can take back what the leg has been given, so
 * its bio and the memory that it uses outlive the request, until the leg gives
 * them back. A part that uses the caller's pages is never let go: those are not
 * ours to keep.
 *
 * A leg that has parts outstanding is not restored: a write of those may still
 * reach it, over what is newer.
 */

#include "dm-quorum.h"

/**
 * quorum_hung_init - prepare a target
 * @q: the target
 *
 * Context: any.
 */
void quorum_hung_init(struct quorum *q)
{
	unsigned int i;

	for (i = 0; i < QUORUM_IO_LISTS; i++) {
		spin_lock_init(&q->io_lists[i].lock);
		INIT_LIST_HEAD(&q->io_lists[i].ios);
	}
	spin_lock_init(&q->hung_lock);
	init_waitqueue_head(&q->hung_wait);
}

/*
 *--------------------------------------------------------------------
 * All requests
 *--------------------------------------------------------------------
 */

/**
 * quorum_io_enlist - a request begins
 * @io: the request
 *
 * Context: any.
 */
void quorum_io_enlist(struct quorum_io *io)
{
	/* Most requests end where they began, so nobody else wants the lock. */
	unsigned int cpu = raw_smp_processor_id();
	unsigned long flags;

	io->refs = 1;
	io->may_go = 0;
	io->let_go = 0;
	io->list = &io->q->io_lists[cpu % QUORUM_IO_LISTS];
	spin_lock_irqsave(&io->list->lock, flags);
	list_add_tail(&io->node, &io->list->ios);
	spin_unlock_irqrestore(&io->list->lock, flags);
}

/**
 * quorum_io_delist - a request ends
 * @io: the request; no leg is to answer it any more
 *
 * Context: any.
 */
void quorum_io_delist(struct quorum_io *io)
{
	unsigned long flags;

	spin_lock_irqsave(&io->list->lock, flags);
	list_del(&io->node);
	spin_unlock_irqrestore(&io->list->lock, flags);
}

/**
 * quorum_hung_put - give back the memory of a request that has let a leg go
 * @io: the request; gone on return
 * @legs: let go of, and nothing is to be done about that any more: either the
 *	request has ended, or the leg's bio is back
 *
 * Context: any. The target may be gone on return.
 */
void quorum_hung_put(struct quorum_io *io, unsigned long legs)
{
	struct quorum *q = io->q;
	unsigned long flags;
	unsigned int leg;
	bool last;

	/* The lock also makes it wait for who has just let the leg go. */
	spin_lock_irqsave(&q->hung_lock, flags);
	last = !--io->refs;
	spin_unlock_irqrestore(&q->hung_lock, flags);
	if (last)
		quorum_io_free(io);

	/* Whoever sees that all is back gets the lock after this. */
	spin_lock_irqsave(&q->hung_lock, flags);
	for_each_set_bit(leg, &legs, q->nr_legs)
		q->legs[leg].outstanding--;
	wake_up(&q->hung_wait);
	spin_unlock_irqrestore(&q->hung_lock, flags);
}

/*
 *--------------------------------------------------------------------
 * The parts of a request
 *--------------------------------------------------------------------
 */

/**
 * quorum_parts_begin - a request is about to be sent to legs
 * @io: the request; no leg has any of it in flight
 * @legs: the legs
 * @put: drops a reference of io->pending, and acts if it was the last. It is
 *	called without locks, and by a task, in place of a leg that is let go
 *
 * Sets io->pending: one for each leg, and one for the caller.
 *
 * Context: any.
 */
void quorum_parts_begin(struct quorum_io *io, unsigned long legs,
			void (*put)(struct quorum_io *io))
{
	atomic_set(&io->pending, hweight_long(legs) + 1);
	io->put = put;
	/* All of that is seen by who sees this; see also below. */
	xchg(&io->may_go, legs & ~io->lent);
}

/**
 * quorum_parts_sent - a request has been sent to its legs
 * @io: the request; the caller still has its reference
 *
 * A leg may have been failed after it was chosen. Either who failed it has found
 * the request, or it is seen here: both first say what they do, xchg() above and
 * test_and_set_bit() in quorum_fail_leg(), and then look for the other.
 *
 * Context: may not be called from interrupts.
 */
void quorum_parts_sent(struct quorum_io *io)
{
	unsigned long may_go = READ_ONCE(io->may_go);

	if (may_go && unlikely(may_go & ~quorum_usable_legs(io->q)))
		quorum_let_go(io->q);
}

/**
 * quorum_part_back - a leg gives a bio back
 * @bio: the bio, with the leg's part of the request in its bi_private
 *
 * Context: any.
 * Return: true if the request waits for it. If not, nothing that belongs to the
 * request may be touched, and the target may be gone.
 */
bool quorum_part_back(struct bio *bio)
{
	struct quorum_leg_io *leg_io = bio->bi_private;
	struct quorum_io *io = leg_io->io;
	unsigned int leg = quorum_leg_number(leg_io);

	bio_uninit(bio);
	if (likely(test_bit(leg, &io->lent) ||
		   test_and_clear_bit(leg, &io->may_go)))
		return true;

	quorum_hung_put(io, BIT(leg));
	return false;
}

/*
 * Two things have to happen before the leg can be used again: the bio comes back,
 * and the request ends, by when what the leg has missed is noted.
 */
static bool claim_part(struct quorum_io *io, unsigned int leg)
{
	struct quorum *q = io->q;
	bool claimed;

	spin_lock(&q->hung_lock);
	claimed = test_and_clear_bit(leg, &io->may_go);
	if (claimed) {
		io->refs++;
		__set_bit(leg, &io->let_go);
		q->legs[leg].outstanding += 2;
	}
	spin_unlock(&q->hung_lock);

	return claimed;
}

static bool claim_any_part(struct quorum_io *io, unsigned long legs)
{
	unsigned long parts = READ_ONCE(io->may_go) & legs;
	unsigned int leg;

	for_each_set_bit(leg, &parts, io->q->nr_legs)
		if (claim_part(io, leg))
			return true;

	return false;
}

/* Claim a part of any failed leg. Its reference of pending is the caller's. */
static struct quorum_io *claim_one(struct quorum *q,
				   struct quorum_io_list *list)
{
	struct quorum_io *io, *found = NULL;
	unsigned long failed;

	/* A leg is not restored while it is let go: that takes this lock. */
	spin_lock(&q->leg_lock);
	failed = ~(unsigned long)quorum_usable_legs(q);
	spin_lock_irq(&list->lock);
	list_for_each_entry(io, &list->ios, node) {
		if (claim_any_part(io, failed)) {
			found = io;
			break;
		}
	}
	spin_unlock_irq(&list->lock);
	spin_unlock(&q->leg_lock);

	return found;
}

/*
 * Requests that have let a leg go keep their memory, maybe for ever: the reserve
 * must not be used up by them. Without memory it is refilled by what ends.
 */
static void refill_reserve(struct quorum *q)
{
	void *io;

	if (READ_ONCE(q->io_pool.curr_nr) >= q->io_pool.min_nr)
		return;
	/* Never more than the reserve was, so from the system's if need be. */
	io = kmalloc(quorum_io_size(q->nr_legs), QUORUM_BLOCKS_GFP);
	if (io)
		mempool_free(io, &q->io_pool);
}

/**
 * quorum_let_go - end what failed legs have in flight
 * @q: the target
 *
 * Waits for nothing: what follows from it is left to the workers.
 *
 * Context: may not be called from interrupts.
 */
void quorum_let_go(struct quorum *q)
{
	struct quorum_io *io;
	unsigned int i;

	for (i = 0; i < QUORUM_IO_LISTS; i++) {
		while ((io = claim_one(q, &q->io_lists[i]))) {
			io->put(io);
			refill_reserve(q);
		}
	}
}

/*
 *--------------------------------------------------------------------
 * Waiting for legs
 *--------------------------------------------------------------------
 */

static void put_wait(struct quorum_io *io)
{
	if (atomic_dec_and_test(&io->pending))
		complete(io->done);
}

/**
 * quorum_wait_begin - legs are about to be sent something that is waited for
 * @io: the request; no leg has any of it in flight
 * @legs: the legs
 * @done: where to wait
 *
 * Context: any.
 */
void quorum_wait_begin(struct quorum_io *io, unsigned long legs,
		       struct completion *done)
{
	init_completion(done);
	io->done = done;
	quorum_parts_begin(io, legs, put_wait);
}

static void wait_end_io(struct bio *bio)
{
	struct quorum_leg_io *leg_io = bio->bi_private;

	if (quorum_part_back(bio))
		put_wait(leg_io->io);
}

/**
 * quorum_wait_submit - send a bio to one of these legs
 * @io: the request
 * @leg: number of the leg
 * @bio: the bio; it and its memory are the target's, or the request's
 *
 * Context: may sleep.
 */
void quorum_wait_submit(struct quorum_io *io, unsigned int leg, struct bio *bio)
{
	bio->bi_private = &io->legs[leg];
	bio->bi_end_io = wait_end_io;
	submit_bio_noacct(bio);
}

/**
 * quorum_wait_end - wait for the legs, or until they are failed
 * @io: the request. Of legs in io->let_go nothing may be touched
 *
 * Context: may sleep; waits for legs only.
 */
void quorum_wait_end(struct quorum_io *io)
{
	quorum_parts_sent(io);
	put_wait(io);
	wait_for_completion_io(io->done);
}

/**
 * quorum_leg_wait - send one leg a bio, and wait
 * @io: the request; no leg has any of it in flight
 * @leg: number of the leg
 * @bio: the bio; it and its memory are the target's, or the request's
 *
 * Context: may sleep; waits for the leg only.
 * Return: how it ended, or QUORUM_STS_LET_GO if the leg is failed: io->let_go
 * tells whether it has been sent.
 */
blk_status_t quorum_leg_wait(struct quorum_io *io, unsigned int leg,
			     struct bio *bio)
{
	struct completion done;

	if (!quorum_leg_usable(&io->q->legs[leg])) {
		bio_uninit(bio);
		return QUORUM_STS_LET_GO;
	}

	bio->bi_opf |= REQ_SYNC;
	quorum_wait_begin(io, BIT(leg), &done);
	quorum_wait_submit(io, leg, bio);
	quorum_wait_end(io);

	return test_bit(leg, &io->let_go) ? QUORUM_STS_LET_GO : bio->bi_status;
}

/*
 *--------------------------------------------------------------------
 * Who waits for what has been let go
 *--------------------------------------------------------------------
 */

/**
 * quorum_leg_hangs - has a leg not given back what it was let go with?
 * @q: the target
 * @leg: number of the leg
 *
 * Context: any. With leg_lock held, nothing is added.
 * Return: true if it has not.
 */
bool quorum_leg_hangs(struct quorum *q, unsigned int leg)
{
	unsigned long flags;
	bool hangs;

	spin_lock_irqsave(&q->hung_lock, flags);
	hangs = q->legs[leg].outstanding;
	spin_unlock_irqrestore(&q->hung_lock, flags);

	return hangs;
}

/* The first leg that hangs, or nr_legs; hung_lock is held. */
static unsigned int first_hung(const struct quorum *q)
{
	unsigned int leg;

	for (leg = 0; leg < q->nr_legs; leg++)
		if (q->legs[leg].outstanding)
			break;

	return leg;
}

/**
 * quorum_hung_drain - wait until legs have given back all that they were let go
 *	with
 * @q: the target, which has no requests
 *
 * Context: may sleep, without a limit.
 */
void quorum_hung_drain(struct quorum *q)
{
	unsigned int leg;

	spin_lock_irq(&q->hung_lock);
	wait_event_lock_irq_timeout(q->hung_wait, first_hung(q) == q->nr_legs,
				    q->hung_lock, HZ);
	leg = first_hung(q);
	spin_unlock_irq(&q->hung_lock);
	if (leg == q->nr_legs)
		return;

	DMWARN("%s: suspending waits for leg %u (%s), which still has requests outstanding",
	       dm_table_device_name(q->ti->table), leg, q->legs[leg].dev->name);
	spin_lock_irq(&q->hung_lock);
	wait_event_lock_irq(q->hung_wait, first_hung(q) == q->nr_legs,
			    q->hung_lock);
	spin_unlock_irq(&q->hung_lock);
}
