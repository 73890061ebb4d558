#!/bin/bash
# P1, P5, P7: a quorum device that is read-only votes and reports like any other, and writes nothing to a leg: what would is
# refused. Made writable by a reload, it repairs what it was told of.
# QEMU iotest 081 case 5 (there a read-only quorum repairs; here that is refused, and this test says so).
. "$(dirname "$0")/lib.sh"

# told RANGES: by now, of leg 1; it may take several events, one a second
told() { [ "$(event_ranges DM_QUORUM_LEG=1)" = "$1" ]; }
# refused OPTION [ARGUMENT...]
refused() {
	mark_log "$1, read-only"
	fails "$1 is refused" dm create q --readonly --table "$(quorum_table 2 "${legs[@]}" -- "$@")"
	like "$(kernel_log "$1, read-only")" "quorum: $1 needs a writable device" 'the log says why'
}

loop_legs 3 4096
for leg in 0 1 2; do write_at "$work/disk$leg" 0 4096 0x32; done
refused rewrite_corrupted
refused log core 1 128
refused rebuild 1
dm create q --readonly --table "$(quorum_table 2 "${legs[@]}")"
devices=(q)
record_events
is "$(blockdev --getro /dev/mapper/q)" 1 'the device is read-only'
ok 'it reads what is on the legs' holds /dev/mapper/q 0 4096 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'no fault is counted before'

write_at "$work/disk1" 2048 2048 0x42
ok 'a leg is wrong: data' holds /dev/mapper/q 0 4096 0x32
ok 'exactly the damage is told' poll told 2048+2048
is "$(status q mismatches 1) $(status q mismatches)" '256 256' 'one leg is blamed, for each block'
fails 'a write is refused' write_at /dev/mapper/q 2048 8 0x55
fails 'a repair is refused' message q repair
ok 'the leg is as it was' holds "$work/disk1" 2048 2048 0x42
is "$(status q rewritten) $(status q health)" '0 AAA' 'and nobody has missed anything'

quorum_reload q 2 "${legs[@]}" -- rewrite_corrupted
ok 'writable, it reads the same' holds /dev/mapper/q 0 4096 0x32
is "$(status q rewritten 1) $(status q rewritten)" '256 256' 'and repairs the leg'
ok 'which is right now' holds "$work/disk1" 0 4096 0x32
done_testing
