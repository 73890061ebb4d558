#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# P2, P3, P4: many writers with a log in memory and on disk, that verify what they read, while the device is suspended and
# reloaded: first writes to many regions share the writing of the log.
# takes 20 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/verified-load.sh"
. "$(dirname "$0")/log.sh"
modprobe dm-delay
region=32
loop_legs 4 16384
size=16384
wrap_first 3
dm_create log "0 $size linear ${disks[3]} 0"
# shellcheck disable=SC2034  # by their names
core=(log core 2 "$region" nosync)
disk=(log disk 2 /dev/mapper/log "$region")
# how often the log was written
log_writes() { awk '{ print $5 }' "/sys/block/${disks[3]#/dev/}/stat"; }

# writes to many regions at a time, on a log that takes a while
quorum_create q 2 "${legs[@]:0:3}" -- "${disk[@]}"
wait_idle q
log_cleaned q
dm_reload log "0 $size delay ${disks[3]} 0 100"
before=$(log_writes)
fio --name=first --filename=/dev/mapper/q --direct=1 --ioengine=libaio --iodepth=64 --rw=randwrite --bs=4k --size=$((size * 512)) \
	--number_ios=512 --zero_buffers --minimal > "$work/said" 2>&1 &
job=$!
# while it goes on: marks are taken back some seconds after the last write to a region
marks=0
while kill -0 $job 2> /dev/null; do
	now=$(marked dirty | wc -w)
	[ "$now" -le "$marks" ] || marks=$now
done
wait $job
dm_reload log "0 $size linear ${disks[3]} 0"
writes=$(($(log_writes) - before))
ok "many regions are marked ($marks)" test "$marks" -gt 50
# 512 requests to more than 300 of the 512 regions
ok "the log was written far less often ($writes)" test "$writes" -gt 0 -a "$writes" -lt 100
remove q

for kind in core disk; do
	declare -n options=$kind
	quorum_create q 2 "${legs[@]:0:3}" -- "${options[@]}"
	wait_idle q
	start_load 2
	ok "$kind: the load has begun" works
	echo 100000 > /sys/module/dm_quorum/parameters/sync_speed_min
	for ((i = 0; i < $(rounds 2); i++)); do
		log_cleaned q
		works 20
		dm suspend --noflush --nolockfs q
		dm resume q
		works 20
		dm_reload q "$(quorum_table 2 "${legs[@]:0:3}" -- "${options[@]}")"
		works 20
		message q fail $((i % 3))
		works 20
		message q restore $((i % 3))
		in_sync() { [ "$(dmsetup status q | awk '{ print $6, $8 }')" = 'AAA idle' ]; }
		poll in_sync
	done
	is "$i" "$(rounds 2)" "$kind: suspended, reloaded, a leg failed and restored"
	ok "$kind: the load was fine to the end" load_was_fine
	is "$(status q mismatches) $(status q no_quorum)" '0 0' "$kind: nobody is blamed"
	log_cleaned q
	ok "$kind: the legs are identical" cmp "$work/disk0" "$work/disk1"
	ok "$kind: all of them" cmp "$work/disk0" "$work/disk2"
	[ $kind = core ] || is "$(marked dirty)$(marked 0)$(marked 1)$(marked 2)" '' "$kind: no mark is left"
	remove q
done
done_testing
