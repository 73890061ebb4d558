#!/bin/bash
# only on 6.12
# A new table makes the device wait for all that its legs have in flight. quorumsetup does not begin that while a leg hangs:
# it says which one, and nothing changes. When the leg has given back what it had, it is replaced.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
. "$(dirname "$0")/hung-leg.sh"
modprobe dm-delay
loop_legs 4 2048
wrap_legs
hold_writes 1
# dm-delay counts nothing as in flight while it keeps it
dm_create top1 "0 2048 linear ${legs[1]} 0"
legs[1]=/dev/mapper/top1
quorum_create q 2 "${legs[@]:0:3}"
is "$(counts q) $(health q)" "$nothing AAA" 'no fault before'
before=$(dmsetup table)

info() { dmsetup info -c --noheadings -o suspended,tables_loaded q; }

# refused REGEX WORDS...: it says so, and nothing has changed
refused() {
	local said
	said=$(quorumsetup "${@:2}" 2>&1) && report 1 "${*:2}"
	like "$said" "$1" "quorumsetup ${*:2}"
	is "$(dmsetup table) $(info)" "$before Active:Live" 'nothing has changed'
}

write_at /dev/mapper/q 8 8 0x33 &
writer=$!
ok 'a leg hangs' poll in_flight "${legs[1]}" 0 1
refused 'leg 1 \(dm-[0-9]+\) does not answer' replace q 2 "${legs[3]}"
quorumsetup fail q 1
ok 'when it is failed, I/O goes on' wait $writer
refused 'leg 1 \(dm-[0-9]+\) has failed and does not give back' replace q 1 "${legs[3]}"
refused 'leg 1 \(dm-[0-9]+\) has failed and does not give back' remove q 0
ok 'the device is written meanwhile' write_at /dev/mapper/q 16 8 0x34
is "$(health q)" ADA 'it is as it was'
release 1
ok 'the leg has answered' poll in_flight "${legs[1]}" 0 0
ok 'now it is replaced' quorumsetup replace --wait q 1 "${legs[3]}"
is "$(health q)" AAA 'all are in sync'
ok 'the new leg is like leg 0' cmp "$work/disk0" "$work/disk3"
ok 'with what was written' holds "$work/disk3" 16 8 0x34

# a leg that is a suspended device takes nothing, and shows nothing in flight
before=$(dmsetup table)
hang 2
refused 'leg 2 \([0-9:]+\) is suspended' threshold q 3
unhang 2
ok 'it goes on' quorumsetup threshold q 3
is "$(counters q)" "$nothing" 'nobody was blamed'
done_testing
