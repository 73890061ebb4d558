// SPDX-License-Identifier: GPL-2.0-only
/*
 * The range lock: overlapping writes reach the legs one after the other, so
 * that all legs end with the bytes of the same one; neighbours pass.
 *
 * A range that comes enters the tree at once, held or not, and counts those it
 * overlaps: they came before and all of them must go first. A range that goes
 * takes one off the count of each range it overlaps: they came after. So a
 * waiter is overtaken by nothing that overlaps it, and nobody scans a queue.
 *
 * A range that spans chunks (discards and write-zeroes, which the dm core does
 * not split) has a node in every bucket it touches and holds them in the order
 * of the buckets. A range with one node waits for nothing while it holds it, and
 * ranges with several wait only for higher buckets than those they hold: no
 * cycle can form. It is overtaken only in buckets that it has not come to yet,
 * and in each of them it comes to its turn.
 */

#include "dm-quorum.h"
#include <linux/interval_tree_generic.h>

#define START(node)	((node)->start)
#define LAST(node)	((node)->last)

INTERVAL_TREE_DEFINE(struct quorum_range_node, rb, sector_t, subtree_last,
		     START, LAST, static, quorum_tree)

static inline u64 chunk_of(sector_t sector)
{
	return sector >> QUORUM_CHUNK_SHIFT;
}

static inline unsigned int bucket_of(u64 chunk)
{
	return chunk % QUORUM_RANGE_BUCKETS;
}

/* The bucket of a node; the nodes are in the order of their buckets. */
static struct quorum_range_bucket *node_bucket(struct quorum_range_lock *lock,
					       struct quorum_range *range,
					       unsigned int nr)
{
	unsigned int first = range->first_bucket, wrapped;

	if (first + range->nr_nodes <= QUORUM_RANGE_BUCKETS)
		return &lock->buckets[first + nr];

	/* The chunks past the highest bucket go on at the lowest. */
	wrapped = first + range->nr_nodes - QUORUM_RANGE_BUCKETS;
	if (nr < wrapped)
		return &lock->buckets[nr];
	return &lock->buckets[first + nr - wrapped];
}

/* Place the next node. Returns true if nothing overlaps it. */
static bool place_node(struct quorum_range_lock *lock,
		       struct quorum_range *range)
{
	unsigned int nr = range->nr_placed++;
	struct quorum_range_node *node = &range->nodes[nr], *other;
	struct quorum_range_bucket *bucket = node_bucket(lock, range, nr);
	unsigned int blockers = 0;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	for (other = quorum_tree_iter_first(&bucket->tree, node->start,
					    node->last);
	     other;
	     other = quorum_tree_iter_next(other, node->start, node->last))
		blockers++;
	node->blockers = blockers;
	quorum_tree_insert(node, &bucket->tree);
	spin_unlock_irqrestore(&bucket->lock, flags);

	return !blockers;
}

/* Place what is left to place, up to the first node that must wait. */
static bool place_nodes(struct quorum_range_lock *lock,
			struct quorum_range *range)
{
	while (range->nr_placed < range->nr_nodes)
		if (!place_node(lock, range))
			return false;

	return true;
}

/* Take a held node out; those it was the last to block move to @granted. */
static void remove_node(struct quorum_range_bucket *bucket,
			struct quorum_range_node *node,
			struct list_head *granted)
{
	struct quorum_range_node *other;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	quorum_tree_remove(node, &bucket->tree);
	for (other = quorum_tree_iter_first(&bucket->tree, node->start,
					    node->last);
	     other;
	     other = quorum_tree_iter_next(other, node->start, node->last))
		if (!--other->blockers)
			list_add_tail(&other->granted, granted);
	spin_unlock_irqrestore(&bucket->lock, flags);
}

/**
 * quorum_range_lock_init - make a range lock that nobody holds
 * @lock: the lock
 *
 * Context: any.
 */
void quorum_range_lock_init(struct quorum_range_lock *lock)
{
	unsigned int i;

	for (i = 0; i < QUORUM_RANGE_BUCKETS; i++) {
		spin_lock_init(&lock->buckets[i].lock);
		lock->buckets[i].tree = RB_ROOT_CACHED;
	}
}

/**
 * quorum_range_init - describe a range
 * @range: the range; @range->grant is the caller's to set
 * @start: first target sector
 * @sectors: number of sectors, at least 1
 * @gfp: how to allocate for a range that touches many chunks
 *
 * A range that touches QUORUM_RANGE_INLINE_NODES chunks at most needs no memory
 * and cannot fail. The memory of another is freed by quorum_range_unlock().
 *
 * Context: as @gfp says.
 * Return: 0, or -ENOMEM for a range that touches many chunks.
 */
int quorum_range_init(struct quorum_range *range, sector_t start,
		      sector_t sectors, gfp_t gfp)
{
	sector_t last = start + sectors - 1;
	u64 nr_chunks = chunk_of(last) - chunk_of(start) + 1;
	struct quorum_range_node *node;
	unsigned int nr;

	range->nr_placed = 0;
	range->late = 0;
	range->nr_nodes = min_t(u64, nr_chunks, QUORUM_RANGE_BUCKETS);
	range->first_bucket = bucket_of(chunk_of(start));
	range->nodes = range->inline_nodes;
	if (range->nr_nodes > QUORUM_RANGE_INLINE_NODES) {
		range->nodes = kmalloc_array(range->nr_nodes,
					     sizeof(*range->nodes), gfp);
		if (!range->nodes)
			return -ENOMEM;
	}

	for (nr = 0; nr < range->nr_nodes; nr++) {
		node = &range->nodes[nr];
		node->start = start;
		node->last = last;
		node->range = range;
	}

	return 0;
}

/**
 * quorum_range_lock - take a range
 * @lock: the lock
 * @range: the range
 *
 * Context: any; never waits.
 * Return: true if the range is held on return. Otherwise range->grant() is
 * called once it is, which may be before this function returns.
 */
bool quorum_range_lock(struct quorum_range_lock *lock,
		       struct quorum_range *range)
{
#ifdef QUORUM_TEST_NO_RANGE_LOCK
	return true;
#endif
	return place_nodes(lock, range);
}

/**
 * quorum_range_unlock - release a held range
 * @lock: the lock
 * @range: the range; the caller's again on return
 *
 * Calls the grant() of those that waited for nothing else.
 *
 * Context: any.
 */
void quorum_range_unlock(struct quorum_range_lock *lock,
			 struct quorum_range *range)
{
	struct quorum_range_node *node, *next;
	LIST_HEAD(granted);
	unsigned int nr;

	for (nr = 0; nr < range->nr_placed; nr++)
		remove_node(node_bucket(lock, range, nr),
			    &range->nodes[nr], &granted);
	if (range->nodes != range->inline_nodes)
		kfree(range->nodes);

	list_for_each_entry_safe(node, next, &granted, granted)
		if (place_nodes(lock, node->range))
			node->range->grant(node->range);
}

static u32 late_in_chunk(struct quorum_range_lock *lock, u64 chunk,
			 sector_t start, sector_t last)
{
	struct quorum_range_bucket *bucket = &lock->buckets[bucket_of(chunk)];
	struct quorum_range_node *node;
	unsigned long flags;
	u32 late = 0;

	spin_lock_irqsave(&bucket->lock, flags);
	for (node = quorum_tree_iter_first(&bucket->tree, start, last); node;
	     node = quorum_tree_iter_next(node, start, last))
		late |= READ_ONCE(node->range->late);
	spin_unlock_irqrestore(&bucket->lock, flags);

	return late;
}

/**
 * quorum_range_late - legs that do not have yet what was acknowledged
 * @lock: the lock
 * @start: first target sector
 * @sectors: number of sectors, at least 1
 *
 * Context: any.
 * Return: a bit for each leg that is late anywhere in the range.
 */
u32 quorum_range_late(struct quorum_range_lock *lock, sector_t start,
		      sector_t sectors)
{
	sector_t last = start + sectors - 1;
	u64 chunk;
	u32 late = 0;

	for (chunk = chunk_of(start); chunk <= chunk_of(last); chunk++)
		late |= late_in_chunk(lock, chunk, start, last);

	return late;
}
