#!/bin/bash
# P1: when all legs differ the read fails; nobody is blamed, and the event says what each leg held.
# QEMU iotest 081 case 6; the row "all differ".
. "$(dirname "$0")/lib.sh"

loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
write_at /dev/mapper/q 0 2048 0x32
record_events
ok 'the device reads what was written' holds /dev/mapper/q 0 2048 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

write_at "$work/disk0" 64 8 0x41
write_at "$work/disk1" 64 8 0x42
is "$(outcome read_at /dev/mapper/q 64 8)" EILSEQ 'the read fails'
is "$(counters q)" '0 1 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'one block without a quorum, and nobody is blamed'
# each logical block may be told for itself
told_whole() { [ "$(event_ranges)" = 64+8 ]; }
ok 'it is told' poll told_whole
is "$(event_values DM_ACTION | sort -u)" QUORUM_FAILURE 'as a failure'
is "$(event_values DM_QUORUM_TYPE | sort -u) $(event_ranges)" 'read 64+8' 'of that read'
is "$(event_values DM_QUORUM_ERROR | sort -u)" 84 'with the error that the reader got'
is "$(event_values DM_QUORUM_VOTES | sort -u)" 1/3 'no version has more than one vote'
is "$(event_values DM_QUORUM_VERSIONS | sort -u)" '0 1 2' 'each leg holds another version'
is "$(event_values DM_QUORUM_LEG)$(event_values DM_QUORUM_DEV)" '' 'no leg is named'
told=$(event_count)
is "$(last_event q 0)" $((told + 1)) 'nothing else is told'
ok 'the blocks beside it can be read: before' holds /dev/mapper/q 0 64 0x32
ok 'the blocks beside it can be read: after' holds /dev/mapper/q 72 1976 0x32
done_testing
