#!/bin/bash
# P2: what was acknowledged with write_ack threshold and a log is there after a crash, though the leg that was late holds what
# was there before, and one of those that have it is marked as stale for something else in the region. If a leg that may have
# it is missing, there is an error and not a guess.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/hung-leg.sh"
. "$(dirname "$0")/log.sh"
region=64
loop_legs 4 4096
size=4096
wrap_first 3
options=(log disk 2 "${disks[3]}" "$region" write_ack threshold)
quorum_create q 2 "${legs[@]:0:3}" -- "${options[@]}"
wait_idle q
write_at /dev/mapper/q 0 4096 0x32
log_cleaned q
is "$(status q mismatches) $(status q no_quorum) $(health q) $(marked dirty)" '0 0 AAA ' 'all is well before'

hang 0
ok 'a write is acknowledged' write_at /dev/mapper/q 640 8 0x40
is "$(marked dirty)" 10 'its region is dirty as long as a leg is late'
nap 8
is "$(marked dirty)" 10 'however long that is'
message q fail 1
write_at /dev/mapper/q 656 8 0x41 &
job=$!
is_marked() { [ "$(marked 1)" = 10 ]; }
ok 'another leg is marked for another block of the region' poll is_marked
# the machine stops here
for disk in 0 1 2 3; do cp "$work/disk$disk" "$work/crashed$disk"; done
unhang 0
wait $job
dm remove --retry q
unset 'devices[-1]'
# after_crash LEG...: the legs as they were then
after_crash() {
	local disk
	for disk in 0 1 2 3; do cat "$work/crashed$disk" > "$work/disk$disk"; done
	quorum_create q 2 "$@" -- "${options[@]}"
	wait_idle q
}
gone() {
	dm remove --retry q
	unset 'devices[-1]'
}
ok 'the late leg holds the old data' holds "$work/crashed0" 640 8 0x32

after_crash "${legs[@]:0:3}"
ok 'after the crash, the new data are read' holds /dev/mapper/q 640 8 0x40
ok 'all is in sync' recovered q
ok 'the late leg has them' holds "$work/disk0" 640 8 0x40
ok 'so has the other' holds "$work/disk1" 640 8 0x40
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
gone

after_crash "${legs[0]}" - "${legs[2]}"
is "$(outcome read_at /dev/mapper/q 640 8)" EILSEQ 'with a leg missing, nobody knows'
ok 'elsewhere all is read' holds /dev/mapper/q 0 640 0x32
ok 'it can be written' write_at /dev/mapper/q 640 8 0x43
ok 'and read' holds /dev/mapper/q 640 8 0x43
gone

# instead of the missing leg there comes one that has what was there before
for disk in 0 2 3; do cat "$work/crashed$disk" > "$work/disk$disk"; done
write_at "$work/disk1" 0 4096 0x32
quorum_create q 2 "${legs[@]:0:3}" -- "${options[@]}" rebuild 1
wait_idle q
is "$(outcome read_at /dev/mapper/q 640 8)" EILSEQ 'a new leg is not asked what it thinks of it'
message q resync
wait_idle q
is "$(outcome read_at /dev/mapper/q 640 8) $(health q)" 'EILSEQ AaA' 'nor does it come to be'
gone
quorum_create q 2 "${legs[@]:0:3}" -- "${options[@]}"
wait_idle q
is "$(outcome read_at /dev/mapper/q 640 8) $(health q)" 'EILSEQ AaA' 'nor after a restart'
ok 'it can be written' write_at /dev/mapper/q 640 16 0x44
write_at /dev/mapper/q 656 8 0x44
message q resync
wait_idle q
ok 'and then all is filled' recovered q
ok 'and the same' cmp "$work/disk0" "$work/disk1"

done_testing
