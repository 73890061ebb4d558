// SPDX-License-Identifier: GPL-2.0-only
/*
 * A plugin for QEMU's TCG: how often each block of instructions was executed.
 *
 * Each time the guest executes the block at MARK, see profile-mark.c, the
 * counts so far are written to the file <prefix>.<n>, a line for each block:
 * its address, its length in instructions, how often it was executed.
 * User space, which is not what is asked about, is one block at 0.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * QEMU's interface for plugins, as much of it as is used here: Debian's
 * packages come without its header.
 */
typedef uint64_t plugin_id;
struct qemu_info;
struct qemu_plugin_tb;
typedef void translated_fn(plugin_id id, struct qemu_plugin_tb *tb);
typedef void executed_fn(unsigned int cpu, void *context);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translated_fn *fn);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  executed_fn *fn, int flags,
					  void *context);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int qemu_plugin_version = PLUGIN_VERSION;

#define USER_END	(UINT64_C(1) << 63)
#define BUCKETS		65536

struct block {
	struct block *next;
	uint64_t address;
	uint64_t length;
	uint64_t executed;
};

static struct block *buckets[BUCKETS];
static struct block user = { .length = 1 };
static const char *prefix;
static unsigned int marks;

/* The same for the same code, however often QEMU translates it anew */
static struct block *find_block(uint64_t address, uint64_t length)
{
	struct block **bucket = &buckets[(address ^ address >> 16) % BUCKETS];
	struct block *block;

	for (block = *bucket; block; block = block->next)
		if (block->address == address && block->length == length)
			return block;
	block = calloc(1, sizeof(*block));
	if (!block)
		abort();
	*block = (struct block) { *bucket, address, length, 0 };
	*bucket = block;
	return block;
}

static void write_block(FILE *file, const struct block *block)
{
	if (block->executed)
		fprintf(file, "%" PRIx64 " %" PRIu64 " %" PRIu64 "\n",
			block->address, block->length, block->executed);
}

static void mark(unsigned int cpu, void *context)
{
	const struct block *block;
	char name[4096];
	unsigned int i;
	FILE *file;

	snprintf(name, sizeof(name), "%s.%u", prefix, marks++);
	file = fopen(name, "w");
	if (!file)
		abort();
	write_block(file, &user);
	for (i = 0; i < BUCKETS; i++)
		for (block = buckets[i]; block; block = block->next)
			write_block(file, block);
	fclose(file);
}

static void executed(unsigned int cpu, void *context)
{
	struct block *block = context;

	block->executed++;
}

static void executed_user(unsigned int cpu, void *context)
{
	user.executed += (uintptr_t)context;
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	uint64_t length = qemu_plugin_tb_n_insns(tb);
	executed_fn *fn = executed;
	void *context;

	if (address == MARK) {
		fn = mark;
		context = NULL;
	} else if (address < USER_END) {
		fn = executed_user;
		context = (void *)length;
	} else {
		context = find_block(address, length);
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, fn, 0, context);
}

EXPORTED int qemu_plugin_install(plugin_id id, const struct qemu_info *info,
				 int argc, char **argv)
{
	if (argc != 1 || strncmp(argv[0], "prefix=", 7))
		return 1;
	prefix = strdup(argv[0] + 7);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
