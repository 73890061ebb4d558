#!/bin/bash
# P1, P2: where a crash has left legs that differ and nobody can win, one version is chosen and on all legs before a read
# returns it, so that a read never changes its mind; also if the leg that had it fails afterwards. Where the choice
# cannot be kept the read fails.
# takes 20 s
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/log.sh"
region=128
loop_legs 4 2048
size=2048
wrap_first 3
legs[3]=${disks[3]}
# resync at its first piece, and no further
echo 1 | tee /sys/module/dm_quorum/parameters/sync_speed_{min,max} > "$work/said"

options=(log disk 2 "${disks[3]}" "$region")
# crashed THRESHOLD COUNT: all regions are dirty, so that a resync has enough to do; in the last one the legs differ
crashed() {
	local leg
	for ((leg = 0; leg < $2; leg++)); do write_at "$work/disk$leg" 0 2048 0x30; done
	rm -f "$work/log"
	dd if=/dev/zero of="$log_file" bs=512 count=2048 conv=notrunc status=none
	crash_all_dirty "$1" "${legs[@]:0:$2}" -- "${options[@]}"
	for ((leg = 0; leg < $2; leg++)); do write_at "$work/disk$leg" 1936 8 0x4$leg; done
	quorum_create q "$1" "${legs[@]:0:$2}" -- "${options[@]}"
	is "$(progress q | sed 's/.* //')" resync "$2 legs, threshold $1: the resync has begun"
	ok 'and has not come there' holds "$work/disk$(($2 - 1))" 1936 8 "0x4$(($2 - 1))"
}
version() { read_at /dev/mapper/q 1936 8 | head -c 1 | xxd -p; }

for bad in 0 1 none; do
	threshold=1
	[ "$bad" != none ] || threshold=2
	crashed "$threshold" 2
	first=$(version)
	like "$first" '^4[01]$' 'one version is read'
	for leg in 0 1; do ok "it is on leg $leg" holds "$work/disk$leg" 1936 8 "0x$first"; done
	is "$(version)" "$first" 'it is read again'
	is "$(status q mismatches) $(status q no_quorum)" '0 0' 'nobody is blamed'
	if [ "$threshold" = 1 ]; then
		message q fail "$bad"
		is "$(version)" "$first" "also when leg $bad has failed"
	fi
	remove q
done

# a part of a block, and the rest of it later
crashed 1 2
write_at "$work/disk0" 1936 4 0x50
first=$(read_at /dev/mapper/q 1937 1 | head -c 1 | xxd -p)
is "$(read_at /dev/mapper/q 1937 1 | head -c 1 | xxd -p)" "$first" 'a sector is read as before'
message q fail 0
is "$(read_at /dev/mapper/q 1937 1 | head -c 1 | xxd -p)" "$first" 'also when leg 0 has failed'
remove q

# three legs, threshold 2: two agree, and one that was not asked may not change that
crashed 2 3
write_at "$work/disk2" 1936 8 0x41
message q fail 0
is "$(version)" 41 'two legs agree'
like " $(marked 0) " ' 15 ' 'the other one is marked stale before that is told'
message q restore 0
message q fail 1
is "$(outcome read_at /dev/mapper/q 1936 8)" EIO 'it does not bring its version back'
remove q

# a leg that cannot be written
crashed 1 2
fail_writes 1
first=$(version)
is "$(version)" "$first" 'a leg cannot be written: the read is as before'
if holds "$work/disk1" 1936 8 "0x$first" > "$work/said" 2>&1; then stale=0; else stale=1; fi
like " $(marked "$stale") " ' 15 ' 'the leg that does not hold it is marked stale'
crash q
heal 1
quorum_create q 1 "${legs[@]:0:2}" -- "${options[@]}"
is "$(version)" "$first" 'also after another crash'
remove q

crashed 2 2
fail_writes 1
before=$(outcome read_at /dev/mapper/q 1936 8)
is "$before" EIO 'threshold 2: what cannot be made the same on both is not read'
heal 1
# readers leave a leg alone for a second after a repair that has failed
readable() { [ "$(outcome read_at /dev/mapper/q 1936 8)" = ok ]; }
ok 'when it can be it is' poll readable
first=$(version)
like "$first" '^4[01]$' 'it is one of them'
for leg in 0 1; do ok "it is on leg $leg" holds "$work/disk$leg" 1936 8 "0x$first"; done
remove q

# the log cannot be written, so it cannot be kept that a leg does not hold it
dm_create log "0 2048 linear ${disks[3]} 0"
options=(log disk 2 /dev/mapper/log "$region")
crashed 1 2
fail_writes 1
dm_reload log "0 2048 error"
first=$(outcome read_at /dev/mapper/q 1936 8)
is "$first" EIO 'nor what would be forgotten'
dm_reload log "0 2048 linear ${disks[3]} 0"
heal 1
done_testing
