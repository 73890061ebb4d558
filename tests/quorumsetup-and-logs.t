#!/bin/bash
# takes 15 s
# P2: legs are replaced, added and taken out with a log. One on disk knows what a leg lacks, by its number: legs keep their
# numbers, and one that is behind stays so, and is no source of a copy. One that cannot be written does not know. One in
# memory is told that all is settled, if it is.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
. "$(dirname "$0")/log.sh"
region=128
loop_legs 7 2048
size=2048
log_file=$work/disk6
wrap_first 6
dm_create log "0 2048 linear ${disks[6]} 0"
health() { dmsetup status q | awk '{ print $6 }'; }
number() { dev_number "${legs[$1]}"; }
log="log disk 2 $(dev_number /dev/mapper/log) $region"
quorum_create q 2 "${legs[@]:0:4}" -- log disk 2 /dev/mapper/log $region
wait_idle q
ok 'it is written' write_at /dev/mapper/q 0 2048 0x11
log_cleaned q
is "$(health) $(log_letter q)" 'AAAA A' 'four legs in sync, and a log'
speed=/sys/module/dm_quorum/parameters/sync_speed

# Leg 0 is behind, and does not take what it missed. Leg 3 is replaced: the log knows of leg 0.
fail_writes 0
ok 'a write that leg 0 misses' write_at /dev/mapper/q 1024 8 0x22
for disk in 4 5; do write_at "$work/disk$disk" 0 2048 0x99; done
is "$(health)" aAAA 'it is behind'
ok 'leg 3 is replaced' quorumsetup replace --wait q 3 "${legs[4]}"
is "$(health)" aAAA 'leg 0 is still behind'
is "$(dmsetup table q)" "0 2048 quorum 2 4 $(number 0) 0 $(number 1) 0 $(number 2) 0 $(number 4) 0 5 $log" \
	'and is not filled anew'
ok 'the new leg has all' holds "$work/disk4" 1024 8 0x22
ok 'all of it' cmp "$work/disk1" "$work/disk4"

ok 'leg 3 is taken out again' quorumsetup remove q 3
wait_idle q
is "$(health)" aAA- 'and is absent: legs keep their numbers'
before=$(dmsetup table q)
like "$(quorumsetup replace q 2 "${legs[5]}" 2>&1)" 'only 1 other legs are in sync, and 2 have to agree; leg 0 is behind' \
	'a leg that is behind is no source'
like "$(quorumsetup remove q 2 2>&1)" 'only 1 other legs are in sync, and 2 have to agree' \
	'and does not count when one is taken out'
like "$(quorumsetup remove q 3 2>&1)" 'absent already, and .* keep their numbers' 'nor can the absent one be taken out'
is "$(dmsetup table q) $(health)" "$before aAA-" 'nothing has changed'
heal 0
ok 'it gets what it missed' quorumsetup resync --wait q
ok 'the absent one is replaced' quorumsetup replace --wait q 3 "${legs[5]}"
is "$(health)" AAAA 'all are in sync'
ok 'it has the data' cmp "$work/disk1" "$work/disk5"
ok 'so has leg 0' cmp "$work/disk1" "$work/disk0"

# The log cannot be written: a write is held. It waits for the new table, and is not failed; leg 0, which is behind, is
# filled.
slowly() { echo 1 | tee ${speed}_min > ${speed}_max; }
fast() { echo 200000 > ${speed}_max; echo 1000 > ${speed}_min; }
start_user 16
uses
fail_writes 0
ok 'a write that leg 0 misses' write_at /dev/mapper/q 64 8 0x31
is "$(health)" aAAA 'it is behind'
dm_reload log '0 2048 error'
write_at /dev/mapper/q 512 8 0x33 2> "$work/write_said" &
writer=$!
log_is_dead() { [ "$(log_letter q)" != A ]; }
ok 'the log cannot be written' poll log_is_dead
ok 'a write is held' kill -0 $writer
heal 0
like "$(quorumsetup replace --force q 3 "${legs[4]}" 2>&1)" 'leg 0 .* was behind and is filled anew' \
	'a leg is replaced all the same'
dm_reload log "0 2048 linear ${disks[6]} 0"
ok 'the write that was held is done' wait $writer
ok 'the other ones go on' uses
stop_user
# it may have stopped at the log
wait_idle q
filled() { quorumsetup resync --wait q > "$work/resync" 2>&1 && [ "$(health)" = AAAA ]; }
ok 'all get what they lack' poll filled
ok 'what was held is there' holds /dev/mapper/q 512 8 0x33
for disk in 1 2 4; do ok "disk $disk is like leg 0" cmp "$work/disk0" "$work/disk$disk"; done
remove q

# In memory
for words in 'core 1 128' 'core 2 128 nosync'; do
	read -ra log <<< "$words"
	quorum_create q 2 "${legs[0]}" "${legs[1]}" "${legs[2]}" -- log "${log[@]}"
	wait_idle q
	write_at "$work/disk3" 0 2048 0x99
	slowly
	ok "$words: a leg is replaced" quorumsetup replace q 2 "${legs[3]}"
	like "$(dmsetup table q)" "log core 2 128 nosync" "$words: the new log is told that all is settled"
	# damage that is in the minority is outvoted: where legs may differ lawfully, nobody would be blamed
	write_at "$work/disk1" 2040 8 0x77
	message q frozen
	is "$(outcome read_at /dev/mapper/q 2040 8)" EILSEQ "$words: so a leg that differs is at fault"
	write_at "$work/disk1" 2040 8 0x11
	fast
	ok "$words: it is filled" quorumsetup resync --wait q
	is "$(health)" AAA "$words: and in sync"
	ok "$words: it has the data" cmp "$work/disk0" "$work/disk3"
	fail_writes 1
	write_at /dev/mapper/q 64 8 0x55
	before=$(dmsetup table q)
	like "$(quorumsetup add q "${legs[2]}" 2>&1)" 'the log of q is in memory' \
		"$words: as long as a leg is behind it cannot be told"
	is "$(dmsetup table q) $(health)" "$before AaA" "$words: and nothing has changed"
	heal 1
	remove q
	for disk in 0 1 2; do write_at "$work/disk$disk" 0 2048 0x11; done
done
done_testing
