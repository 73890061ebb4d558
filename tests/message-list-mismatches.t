#!/bin/bash
# P5: `list_mismatches`: the bad ranges, newest last, adjacent ones as one, at most 64: leg, sector, sectors, votes, errno.
. "$(dirname "$0")/lib.sh"

list() {
	settle q
	message q list_mismatches
}

loop_legs 3 8192
wrap_legs
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 8192 0x32
is "$(list)" '' 'the list is empty before'

write_at "$work/disk1" 80 8 0x42
ok 'a mismatch: data' holds /dev/mapper/q 0 256 0x32
is "$(list)" '1 80 8 2/3 0' 'is listed with its votes'
fail_sectors 2 1001
ok 'a read error: data' holds /dev/mapper/q 1001 1 0x32
heal 2
like "$(list | tail -n 1)" '^2 1001 1 2/[23] 5$' 'is listed behind it, with its error'

write_at "$work/disk0" 160 24 0x41
for sector in 160 168 176; do holds /dev/mapper/q "$sector" 8 0x32; done
is "$(list | tail -n 1)" '0 160 24 2/3 0' 'three mismatches side by side are one range'
is "$(list | wc -l)" 3 'three ranges by now'

write_at "$work/disk2" 2048 4096 0x43
for ((n = 0; n < 70; n++)); do read_at /dev/mapper/q $((2048 + 24 * n)) 8 > /dev/null; done
list=$(list)
is "$(wc -l <<< "$list")" 64 'the list has an end'
is "$(head -n 1 <<< "$list")" "2 $((2048 + 24 * 6)) 8 2/3 0" 'the oldest are gone'
is "$(tail -n 1 <<< "$list")" "2 $((2048 + 24 * 69)) 8 2/3 0" 'the newest is the last'
done_testing
