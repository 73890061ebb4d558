#!/bin/bash
# quorumsetup makes the device that it is asked for, says of it what dmsetup says, in three forms, and removes it: nothing is
# hidden.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 4 2048
health() { status "$1" health; }

is "$(quorumsetup status --json)" '[]' 'no device before'
numbers=()
for leg in "${legs[@]}"; do numbers+=("$(dev_number "$leg")"); done
is "$(quorumsetup create --print q "${legs[@]:0:3}")" "$(quorum_table 2 "${numbers[@]:0:3}")" \
	'--print: the line for dmsetup, with a majority'
fails 'and nothing has been made' dmsetup info q
is "$(quorumsetup create --print --threshold 3 --offset 8 --size 1000 --rebuild 3 --max-leg-errors 5 --read-pattern fast \
	--log 'core 1 64' q "${legs[@]}" 2>&1)" \
	"0 1000 quorum 3 4 ${numbers[0]} 8 ${numbers[1]} 8 ${numbers[2]} 8 ${numbers[3]} 8 10 max_leg_errors 5 read_pattern fast log core 1 64 rebuild 3" \
	'options become words of the line'

ok 'it is created' quorumsetup create --rewrite-corrupted q "${legs[@]:0:3}"
devices+=(q)
is "$(dmsetup table q)" "$(quorum_table 2 "${numbers[@]:0:3}" -- rewrite_corrupted)" 'as it was asked for'
is "$(quorumsetup table q)" "$(dmsetup table q)" 'and table prints what dmsetup does'
is "$(dmsetup info -c --noheadings -o uuid q)" QUORUM-q 'its uuid tells what it is'
is "$(lsblk -dno TYPE /dev/mapper/q)" quorum 'lsblk knows the type'
is "$(counters q) $(health q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0 AAA' 'no fault before'

# a leg is wrong in one sector, which is found and repaired; then one is failed
ok 'it is written' write_at /dev/mapper/q 0 2048 0x32
write_at "$work/disk1" 80 1 0x42
ok 'it holds what was written' holds /dev/mapper/q 80 8 0x32
wait_repaired() { [ "$(status q rewritten)" = 1 ]; }
poll wait_repaired
ok 'leg 2 is failed, by its device' quorumsetup fail q "${legs[2]}"
json() { quorumsetup status --json | jq -r "$1"; }
is "$(json length)" 1 'one device is listed'
is "$(json '.[0] | [.name, .sectors, .threshold, .legs_voting, .action, .mismatches, .no_quorum, .rewritten] | @text')" \
	'["q",2048,2,2,"idle",1,0,1]' 'JSON: the device'
is "$(json '.[0].legs[] | [.leg, .dev, .health, .state, .mismatches, .read_errors, .write_errors, .rewritten] | @text')" \
	"$(printf '%s\n' "[0,\"${numbers[0]}\",\"A\",\"in sync\",0,0,0,0]" "[1,\"${numbers[1]}\",\"A\",\"in sync\",1,0,0,1]" \
		"[2,\"${numbers[2]}\",\"D\",\"failed\",0,0,0,0]")" 'JSON: its legs'
like "$(quorumsetup status q)" "q: 1 MiB, 2 of 3 votes, degraded.*1  ${legs[1]#/dev/} +in sync +1 +0 +0 +1" 'text: the same'
is "$(quorumsetup events q)" '1 80 1 2/3 0' 'events: the place'
metrics=$(quorumsetup metrics)
like "$metrics" "dm_quorum_leg_mismatches_total\{name=\"q\",leg=\"1\",device=\"${legs[1]#/dev/}\"\} 1" 'metrics: the lost vote'
like "$metrics" 'dm_quorum_leg_state\{name="q",leg="2",device="[a-z0-9]+",state="failed"\} 1' 'metrics: the failed leg'
# shellcheck disable=SC2016  # of awk
is "$(awk '/^# TYPE/ { metric = $3; if (seen[metric]++) print metric; next } !/^#/ && index($1, metric "{") != 1' <<< "$metrics")" '' \
	'metrics: each has one type, and its lines stand together'

ok 'it is closed' quorumsetup close q
unset 'devices[-1]'
fails 'and is gone' dmsetup info q
for leg in 0 1; do ok "leg $leg holds the data" holds "$work/disk$leg" 0 2048 0x32; done

done_testing
