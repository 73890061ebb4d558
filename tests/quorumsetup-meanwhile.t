#!/bin/bash
# P2: what changes while the device comes to rest counts: a leg that fails its last write before that is filled anew. A
# signal that comes meanwhile ends it, with the old table, and the device is never left suspended.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
. "$(dirname "$0")/hung-leg.sh"
modprobe dm-delay
loop_legs 5 2048
wrap_legs
hold_writes 1
# dm-delay counts nothing as in flight while it keeps it
dm_create top1 "0 2048 linear ${legs[1]} 0"
legs[1]=/dev/mapper/top1
quorum_create q 2 "${legs[@]:0:4}"
is "$(counts q) $(health q)" "$nothing / 0 0 0 0 AAAA" 'no fault before'
ok 'it is written' write_at "$work/disk4" 0 2048 0x99

# A leg that keeps a write, and answers reads: it does not hang, and the suspend waits for it
answers() { while read_at "${legs[1]}" 0 8; do nap 0.02; done > "$work/read" 2>&1; }
begin() {
	write_at /dev/mapper/q 8 8 "$1" &
	writer=$!
	ok 'a write is in flight' poll in_flight "${legs[1]}" 0 1
	answers &
	reader=$!
	env DM_DISABLE_UDEV=1 quorumsetup replace q 2 "${legs[4]}" > "$work/replace" 2>&1 &
	replace=$!
	ok 'a new table is loaded' poll loaded
	# From here on what it was made of is not looked at before the device rests
	ok 'and the suspend waits' kill -0 $replace
}
loaded() { dmsetup info q | grep -q INACTIVE; }
info() { dmsetup info -c --noheadings -o suspended,tables_loaded q; }

before=$(dmsetup table q)
for signal in TERM HUP; do
	begin 0x33
	kill -$signal $replace
	wait $replace 2> "$work/said" && status=0 || status=$?
	ok "SIG$signal ends it ($status)" test "$status" -gt 128
	like "$(< "$work/replace")" 'stopped by a signal, and nothing has changed' 'which it tells'
	is "$(dmsetup table q) $(info)" "$before Active:Live" 'the old table is in use'
	ok 'the write is still in flight' kill -0 $writer
	release 1
	ok 'and ends well' wait $writer
	kill $reader
	wait $reader || :
	ok 'what was written is there' holds /dev/mapper/q 8 8 0x33
	is "$(health q)" AAAA 'all are well'
	ok 'the disk is free' exclusive "${legs[4]}"
	dm_reload held1 "0 2048 delay /dev/mapper/leg1 0 0 /dev/mapper/leg1 0 3600000"
done

begin 0x44
fail_writes 1
release 1
ok 'the write of one leg fails, and is done' wait $writer
kill $reader
wait $reader || :
ok 'the leg is replaced' wait $replace
like "$(< "$work/replace")" 'leg 2 of q is .* now.*leg 1 \([0-9:]+\) was behind and is filled anew' \
	'and what the other one missed meanwhile is not forgotten'
is "$(info)" Active:Live 'no table is left waiting'
heal 1
# it may have been found ill when it was to be filled
filled() { quorumsetup resync --wait q > "$work/resync" 2>&1 && healthy q AAAA; }
ok 'all are in sync' poll filled
for disk in 1 3 4; do ok "disk $disk is like leg 0" cmp "$work/disk0" "$work/disk$disk"; done
ok 'with what was written last' holds "$work/disk1" 8 8 0x44
done_testing
