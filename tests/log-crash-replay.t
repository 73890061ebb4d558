#!/bin/bash
# vm: --smp 2
# P2, P4: after a crash of the machine everything is there that was acknowledged and flushed, the legs become identical, only
# what the log calls dirty or stale is read for that, no leg is blamed, and what has been read once is read for ever. See
# log-crash-load.pl for what was done and replay-log.pl for how it crashes: so many times as ROUNDS (30) says for each of two
# configurations. SEED (1) decides what and where.
# takes 60 s
. "$(dirname "$0")/lib.sh"
here=$(dirname "$0")
modprobe -q dm-log-writes || skip_all 'no dm-log-writes in this kernel'
modprobe -a dm-flakey

# crash LEGS THRESHOLD: disks of the legs and the log, then their write logs, then those of the replay
crash() {
	local count=$1 threshold=$2 n name specs=() first=${#disks[@]}
	legs=()
	loop_legs $((count + 1)) 2048
	loop_legs $((count + 1)) 262144
	loop_legs $((count + 1)) 2048
	for ((n = 0; n <= count; n++)); do
		name=$n
		[ "$n" -lt "$count" ] || name=log
		dm_create "lw$name" "0 2048 log-writes ${legs[n]} ${legs[count + 1 + n]}"
		specs+=("$work/disk$((first + count + 1 + n)):$work/disk$((first + 2 * count + 2 + n)):${legs[2 * count + 2 + n]}")
	done
	size=2048
	for ((n = 0; n < count; n++)); do
		dm_create "leg$n" "0 2048 linear /dev/mapper/lw$n 0"
		legs[n]=/dev/mapper/leg$n
	done
	quorum_create q "$threshold" "${legs[@]:0:count}" -- log disk 2 /dev/mapper/lwlog 128
	"$here/log-crash-load.pl" "$threshold" "$count" 160 "${SEED:-1}" 128 > "$work/done" || diag "$(tail -n 3 "$work/done")"
	is "$(tail -n 1 "$work/done" | awk '{ print $1 }')" 160 "$count legs, threshold $threshold: the load has come to its end"
	ok 'writes and flushes were acknowledged' test "$(grep -c 'ok$' "$work/done")" -gt 100
	remove_devices # writes out what the write logs still have in memory
	devices=()
	[ -z "${SHOW-}" ] || diag "$(cat "$work/done")"
	ok 'replayed' perl "$here/replay-log.pl" "$threshold" 128 "$work/done" "$(rounds 20)" "${SEED:-1}" "${specs[@]}"
	diag "$(cat "$work/said")"
}

crash 3 2
crash 2 1
done_testing
