#!/bin/bash
# A leg is replaced by another disk, in the cases of QEMU's test 041 (TestRepairQuorum): complete, cancelled before and in the
# middle, paused, a leg or a disk that is not there, a disk that is in use. What is refused changes nothing (P7), and what is
# cancelled leaves a set that is in order.
. "$(dirname "$0")/lib.sh"

speed=/sys/module/dm_quorum/parameters
at() { progress q | cut -d/ -f1; }
is_past() { [ "$(at)" -gt "$1" ]; }
table_legs() { dmsetup table q | awk '{ for (i = 6; i <= 10; i += 2) printf "%s ", $i }'; }
of() { local leg; for leg; do printf '%s ' "$(dev_number "${legs[leg]}")"; done; }
# is_refused ERROR TABLE...: it is, for this reason, and the device is as before
is_refused() {
	local reason=$1 before
	shift
	before=$(dmsetup table q) mark=$((mark + 1))
	mark_log "replace $mark"
	fails "refused: $reason" dm load q --table "$(quorum_table "$@")"
	like "$(kernel_log "replace $mark")" "$reason" 'the log says so'
	is "$(dmsetup table q)" "$before" 'nothing has changed'
	is "$(progress q)" '16384/16384 idle' 'and nothing goes on'
}
mark=0
# slowly: until it has gone on a little, and then so slowly that it lasts whatever the machine is like
slowly() { echo 64 > $speed/sync_speed_max; echo 64 > $speed/sync_speed_min; }
goes_on() { poll is_past 255 && echo 1 > "$speed/sync_speed_max" && echo 1 > "$speed/sync_speed_min"; }
fast() { echo 200000 > $speed/sync_speed_max; }

loop_legs 4 16384
quorum_create q 2 "${legs[@]:0:3}"
write_at /dev/mapper/q 0 16384 0x32
record_events
is "$(table_legs)" "$(of 0 1 2)" 'the legs before'

# --- refused
is_refused 'Cannot open leg' 2 "${legs[0]}" /dev/no_such_disk "${legs[2]}" -- rebuild 1
is_refused 'Invalid leg to rebuild' 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" -- rebuild 3
perl -MFcntl -e 'sysopen(my $f, $ARGV[0], O_RDWR | O_EXCL) or die; $| = 1; print "held\n"; sleep' "${legs[3]}" > "$work/holder" &
holder=$!
poll test -s "$work/holder"
is_refused 'Cannot open leg' 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" -- rebuild 1
kill "$holder"
wait "$holder" || :
truncate -s $((16376 * 512)) "$work/small"
small=$(losetup --find --show "$work/small")
is_refused 'Leg is too small' 2 "${legs[0]}" "$small" "${legs[2]}" -- rebuild 1
losetup --detach "$small"

# --- cancelled before it comes into force
dm load q --table "$(quorum_table 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" -- rebuild 1)"
fails 'once it is loaded, the disk is in use' exclusive "${legs[3]}"
dm clear q
ok 'cancelled, it is not' exclusive "${legs[3]}"
is "$(table_legs)" "$(of 0 1 2)" 'the legs are those before'

# --- paused, gone on with, cancelled in the middle: the old leg has missed nothing but what was written since
slowly
quorum_reload q 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" -- rebuild 1
ok 'it goes on' goes_on
like "$(progress q)" ' recover$' 'the status says so'
ok 'the old leg is free' exclusive "${disks[1]}"
ok 'a new write' write_at /dev/mapper/q 16000 8 0x33
ok 'reaches the new leg at once' holds "$work/disk3" 16000 8 0x33
message q frozen
was=$(at)
nap 1
is "$(progress q)" "$was/16384 frozen" 'paused, it does not go on'
is "$(status q health)" AaA 'the new leg is not in sync'
ok 'what it lacks is right all the same' holds /dev/mapper/q 8000 8 0x32
fast
ok 'the old leg comes back, to be rebuilt' quorum_reload q 2 "${legs[0]}" "${legs[1]}" "${legs[2]}" -- rebuild 1
ok 'the other one is free' exclusive "${disks[3]}"
ok 'it is in sync' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
wait_idle q
ok 'the legs are identical' cmp "$work/disk0" "$work/disk1"

# --- complete
slowly
write_at "$work/disk3" 0 16384 0x66
quorum_reload q 2 "${legs[0]}" "${legs[3]}" "${legs[2]}" -- rebuild 1
ok 'it goes on' goes_on
message q idle
is "$(status q sync_action)" recover 'one that is stopped begins again with the next resume'
fast
ok 'it is in sync' wait_events 2 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
wait_idle q
is "$(table_legs)" "$(of 0 3 2)" 'the new leg is leg 1'
ok 'and identical' cmp "$work/disk0" "$work/disk3"
message q fail 0
ok 'and votes' holds /dev/mapper/q 0 16000 0x32
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody was ever blamed'
done_testing
