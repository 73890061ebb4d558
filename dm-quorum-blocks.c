// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sparse sets of vote blocks: where a leg is stale, where a write failed.
 *
 * Empty on a healthy device. A set is a bitmap in pages that are allocated when
 * a block in their part of the device first enters the set, and kept.
 */

#include "dm-quorum.h"

#define BLOCKS_PER_PAGE		(PAGE_SIZE * BITS_PER_BYTE)

/*
 * Bound on the memory of one set, 16 MiB: enough to name any 4 KiB block of
 * 512 GiB. A set that would outgrow it refuses, and what that means is the
 * caller's to decide.
 */
#define MAX_PAGES		((16U << 20) >> PAGE_SHIFT)

static u64 block_of(sector_t sector)
{
	return sector >> (QUORUM_BLOCK_SHIFT - SECTOR_SHIFT);
}

/* The page with the bit of @block, or NULL. */
static unsigned long *find_page(struct quorum_blocks *blocks, u64 block)
{
	return xa_load(&blocks->pages, div_u64(block, BLOCKS_PER_PAGE));
}

static unsigned int bit_in_page(u64 block)
{
	return block & (BLOCKS_PER_PAGE - 1);
}

static unsigned long *find_or_make_page(struct quorum_blocks *blocks, u64 block,
					gfp_t gfp)
{
	unsigned long *page = find_page(blocks, block), *present;

	if (page)
		return page;
	if (!atomic_add_unless(&blocks->nr_pages, 1, MAX_PAGES))
		return NULL;

	page = (unsigned long *)get_zeroed_page(gfp);
	if (!page)
		goto uncount;
	present = xa_cmpxchg(&blocks->pages, div_u64(block, BLOCKS_PER_PAGE),
			     NULL, page, gfp);
	if (!present)
		return page;

	free_page((unsigned long)page);
	page = xa_is_err(present) ? NULL : present;
uncount:
	atomic_dec(&blocks->nr_pages);
	return page;
}

/**
 * quorum_blocks_init - make an empty set
 * @blocks: the set
 *
 * Context: any.
 */
void quorum_blocks_init(struct quorum_blocks *blocks)
{
	xa_init(&blocks->pages);
	atomic_set(&blocks->nr_pages, 0);
	atomic_long_set(&blocks->count, 0);
}

/**
 * quorum_blocks_destroy - free what a set holds
 * @blocks: the set; nobody uses it any more
 *
 * Context: may sleep.
 */
void quorum_blocks_destroy(struct quorum_blocks *blocks)
{
	unsigned long index, *page;

	xa_for_each(&blocks->pages, index, page)
		free_page((unsigned long)page);
	xa_destroy(&blocks->pages);
}

/**
 * quorum_blocks_add - add the blocks that a range touches
 * @blocks: the set
 * @sector: first device sector
 * @sectors: number of sectors, at least 1
 * @gfp: how to allocate
 *
 * Context: as @gfp says; not from interrupts.
 * Return: 0, or -ENOMEM with a part of the range added.
 */
int quorum_blocks_add(struct quorum_blocks *blocks, sector_t sector,
		      sector_t sectors, gfp_t gfp)
{
	u64 block = block_of(sector), end = block_of(sector + sectors - 1) + 1;
	unsigned long *page;

	for (; block < end; block++) {
		page = find_or_make_page(blocks, block, gfp);
		if (!page)
			return -ENOMEM;
		/* First, so that a set with a block never looks empty. */
		atomic_long_inc(&blocks->count);
		if (test_and_set_bit(bit_in_page(block), page))
			atomic_long_dec(&blocks->count);
	}

	return 0;
}

static void remove_blocks(struct quorum_blocks *blocks, u64 block, u64 end)
{
	unsigned long *page;

	while (block < end && !quorum_blocks_empty(blocks)) {
		page = find_page(blocks, block);
		if (!page) {
			block = (block | (BLOCKS_PER_PAGE - 1)) + 1;
			continue;
		}
		if (test_and_clear_bit(bit_in_page(block), page))
			atomic_long_dec(&blocks->count);
		block++;
	}
}

/**
 * quorum_blocks_remove - remove the blocks that a range covers whole
 * @blocks: the set
 * @sector: first device sector
 * @sectors: number of sectors
 *
 * Context: any.
 */
void quorum_blocks_remove(struct quorum_blocks *blocks, sector_t sector,
			  sector_t sectors)
{
	remove_blocks(blocks, block_of(sector + QUORUM_BLOCK_SECTORS - 1),
		      block_of(sector + sectors));
}

/**
 * quorum_blocks_remove_touched - remove the blocks that a range touches
 * @blocks: the set
 * @sector: first device sector
 * @sectors: number of sectors, at least 1
 *
 * Context: any.
 */
void quorum_blocks_remove_touched(struct quorum_blocks *blocks, sector_t sector,
				  sector_t sectors)
{
	remove_blocks(blocks, block_of(sector),
		      block_of(sector + sectors - 1) + 1);
}

/**
 * quorum_blocks_next - find a block of the set
 * @blocks: the set
 * @sector: device sector to begin at
 * @end: device sector from which on it does not matter
 *
 * Context: any.
 * Return: first device sector of the first block in the set that ends behind
 * @sector, or QUORUM_NO_SECTOR if there is none that begins before @end.
 */
sector_t quorum_blocks_next(struct quorum_blocks *blocks, sector_t sector,
			    sector_t end)
{
	u64 block = block_of(sector), last = block_of(end - 1);
	unsigned long first = div_u64(block, BLOCKS_PER_PAGE), index, bit;
	unsigned long *page;

	if (quorum_blocks_empty(blocks))
		return QUORUM_NO_SECTOR;

	xa_for_each_range(&blocks->pages, index, page, first,
			  div_u64(last, BLOCKS_PER_PAGE)) {
		bit = find_next_bit(page, BLOCKS_PER_PAGE,
				    index == first ? bit_in_page(block) : 0);
		if (bit == BLOCKS_PER_PAGE)
			continue;
		block = (u64)index * BLOCKS_PER_PAGE + bit;
		return block <= last ? block * QUORUM_BLOCK_SECTORS :
				       QUORUM_NO_SECTOR;
	}

	return QUORUM_NO_SECTOR;
}

/**
 * quorum_blocks_has - ask for the block that a sector is in
 * @blocks: the set
 * @sector: device sector
 *
 * Context: any.
 * Return: true if the block is in the set.
 */
bool quorum_blocks_has(struct quorum_blocks *blocks, sector_t sector)
{
	u64 block = block_of(sector);
	unsigned long *page;

	if (quorum_blocks_empty(blocks))
		return false;

	page = find_page(blocks, block);
	return page && test_bit(bit_in_page(block), page);
}
