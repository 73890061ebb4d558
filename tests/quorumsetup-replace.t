#!/bin/bash
# takes 20 s
# P2, P3, P5: quorumsetup replaces a leg while a load goes on that verifies what it reads: the new leg gets what the others
# hold, all of it, and nobody is blamed. One that has failed is replaced, too; one that is behind is not forgotten by that.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
. "$(dirname "$0")/verified-load.sh"
loop_legs 5 12288
wrap_legs
health() { status "$1" health; }
devs() { quorumsetup status --json q | jq -r '[.[0].legs[].dev] | join(" ")'; }
of() { local leg said=''; for leg; do said+=" $(dev_number "${legs[leg]}")"; done; echo "${said# }"; }
quorum_create q 2 "${legs[@]:0:3}"
is "$(counters q) $(health q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 AAA' 'no fault before'
ok 'it is written' write_at /dev/mapper/q 0 12288 0x11
write_at "$work/disk3" 0 12288 0x99

start_load 2
ok 'a load goes on' works
is "$(quorumsetup replace --wait q 1 "${legs[3]}" 2>&1)" "leg 1 of q is ${legs[3]} now" 'leg 1 is replaced, and it is told'
is "$(dmsetup status q | awk '{ print $6 }') $(devs)" "AAA $(of 0 3 2)" 'the new one is in sync when the command ends'
ok 'the load goes on' works
ok 'and was fine' load_was_fine
ok 'the new leg is like leg 0, byte for byte' cmp "$work/disk0" "$work/disk3"
ok 'and like leg 2' cmp "$work/disk2" "$work/disk3"
ok 'what the load has not written is there' holds "$work/disk3" 12280 8 0x11
ok 'the old leg is free' exclusive "${legs[1]}"
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody was blamed'
read -r first second third <<< "$(of 0 3 2)"
is "$(dmsetup table q)" "0 12288 quorum 2 3 $first 0 $second 0 $third 0" 'the table has nothing else in it'

# leg 2 fails: it is replaced by its device
quorumsetup fail q 2
is "$(health q)" AAD 'leg 2 has failed'
ok 'what it misses' write_at /dev/mapper/q 64 8 0x22
write_at "$work/disk1" 0 12288 0x98
ok 'it is replaced' quorumsetup replace --quiet --wait q "${legs[2]}" "${legs[1]}"
is "$(health q) $(devs)" "AAA $(of 0 3 1)" 'all are in sync'
ok 'the new leg is like leg 0' cmp "$work/disk0" "$work/disk1"

# it comes back as the leg that it has been, filled anew, as after a loss of power; what others miss meanwhile is kept
ok 'a fourth leg is added' quorumsetup add --wait q "${legs[2]}"
is "$(health q)" AAAA 'and in sync'
quorumsetup fail q 3
fail_writes 0
ok 'a write that legs 0 and 3 miss' write_at /dev/mapper/q 128 8 0x33
heal 0
is "$(health q)" aAAD 'one is behind, one has failed'
like "$(quorumsetup replace --wait q 3 "${legs[2]}" 2>&1)" 'leg 0 \([0-9:]+\) was behind and is filled anew' \
	'the failed one is filled anew in its own place, and the other one, too'
is "$(health q) $(devs)" "AAAA $(of 0 3 1 2)" 'all are in sync'
for disk in 1 2 3; do ok "disk $disk is like leg 0" cmp "$work/disk0" "$work/disk$disk"; done
ok 'with the last write' holds "$work/disk0" 128 8 0x33
is "$(counters q | cut -d/ -f2- | tr -d ' /0')" '' 'nobody was blamed'
is "$(dmsetup info -c --noheadings -o suspended,tables_loaded q)" 'Active:Live' 'no table is left waiting'

done_testing
