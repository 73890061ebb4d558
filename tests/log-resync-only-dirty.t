#!/bin/bash
# After a restart only what the log calls dirty or stale is read. How far legs have been filled is kept across suspend and, with
# a log, across reload, a clean end and a crash. A leg that is added is filled by itself.
# takes 20 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
region=2048
loop_legs 5 65536
size=65536
log_file=$work/disk4
on_log=(-- log disk 2 "${disks[4]}" "$region")
speed=/sys/module/dm_quorum/parameters/sync_speed
# slowly KIB: so much a second
slowly() { echo "$1" | tee ${speed}_min > ${speed}_max; }
fast() { slowly 2000000; }

synced() { dmsetup status q | awk '{ sub("/.*", "", $7); print $7 }'; }
synced_more_than() { [ "$(synced)" -gt "$1" ]; }
note_reads() { for disk in 0 1 2; do read_before[disk]=$(sectors_read $disk); done; }
read_before=()
fast
quorum_create q 2 "${legs[@]:0:3}" "${on_log[@]}"
wait_idle q
for disk in 0 1 2; do is "$(($(sectors_read $disk) >= size))" 1 "with a new log all of leg $disk is read"; done
remove q

note_reads
quorum_create q 2 "${legs[@]:0:3}" "${on_log[@]}"
wait_idle q
for disk in 0 1 2; do is "$(sectors_read $disk)" "${read_before[disk]}" "after a clean end nothing of leg $disk is"; done
for sector in 10 5000 40000; do write_at /dev/mapper/q $sector 8 0x41; done
crash q
dirty=$(marked dirty | wc -w)
ok 'regions are dirty' test "$dirty" -gt 0 -a "$dirty" -le 3
note_reads
quorum_create q 2 "${legs[@]:0:3}" "${on_log[@]}"
wait_idle q
for disk in 0 1 2; do
	is "$(($(sectors_read $disk) - read_before[disk]))" $((dirty * region)) "after a crash just these are read, leg $disk"
done

# a leg to be rebuilt
write_at "$work/disk1" 0 65536 0x66
write_at "$work/disk0" 0 65536 0x31
write_at "$work/disk2" 0 65536 0x31
slowly 4000
dm_reload q "$(quorum_table 2 "${legs[@]:0:3}" -- rebuild 1 "${on_log[@]:1}")"
is "$(progress q | sed 's/.* //')" resync 'a leg is being filled'
ok 'it gets on' poll synced_more_than 8192
slowly 1
dm suspend q
at=$(synced)
dm resume q
ok 'a suspend keeps the position' test "$(synced)" -ge "$at"
is "$(dmsetup table q | grep -c rebuild)" 0 'the table does not tell to begin again'
dm_reload q "$(dmsetup table q)"
now=$(synced)
ok "a reload keeps it, to a region ($at, $now)" test "$now" -gt $((at - 2 * region)) -a "$now" -lt 65536
remove q
quorum_create q 2 "${legs[@]:0:3}" "${on_log[@]}"
now=$(synced)
ok "so does a clean end ($at, $now)" test "$now" -gt $((at - 2 * region)) -a "$now" -lt 65536
crash q
quorum_create q 2 "${legs[@]:0:3}" "${on_log[@]}"
now=$(synced)
ok "so does a crash ($at, $now)" test "$now" -gt $((at - 2 * region)) -a "$now" -lt 65536
is "$(dmsetup status q | awk '{ print $6 }')" AaA 'the leg has no vote yet'
record_events
fast
message q idle
message q resync
ok 'it is filled' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=1
ok 'and right' cmp "$work/disk0" "$work/disk1"

# one that is added at the end
write_at "$work/disk3" 0 65536 0x67
dm_reload q "$(quorum_table 3 "${legs[@]:0:4}" "${on_log[@]}")"
ok 'a leg that is added is filled by itself' wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED DM_QUORUM_LEG=3
ok 'and right' cmp "$work/disk0" "$work/disk3"
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
is "$(dmsetup status q | awk '{ print $6 }')" AAAA 'all are in sync'
remove q
quorum_create q 3 "${legs[@]:0:4}" "${on_log[@]}"
is "$(dmsetup status q | awk '{ print $6, $8 }')" 'AAAA idle' 'and stay so'
done_testing
