#!/bin/bash
# takes 25 s
# P6: requests, mismatches, errors, suspend, reload and removal, many times over, leave the kernel's memory as it was.
# ROUNDS (10) is how often, twice.
. "$(dirname "$0")/lib.sh"

rounds=$(rounds 10)

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
stretches=0
stretch() {
	local round
	for ((round = 1; round <= rounds; round++)); do life; done
	stretches=$((stretches + 1))
	slab_objects > "$work/slabs$stretches"
}
growing() { grown $((rounds / 2)) "$work"/slabs?; }
slab_objects > "$work/slabs0"
stretch
stretch
# a leak goes on; what others use comes and goes
while [ -n "$(growing)" ] && [ "$stretches" -lt 6 ]; do stretch; done
ok 'there are slabs to be counted' test "$(wc -l < "$work/slabs0")" -gt 5
is "$(growing)" '' "no slab grows by an object for every second of $rounds lives, each time"
done_testing
