// SPDX-License-Identifier: GPL-2.0-only
/*
 * One request of the caller: its memory, and the bios that go to the legs.
 */

#include "dm-quorum.h"
#include "dm-quorum-trace.h"
#include <linux/highmem.h>
#include <linux/kmemleak.h>

/*
 * Flags of the caller's bio that the legs are to see. The others concern the
 * caller's own path: a leg must not be polled for, must not give up early
 * because the caller could do without (it would be blamed for it), and the
 * bits that drivers use for themselves are ours on the caller's bio.
 */
#define LEG_FLAGS	(REQ_SYNC | REQ_META | REQ_PRIO | REQ_FUA | \
			 REQ_PREFLUSH | REQ_IDLE | REQ_BACKGROUND | \
			 REQ_NOUNMAP | REQ_SWAP)

/* Largest piece to ask the page allocator for: what it keeps at hand. */
#define BUFFER_ORDER	PAGE_ALLOC_COSTLY_ORDER

static blk_opf_t leg_opf(const struct bio *bio, enum req_op op)
{
	blk_opf_t flags = bio->bi_opf & LEG_FLAGS;

	/* Durability is asked of writes only; the block layer insists. */
	if (op != REQ_OP_WRITE)
		flags &= ~(REQ_FUA | REQ_PREFLUSH);

	return op | flags;
}

/**
 * quorum_io_size - size of a request
 * @nr_legs: number of legs
 *
 * Context: any.
 * Return: bytes.
 */
size_t quorum_io_size(unsigned int nr_legs)
{
	return struct_size_t(struct quorum_io, legs, nr_legs) +
	       nr_legs * sizeof(struct bio);
}

static unsigned int segment_order(const struct bio_vec *vec)
{
	return get_order(vec->bv_offset + vec->bv_len);
}

/*
 * Memory of a segment that fills @vec->bv_len bytes behind @vec->bv_offset. A
 * single page comes from the slab allocator, which has it at hand for less than
 * half the instructions, and aligned, as its size is a power of two.
 */
static bool segment_alloc(struct bio_vec *vec)
{
	unsigned int order = segment_order(vec);
	void *page;

	if (order) {
		vec->bv_page = alloc_pages(QUORUM_GFP | __GFP_COMP, order);
		return vec->bv_page;
	}

	page = kmalloc(PAGE_SIZE, QUORUM_GFP);
	if (!page)
		return false;
	/* What is found by its struct page looks lost to kmemleak. */
	kmemleak_ignore(page);
	vec->bv_page = virt_to_page(page);
	return true;
}

static void segment_free(const struct bio_vec *vec)
{
	if (segment_order(vec))
		__free_pages(vec->bv_page, segment_order(vec));
	else
		kfree(page_address(vec->bv_page));
}

static void buffer_free(struct quorum_buffer *buffer)
{
	unsigned int i;

	if (!buffer->nr_vecs)
		return;

	for (i = 0; i < buffer->nr_vecs; i++)
		segment_free(&buffer->vec[i]);
	if (buffer->vec != buffer->inline_vec)
		kfree(buffer->vec);
	buffer->nr_vecs = 0;
}

/* Of a leg that was let go the buffer may be in use: it stays. */
static void free_buffers(struct quorum_io *io)
{
	unsigned int leg;

	buffer_free(&io->copy);
	for (leg = 0; leg < io->q->nr_legs; leg++)
		if (!test_bit(leg, &io->let_go))
			buffer_free(&io->legs[leg].buffer);
}

/**
 * quorum_io_forget - forget what the legs have answered, to ask them anew
 * @io: the request, a read if it has been sent; no leg has any of it in flight,
 *	but for those that were let go, which keep what they have
 *
 * Context: any.
 */
void quorum_io_forget(struct quorum_io *io)
{
	unsigned int leg;

	free_buffers(io);
	io->asked = 0;
	/* A leg that was let go looks for its own bit, which was never set. */
	WRITE_ONCE(io->lent, 0);
	io->landed = 0;
	io->failed = 0;
	io->direct = -1;
	io->kept = 0;
	for (leg = 0; leg < io->q->nr_legs; leg++) {
		io->legs[leg].status = BLK_STS_OK;
		io->legs[leg].nr_crcs = 0;
		io->legs[leg].stale = 0;
		io->legs[leg].wrong = 0;
	}
}

/**
 * quorum_io_doubt - remember who failed, before that is forgotten
 * @io: the request; no leg has any of it in flight
 *
 * A leg that fails and then, asked again, does not, has failed all the same.
 *
 * Context: any.
 */
void quorum_io_doubt(struct quorum_io *io)
{
	unsigned long fresh = io->failed & ~io->told & ~io->doubted;
	unsigned int leg;

	io->doubted |= fresh;
	for_each_set_bit(leg, &fresh, io->q->nr_legs)
		io->legs[leg].first_status = io->legs[leg].status;
}

/* Never fails if it may wait. */
static struct quorum_io *alloc_io(struct quorum *q, enum req_op op,
				  enum quorum_type type, gfp_t gfp)
{
	struct quorum_io *io = mempool_alloc(&q->io_pool, gfp);
	struct bio *leg_bios;
	unsigned int leg;

	if (!io)
		return NULL;

	leg_bios = (struct bio *)&io->legs[q->nr_legs];
	io->q = q;
	io->op = op;
	io->type = type;
	io->copy.nr_vecs = 0;
	io->flags = 0;
	io->mend = 0;
	io->unmended = 0;
	io->behind = 0;
	io->noted = 0;
	io->told = 0;
	io->doubted = 0;
	io->erred = 0;
	io->lost = 0;
	io->won = 0;
	io->suspects = 0;
	io->settled = 0;
	io->unsettled = 0;
	io->unsure = 0;
	io->stuck = 0;
	io->late = 0;
	for (leg = 0; leg < q->nr_legs; leg++) {
		io->legs[leg].io = io;
		io->legs[leg].buffer.nr_vecs = 0;
		io->legs[leg].suspect = 0;
		io->legs[leg].lost = 0;
		io->legs[leg].rewritten = 0;
		io->legs[leg].bio = &leg_bios[leg];
	}
	quorum_io_enlist(io);
	quorum_io_forget(io);

	return io;
}

/**
 * quorum_io_alloc - begin a request
 * @q: the target
 * @bio: the caller's bio
 * @op: what the legs will be asked to do
 * @type: the same as events name it
 *
 * The submitter's reference is set in quorum_io.pending.
 *
 * Context: may sleep. Waits for other requests to end when memory is short;
 * those do not depend on the caller, because the bios of this request are not
 * yet made and the block layer sends those of earlier ones first.
 * Return: the request, always.
 */
struct quorum_io *quorum_io_alloc(struct quorum *q, struct bio *bio,
				  enum req_op op, enum quorum_type type)
{
	struct quorum_io *io = alloc_io(q, op, type, GFP_NOIO);

	io->bio = bio;
	io->opf = leg_opf(bio, op);
	io->sector = bio->bi_iter.bi_sector;
	io->bytes = bio->bi_iter.bi_size;
	io->mend = q->rewrite_corrupted ? QUORUM_MEND_WRONG : 0;

	return io;
}

/**
 * quorum_io_alloc_walk - begin a read of a walk over the device
 * @q: the target
 * @sector: first device sector
 * @sectors: number of sectors, QUORUM_CHUNK_SECTORS at most, on the vote grid
 *	or at the end of the target
 * @type: how events name it
 *
 * Context: like quorum_io_alloc().
 * Return: the request, always. What it is to mend is for the caller to say.
 */
struct quorum_io *quorum_io_alloc_walk(struct quorum *q, sector_t sector,
				       sector_t sectors, enum quorum_type type)
{
	struct quorum_io *io = alloc_io(q, REQ_OP_READ, type, GFP_NOIO);

	io->bio = NULL;
	io->opf = REQ_OP_READ;
	io->sector = sector;
	io->bytes = sectors << SECTOR_SHIFT;
	set_bit(QUORUM_IO_WALKS, &io->flags);

	return io;
}

/**
 * quorum_io_alloc_flush - begin a flush that nobody has asked for
 * @q: the target
 *
 * Context: any.
 * Return: the request, or NULL: to wait for others to end could be in vain, as
 * they may wait for this.
 */
struct quorum_io *quorum_io_alloc_flush(struct quorum *q)
{
	struct quorum_io *io = alloc_io(q, REQ_OP_WRITE, QUORUM_TYPE_FLUSH,
					QUORUM_GFP);

	if (!io)
		return NULL;

	io->bio = NULL;
	io->opf = REQ_OP_WRITE | REQ_PREFLUSH;
	io->sector = q->ti->begin;
	io->bytes = 0;

	return io;
}

/**
 * quorum_io_unsettled - in which blocks of a request may legs lawfully differ?
 * @io: the request
 *
 * Context: any.
 * Return: a bit for each block of the request, by its number.
 */
u64 quorum_io_unsettled(const struct quorum_io *io)
{
	sector_t end = io->sector + quorum_io_sectors(io), sector;
	unsigned int block = 0;
	u64 blocks = 0;

	if (likely(quorum_all_settled(io->q)))
		return 0;

	for (sector = io->sector; sector < end;
	     sector = quorum_io_block_sector(io, ++block))
		if (quorum_is_unsettled(io->q, sector))
			blocks |= BIT_ULL(block);

	return blocks;
}

/**
 * quorum_whole_blocks - stretch a range over what lies outside the target
 * @q: the target
 * @sector: first device sector, becomes that of its vote block at the beginning
 *	of the target: there is nothing before it that could stay as it is
 * @sectors: number of sectors
 *
 * Context: any.
 * Return: the number of sectors, with the rest of the vote block at the end of
 * the target.
 */
sector_t quorum_whole_blocks(const struct quorum *q, sector_t *sector,
			     sector_t sectors)
{
	struct dm_target *ti = q->ti;
	sector_t end = *sector + sectors;

	if (*sector == ti->begin)
		*sector = round_down(*sector, QUORUM_BLOCK_SECTORS);
	if (end == ti->begin + ti->len)
		end = round_up(end, QUORUM_BLOCK_SECTORS);

	return end - *sector;
}

/**
 * quorum_copy - copy data from segments to segments
 * @to_vec: where to
 * @to: position there; its size says how much
 * @from_vec: where from
 * @from: position there
 *
 * Context: any.
 */
void quorum_copy(const struct bio_vec *to_vec, struct bvec_iter to,
		 const struct bio_vec *from_vec, struct bvec_iter from)
{
	while (to.bi_size) {
		struct bio_vec dst = bvec_iter_bvec(to_vec, to);
		struct bio_vec src = bvec_iter_bvec(from_vec, from);
		unsigned int bytes = min(dst.bv_len, src.bv_len);
		void *d = bvec_kmap_local(&dst), *s = bvec_kmap_local(&src);

		memcpy(d, s, bytes);
		kunmap_local(s);
		kunmap_local(d);
		bvec_iter_advance(to_vec, &to, bytes);
		bvec_iter_advance(from_vec, &from, bytes);
	}
}

/**
 * quorum_io_free - free a request
 * @io: the request, which has ended. No leg has any of it, let go or not
 *
 * Context: any.
 */
void quorum_io_free(struct quorum_io *io)
{
	io->let_go = 0;
	free_buffers(io);
	mempool_free(io, &io->q->io_pool);
}

/**
 * quorum_io_end - answer the caller, if that has not been done, and be done
 * @io: the request; gone on return
 * @status: the answer
 *
 * Context: any.
 */
void quorum_io_end(struct quorum_io *io, blk_status_t status)
{
	struct quorum *q = io->q;
	struct bio *bio = io->bio;
	unsigned int late = io->late;

	quorum_io_delist(io);
	if (likely(!io->let_go))
		quorum_io_free(io);
	else
		quorum_hung_put(io, io->let_go);
	if (unlikely(late))
		quorum_late_end(q, late);
	if (!bio)
		return;

	bio->bi_status = status;
	bio_endio(bio);
}

/*
 * One segment of at most @bytes, which begin @offset bytes into a page. Ends on
 * a page boundary or with the request, so that the next one begins on the grid.
 */
static bool add_segment(struct quorum_buffer *buffer, unsigned int offset,
			unsigned int bytes)
{
	unsigned int order = min(get_order(offset + bytes), BUFFER_ORDER);
	struct bio_vec *vec = &buffer->vec[buffer->nr_vecs];
	bool success;

	vec->bv_offset = offset;
	do {
		vec->bv_len = min_t(unsigned int, bytes,
				    (PAGE_SIZE << order) - offset);
		success = segment_alloc(vec);
	} while (!success && order--);
	if (!success)
		return false;

	buffer->nr_vecs++;

	return true;
}

/**
 * quorum_buffer_alloc - allocate private pages for a request
 * @buffer: receives them; empty
 * @sector: first device sector, which decides where in its page the data begin
 * @bytes: length of the request
 *
 * Context: any; does not wait.
 * Return: 0, or -ENOMEM with the buffer empty.
 */
int quorum_buffer_alloc(struct quorum_buffer *buffer, sector_t sector,
			unsigned int bytes)
{
	unsigned int offset = QUORUM_BLOCK_BYTES - quorum_block_rest(sector);
	unsigned int nr_blocks = DIV_ROUND_UP(offset + bytes,
					      QUORUM_BLOCK_BYTES);

	buffer->vec = buffer->inline_vec;
	if (nr_blocks > QUORUM_INLINE_VECS) {
		buffer->vec = kmalloc_array(nr_blocks, sizeof(*buffer->vec),
					    QUORUM_GFP);
		if (!buffer->vec)
			return -ENOMEM;
	}

	while (bytes) {
		if (!add_segment(buffer, offset, bytes))
			goto no_memory;
		bytes -= buffer->vec[buffer->nr_vecs - 1].bv_len;
		offset = 0;
	}

	return 0;

no_memory:
	if (!buffer->nr_vecs && buffer->vec != buffer->inline_vec)
		kfree(buffer->vec);
	buffer_free(buffer);
	return -ENOMEM;
}

/**
 * quorum_leg_bio_init - initialise a bio for a leg
 * @io: the request, on whose behalf it is
 * @leg: number of the leg
 * @bio: the bio
 * @vec: its segments, or NULL
 * @nr_vecs: number of segments that @vec has room for
 *
 * Context: any.
 */
void quorum_leg_bio_init(struct quorum_io *io, unsigned int leg,
			 struct bio *bio, struct bio_vec *vec,
			 unsigned int nr_vecs)
{
	struct block_device *bdev = io->q->legs[leg].dev->bdev;

	if (!io->bio) {
		bio_init(bio, bdev, vec, nr_vecs, io->opf);
		return;
	}

	/* Without a device at first: that would associate it with us. */
	bio_init(bio, NULL, vec, nr_vecs, io->opf);
	bio->bi_bdev = bdev;
	bio_clone_blkg_association(bio, io->bio);
	bio->bi_ioprio = io->bio->bi_ioprio;
}

/* Point a leg's bio, which is initialised, at the leg's part of the request. */
static void address_leg_bio(struct quorum_io *io, unsigned int leg)
{
	struct quorum *q = io->q;
	struct bio *bio = io->legs[leg].bio;

	bio->bi_opf = io->opf;
	if (io->bytes)
		bio->bi_iter.bi_sector = q->legs[leg].start +
					 dm_target_offset(q->ti, io->sector);
	bio->bi_private = &io->legs[leg];
	__set_bit(leg, &io->asked);
}

/**
 * quorum_leg_bio_private - make a leg's bio on private pages
 * @io: the request
 * @leg: number of the leg
 * @buffer: the pages; several bios may share them for writing
 *
 * Context: any.
 */
void quorum_leg_bio_private(struct quorum_io *io, unsigned int leg,
			    struct quorum_buffer *buffer)
{
	struct quorum_leg_io *leg_io = &io->legs[leg];

	quorum_leg_bio_init(io, leg, leg_io->bio, buffer->vec, buffer->nr_vecs);
	leg_io->bio->bi_vcnt = buffer->nr_vecs;
	leg_io->bio->bi_iter.bi_size = io->bytes;
	leg_io->data = buffer->vec;
	address_leg_bio(io, leg);
}

/**
 * quorum_leg_bio_clone - make a leg's bio on the caller's pages
 * @io: the request
 * @leg: number of the leg
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int quorum_leg_bio_clone(struct quorum_io *io, unsigned int leg)
{
	struct quorum_leg_io *leg_io = &io->legs[leg];
	int r;

	r = bio_init_clone(io->q->legs[leg].dev->bdev, leg_io->bio, io->bio,
			   GFP_NOIO);
	if (r)
		return r;

	leg_io->data = io->bio->bi_io_vec;
	__set_bit(leg, &io->lent);
	address_leg_bio(io, leg);

	return 0;
}

/**
 * quorum_leg_bio_nodata - make a leg's bio that carries no data
 * @io: the request: a flush or write-zeroes
 * @leg: number of the leg
 *
 * Context: any.
 */
void quorum_leg_bio_nodata(struct quorum_io *io, unsigned int leg)
{
	quorum_leg_bio_init(io, leg, io->legs[leg].bio, NULL, 0);
	io->legs[leg].bio->bi_iter.bi_size = io->bytes;
	address_leg_bio(io, leg);
}

/**
 * quorum_send - send a request to the legs it has bios for
 * @io: the request; its pending count is set here: one for each leg, and one
 *	for the caller of this function, who drops it afterwards
 * @end_io: what the bios end with; begins with quorum_leg_landed()
 * @put: drops a reference, see quorum_parts_begin()
 *
 * Context: may sleep.
 */
void quorum_send(struct quorum_io *io, bio_end_io_t *end_io,
		 void (*put)(struct quorum_io *io))
{
	unsigned int leg;

	trace_quorum_request(io);
	quorum_parts_begin(io, io->asked, put);
	quorum_for_each_leg(leg, io->asked) {
		io->legs[leg].bio->bi_end_io = end_io;
		submit_bio_noacct(io->legs[leg].bio);
	}
	quorum_parts_sent(io);
}

/**
 * quorum_leg_landed - note how a leg's bio ended
 * @bio: the bio; its reference is still held
 *
 * Context: any.
 * Return: false if the leg was let go. Nothing may be touched then.
 */
bool quorum_leg_landed(struct bio *bio)
{
	struct quorum_leg_io *leg_io = bio->bi_private;
	struct quorum_io *io = leg_io->io;
	unsigned int leg;

	if (unlikely(!quorum_part_back(bio)))
		return false;

	leg = quorum_leg_number(leg_io);
	leg_io->status = bio->bi_status;
	trace_quorum_leg_end(io, leg, blk_status_to_errno(leg_io->status));

	if (unlikely(leg_io->status))
		set_bit(leg, &io->failed);
	/* Whoever sees the bit may read the status and the data. */
	smp_mb__before_atomic();
	set_bit(leg, &io->landed);

	return true;
}

/**
 * quorum_io_error - choose the error to answer with
 * @io: the request, which too few legs did
 *
 * Context: any.
 * Return: the status that most failed legs ended with, that of the first of
 * them among equals; BLK_STS_IOERR if none was asked.
 */
blk_status_t quorum_io_error(const struct quorum_io *io)
{
	unsigned int leg, other, count, most = 0;
	blk_status_t status = BLK_STS_IOERR;

	for_each_set_bit(leg, &io->failed, io->q->nr_legs) {
		count = 0;
		for_each_set_bit(other, &io->failed, io->q->nr_legs)
			count += io->legs[other].status ==
				 io->legs[leg].status;
		if (count > most) {
			most = count;
			status = io->legs[leg].status;
		}
	}

	return status;
}

/**
 * quorum_io_failure - count and report that a request fails as a whole
 * @io: the request
 * @error: what the caller gets
 * @nr: failures to count
 * @votes: legs that did it, or agreed
 * @voters: legs that were asked, or voted
 *
 * Context: may not be called from interrupts.
 * Return: @error.
 */
blk_status_t quorum_io_failure(struct quorum_io *io, blk_status_t error, u64 nr,
			       u8 votes, u8 voters)
{
	struct quorum_report report = {
		.action = QUORUM_FAILURE,
		.type = io->type,
		.leg = QUORUM_NO_LEG,
		.sector = io->sector,
		.sectors = quorum_io_sectors(io),
		.error = error,
		.votes = votes,
		.voters = voters,
		.byte = QUORUM_NO_BYTE,
	};

	if (quorum_status_blames(io->op, error)) {
		atomic64_add(nr, &io->q->no_quorum);
		quorum_events_report(io->q, &report);
	}

	return error;
}

/**
 * quorum_leg_error - count and report a leg that failed a request
 * @io: the request; io->asked and io->failed are final
 * @leg: number of the leg
 * @sector: first device sector that the leg failed
 * @sectors: number of sectors
 *
 * Context: may not be called from interrupts.
 */
void quorum_leg_error(struct quorum_io *io, unsigned int leg, sector_t sector,
		      sector_t sectors)
{
	struct quorum_leg *l = &io->q->legs[leg];
	struct quorum_report report = {
		.action = QUORUM_REPORT_BAD,
		.type = io->type,
		.leg = leg,
		.sector = sector,
		.sectors = sectors,
		.error = io->legs[leg].status,
		.votes = hweight_long(io->asked & ~io->failed),
		.voters = hweight_long(io->asked),
		.byte = QUORUM_NO_BYTE,
	};

	if (quorum_status_blames(io->op, report.error)) {
		io->erred |= BIT(leg);
		atomic64_inc(io->op == REQ_OP_READ ? &l->read_errors :
						     &l->write_errors);
	} else if (io->op == REQ_OP_READ) {
		return;
	}
	/* A leg that could not take a write is behind now, blame or not. */
	quorum_events_report(io->q, &report);
}

/**
 * quorum_status_blames - is an error the leg's fault?
 * @op: of the request
 * @status: the error
 *
 * What a device cannot do, or a request that it finds malformed, says nothing
 * about the health of the device. But a leg that cannot read is no leg: a
 * remote one may say that of each request.
 *
 * Context: any.
 * Return: true if the leg is to be counted and reported.
 */
bool quorum_status_blames(enum req_op op, blk_status_t status)
{
	if (op == REQ_OP_READ && status == BLK_STS_NOTSUPP)
		return true;

	return status != BLK_STS_NOTSUPP && status != QUORUM_STS_INVAL;
}
