#!/bin/bash
# P1, P5: the vote falls back from a page to single logical blocks, whatever size those have: two legs may be bad in one
# page as long as they are bad in different logical blocks of it, and are never mixed within one.
. "$(dirname "$0")/lib.sh"

# make_legs BYTES: three legs with logical blocks of this size, all full of 0x11
make_legs() {
	local leg
	disks=() legs=()
	for leg in 0 1 2; do
		truncate -s 4M "$work/$1-$leg"
		legs+=("$(losetup --find --show --sector-size "$1" "$work/$1-$leg")")
		disks+=("${legs[leg]}")
		write_at "$work/$1-$leg" 0 8192 0x11
	done
	all_disks+=("${disks[@]}")
}
all_disks=()
size=8192
record_events

# --- blocks of 512 bytes
make_legs 512
quorum_create q512 2 "${legs[@]}"
write_at "$work/512-0" 160 1 0xa0
write_at "$work/512-1" 161 1 0xa1
is "$(counters q512)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
ok '512: a page with two bad legs in different blocks is read right' holds /dev/mapper/q512 160 8 0x11
is "$(counters q512)" '2 0 0 0 / 1 0 0 0 / 1 0 0 0 / 0 0 0 0' 'each of them is counted'
wait_events 2 DM_NAME=q512
is "$(event_ranges DM_NAME=q512 DM_QUORUM_LEG=0)" 160+1 "leg 0's range is its bad block"
is "$(event_ranges DM_NAME=q512 DM_QUORUM_LEG=1)" 161+1 "leg 1's range is its bad block"
write_at "$work/512-0" 322 1 0xa0
write_at "$work/512-1" 322 1 0xa1
is "$(outcome read_at /dev/mapper/q512 320 8)" EILSEQ 'bad in the same block: an error'
ok 'but the block before is read' holds /dev/mapper/q512 320 2 0x11
ok 'and the one behind' holds /dev/mapper/q512 323 5 0x11
is "$(status q512 no_quorum)" 1 'the block without a winner is counted once'

# --- blocks of 4096 bytes, made of eight sectors
make_legs 4096
quorum_create q4096 2 "${legs[@]}"
is "$(blockdev --getss /dev/mapper/q4096)" 4096 'the logical block size of the legs is that of the device'
write_at "$work/4096-0" 160 1 0xa0
write_at "$work/4096-1" 176 1 0xa1
ok '4096: two bad legs in different blocks of a request' holds /dev/mapper/q4096 160 24 0x11
is "$(counters q4096)" '2 0 0 0 / 1 0 0 0 / 1 0 0 0 / 0 0 0 0' 'each of them is counted'
wait_events 2 DM_NAME=q4096
is "$(event_ranges DM_NAME=q4096 DM_QUORUM_LEG=0)" 160+8 "leg 0's range is its bad block"
write_at "$work/4096-0" 320 1 0xa0
write_at "$work/4096-1" 321 1 0xa1
is "$(outcome read_at /dev/mapper/q4096 320 8)" EILSEQ 'bad in different sectors of one block: not put together from both'

# --- mixed: the largest counts
legs=("${all_disks[0]}" "${all_disks[3]}" "${all_disks[1]}")
dm remove q512
dm remove q4096
devices=()
disks=("${all_disks[@]}")
quorum_create mixed 2 "${legs[@]}"
is "$(blockdev --getss /dev/mapper/mixed)" 4096 'legs of 512 and 4096: the device has 4096'
ok 'it can be written' write_at /dev/mapper/mixed 0 4096 0x22
ok 'and read' holds /dev/mapper/mixed 0 4096 0x22
is "$(status mixed mismatches)" 0 'without a mismatch'
for leg in "${legs[@]}"; do ok "$leg holds the data" holds "$leg" 0 4096 0x22; done
fails 'a leg of 4096 cannot begin in the middle of a block' dmsetup --noudevsync create odd --table "0 8000 quorum 1 2 ${all_disks[0]} 8 ${all_disks[3]} 1"
done_testing
