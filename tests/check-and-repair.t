#!/bin/bash
# also on the debug kernel
# check finds each damaged block of a device, and what it tells is exact (P5); repair puts them right, and a check after it
# finds nothing. Where nobody has won, nothing is written (P1). No caller is needed for any of it.
. "$(dirname "$0")/lib.sh"

identical() { cmp "$work/disk0" "$work/disk1" && cmp "$work/disk0" "$work/disk2"; }
# done_event TYPE: the totals of the last walk: mismatches no_quorum rewritten recovered error
done_event() {
	wait_idle q
	wait_events "$1" DM_ACTION=QUORUM_SYNC_DONE
	quorum_events DM_ACTION=QUORUM_SYNC_DONE "DM_QUORUM_TYPE=$2" | tail -n 1 |
		sed 's/.*DM_QUORUM_MISMATCHES=\([0-9]*\).*NO_QUORUM=\([0-9]*\).*REWRITTEN=\([0-9]*\).*RECOVERED=\([0-9]*\).*/\1 \2 \3 \4/'
}

loop_legs 3 4096
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 4096 0x32
record_events
is "$(progress q)" '4096/4096 idle' 'nothing goes on before'
ok 'a check of a clean device' message q check
is "$(done_event 1 check)" '0 0 0 0' 'is told when it is done, and finds nothing'
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted'
is "$(event_ranges DM_ACTION=QUORUM_SYNC_DONE)" 0+4096 'it was the whole device'

# --- 9 damaged blocks: in the first and the last one, at and over the border of 128 KiB, in parts, two legs in one block
damage() {
	write_at "$work/disk1" 0 1 0x41
	write_at "$work/disk1" 4095 1 0x42
	write_at "$work/disk0" 250 12 0x43
	write_at "$work/disk2" 1024 8 0x44
	write_at "$work/disk2" 1035 2 0x45
	write_at "$work/disk0" 2049 1 0x46
	write_at "$work/disk1" 2050 1 0x47
	write_at "$work/disk2" 3000 8 0x48
}
forget_events
damage
cp "$work/disk1" "$work/before"
ok 'a check of a damaged device' message q check
is "$(done_event 1 check)" '9 0 0 0' 'finds nine blocks'
is "$(counters q)" '9 0 0 0 / 3 0 0 0 / 3 0 0 0 / 3 0 0 0' 'each leg has its own'
is "$(message q list_mismatches | sort -n)" "$(printf '%s\n' '0 2049 1 2/3 0' '0 250 12 2/3 0' '1 0 1 2/3 0' '1 2050 1 2/3 0' '1 4095 1 2/3 0' \
	'2 1024 8 2/3 0' '2 1035 2 2/3 0' '2 3000 8 2/3 0')" 'with its exact sectors'
ok 'they are told as found by a check' wait_events 3 DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_TYPE=check
is "$(event_count DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_TYPE=read)" 0 'and not by a read'
ok 'nothing has been written' cmp "$work/before" "$work/disk1"

message q reset_counters
forget_events
ok 'a repair' message q repair
is "$(done_event 1 repair)" '9 0 9 0' 'finds them, and puts them right'
is "$(counters q)" '9 0 9 0 / 3 0 0 3 / 3 0 0 3 / 3 0 0 3' 'on each leg'
ok 'the legs are identical' identical
ok 'and hold what was written' holds /dev/mapper/q 0 4096 0x32
message q reset_counters
forget_events
ok 'another check' message q check
is "$(done_event 1 check)" '0 0 0 0' 'finds nothing'
is "$(event_count)" 1 'and tells nothing else'

# --- a part of the device
damage
message q reset_counters
forget_events
ok 'a check of a part' message q check 1024 1032
is "$(done_event 1 check)" '1 0 0 0' 'finds what is there'
is "$(event_ranges DM_ACTION=QUORUM_SYNC_DONE)" 1024+8 'and says what that was'
ok 'a repair of a part' message q repair 0 1033
is "$(done_event 2 repair)" '5 0 5 0' 'repairs what is there'
fails 'the rest stays as it is' identical
message q repair
wait_idle q
ok 'until that is repaired' identical

# --- no winner
write_at "$work/disk1" 40 1 0x42
write_at "$work/disk2" 40 1 0x43
message q reset_counters
forget_events
ok 'all differ in one sector' message q repair
is "$(done_event 1 repair)" '0 1 0 0' 'it has no winner'
ok 'the failure is told' wait_events 1 DM_ACTION=QUORUM_FAILURE DM_QUORUM_TYPE=repair
ok 'the first is as it was' holds "$work/disk1" 40 1 0x42
ok 'and so is the second' holds "$work/disk2" 40 1 0x43
write_at /dev/mapper/q 40 8 0x32
done_testing
