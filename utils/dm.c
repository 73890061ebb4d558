// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's device-mapper, through libdevmapper. */

#define _GNU_SOURCE
#include "quorumsetup.h"
#include <errno.h>
#include <libdevmapper.h>
#include <linux/dm-ioctl.h>
#include <stdlib.h>
#include <string.h>

#define TARGET	"quorum"
/* In front of the uuid, as lsblk and others read the type of a device from there. */
#define UUID	"QUORUM-"

/* What the library says is not what the user asked for: errors are told here. */
static void say_nothing(int level, const char *file, int line, int error,
			const char *format, ...)
{
	(void)level;
	(void)file;
	(void)line;
	(void)error;
	(void)format;
}

int dm_begin(void)
{
	char version[64];

	dm_log_with_errno_init(say_nothing);
	/* Names as the kernel has them, as they are in its events. */
	dm_set_name_mangling_mode(DM_STRING_MANGLING_NONE);
	if (!dm_driver_version(version, sizeof(version)))
		return fail(-EPERM, "device-mapper cannot be used: are you root, and is dm-mod loaded?");

	return 0;
}

/**
 * task_error - why a task failed
 * @task: the task
 *
 * Return: a negative errno.
 */
int task_error(struct dm_task *task)
{
	int error = dm_task_get_errno(task);

	return error ? -error : -EINVAL;
}

/**
 * new_task - begin to ask the kernel for something
 * @type: of libdevmapper
 * @name: of a device, or NULL
 *
 * Return: the task, or NULL.
 */
struct dm_task *new_task(int type, const char *name)
{
	struct dm_task *task = dm_task_create(type);

	if (!task)
		return NULL;

	if (name && !dm_task_set_name(task, name)) {
		dm_task_destroy(task);
		return NULL;
	}

	return task;
}

/* Run a task that udev has to do with, and wait until udev has done it. */
static int run_with_udev(struct dm_task *task)
{
	uint32_t cookie = 0;
	int error = 0;

	if (!dm_task_set_cookie(task, &cookie, 0) || !dm_task_run(task))
		error = task_error(task);
	dm_udev_wait(cookie);
	dm_task_destroy(task);

	return error;
}

/**
 * add_target - give a task the table that a device is to have
 * @task: the task
 * @table: the table
 *
 * Return: false without memory.
 */
bool add_target(struct dm_task *task, const struct table *table)
{
	char *params = table_params(table);
	bool done;

	done = dm_task_add_target(task, 0, table->sectors, TARGET, params);
	free(params);

	return done;
}

/* Returns false if there is no such device. */
static bool get_info(const char *name, struct dm_info *info)
{
	struct dm_task *task = new_task(DM_DEVICE_INFO, name);
	bool exists;

	if (!task)
		return false;

	exists = dm_task_run(task) && dm_task_get_info(task, info) &&
		 info->exists;
	dm_task_destroy(task);

	return exists;
}

int dm_create(const char *name, const struct table *table, bool readonly)
{
	struct dm_task *task = new_task(DM_DEVICE_CREATE, name);
	char uuid[DM_UUID_LEN];
	struct dm_info info;
	int error;

	if (!task)
		return fail(-EINVAL, "%s cannot be the name of a device", name);
	if (get_info(name, &info)) {
		dm_task_destroy(task);
		return fail(-EEXIST, "there is a device %s already", name);
	}

	snprintf(uuid, sizeof(uuid), UUID "%s", name);
	if (!dm_task_set_uuid(task, uuid) || !add_target(task, table) ||
	    (readonly && !dm_task_set_ro(task))) {
		dm_task_destroy(task);
		return fail(-EINVAL, "%s cannot be created", name);
	}
	error = run_with_udev(task);
	if (error)
		return fail(error, "%s cannot be created: %s; the kernel's log has the reason",
			    name, strerror(-error));

	return 0;
}

/* Is there a device of this name, of whatever kind? */
bool dm_exists(const char *name)
{
	struct dm_info info;

	return get_info(name, &info);
}

bool dm_is_suspended(const char *name)
{
	struct dm_state state;

	return dm_get_state(name, &state) && state.suspended;
}

/**
 * dm_get_state - what device-mapper itself knows of a device, of any target
 * @name: its name
 * @state: receives it
 *
 * Return: false if there is no such device.
 */
bool dm_get_state(const char *name, struct dm_state *state)
{
	struct dm_info info;

	if (!get_info(name, &info))
		return false;

	*state = (struct dm_state) {
		.minor = info.minor,
		.suspended = info.suspended,
		.waits = info.inactive_table,
		.readonly = info.read_only,
	};
	snprintf(state->dev, sizeof(state->dev), "%u:%u", info.major,
		 info.minor);

	return true;
}

int dm_remove(const char *name)
{
	struct table table;
	struct dm_task *task;
	int error = dm_get_table(name, &table);

	/* What is of another kind is not to be removed by mistake. */
	if (error)
		return error;

	table_free(&table);
	task = new_task(DM_DEVICE_REMOVE, name);
	if (!task)
		return fail(-ENOMEM, "%s cannot be removed", name);

	dm_task_retry_remove(task);
	error = run_with_udev(task);
	if (error)
		return fail(error, "%s cannot be removed: %s", name,
			    strerror(-error));

	return 0;
}

/*
 * The parameters of the only target, from a task of the type DM_DEVICE_TABLE or
 * DM_DEVICE_STATUS; to be freed. NULL if it is no quorum device, or there is none.
 */
static char *get_params(const char *name, int type, uint64_t *sectors)
{
	struct dm_task *task = new_task(type, name);
	char *target = NULL, *params = NULL, *copy = NULL;
	void *next = NULL;
	uint64_t start;

	if (!task)
		return NULL;

	/* Who wants to know how it is does not want to wait for what is held. */
	dm_task_no_flush(task);
	if (dm_task_run(task))
		next = dm_get_next_target(task, NULL, &start, sectors, &target,
					  &params);
	if (!next && target && params && !strcmp(target, TARGET))
		copy = must_have(strdup(params));
	dm_task_destroy(task);

	return copy;
}

static int no_quorum_device(const char *name)
{
	return fail(-ENODEV, "%s is not the name of a quorum device", name);
}

int dm_get_table(const char *name, struct table *table)
{
	uint64_t sectors;
	char *params = get_params(name, DM_DEVICE_TABLE, &sectors);
	int error;

	if (!params)
		return no_quorum_device(name);

	error = table_parse(params, sectors, table);
	if (error)
		fail(error, "a table that this version does not know: %s",
		     params);
	free(params);
	return error;
}

int dm_get_status(const char *name, struct status *status)
{
	uint64_t sectors;
	char *params = get_params(name, DM_DEVICE_STATUS, &sectors);
	int error;

	if (!params)
		return no_quorum_device(name);

	error = status_parse(params, sectors, status);
	if (error)
		fail(error, "a status that this version does not know: %s",
		     params);
	free(params);
	return error;
}

/**
 * dm_look - get table and status of a device that may be suspended
 * @name: its name
 * @table: receives the table
 * @status: receives the status
 *
 * Says nothing, as what it would write to may wait for the device.
 *
 * Return: 0 or a negative errno.
 */
int dm_look(const char *name, struct table *table, struct status *status)
{
	uint64_t sectors;
	char *params = get_params(name, DM_DEVICE_TABLE, &sectors);
	int error = params ? table_parse(params, sectors, table) : -ENODEV;

	free(params);
	if (error)
		return error;

	params = get_params(name, DM_DEVICE_STATUS, &sectors);
	error = params ? status_parse(params, sectors, status) : -ENODEV;
	free(params);
	if (error)
		table_free(table);

	return error;
}

static bool is_quorum(const char *name)
{
	uint64_t sectors;
	char *params = get_params(name, DM_DEVICE_TABLE, &sectors);
	bool found = params;

	free(params);
	return found;
}

/* @answer, if not NULL, receives what the target says, or NULL; to be freed. */
int dm_message(const char *name, const char *message, char **answer)
{
	struct dm_task *task;
	const char *said;
	int error = 0;

	if (answer)
		*answer = NULL;
	/* Other targets know some of the words, too. */
	if (!is_quorum(name))
		return no_quorum_device(name);
	task = new_task(DM_DEVICE_TARGET_MSG, name);
	if (!task)
		return fail(-ENOMEM, "nothing can be told to %s", name);

	if (!dm_task_set_sector(task, 0) || !dm_task_set_message(task, message) ||
	    !dm_task_run(task))
		error = task_error(task);
	if (error)
		fail(error, "%s does not take \"%s\": %s; the kernel's log has the reason",
		     name, message, strerror(-error));
	if (answer) {
		said = error ? NULL : dm_task_get_message_response(task);
		*answer = said ? must_have(strdup(said)) : NULL;
	}
	dm_task_destroy(task);

	return error;
}

/* Call @fn for the name of each quorum device, until it fails. */
int dm_for_each(device_fn fn, void *data)
{
	struct dm_task *task = new_task(DM_DEVICE_LIST, NULL);
	struct dm_names *names;
	int error = 0;

	if (!task)
		return fail(-ENOMEM, "devices cannot be listed");
	if (!dm_task_run(task)) {
		error = fail(task_error(task), "devices cannot be listed");
		dm_task_destroy(task);
		return error;
	}

	names = dm_task_get_names(task);
	if (names && !names->dev)
		names = NULL;
	while (names) {
		if (is_quorum(names->name)) {
			error = fn(names->name, data);
			if (error)
				break;
		}
		names = names->next ? (void *)((char *)names + names->next) :
				      NULL;
	}
	dm_task_destroy(task);

	return error;
}
