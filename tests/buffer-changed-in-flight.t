#!/bin/bash
# vm: --smp 2
# also on the debug kernel
# takes 50 s
# P3, P4: an application that changes its buffer while O_DIRECT writes are sent from it or reads arrive in it, or a mapped
# file while that is written back, harms only itself: the legs stay identical, reads succeed, no leg is blamed.
# ROUNDS (40) is how many batches of requests.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/slow-legs.sh"

helper=$(dirname "$0")/buffer-changed-in-flight.pl
rounds=$(rounds 40)
require_modules dm-delay

# batches ACTION COUNT: do not fail, and leave the legs identical
batches() {
	perl "$helper" /dev/mapper/q "$1" "$2" "${files[@]}" > "$work/batches" || return
	cat "$work/batches"
	[ "$(tail -n 1 "$work/batches")" = "batches $2, with failures 0, after which the legs differed 0" ]
}
# Legs may differ after a write without a private copy. That they do shows that the buffer does change in flight.
copyless_differ() { ! batches write 10; }

# has_raced: reads, if need be more of them, until one has been looked at twice
has_raced() {
	[ "$(status q raced)" -gt 0 ] && return
	batches read "$rounds" && [ "$(status q raced)" -gt 0 ]
}

# no_blame: no leg, no failure; how often legs differed for no fault of theirs is free
no_blame() { counters q | sed 's/^\([0-9]* 0 0\) [0-9]* /\1 0 /'; }

# use_legs LEG...: as the quorum's
use_legs() {
	local leg
	files=() used=()
	for leg; do files+=("$work/disk$leg") used+=("${legs[leg]}"); done
	nothing='0 0 0 0 / 0 0 0 0 / 0 0 0 0'
	[ $# = 2 ] || nothing+=' / 0 0 0 0'
}

remove_q() {
	dm remove q
	unset 'devices[-1]'
}

loop_legs 3 16384
slow_leg 1 3 3
slow_leg 2 7 7
record_events

# --- O_DIRECT
use_legs 0 1 2
quorum_create q 2 "${used[@]}"
is "$(counters q)" "$nothing" 'nothing is counted before'
ok 'writes from a buffer that changes: the legs are identical after each batch' batches write "$rounds"
ok 'they can be read' read_at /dev/mapper/q 0 2048
is "$(counters q)" "$nothing" 'and agree'
ok 'reads into a buffer that changes succeed' batches read "$rounds"
ok 'the buffer has been changed in time to matter' poll has_raced
is "$(no_blame)" "$nothing" 'and nobody is blamed'
is "$(last_event q 2)" 1 'nothing is told'
remove_q

# a leg of garbage, which is outvoted only if the other two agree: what the caller does to its buffer must not hide that
forget_events
quorum_create q 2 "${used[@]}"
write_at /dev/mapper/q 0 2048 0x32
is "$(counters q)" "$nothing" 'a leg of garbage: nothing is counted before'
write_at "$work/disk2" 0 2048 0x42
ok 'reads into a buffer that changes succeed' batches read $(((rounds + 1) / 2))
blocks=$(head -n 1 "$work/batches")
is "$(no_blame)" "$blocks 0 0 0 / 0 0 0 0 / 0 0 0 0 / $blocks 0 0 0" 'and blame that leg, for each block of each of them'
remove_q
# what was still waiting has been sent then
heard_mark
like "$(event_values DM_QUORUM_LEG | sort -u)" '^2$' 'nothing is told of others'
is "$(event_values DM_ACTION | sort -u)" QUORUM_REPORT_BAD 'nor of failures'
write_at "$work/disk2" 0 2048 0x32

# two legs that must agree: what is read into the caller's buffer has to be read again to count
use_legs 0 2
for options in '' blkverify; do
	forget_events
	# shellcheck disable=SC2086 # an option or none
	quorum_create q 2 "${used[@]}" -- $options
	write_at /dev/mapper/q 0 2048 0x32
	is "$(counters q)" "$nothing" "two legs${options:+, }$options: nothing is counted before"
	ok 'reads into a buffer that changes succeed' batches read $(((rounds + 1) / 2))
	ok 'the buffer has been changed in time to matter' poll has_raced
	is "$(no_blame)" "$nothing" 'and nobody is blamed'
	is "$(last_event q 1)" 1 'nothing is told'
	remove_q
done

use_legs 0 1 2
quorum_create q 2 "${used[@]}" -- zero_copy_writes
ok 'without a private copy of each write, the legs would differ' poll copyless_differ
remove_q

# --- a mapped file
use_legs 0 1 2
for options in '' zero_copy_writes; do
	forget_events
	# shellcheck disable=SC2086 # an option or none
	quorum_create q 2 "${used[@]}" -- $options
	what="${options:-by default}"
	if [ -n "$options" ] && [ "$(cat "/sys/dev/block/$(dev_number /dev/mapper/q)/queue/stable_writes")" != 1 ]; then
		diag 'this kernel does not keep pages stable for a dm target: the private copy is needed'
		remove_q
		continue
	fi
	write_at /dev/mapper/q 0 16384 0
	mkfs.ext4 -q /dev/mapper/q
	mkdir -p "$work/mnt"
	mount /dev/mapper/q "$work/mnt"
	head -c 1048576 /dev/zero > "$work/mnt/file"
	is "$(counters q)" "$nothing" "$what: nothing is counted before"
	ok "$what: a mapped file is changed while it is written" perl "$helper" "$work/mnt/file" mmap $(((rounds + 2) / 3))
	umount "$work/mnt"
	is "$(counters q)" "$nothing" 'nothing is counted'
	for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk0" "$work/disk$leg"; done
	is "$(last_event q 2)" 1 'nothing is told'
	remove_q
done
done_testing
