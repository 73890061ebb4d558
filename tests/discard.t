#!/bin/bash
# Promise: after a discard, and after write-zeroes, all legs hold identical bytes (P4), so that nothing is ever reported
# for a block that has been discarded.
. "$(dirname "$0")/lib.sh"

# identical FIRST-SECTOR SECTORS: what the disks hold there
identical() {
	local disk
	for disk in "${disks[@]:1}"; do
		cmp <(read_at "${disks[0]}" "$1" "$2") <(read_at "$disk" "$1" "$2")
	done
}
queue() { cat "/sys/dev/block/$(dev_number /dev/mapper/q)/queue/$1"; }

size=32768
for leg in 0 1 2; do null_blk_leg 16 discard=1; done
quorum_create q 2 "${legs[@]}"
for leg in 0 1 2; do
	# what a leg holds before is not the same everywhere: a discard that does not reach a leg is seen
	write_at "${disks[leg]}" 0 2048 "0x1$leg"
	write_at "${disks[leg]}" 2048 2048 "0x2$leg"
done

discards=$(queue discard_max_bytes)
if [ "$discards" -gt 0 ]; then
	ok 'a discard succeeds' blkdiscard --force --offset 8192 --length $((1000 * 512)) /dev/mapper/q
	ok 'the legs are identical where it was' identical 16 1000
	ok 'a read of it succeeds' read_at /dev/mapper/q 16 1000
	ok 'what is before it is left alone' holds "${disks[1]}" 0 16 0x11
	ok 'and what is behind it' holds "${disks[2]}" 1016 1032 0x12
	ok 'odd ends are discarded too' blkdiscard --force --offset 512512 --length 3584 /dev/mapper/q
	ok 'and are identical' identical 1001 7
else
	fails 'a discard that not every leg can do as write-zeroes is refused' blkdiscard --force --offset 8192 --length 512000 /dev/mapper/q
	for leg in 0 1 2; do ok "and leaves leg $leg alone" holds "${disks[leg]}" 0 2048 "0x1$leg"; done
fi

ok 'write-zeroes succeeds' blkdiscard --force --zeroout --offset 1050624 --length 507904 /dev/mapper/q
ok 'zeroes can be read' holds /dev/mapper/q 2052 992 0
for leg in 0 1 2; do
	ok "leg $leg holds zeroes" holds "${disks[leg]}" 2052 992 0
	ok "and is left alone before them" holds "${disks[leg]}" 2048 4 "0x2$leg"
	ok "and behind them" holds "${disks[leg]}" 3044 1052 "0x2$leg"
done
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is reported'
done_testing
