#!/bin/bash
# P3, P4: legs that hold the same in different ways, one with holes, one with zeroes written out and one with both, are
# equal to the vote, and stay so through writes and zeroes.
# QEMU iotest 312 (its mirror of a whole disk is a repair here).
. "$(dirname "$0")/lib.sh"

allocated() { stat -c %b "$work/disk$1"; }

loop_legs 3 8192
write_at "$work/disk1" 0 8192 0
write_at "$work/disk2" 2048 1000 0
is "$(allocated 0)" 0 'leg 0 is a hole'
ok 'leg 1 is written out' test "$(allocated 1)" -ge 8192
ok 'leg 2 is neither' test "$(allocated 2)" -gt 0 -a "$(allocated 2)" -lt 8192

quorum_create q 2 "${legs[@]}" -- rewrite_corrupted
ok 'zeroes are read' holds /dev/mapper/q 0 8192 0
message q check
wait_idle q
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody is blamed'
is "$(allocated 0)" 0 'and reading has filled no hole'

write_at /dev/mapper/q 1024 2048 0xff
ok 'some is written with zeroes' blkdiscard --force --zeroout --offset $((1536 * 512)) --length 512k /dev/mapper/q
for leg in 0 1 2; do
	ok "leg $leg holds zeroes there" holds "$work/disk$leg" 1536 1024 0
	ok 'and what was written before them' holds "$work/disk$leg" 1024 512 0xff
	ok 'and behind' holds "$work/disk$leg" 2560 512 0xff
done
ok 'zeroes are read there' holds /dev/mapper/q 1536 1024 0
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody is blamed'

write_at "$work/disk0" 4096 512 0x42
message q repair
wait_idle q
is "$(status q mismatches 0) $(status q mismatches)" '64 64' 'damage in a hole is found'
is "$(status q rewritten 0)" 64 'and repaired'
ok 'it holds zeroes again' holds "$work/disk0" 4096 512 0
for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done
done_testing
