#!/bin/bash
# P4: after a discard, and after write-zeroes, all legs hold identical bytes, so that nothing is ever reported for a block that
# has been discarded; and what is beside it is left alone. Zeroes are written where the legs have no command for them, too.
. "$(dirname "$0")/lib.sh"

# identical FIRST-SECTOR SECTORS: what the disks hold there
identical() {
	local disk
	for disk in "${disks[@]:1}"; do
		cmp <(read_at "${disks[0]}" "$1" "$2") <(read_at "$disk" "$1" "$2") || return
	done
	read_at "${disks[0]}" "$1" "$2" > "$work/said"
}
queue() { cat "/sys/dev/block/$(dev_number "$1")/queue/$2"; }
# fill: what a leg holds is not the same everywhere: a discard that does not reach a leg is seen
fill() {
	local leg
	for leg in 0 1 2; do
		write_at "${legs[leg]}" 0 2048 "0x1$leg"
		write_at "${legs[leg]}" 2048 2048 "0x2$leg"
	done
}
zeroes() {
	ok "$1: write-zeroes succeeds" blkdiscard --force --zeroout --offset 1050624 --length 507904 /dev/mapper/q
	ok 'zeroes can be read' holds /dev/mapper/q 2052 992 0
	for leg in 0 1 2; do
		ok "leg $leg holds zeroes" holds "${legs[leg]}" 2052 992 0
		ok "and is left alone before them" holds "${legs[leg]}" 2048 4 "0x2$leg"
		ok "and behind them" holds "${legs[leg]}" 3044 1052 "0x2$leg"
	done
	is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is reported'
}

loop_legs 3 32768
quorum_create q 2 "${legs[@]}"
fill
ok 'a discard succeeds' blkdiscard --force --offset 8192 --length $((1000 * 512)) /dev/mapper/q
ok 'the legs are identical where it was' identical 16 1000
ok 'a read of it succeeds' read_at /dev/mapper/q 16 1000
ok 'what is before it is left alone' holds "${disks[1]}" 0 16 0x11
ok 'and what is behind it' holds "${disks[2]}" 1016 1032 0x12
ok 'odd ends are discarded too' blkdiscard --force --offset 520192 --length 3584 /dev/mapper/q
ok 'and are identical' identical 1016 7
ok 'what is behind them is left alone' holds "${disks[2]}" 1023 1025 0x12
zeroes 'a command for it'

legs=()
for leg in 0 1 2; do null_blk_leg 16; done
is "$(queue "${legs[0]}" write_zeroes_max_bytes)" 0 'other disks have no command for zeroes'
quorum_reload q 2 "${legs[@]}"
fill
zeroes 'none'
done_testing
