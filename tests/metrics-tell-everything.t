#!/bin/bash
# P5: quorumsetup metrics prints what the status says, and promtool has nothing to say against it, whatever characters a
# device's name is made of.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 4 2048
numbers=() names=()
for leg in "${legs[@]}"; do
	numbers+=("$(dev_number "$leg")")
	names+=("${leg#/dev/}")
done
# of METRIC [LABELS]: the device q's value
of() { quorumsetup metrics | awk -v what="dm_quorum_$1{name=\"q\"${2+,$2}" 'index($0, what) == 1 { print $NF }'; }
states() { quorumsetup metrics | sed -n 's/^dm_quorum_leg_state{name="q",\(.*\)} 1$/\1/p'; }
actions() { quorumsetup metrics | sed -n 's/^dm_quorum_sync_action{name="q",\(.*\)} 1$/\1/p'; }
# state LEG STATE
state() { echo "leg=\"$1\",device=\"${names[$1]:--}\",state=\"$2\""; }

is "$(quorumsetup metrics | grep -v '^#')" '' 'without a device, no value'
is "$(quorumsetup metrics | promtool check metrics 2>&1)" '' 'and promtool has nothing to say'

unset 'names[2]'
dm_create q "0 1024 quorum 1 3 ${numbers[0]} 0 ${numbers[1]} 0 - 0 5 log disk 2 ${legs[3]} 64"
wait_idle q
is "$(of size_bytes) $(of vote_threshold) $(of legs) $(of legs_in_sync)" '524288 1 3 2' 'size, threshold, legs'
is "$(states)" "$(state 0 'in sync'; state 1 'in sync'; state 2 absent)" 'states of the legs'
is "$(actions) $(of behind_bytes) $(of suspended) $(of log_failed)" 'action="idle" 0 0 0' 'nothing goes on, all is well'
like "$(quorumsetup metrics)" "dm_quorum_info\{name=\"q\",device=\"dm-$(dmsetup info -c --noheadings -o minor q)\",log=\"disk\",log_device=\"${names[3]}\"\} 1" 'the log'

ok 'a leg fails' message q fail 1
is "$(states)" "$(state 0 'in sync'; state 1 failed; state 2 absent)" 'its state'
ok 'nothing is to be recovered' message q frozen
is "$(actions)" 'action="frozen"' 'that is told'
ok 'it misses a write' write_at /dev/mapper/q 0 8 0x32
ok 'and is used again' message q restore 1
is "$(states)" "$(state 0 'in sync'; state 1 behind; state 2 absent)" 'it is behind'
like "$(of behind_bytes)" '^[1-9][0-9]*$' 'by so much'
for leg in 0 1; do ok "leg $leg fails" message q fail "$leg"; done
fails 'a write finds too few legs' write_at /dev/mapper/q 0 8 0x32
is "$(of no_quorum_total) $(of legs_in_sync)" '1 0' 'and is counted'
ok 'suspended' dm suspend --noflush q
is "$(of suspended)" 1 'is told'
ok 'and goes on' dm resume q

# names as no program makes them, which the library does not take either, but in this way
strange=$'a"b\\c\xff\xed\xa0\x80\xc3\xa9'
perl -I"$(dirname "$0")" -Mdm -e 'dm::create($ARGV[0], [0, 1024, "quorum", $ARGV[1]])' "$strange" "1 1 ${numbers[2]} 0"
is "$(quorumsetup metrics | sed -n 's/^dm_quorum_legs{\(.*\)} 1$/\1/p')" $'name="a\\"b\\\\c\\\\xff\\\\xed\\\\xa0\\\\x80\xc3\xa9"' \
	'the name is escaped'
is "$(quorumsetup metrics | promtool check metrics 2>&1)" '' 'promtool has nothing to say'
perl -I"$(dirname "$0")" -Mdm -e 'dm::remove($ARGV[0])' "$strange"
done_testing
