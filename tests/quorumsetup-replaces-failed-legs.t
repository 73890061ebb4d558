#!/bin/bash
# quorumsetup replace --if-failed replaces a leg that has failed, also if it has been left out since, and leaves alone one
# that has been restored or taken out, even if that happens while the device comes to rest. Its exit status tells the one
# from the other.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"

health() { dmsetup status q | awk '{ print $6 }'; }
# replace STATUS LEG DISK: it ends with this one
replace() {
	local status=0
	quorumsetup replace --if-failed --force --wait q "$2" "${legs[$3]}" > "$work/said" 2>&1 || status=$?
	is "$status" "$1" "leg $2 by disk $3: status $1"
}
loop_legs 7 2048
quorum_create q 2 "${legs[@]:0:4}"
table=$(dmsetup table q)

replace 2 0 4
is "$(< "$work/said")" 'quorumsetup: leg 0 of q has not failed, and is not replaced' 'a leg that is in use is not replaced'
replace 2 4 4
is "$(< "$work/said")" 'quorumsetup: there is no leg 4' 'nor one that has been taken out'
message q frozen
message q fail 0
ok 'a leg fails, and misses a write' write_at /dev/mapper/q 0 8 0x11
message q restore 0
is "$(health)" aAAA 'a leg has been restored, and not got what it missed'
replace 2 0 4
ok 'it gets that' quorumsetup resync --wait q
is "$(dmsetup table q) $(health)" "$table AAAA" 'nothing has changed'
like "$(quorumsetup replace --if-failed q 0 2>&1)" 'wrong number of arguments' 'other errors are others'

# --- restored when the new table has been made
loaded() { dmsetup info q | grep -q INACTIVE; }
message q fail 0
DM_DISABLE_UDEV=1 strace -qq -o "$work/strace" -e inject=mlockall:signal=STOP:when=1 \
	quorumsetup replace --if-failed --force q 0 "${legs[4]}" > "$work/said" 2>&1 &
replace=$!
ok 'a leg that has failed is to be replaced' poll loaded
stopped() { target=$(pgrep -fx "quorumsetup replace --if-failed .*") && grep -q '^State:.*[tT]' "/proc/$target/status"; }
ok 'which is held up' poll stopped
message q restore 0
wait_idle q
kill -CONT "$target"
wait $replace && status=0 || status=$?
is "$status $(< "$work/said")" '2 quorumsetup: leg 0 of q has not failed, and is not replaced' \
	'it has been restored meanwhile'
is "$(dmsetup table q) $(health)" "$table AAAA" 'nothing has changed'
like "$(dmsetup info q)" 'ACTIVE.*LIVE[[:space:]]' 'and no table is left waiting'

# --- failed
message q fail 0
message q fail 1
replace 1 0 2
like "$(< "$work/said")" 'is leg 2 already' 'other reasons are told by another status'
replace 0 0 4
is "$(health)" A-AA 'a failed leg is replaced, and another one left out'
replace 2 1 5
is "$(health)" A-AA 'one that is absent is no failed leg'
printf 'q %s,-,%s,%s\n' "${legs[4]}" "${legs[2]}" "${legs[3]}" > /etc/quorumtab
replace 2 1 5
is "$(health)" A-AA 'nor one that is absent in /etc/quorumtab'
printf 'q %s,%s,%s,%s\n' "${legs[4]}" "${legs[1]}" "${legs[2]}" "${legs[3]}" > /etc/quorumtab
replace 0 1 5
is "$(health)" AAAA 'one that is not is'
is "$(cat /etc/quorumtab)" "q ${legs[4]},${legs[5]},${legs[2]},${legs[3]} threshold=2" \
	'the line has both, and the threshold'
done_testing
