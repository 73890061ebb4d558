#!/bin/bash
# The status, word by word: scripts parse it by position.
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
size=1024
for leg in 0 1; do
	dm_create "leg$leg" "0 2048 linear ${disks[leg]} 0"
	legs[leg]=/dev/mapper/leg$leg
done
numbers=()
for leg in 0 1 2; do numbers+=("$(dev_number "${legs[leg]}")"); done

quorum_create q 2 "${legs[@]}" -
settle q
is "$(dmsetup status q)" \
	"0 1024 quorum 2 4 AAA- 1024/1024 idle 0 0 0 0 0 5 ${numbers[0]} 0 0 0 0 ${numbers[1]} 0 0 0 0 ${numbers[2]} 0 0 0 0 - 0 0 0 0" \
	'a device without faults'
write_at /dev/mapper/q 0 1024 0x32

# leg 0 has three read errors, leg 1 misses a write, leg 2 loses two votes
size=2048
fail_sectors 0 10 20 30
for sector in 10 20 30; do ok "a read error at $sector: data" holds /dev/mapper/q "$sector" 1 0x32; done
heal 0
fail_writes 1
ok 'a write error: success' write_at /dev/mapper/q 512 16 0x32
heal 1
write_at "$work/disk2" 256 16 0x42
ok 'two mismatches: data' holds /dev/mapper/q 256 16 0x32
settle q
write_at "$work/disk2" 256 16 0x32
# one block without a quorum
write_at "$work/disk0" 128 8 0x41
write_at "$work/disk1" 128 8 0x42
is "$(outcome read_at /dev/mapper/q 128 8)" EILSEQ 'all differ: an error'
settle q
is "$(dmsetup status q)" \
	"0 1024 quorum 2 4 AaA- 1008/1024 idle 2 1 0 0 0 5 ${numbers[0]} 0 3 0 0 ${numbers[1]} 0 0 1 0 ${numbers[2]} 2 0 0 0 - 0 0 0 0" \
	'each fault is where it belongs'

message q fail 1
settle q
is "$(dmsetup status q)" \
	"0 1024 quorum 2 4 ADA- 1024/1024 idle 2 1 0 0 0 5 ${numbers[0]} 0 3 0 0 ${numbers[1]} 0 0 1 0 ${numbers[2]} 2 0 0 0 - 0 0 0 0" \
	'a failed leg has its letter and is not behind any more'
message q reset_counters
settle q
is "$(dmsetup status q)" \
	"0 1024 quorum 2 4 ADA- 1024/1024 idle 0 0 0 0 0 5 ${numbers[0]} 0 0 0 0 ${numbers[1]} 0 0 0 0 ${numbers[2]} 0 0 0 0 - 0 0 0 0" \
	'the counters are reset, and nothing else'
done_testing
