#!/bin/bash
# P5: the ranges of the events unite to exactly the damage, however it was read, and name the leg that has it.
# QEMU iotest 081 case 3.
. "$(dirname "$0")/lib.sh"

# reads_report NAME RANGE SECTORS-A-REQUEST: reads the device in such requests, one after the other
reads_report() {
	forget_events
	dd if=/dev/mapper/q of=/dev/null bs=$(($3 * 512)) iflag=direct status=none
	ok "$1: told" poll test_ranges "$2"
	is "$(event_ranges)" "$2" "$1: exactly the damage"
	is "$(event_values DM_ACTION | sort -u)" QUORUM_REPORT_BAD "$1: reports and nothing else"
	is "$(event_values DM_QUORUM_LEG | sort -u)" 1 "$1: leg 1 and no other"
	is "$(event_values DM_QUORUM_DEV | sort -u)" "$(dev_number "${legs[1]}")" "$1: its device"
	is "$(event_values DM_QUORUM_TYPE | sort -u)" read "$1: of type read"
	is "$(event_values DM_QUORUM_VOTES | sort -u)" 2/3 "$1: outvoted by two of three"
	is "$(event_values DM_QUORUM_ERROR)" '' "$1: no error number"
}
test_ranges() { [ "$(event_ranges)" = "$1" ]; }

loop_legs 3 20480
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 20480 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 20480 0x32
is "$(status q mismatches)" 0 'no mismatch before'

write_at "$work/disk1" 0 20480 0x42
reads_report 'a leg corrupt from end to end' 0+20480 256
reads_report 'the same in requests that the core splits' 0+20480 2048
write_at "$work/disk1" 0 20480 0x32
write_at "$work/disk1" 4096 2048 0x42
reads_report '1 MiB at 1 MiB' 4096+2048 256
done_testing
