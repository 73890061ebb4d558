// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the administrator is told: uevents, and the list of bad ranges.
 *
 * Reports come from the workers that complete I/O and only touch memory that
 * was allocated with the device. A worker of its own, which no I/O waits for,
 * turns them into uevents: sending one allocates memory and may wait for it.
 *
 * Each leg and type has a channel with its own rate limit, so that a leg that
 * fails all the time cannot hide another. A report is sent, or becomes part of
 * a waiting event whose range it extends, or is counted as suppressed, and the
 * channel's next event tells the count.
 */

#include "dm-quorum.h"
#include "dm-quorum-trace.h"
#include <linux/kobject.h>

/* Events a channel may send at once. */
#define BURST			4

/*
 * Events of a channel that wait at most. More than the reads of one caller that
 * are confirmed at a time: what they find comes in any order, and is to grow
 * together.
 */
#define MAX_WAITING		(2 * QUORUM_MAX_DETACHED)

/* Neighbours get so much time to join an event before it is sent. */
#define GATHER			(HZ / 50 + 1)

/* After the burst, one event in so much time. */
#define INTERVAL		HZ

/* Ranges that list_mismatches remembers. */
#define NR_LISTED		64

/*
 * Names of the actions and types, as the uevents' keys DM_ACTION and
 * DM_QUORUM_TYPE have them.
 */
static const char * const action_names[QUORUM_NR_ACTIONS] = {
	[QUORUM_REPORT_BAD]	= "QUORUM_REPORT_BAD",
	[QUORUM_FAILURE]	= "QUORUM_FAILURE",
	[QUORUM_LEG_FAILED]	= "QUORUM_LEG_FAILED",
	[QUORUM_LEG_RESTORED]	= "QUORUM_LEG_RESTORED",
	[QUORUM_SYNC_DONE]	= "QUORUM_SYNC_DONE",
	[QUORUM_LOG_FAILED]	= "QUORUM_LOG_FAILED",
};

static const char * const type_names[QUORUM_NR_TYPES] = {
	[QUORUM_TYPE_READ]	= "read",
	[QUORUM_TYPE_WRITE]	= "write",
	[QUORUM_TYPE_FLUSH]	= "flush",
	[QUORUM_TYPE_REWRITE]	= "rewrite",
	[QUORUM_TYPE_CHECK]	= "check",
	[QUORUM_TYPE_REPAIR]	= "repair",
	[QUORUM_TYPE_RESYNC]	= "resync",
	[QUORUM_TYPE_RECOVER]	= "recover",
};

/* The keys of the totals of QUORUM_SYNC_DONE. */
static const char * const total_names[QUORUM_NR_TOTALS] = {
	[QUORUM_TOTAL_MISMATCHES]	= "DM_QUORUM_MISMATCHES",
	[QUORUM_TOTAL_NO_QUORUM]	= "DM_QUORUM_NO_QUORUM",
	[QUORUM_TOTAL_REWRITTEN]	= "DM_QUORUM_REWRITTEN",
	[QUORUM_TOTAL_RECOVERED]	= "DM_QUORUM_RECOVERED",
};

/**
 * struct quorum_channel - the events of one leg and type
 * @waiting: events not yet sent, oldest first
 * @nr_waiting: number of events in @waiting
 * @suppressed: reports dropped since the last event was sent
 * @tokens: events that may be sent at once, as of @refilled
 * @refilled: when @tokens was last brought up to date, in jiffies
 * @queue: link in quorum_events.queue while an event waits
 */
struct quorum_channel {
	struct quorum_report waiting[MAX_WAITING];
	unsigned int nr_waiting;
	unsigned int suppressed;
	unsigned int tokens;
	unsigned long refilled;
	struct list_head queue;
};

/**
 * struct quorum_sequence - numbers the events of a device
 * @list: link in the list of all
 * @md: the device
 * @users: targets of its tables, the new one that is loaded included; protected
 *	by sequences_lock
 * @lock: taken from tasks only
 * @last: DM_SEQNUM of the event last sent
 */
struct quorum_sequence {
	struct list_head list;
	struct mapped_device *md;
	unsigned int users;
	/* Protects @last, and keeps events in the order of their numbers. */
	struct mutex lock;
	u64 last;
};

/* Protects the list of sequences and their users. */
static DEFINE_MUTEX(sequences_lock);
static LIST_HEAD(sequences);

/**
 * struct quorum_events - what is to be told about a target
 * @q: the target
 * @sequence: numbers the events; outlives this table
 * @lock: taken with interrupts off, nothing is taken inside it
 * @queue: channels with a waiting event, in the order they began to wait
 * @woken: @work has been told that there is something to send
 * @suppressed: reports dropped since the counters were reset
 * @listed: the most recent bad ranges, oldest first
 * @nr_listed: number of ranges in @listed
 * @work: sends
 * @env: the event being sent
 * @name: name of the device
 * @uuid: its UUID
 * @channels: first those that belong to no leg, then those of each leg
 */
struct quorum_events {
	struct quorum *q;
	struct quorum_sequence *sequence;
	/*
	 * Protects all that follows but @work, @env, @name and @uuid, which
	 * only the worker uses.
	 */
	spinlock_t lock;
	struct list_head queue;
	bool woken;
	u64 suppressed;
	struct quorum_report listed[NR_LISTED];
	unsigned int nr_listed;
	struct delayed_work work;
	struct kobj_uevent_env env;
	char name[DM_NAME_LEN];
	char uuid[DM_UUID_LEN];
	struct quorum_channel channels[];
};

/* Channels of one leg: one for each type of bad request, one for its state. */
#define LEG_CHANNELS		(QUORUM_NR_TYPES + 1)

/*
 * And of none: one for each type of failure, one for walks that are done, and
 * one for the log.
 */
#define OTHER_CHANNELS		(QUORUM_NR_TYPES + 2)

/* Shared by all devices: events may wait for memory, I/O does not for them. */
static struct workqueue_struct *event_wq;

static struct quorum_channel *find_channel(struct quorum_events *events,
					   const struct quorum_report *report)
{
	unsigned int nr;

	if (report->action == QUORUM_SYNC_DONE)
		return &events->channels[QUORUM_NR_TYPES];
	if (report->action == QUORUM_LOG_FAILED)
		return &events->channels[QUORUM_NR_TYPES + 1];
	if (report->leg == QUORUM_NO_LEG)
		return &events->channels[report->type];

	nr = OTHER_CHANNELS + report->leg * LEG_CHANNELS;
	if (report->action == QUORUM_REPORT_BAD)
		return &events->channels[nr + report->type];
	return &events->channels[nr + QUORUM_NR_TYPES];
}

/* Do two reports differ in nothing but their range? */
static bool same_kind(const struct quorum_report *a,
		      const struct quorum_report *b)
{
	return a->action == b->action && a->action != QUORUM_SYNC_DONE &&
	       a->type == b->type && a->leg == b->leg && a->error == b->error &&
	       a->votes == b->votes && a->voters == b->voters &&
	       a->byte == b->byte && a->nr_versions == b->nr_versions &&
	       !memcmp(a->version, b->version, a->nr_versions);
}

static bool contains(const struct quorum_report *a,
		     const struct quorum_report *b)
{
	return same_kind(a, b) && b->sector >= a->sector &&
	       b->sector + b->sectors <= a->sector + a->sectors;
}

/* Stretch @a over @b if they overlap or touch. */
static bool extend(struct quorum_report *a, const struct quorum_report *b)
{
	sector_t end = max(a->sector + a->sectors, b->sector + b->sectors);

	if (!same_kind(a, b) || b->sector > a->sector + a->sectors ||
	    a->sector > b->sector + b->sectors)
		return false;

	a->sector = min(a->sector, b->sector);
	a->sectors = end - a->sector;
	return true;
}

static void refill(struct quorum_channel *channel, unsigned long now)
{
	unsigned long earned = (now - channel->refilled) / INTERVAL;

	if (channel->tokens + earned >= BURST) {
		channel->tokens = BURST;
		channel->refilled = now;
	} else {
		channel->tokens += earned;
		channel->refilled += earned * INTERVAL;
	}
}

static void remove_report(struct quorum_report *list, unsigned int *length,
			  unsigned int nr)
{
	--*length;
	memmove(&list[nr], &list[nr + 1], (*length - nr) * sizeof(*list));
}

/* A report of the list has grown: it may now touch others. */
static void join_reports(struct quorum_report *list, unsigned int *length,
			 unsigned int nr)
{
	unsigned int i = 0;

	while (i < *length) {
		if (i == nr || !extend(&list[nr], &list[i])) {
			i++;
			continue;
		}
		remove_report(list, length, i);
		if (i < nr)
			nr--;
		i = 0;
	}
}

static bool is_state(const struct quorum_report *report)
{
	return report->action == QUORUM_LEG_FAILED ||
	       report->action == QUORUM_LEG_RESTORED;
}

/* Returns false if the report is to be counted as suppressed. */
static bool enqueue(struct quorum_events *events,
		    const struct quorum_report *report)
{
	struct quorum_channel *channel = find_channel(events, report);
	unsigned int i = 0;

	/* The last thing told of a leg's state is to be what it is in. */
	if (is_state(report) && channel->nr_waiting)
		i = channel->nr_waiting - 1;
	for (; i < channel->nr_waiting; i++) {
		if (contains(&channel->waiting[i], report)) {
			channel->suppressed++;
			return false;
		}
		if (extend(&channel->waiting[i], report)) {
			join_reports(channel->waiting, &channel->nr_waiting, i);
			return true;
		}
	}

	if (channel->nr_waiting == MAX_WAITING) {
		if (is_state(report))
			channel->waiting[MAX_WAITING - 1] = *report;
		channel->suppressed++;
		return false;
	}

	if (!channel->nr_waiting)
		list_add_tail(&channel->queue, &events->queue);
	channel->waiting[channel->nr_waiting++] = *report;
	return true;
}

static void list_range(struct quorum_events *events,
		       const struct quorum_report *report)
{
	unsigned int i = events->nr_listed;

	/* Newest first: a range that grows is most likely to be there. */
	while (i--) {
		if (extend(&events->listed[i], report)) {
			join_reports(events->listed, &events->nr_listed, i);
			return;
		}
	}

	if (events->nr_listed == NR_LISTED)
		remove_report(events->listed, &events->nr_listed, 0);
	events->listed[events->nr_listed++] = *report;
}

/**
 * quorum_events_report - tell the administrator
 * @q: the device
 * @report: what
 *
 * Context: any. Allocates nothing and waits for nothing.
 */
void quorum_events_report(struct quorum *q, const struct quorum_report *report)
{
	struct quorum_events *events = q->events;
	unsigned long flags;
	bool wake;

	spin_lock_irqsave(&events->lock, flags);
	if (report->action == QUORUM_REPORT_BAD && report->sectors)
		list_range(events, report);
	if (!enqueue(events, report))
		events->suppressed++;
	wake = !events->woken;
	events->woken = true;
	spin_unlock_irqrestore(&events->lock, flags);

	/* Once: a stream of reports must not put off the work for ever. */
	if (wake)
		mod_delayed_work(event_wq, &events->work, GATHER);
}

/*
 *--------------------------------------------------------------------
 * Sending
 *--------------------------------------------------------------------
 */

/*
 * Take the next event that may be sent off its channel. Without one, @delay is
 * the time until there will be, or MAX_SCHEDULE_TIMEOUT if nothing waits.
 */
static bool dequeue(struct quorum_events *events, bool all,
		    struct quorum_report *report, unsigned int *suppressed,
		    unsigned long *delay)
{
	struct quorum_channel *channel;
	unsigned long now = jiffies;
	bool found = false;

	*delay = MAX_SCHEDULE_TIMEOUT;
	spin_lock_irq(&events->lock);
	list_for_each_entry(channel, &events->queue, queue) {
		refill(channel, now);
		if (!channel->tokens && !all) {
			*delay = min(*delay,
				     channel->refilled + INTERVAL - now);
			continue;
		}

		found = true;
		if (channel->tokens)
			channel->tokens--;
		*report = channel->waiting[0];
		*suppressed = channel->suppressed;
		channel->suppressed = 0;
		remove_report(channel->waiting, &channel->nr_waiting, 0);
		if (channel->nr_waiting)
			list_move_tail(&channel->queue, &events->queue);
		else
			list_del(&channel->queue);
		break;
	}
	spin_unlock_irq(&events->lock);

	return found;
}

static int add_versions(struct kobj_uevent_env *env,
			const struct quorum_report *report)
{
	char text[QUORUM_MAX_LEGS * 3 + 1];
	unsigned int leg, len = 0;

	for (leg = 0; leg < report->nr_versions; leg++) {
		const char *space = leg ? " " : "";
		int version = report->version[leg];

		if (version == QUORUM_VERSION_ERROR)
			len += scnprintf(text + len, sizeof(text) - len, "%sx",
					 space);
		else if (version == QUORUM_VERSION_ABSENT)
			len += scnprintf(text + len, sizeof(text) - len, "%s-",
					 space);
		else
			len += scnprintf(text + len, sizeof(text) - len,
					 "%s%d", space, version);
	}

	return add_uevent_var(env, "DM_QUORUM_VERSIONS=%s", text);
}

/* The keys that say what happened, to which leg and where. */
static int add_subject(struct quorum *q, struct kobj_uevent_env *env,
		       const struct quorum_report *report)
{
	int r = 0;

	if (report->leg != QUORUM_NO_LEG) {
		r |= add_uevent_var(env, "DM_QUORUM_LEG=%d", report->leg);
		r |= add_uevent_var(env, "DM_QUORUM_DEV=%s",
				    q->legs[report->leg].dev->name);
	}
	/* A leg's state is not about a request. */
	if (is_state(report))
		return r;

	if (report->action != QUORUM_LOG_FAILED)
		r |= add_uevent_var(env, "DM_QUORUM_TYPE=%s",
				    type_names[report->type]);
	/* A flush has no place. */
	if (report->sectors) {
		r |= add_uevent_var(env, "DM_QUORUM_SECTOR=%llu",
				    (u64)report->sector);
		r |= add_uevent_var(env, "DM_QUORUM_NR_SECTORS=%llu",
				    (u64)report->sectors);
	}
	if (report->error)
		r |= add_uevent_var(env, "DM_QUORUM_ERROR=%d",
				    -blk_status_to_errno(report->error));
	if (report->action != QUORUM_SYNC_DONE &&
	    report->action != QUORUM_LOG_FAILED)
		r |= add_uevent_var(env, "DM_QUORUM_VOTES=%u/%u", report->votes,
				    report->voters);

	return r;
}

static int add_totals(struct kobj_uevent_env *env,
		      const struct quorum_report *report)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < QUORUM_NR_TOTALS; i++)
		r |= add_uevent_var(env, "%s=%llu", total_names[i],
				    report->totals[i]);

	return r;
}

static int fill_env(struct quorum_events *events,
		    const struct quorum_report *report, u64 seqnum,
		    unsigned int suppressed)
{
	struct quorum *q = events->q;
	struct mapped_device *md = dm_table_get_md(q->ti->table);
	struct kobj_uevent_env *env = &events->env;
	int r = 0;

	memset(env, 0, sizeof(*env));
	r |= add_uevent_var(env, "DM_TARGET=%s", q->ti->type->name);
	r |= add_uevent_var(env, "DM_ACTION=%s", action_names[report->action]);
	r |= add_uevent_var(env, "DM_SEQNUM=%llu", seqnum);
	/* A device that is being removed has lost its name. */
	if (!dm_copy_name_and_uuid(md, events->name, events->uuid)) {
		r |= add_uevent_var(env, "DM_NAME=%s", events->name);
		if (events->uuid[0])
			r |= add_uevent_var(env, "DM_UUID=%s", events->uuid);
	}
	r |= add_subject(q, env, report);
	r |= add_uevent_var(env, "DM_QUORUM_SUPPRESSED=%u", suppressed);
	if (report->nr_versions)
		r |= add_versions(env, report);
	if (report->byte != QUORUM_NO_BYTE)
		r |= add_uevent_var(env, "DM_QUORUM_BYTE=%llu", report->byte);
	if (report->action == QUORUM_SYNC_DONE)
		r |= add_totals(env, report);

	return r;
}

static void send_event(struct quorum_events *events,
		       const struct quorum_report *report,
		       unsigned int suppressed)
{
	struct quorum *q = events->q;
	struct quorum_sequence *sequence = events->sequence;
	struct gendisk *disk = dm_disk(dm_table_get_md(q->ti->table));

	trace_quorum_event(q, report, suppressed);

	mutex_lock(&sequence->lock);
	sequence->last += 1 + suppressed;
	if (fill_env(events, report, sequence->last, suppressed) ||
	    kobject_uevent_env(&disk_to_dev(disk)->kobj, KOBJ_CHANGE,
			       events->env.envp))
		DMERR_LIMIT("%s: could not send event %llu",
			    dm_table_device_name(q->ti->table), sequence->last);
	mutex_unlock(&sequence->lock);

	dm_table_event(q->ti->table);
}

/* Send what may be sent, or @all of it. Returns when to come back. */
static unsigned long send_events(struct quorum_events *events, bool all)
{
	struct quorum_report report;
	unsigned int suppressed;
	unsigned long delay;

	while (dequeue(events, all, &report, &suppressed, &delay))
		send_event(events, &report, suppressed);

	return delay;
}

static void event_work(struct work_struct *work)
{
	struct quorum_events *events =
		container_of(to_delayed_work(work), struct quorum_events, work);
	unsigned long delay;

	spin_lock_irq(&events->lock);
	events->woken = false;
	spin_unlock_irq(&events->lock);
	delay = send_events(events, false);

	/* Does nothing if a report has queued the work in the meantime. */
	if (delay != MAX_SCHEDULE_TIMEOUT)
		queue_delayed_work(event_wq, &events->work, delay);
}

/*
 *--------------------------------------------------------------------
 * Interface
 *--------------------------------------------------------------------
 */

/**
 * quorum_events_suppressed - read a counter
 * @q: the device
 *
 * Context: any.
 * Return: reports not sent since the counters were reset.
 */
u64 quorum_events_suppressed(struct quorum *q)
{
	u64 suppressed;
	unsigned long flags;

	spin_lock_irqsave(&q->events->lock, flags);
	suppressed = q->events->suppressed;
	spin_unlock_irqrestore(&q->events->lock, flags);

	return suppressed;
}

/**
 * quorum_events_reset - forget the counter and the list of bad ranges
 * @q: the device
 *
 * Events that wait are still sent.
 *
 * Context: any.
 */
void quorum_events_reset(struct quorum *q)
{
	unsigned long flags;

	spin_lock_irqsave(&q->events->lock, flags);
	q->events->suppressed = 0;
	q->events->nr_listed = 0;
	spin_unlock_irqrestore(&q->events->lock, flags);
}

/**
 * quorum_events_list - print the most recent bad ranges
 * @q: the device
 * @result: where to, a line each, oldest first
 * @maxlen: its size
 *
 * Context: any.
 * Return: length of the text.
 */
ssize_t quorum_events_list(struct quorum *q, char *result, unsigned int maxlen)
{
	struct quorum_events *events = q->events;
	unsigned long flags;
	unsigned int sz = 0, i;

	result[0] = '\0';
	spin_lock_irqsave(&events->lock, flags);
	for (i = 0; i < events->nr_listed; i++) {
		const struct quorum_report *r = &events->listed[i];

		DMEMIT("%d %llu %llu %u/%u %d\n", r->leg, (u64)r->sector,
		       (u64)r->sectors, r->votes, r->voters,
		       -blk_status_to_errno(r->error));
	}
	spin_unlock_irqrestore(&events->lock, flags);

	return sz;
}

static struct quorum_sequence *find_sequence(struct mapped_device *md)
{
	struct quorum_sequence *sequence;

	list_for_each_entry(sequence, &sequences, list)
		if (sequence->md == md)
			return sequence;

	sequence = kzalloc(sizeof(*sequence), GFP_KERNEL);
	if (!sequence)
		return NULL;
	sequence->md = md;
	mutex_init(&sequence->lock);
	list_add(&sequence->list, &sequences);

	return sequence;
}

static struct quorum_sequence *get_sequence(struct mapped_device *md)
{
	struct quorum_sequence *sequence;

	mutex_lock(&sequences_lock);
	sequence = find_sequence(md);
	if (sequence)
		sequence->users++;
	mutex_unlock(&sequences_lock);

	return sequence;
}

static void put_sequence(struct quorum_sequence *sequence)
{
	mutex_lock(&sequences_lock);
	if (!--sequence->users) {
		list_del(&sequence->list);
		kfree(sequence);
	}
	mutex_unlock(&sequences_lock);
}

/**
 * quorum_events_create - allocate what a device needs to tell
 * @q: the device; q->nr_legs is set
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int quorum_events_create(struct quorum *q)
{
	unsigned int nr_channels = OTHER_CHANNELS + q->nr_legs * LEG_CHANNELS;
	struct quorum_events *events;
	unsigned int i;

	events = kvzalloc(struct_size(events, channels, nr_channels),
			  GFP_KERNEL);
	if (!events)
		return -ENOMEM;

	events->sequence = get_sequence(dm_table_get_md(q->ti->table));
	if (!events->sequence) {
		kvfree(events);
		return -ENOMEM;
	}

	events->q = q;
	spin_lock_init(&events->lock);
	INIT_LIST_HEAD(&events->queue);
	INIT_DELAYED_WORK(&events->work, event_work);
	for (i = 0; i < nr_channels; i++) {
		events->channels[i].tokens = BURST;
		events->channels[i].refilled = jiffies;
	}
	q->events = events;

	return 0;
}

/**
 * quorum_events_destroy - send what waits, and free all
 * @q: the device, which makes no more reports
 *
 * Context: may sleep, and wait for memory: no I/O to the device may be needed
 * to free some.
 */
void quorum_events_destroy(struct quorum *q)
{
	if (!q->events)
		return;

	cancel_delayed_work_sync(&q->events->work);
	send_events(q->events, true);
	put_sequence(q->events->sequence);
	kvfree(q->events);
}

/**
 * quorum_events_init - prepare the module
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int __init quorum_events_init(void)
{
	event_wq = alloc_workqueue("quorum-event", WQ_UNBOUND, 0);

	return event_wq ? 0 : -ENOMEM;
}

/**
 * quorum_events_exit - undo quorum_events_init()
 *
 * Context: may sleep.
 */
void quorum_events_exit(void)
{
	destroy_workqueue(event_wq);
}
