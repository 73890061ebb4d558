#!/bin/bash
# P2: the log of type userspace: a daemon keeps the marks. A region is marked before it is written, only what was dirty is
# read after a crash, stale legs stay stale, the daemon's errors are those of a log, and it may die and come back.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
here=$(dirname "$0")
modprobe -q dm-log-userspace || skip_all 'no dm-log-userspace in this kernel'
region=128
log_file=$work/bits
log_bits() { cat "$log_file"; }
loop_legs 3 2048
wrap_legs
uuid=quorum-log-test
on_log=(-- log userspace 4 "$uuid" file "$log_file" "$region")

# marks: regions that the daemon has been told to mark. On a slow machine the first is taken back when the last is made.
# (Before them, the log has 64 bits that say whose it is.)
marks() { awk '$1 == "mark" { for (i = 2; i <= NF; i++) print $i - 64 }' "$work/said_by_daemon" | sort -nu | paste -sd ' '; }
said() { grep -q "$1" "$work/said_by_daemon"; }
start_daemon() {
	: > "$work/said_by_daemon"
	perl "$here/log-daemon.pl" "$work/said_by_daemon" &
	daemon=$!
	# finish would end a job before it removes the devices, which need this one
	disown $daemon
	poll said ready
}
daemon_gone() { ! kill -0 "$daemon" 2> /dev/null; }
stop_daemon() {
	kill -KILL $daemon
	poll daemon_gone
}

start_daemon
quorum_create q 2 "${legs[@]}" "${on_log[@]}"
like "$(dmsetup table q)" " 7 log userspace 4 $uuid file $log_file $region\$" 'the table has its arguments'
ok 'the status ends with what the daemon says' grep -q ' 1 file' <(dmsetup status q)
wait_idle q
log_cleaned q
is "$(marked dirty)" '' 'nothing is marked when the legs are equal'

: > "$work/said_by_daemon"
write_at /dev/mapper/q 0 8 0x31
write_at /dev/mapper/q 1024 8 0x32
write_at /dev/mapper/q 1032 8 0x33
like "$(grep -c ^mark "$work/said_by_daemon") $(grep -c ^flush "$work/said_by_daemon")" '^2 [2-9]$' 'two regions are marked, each once'
is "$(marks)" '0 8' 'the right ones'
like "$(marked dirty)" '^(0 )?8$' 'and are dirty in the file'

# so that the mark is not about to be taken back, for which there would have to be a daemon as well
start_user 16
kill -STOP $daemon
write_at /dev/mapper/q 512 8 0x34 &
writer=$!
ok 'writes to a marked region do not need the daemon' uses
sleep 1
ok 'one to another region waits for it' kill -0 $writer
for leg in 0 1 2; do ok "and is not on leg $leg" holds "$work/disk$leg" 512 8 0; done
kill -CONT $daemon
ok 'it goes on when the daemon does' wait $writer
ok 'its region is marked' grep -q -w 4 <(marked dirty)
stop_user

# a crash
fail_writes 1
write_at /dev/mapper/q 1280 8 0x36
heal 1
crash q
dirty=$(marked dirty | wc -w)
before=$(sectors_read 0)
echo 1 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"
quorum_create q 2 "${legs[@]}" "${on_log[@]}"
is "$(dmsetup status q | awk '{ print $6 }')" AaA 'after a crash the leg that missed a write is stale'
echo 200000 > /sys/module/dm_quorum/parameters/sync_speed_max
wait_idle q
is "$(($(sectors_read 0) - before)) $((dirty > 0))" "$((dirty * region)) 1" 'only what was dirty is read'
ok 'the leg is recovered' holds "$work/disk1" 1280 8 0x36
is "$(dmsetup status q | awk '{ print $6 }')" AAA 'and in sync'
log_cleaned q
is "$(marked dirty)/$(marked 1)" '/' 'all marks are gone'

# the daemon cannot write
record_events
: > "$log_file.fail"
write_at /dev/mapper/q 256 8 0x37 &
writer=$!
ok 'the daemon fails: it is told' wait_events 1 DM_ACTION=QUORUM_LOG_FAILED
ok 'the write is held' kill -0 $writer
rm "$log_file.fail"
write_at /dev/mapper/q 384 8 0x38
ok 'it goes on with the next one' wait $writer
is "$(marked dirty)" '2 3' 'both are marked'

# the daemon dies
start_user 272
stop_daemon
write_at /dev/mapper/q 640 8 0x39 &
writer=$!
ok 'the daemon is gone: writes to a marked region go on' uses
sleep 1
ok 'one to another region waits' kill -0 $writer
start_daemon
ok 'it goes on when there is a daemon again' wait $writer
ok 'and is marked' grep -q -w 5 <(marked dirty)
stop_user

# more marks at a time than one message can hold
: > "$work/said_by_daemon"
dirty=$(marked dirty)
pids=()
for ((i = 0; i < 16; i++)); do write_at /dev/mapper/q $((i * region + 8)) 8 0x40 & pids+=($!); done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
is "$failed" 0 'many writes at a time'
is "$(tr ' ' '\n' <<< "$dirty $(marks)" | grep . | sort -u | wc -l)" 16 'all are marked, but for those that are'
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
remove q
stop_daemon
fails 'without a daemon there is no such log' dm create q --table "$(quorum_table 2 "${legs[@]}" "${on_log[@]}")"
done_testing
