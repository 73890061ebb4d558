#!/bin/bash
# takes 10 s
# What `dmsetup table` prints loads again and then prints the same; options print in one order, whatever order they came
# in, and only if they differ from the default.
. "$(dirname "$0")/lib.sh"

# prints NAME WANTED-OPTIONS THRESHOLD LEG... [-- OPTION...]: a table with these prints these options, before and after it
# is loaded from what it has printed
prints() {
	local name=$1 options=$2 threshold=$3 words leg number wanted printed
	shift 2
	dm load q --table "$(quorum_table "$@")"
	dm resume q
	words=() number=0
	shift
	for leg; do
		[ "$leg" != -- ] || break
		number=$((number + 1))
		if [ "$leg" = - ]; then words+=(- 0); else words+=("$(dev_number "${leg%+*}")" "$([[ $leg != *+* ]] || echo "${leg##*+}")"); fi
		[ -n "${words[-1]}" ] || words[-1]=0
	done
	wanted="0 $size quorum $threshold $number ${words[*]}${options:+ $options}"
	printed=$(dmsetup table q)
	is "$printed" "$wanted" "$name"
	dm load q --table "$printed"
	is "$(dmsetup table --inactive q)" "$wanted" "$name: reloaded"
	dm resume q
	is "$(dmsetup table q)" "$wanted" "$name: live"
}

loop_legs 5 2048
size=1024
quorum_create q 1 "${legs[0]}"
prints 'one leg' '' 1 "${legs[0]}"
prints 'three legs' '' 2 "${legs[@]:0:3}"
prints 'an offset' '' 2 "${legs[0]}+8" "${legs[1]}+1024" "${legs[2]}"
prints 'an offset that is no multiple of a vote block' '' 2 "${legs[0]}+7" "${legs[1]}" "${legs[2]}"
prints 'an absent leg, the first' '' 2 - "${legs[@]:0:2}"
prints 'an absent leg, the last' '' 2 "${legs[@]:0:2}" -
prints 'absent legs down to the threshold' '' 1 - "${legs[0]}" - -
prints 'blkverify' '1 blkverify' 2 "${legs[@]:0:2}" -- blkverify
prints 'read_pattern' '2 read_pattern fifo' 2 "${legs[@]:0:3}" -- read_pattern fifo
prints 'read_pattern fast' '2 read_pattern fast' 2 "${legs[@]:0:3}" -- read_pattern fast
prints 'write_ack' '2 write_ack threshold' 2 "${legs[@]:0:3}" -- write_ack threshold
prints 'the default write_ack' '' 2 "${legs[@]:0:3}" -- write_ack all
prints 'write_ack, behind others' '5 rewrite_corrupted read_pattern fast write_ack threshold' 2 "${legs[@]:0:3}" -- write_ack threshold read_pattern fast rewrite_corrupted
prints 'the default read_pattern' '' 2 "${legs[@]:0:3}" -- read_pattern quorum
prints 'rewrite_corrupted before the others' '2 rewrite_corrupted zero_copy_writes' 2 "${legs[@]:0:3}" -- zero_copy_writes rewrite_corrupted
# so much that it cannot be done in between
echo 1 > /sys/module/dm_quorum/parameters/sync_speed_max
echo 1 > /sys/module/dm_quorum/parameters/sync_speed_min
prints 'rebuild' '2 rebuild 2' 2 "${legs[@]:0:3}" -- rebuild 2
prints 'two of them, last and in order' '6 max_leg_errors 7 rebuild 1 rebuild 3' 2 "${legs[@]:0:4}" -- rebuild 3 max_leg_errors 7 rebuild 1
prints 'a log in memory' '4 log core 1 128' 2 "${legs[@]:0:3}" -- log core 1 128
prints 'one that is told to trust the legs' '5 log core 2 128 nosync' 2 "${legs[@]:0:3}" -- log core 2 128 nosync
prints 'a log on disk' "5 log disk 2 $(dev_number "${legs[4]}") 64" 2 "${legs[@]:0:3}" -- log disk 2 "${legs[4]}" 64
prints 'a log before rebuild, behind the others' '8 max_leg_errors 7 log core 1 128 rebuild 1' 2 "${legs[@]:0:3}" -- \
	rebuild 1 log core 1 128 max_leg_errors 7
prints 'a log on disk knows what is to be rebuilt' "5 log disk 2 $(dev_number "${legs[4]}") 64" 2 "${legs[@]:0:3}" -- \
	rebuild 1 log disk 2 "${legs[4]}" 64
prints 'zero_copy_writes' '1 zero_copy_writes' 2 "${legs[@]:0:3}" -- zero_copy_writes
prints 'max_leg_errors' '2 max_leg_errors 7' 2 "${legs[@]:0:3}" -- max_leg_errors 7
prints 'the default max_leg_errors' '' 2 "${legs[@]:0:3}" -- max_leg_errors 0
prints 'the largest max_leg_errors' '2 max_leg_errors 4294967295' 2 "${legs[@]:0:3}" -- max_leg_errors 4294967295
prints 'no options, counted' '' 2 "${legs[@]:0:3}" --

all='5 read_pattern fifo zero_copy_writes max_leg_errors 3'
for order in 'read_pattern fifo zero_copy_writes max_leg_errors 3' 'zero_copy_writes read_pattern fifo max_leg_errors 3' \
	'max_leg_errors 3 zero_copy_writes read_pattern fifo' 'zero_copy_writes max_leg_errors 3 read_pattern fifo'; do
	# shellcheck disable=SC2086
	prints "$order" "$all" 2 "${legs[@]:0:3}" - -- $order
done
# shellcheck disable=SC2086
prints 'blkverify behind the others' '4 blkverify zero_copy_writes max_leg_errors 9' 2 "${legs[@]:0:2}" -- max_leg_errors 9 zero_copy_writes blkverify

mapfile -t absent < <(printf -- '-\n%.0s' {6..32})
ok 'the largest number of legs' dm load q --table "$(quorum_table 5 "${legs[@]}" "${absent[@]}")"
dm resume q
is "$(dmsetup status q | awk '{ print $5, $6 }')" "32 AAAAA$(printf -- '-%.0s' {6..32})" 'all 32 are there'
done_testing
