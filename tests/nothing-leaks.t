#!/bin/bash
# P6: requests, mismatches, errors, suspend, reload and removal, many times over, leave the kernel's memory as it was.
# ROUNDS (10) is how often, twice.
. "$(dirname "$0")/lib.sh"

rounds=$(rounds 10)

# slab_objects: how many of each size the kernel holds. What processors keep at hand is given back first.
slab_objects() {
	local cache
	for cache in /sys/kernel/slab/kmalloc-* /sys/kernel/slab/bio-*; do
		[ ! -w "$cache/shrink" ] || echo 1 > "$cache/shrink"
	done
	awk '/^(kmalloc|bio)-/ { print $1, $2 }' /proc/slabinfo
}
# grown: caches that hold more by half of the rounds at least, after the first rounds and again after the second: what
# others use comes and goes
grown() {
	paste -d' ' "$work/before" "$work/between" "$work/after" |
		awk -v least=$((rounds / 2)) '$4 - $2 >= least && $6 - $4 >= least { print $1, $2, $4, $6 }'
}

# life: of a table, with all that asks for memory
life() {
	# a discard comes in one piece
	quorum_create q 2 "${disks[@]}"
	blkdiscard --force --offset 4096 --length 819200 /dev/mapper/q 2> "$work/said"
	dm remove q
	unset 'devices[-1]'
	quorum_create q 2 "${legs[@]}"
	write_at /dev/mapper/q 0 2048 0x32
	write_at "$work/disk1" 9 1 0x42
	holds /dev/mapper/q 0 256 0x32
	holds /dev/mapper/q 0 256 0x32
	fail_writes 2
	write_at /dev/mapper/q 512 256 0x33
	fail_sectors 2 1000
	holds /dev/mapper/q 896 256 0x32
	heal 2
	dm suspend --noflush q
	dm resume q
	quorum_reload q 2 "${legs[@]:0:2}"
	dm remove q
	unset 'devices[-1]'
}

loop_legs 3 2048
wrap_legs
# what is made once
for _ in 1 2 3; do life; done
slab_objects > "$work/before"
for ((round = 1; round <= rounds; round++)); do life; done
slab_objects > "$work/between"
for ((round = 1; round <= rounds; round++)); do life; done
slab_objects > "$work/after"
ok 'there are slabs to be counted' test "$(wc -l < "$work/before")" -gt 5
is "$(grown)" '' "no slab grows by an object for every second of $rounds lives, twice"
done_testing
