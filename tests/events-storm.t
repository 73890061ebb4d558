#!/bin/bash
# takes 45 s
# only on 6.12
# P5: a leg of which every sector is wrong floods nobody, and no number is lost: what the handler has passed on and its
# summaries make up what the kernel has counted, sector by sector, and event by event.
# ROUNDS (8) is how many times 4096 blocks of 4 KiB there are: 256 makes a million of them, four GiB.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

speed=/sys/module/dm_quorum/parameters
echo 10000000 | tee "$speed/sync_speed_min" > "$speed/sync_speed_max"
# each line of sums: events, sectors, what was suppressed before them, and the seconds if it is a summary
site_script report_bad-sum "echo \"\$DM_QUORUM_TYPE \${SUMMARY_EVENTS-1} \${SUMMARY_SECTORS-\$DM_QUORUM_NR_SECTORS}\" \\
	\"\${SUMMARY_SUPPRESSED-\$DM_QUORUM_SUPPRESSED} \${SUMMARY_SECONDS-first}\" >> $work/sums"
touch "$work/sums"
sum() { awk -v type="$1" -v field="$2" '$1 == type { sum += $field } END { print sum + 0 }' "$work/sums"; }
seconds() { awk -v type="$1" '$1 == type { print $5 }' "$work/sums"; }
sum_is() { [ "$(sum "$1" "$2")" -ge "$3" ]; }
reported_is() { [ $(($(sum "$1" 2) + $(sum "$1" 4))) -ge "$2" ]; }
interval() { printf 'INTERVAL=%s\nTIMEOUT=600\n' "$1" > "$site/events.conf"; }

# Two legs of zeroes, and one that never holds any, all without memory: 4 MiB, again and again
loop_legs 1 8192
pattern_file 0x5a 8192
dd if="$pattern" of="$work/disk0" bs=1M conv=notrunc status=none
size=$(($(rounds 8) * 32768))
blocks=$((size / 8))
# the check of them, too, is to have time: any working system does a hundred in a second
patience=$((patience + blocks / 100))
for ((at = 0, table = 0; at < size; at += 8192)); do lines+="$at 8192 linear ${legs[0]} 0"$'\n'; done
for leg in zero0 zero1 wrong; do dm_create $leg "0 $size zero"; done
interval 10
dmsetup create q --table "$(quorum_table 2 /dev/mapper/zero0 /dev/mapper/zero1 /dev/mapper/wrong)"
devices+=(q)
udevadm settle
# udev has looked at the device by now
dm_reload wrong "$lines"
record_events
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
is "$(sum check 2)" 0 'nothing has been passed on before'

began=$SECONDS
message q check
wait_events 1 DM_ACTION=QUORUM_SYNC_DONE
took=$((SECONDS - began))
is "$(counters q)" "$blocks 0 0 0 / 0 0 0 0 / 0 0 0 0 / $blocks 0 0 0" 'each block of the leg has lost a vote'
ok 'all sectors are told in the end, without another event' poll sum_is check 3 $size
is "$(sum check 3)" $size 'and none of them twice'
told=$(event_count DM_ACTION=QUORUM_REPORT_BAD DM_QUORUM_TYPE=check)
is "$(sum check 2)" "$told" 'all events are'
is "$(seconds check | grep -c first)" 1 'one event has been passed on'
is "$(seconds check | awk '$1 != "first" && $1 < 10')" '' 'and no summary for less than an interval'
diag "$blocks blocks in $took s: $told events, $(wc -l < "$work/sums") passed on: $(seconds check | xargs)"

# --- single sectors, far apart: more than the kernel tells one by one
before=$(event_count)
sectors=()
for ((at = 0; at < 300; at++)); do sectors+=($((at * 64))); done
message q reset_counters
read_each /dev/mapper/q "${sectors[@]}"
counted() { [ "$(counters q)" = '300 0 0 0 / 0 0 0 0 / 0 0 0 0 / 300 0 0 0' ]; }
ok 'each of them is counted' poll counted
ok 'as many are told' poll reported_is read 300
is "$(($(sum read 2) + $(sum read 4)))" 300 'exactly'
suppressed=$(event_values DM_QUORUM_SUPPRESSED DM_QUORUM_TYPE=read | awk '{ sum += $1 } END { print sum }')
is "$(sum read 4)" "$suppressed" 'with what the kernel has not sent'
diag "$(($(event_count) - before)) events, $suppressed suppressed"
done_testing
