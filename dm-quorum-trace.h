/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: a request comes, a leg answers, a block is voted on, an event is
 * sent. Sectors are those of the dm device.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM quorum

#if !defined(DM_QUORUM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DM_QUORUM_TRACE_H

#include <linux/tracepoint.h>
#include "dm-quorum.h"

TRACE_EVENT(quorum_request,
	TP_PROTO(const struct quorum_io *io),
	TP_ARGS(io),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(sector_t, sector)
		__field(unsigned int, sectors)
		__field(unsigned int, op)
		__field(unsigned int, asked)
	),
	TP_fast_assign(
		__entry->dev = quorum_devt(io->q);
		__entry->sector = io->sector;
		__entry->sectors = quorum_io_sectors(io);
		__entry->op = (__force unsigned int)io->op;
		__entry->asked = io->asked;
	),
	TP_printk("%d,%d op=%u sector=%llu sectors=%u legs=%#x",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->op,
		  (unsigned long long)__entry->sector, __entry->sectors,
		  __entry->asked)
);

TRACE_EVENT(quorum_leg_end,
	TP_PROTO(const struct quorum_io *io, unsigned int leg, int error),
	TP_ARGS(io, leg, error),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(sector_t, sector)
		__field(unsigned int, sectors)
		__field(unsigned int, op)
		__field(unsigned int, leg)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->dev = quorum_devt(io->q);
		__entry->sector = io->sector;
		__entry->sectors = quorum_io_sectors(io);
		__entry->op = (__force unsigned int)io->op;
		__entry->leg = leg;
		__entry->error = error;
	),
	TP_printk("%d,%d op=%u sector=%llu sectors=%u leg=%u error=%d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->op,
		  (unsigned long long)__entry->sector, __entry->sectors,
		  __entry->leg, __entry->error)
);

TRACE_EVENT(quorum_vote,
	TP_PROTO(const struct quorum_io *io, sector_t sector,
		 const struct quorum_ballot *ballot),
	TP_ARGS(io, sector, ballot),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(sector_t, sector)
		__field(unsigned int, sectors)
		__field(unsigned int, votes)
		__field(unsigned int, voters)
		__field(int, winner)
		__field(unsigned int, losers)
	),
	TP_fast_assign(
		__entry->dev = quorum_devt(io->q);
		__entry->sector = sector;
		__entry->sectors = ballot->bytes >> SECTOR_SHIFT;
		__entry->votes = ballot->votes;
		__entry->voters = ballot->voters;
		__entry->winner = ballot->winner;
		__entry->losers = ballot->losers;
	),
	TP_printk("%d,%d sector=%llu sectors=%u votes=%u/%u winner=%d losers=%#x",
		  MAJOR(__entry->dev), MINOR(__entry->dev),
		  (unsigned long long)__entry->sector, __entry->sectors,
		  __entry->votes, __entry->voters, __entry->winner,
		  __entry->losers)
);

TRACE_EVENT(quorum_event,
	TP_PROTO(const struct quorum *q, const struct quorum_report *report,
		 unsigned int suppressed),
	TP_ARGS(q, report, suppressed),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(sector_t, sector)
		__field(sector_t, sectors)
		__field(unsigned int, action)
		__field(unsigned int, type)
		__field(int, leg)
		__field(int, error)
		__field(unsigned int, suppressed)
	),
	TP_fast_assign(
		__entry->dev = quorum_devt(q);
		__entry->sector = report->sector;
		__entry->sectors = report->sectors;
		__entry->action = report->action;
		__entry->type = report->type;
		__entry->leg = report->leg;
		__entry->error = blk_status_to_errno(report->error);
		__entry->suppressed = suppressed;
	),
	TP_printk("%d,%d action=%u type=%u leg=%d sector=%llu sectors=%llu error=%d suppressed=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->action,
		  __entry->type, __entry->leg,
		  (unsigned long long)__entry->sector,
		  (unsigned long long)__entry->sectors, __entry->error,
		  __entry->suppressed)
);

#endif /* DM_QUORUM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE dm-quorum-trace
#include <trace/define_trace.h>
