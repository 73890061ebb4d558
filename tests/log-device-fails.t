#!/bin/bash
# P2: log failure policy, dm-mirror's: while the log cannot be written, writes to regions that are not marked are held; all
# others and reads go on. They go on when the log can be written again, or when another table takes over; a suspend that
# flushes fails them.
# takes 30 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
region=128
loop_legs 5 2048
size=2048
log_table() { dm_reload log "0 2048 $1"; }
dm_create log "0 2048 linear ${disks[3]} 0"
on_log=(-- log disk 2 /dev/mapper/log "$region")
quorum_create q 2 "${legs[@]:0:3}" "${on_log[@]}"
wait_idle q
log_cleaned q
like "$(dmsetup status q)" " 3 disk $(dev_number /dev/mapper/log) A\$" 'the status ends with that of the log'
start_user 16
is "$(marked dirty)" 0 'a region is marked'
record_events

# held SECTOR BYTE: begins a write to a region that is not marked
held() {
	write_at /dev/mapper/q "$1" 8 "$2" 2> "$work/write_said" &
	writer=$!
}
# is_held N: the Nth time the log fails is told, and the write is not done
is_held() {
	ok "$2: it is told" wait_events "$1" DM_ACTION=QUORUM_LOG_FAILED
	ok "$2: the write is held" kill -0 $writer
	is "$(log_letter q)" D "$2: the log is called dead"
	ok "$2: writes to a marked region are not" uses
	ok "$2: nor a read" holds /dev/mapper/q 16 8 0x30
	ok "$2: nor a flush" flush /dev/mapper/q
}

uses
log_table error
held 512 0x33
is_held 1 'no log'
for leg in 0 1 2; do ok "and is not on leg $leg" holds "$work/disk$leg" 512 8 0; done
log_table "linear ${disks[3]} 0"
ok 'when the log can be written again the write goes on by itself' wait $writer
ok 'it is there' holds /dev/mapper/q 512 8 0x33
is "$(marked dirty)" '0 4' 'and is marked'
is "$(event_count DM_ACTION=QUORUM_LOG_FAILED)" 1 'it was told once'

uses
log_table error
held 1536 0x35
is_held 2 'again'
dm suspend q
wait $writer && status=0 || status=$?
is "$status" 1 'a suspend that flushes fails it'
like "$(< "$work/write_said")" 'Input/output error' 'with EIO'
log_table "linear ${disks[3]} 0"
dm resume q
ok 'and leaves nothing behind' holds /dev/mapper/q 1536 8 0

# another table takes over
uses
log_table error
held 1280 0x36
is_held 3 'once more'
dm load q --table "$(quorum_table 2 "${legs[@]:0:3}" -- log disk 2 "${legs[4]}" $region)"
dm suspend --noflush --nolockfs q
dm resume q
ok 'with another log it goes on' wait $writer
ok 'it is there' holds /dev/mapper/q 1280 8 0x36
log_file=$work/disk4
like "$(log_letter q)" '^A$' 'the log is well'
log_table "linear ${disks[3]} 0"
wait_idle q

dm_reload q "$(quorum_table 2 "${legs[@]:0:3}" "${on_log[@]}")"
wait_idle q
log_file=$work/disk3
log_cleaned q
uses
log_table error
held 640 0x37
ok 'and again' wait_events 4 DM_ACTION=QUORUM_LOG_FAILED
dm load q --table "$(quorum_table 2 "${legs[@]:0:3}")"
dm suspend --noflush --nolockfs q
dm resume q
ok 'without a log it goes on' wait $writer
ok 'it is there' holds /dev/mapper/q 640 8 0x37
log_table "linear ${disks[3]} 0"

stop_user
# a log that cannot be read when it is to be: nothing is known, and all is to be put right
dm_reload q "$(quorum_table 2 "${legs[@]:0:3}" "${on_log[@]}")"
wait_idle q
remove q
log_table error
ok 'a table with a log that is dead can be loaded' quorum_create q 2 "${legs[@]:0:3}" "${on_log[@]}"
ok 'and read' holds /dev/mapper/q 640 8 0x37
held 0 0x38
ok 'it is told' wait_events 5 DM_ACTION=QUORUM_LOG_FAILED
ok 'writes are held' kill -0 $writer
log_table "linear ${disks[3]} 0"
ok 'until it is well' wait $writer
is "$(marked dirty | wc -w)" $((size / region)) 'and all is marked'
is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
done_testing
