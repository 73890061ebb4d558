#!/bin/bash
# takes 10 s
# P1, P2, P5: a leg that says that it has read, and has filled nothing, has what was in memory as its version: it loses, is
# counted, and that reaches neither reader nor leg, also where the leg is read into the reader's own pages. If it says that
# it has written, and has not, that is found and repaired.
. "$(dirname "$0")/lib.sh"

driver=/sys/bus/pseudo/drivers/scsi_debug secret=POISONED
modprobe sd_mod
modprobe -q scsi_debug dev_size_mb=1 || skip_all 'no scsi_debug in this kernel'
at_end 'remove_devices; devices=(); modprobe -qr scsi_debug'
disk_name() { find $driver/adapter0/host*/ -path '*/block/sd*' -prune -printf '%f\n'; }
has_disk() { [ -b "/dev/$(disk_name)" ]; }

# lie 0|1: it does nothing, and says that it has
lie() { echo "$1" > $driver/fake_rw; }
# direct REQUEST...: does these, and says how each ended
direct() { printf '%s\n' "$@" | perl tests/direct-io.pl /dev/mapper/q "$work/truth" $secret | sort -u; }
# requests ACTION [SECTORS]: for all of the device
requests() {
	local sector sectors=${2-8}
	for ((sector = 0; sector < size; sector += sectors)); do echo "$1 $((sector * 512)) 0+$((sectors * 512))"; done
}
# holders: the legs that hold the truth
holders() {
	local leg
	for leg in 0 1 2; do
		blockdev --flushbufs "${legs[leg]}"
		! cmp -s "$work/truth" "${legs[leg]}" || printf %s "$leg"
	done
}
# others LEG: what is counted but for what this leg has lost, or was looked at twice for, or was repaired
others() {
	counters q | awk -F' / ' -v leg="$1" '{
		split($1, all, " ")
		split($(leg + 2), of, " ")
		$1 = "no_quorum " all[2]
		$(leg + 2) = "errors " of[2] " " of[3]
		print
	}'
}

loop_legs 2 2048
poll has_disk
liar=/dev/$(disk_name) honest=("${legs[@]}")
: > "$work/truth"
truncate -s $((size * 512)) "$work/truth"

for place in 0 2; do
	legs=("${honest[@]:0:place}" "$liar" "${honest[@]:place}")
	nothing=(no_quorum 0 '0 0 0 0' '0 0 0 0' '0 0 0 0')
	nothing[place + 2]='errors 0 0'
	quorum_create q 2 "${legs[@]}"
	poisoned=$(perl tests/poison-memory.pl $secret)
	ok "free memory holds a pattern: $poisoned %" test "$poisoned" -ge 40
	mapfile -t writes < <(requests write 64)
	is "$(direct "${writes[@]}")" right "leg $place will lie, and all is written before"
	is "$(holders) $(counters q)" '012 0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'to all legs'

	lie 1
	mapfile -t reads < <(requests read)
	is "$(direct "${reads[@]}")" right 'what it does not fill reaches nobody who reads a block'
	mapfile -t reads < <(requests read 256)
	is "$(direct "${reads[@]}")" right 'or many'
	is "$(direct 'read 512 512+512' 'read 4096 1024+3072')" right 'or parts'
	is "$(others "$place")" "${nothing[*]}" 'nobody else has lost a vote'
	ok 'it has' test "$(status q mismatches "$place")" -gt 0
	message q repair
	wait_idle q
	lie 0
	is "$(holders)" 012 'a repair of it has changed nothing'
	lie 1
	is "$(direct 'write 8192 0+8192' 'write 1003520 0+4096')" right 'what it does not write is written'
	lie 0
	is "$(holders)" "$(echo 012 | tr -d "$place")" 'by the others'
	message q reset_counters
	message q repair
	wait_idle q
	is "$(status q mismatches "$place") $(status q rewritten "$place")" '3 3' 'its three blocks are found, and repaired'
	is "$(others "$place")" "${nothing[*]}" 'nobody else is blamed'
	is "$(holders)" 012 'all legs hold the truth'
	fails 'and none the pattern' grep -q $secret "${legs[@]}"
	remove_devices
	devices=()
done
ok 'the leg is gone' poll modprobe -r scsi_debug
done_testing
