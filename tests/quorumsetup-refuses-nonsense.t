#!/bin/bash
# P7: bad input to quorumsetup gets an error that names it, and nothing changes.
# only on 6.12
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"
loop_legs 3 2048
quorum_create q 2 "${legs[@]}"
dm_create other "0 2048 zero"
before=$(dmsetup table; dmsetup status)

# refused WORDS REGEX: quorumsetup with these words (one argument each) says something like that, and ends by itself
refused() {
	local said status=0
	read -ra words <<< "$1"
	said=$(quorumsetup "${words[@]}" 2>&1) || status=$?
	if [ "$status" -eq 1 ]; then
		like "$said" "$2" "quorumsetup $1"
	else
		is "$status" 1 "quorumsetup $1"
	fi
}
refused '' 'create NAME'
refused nonsense 'no command "nonsense"'
refused 'create x' 'wrong number of arguments'
refused "create x ${legs[0]} /dev/nothing" '/dev/nothing: No such file'
refused "create x ${legs[0]} /etc/passwd" '/etc/passwd is not a block device'
refused 'create x - -' 'no leg is present'
refused "create --threshold 3 x ${legs[0]} ${legs[1]}" 'a threshold of 3 with 2 legs'
refused "create --threshold two x ${legs[0]} ${legs[1]}" 'wants a number, not "two"'
refused "create --offset 4096 x ${legs[0]} ${legs[1]}" 'is too small'
refused "create --rebuild 2 x ${legs[0]} ${legs[1]}" 'a leg to rebuild that there is not'
refused "create --read-pattern odd x ${legs[0]} ${legs[1]}" 'x cannot be created: .*; the kernel'
refused "create q ${legs[0]} ${legs[1]}" 'there is a device q already'
refused 'status nothing' 'nothing is not the name of a quorum device'
refused 'status other' 'other is not the name of a quorum device'
refused 'close other' 'other is not the name of a quorum device'
refused 'fail q 3' 'there is no leg 3'
refused 'fail q /dev/null' '/dev/null is neither the number of a leg nor'
refused 'restore q 0' 'does not take "restore 0"'
refused 'check q 0' 'both FROM and TO'
refused 'check q 8 4' 'does not take "check 8 4": Invalid argument'
refused 'check other' 'other is not the name of a quorum device'
refused 'check --print q' 'check does not take --print'
refused 'status --wait q' 'status does not take --wait'
refused 'events' 'wants a NAME'
refused 'events nothing' '^quorumsetup: nothing is not the name of a quorum device$'
refused 'events --follow nothing' 'nothing is not the name of a quorum device'
refused "create a/b ${legs[0]}" 'a/b is no name'

is "$(dmsetup table; dmsetup status)" "$before" 'nothing has changed'
done_testing
